// Failures that are reported to the caller.
#pragma once

#include <optional>
#include <string>

namespace balloon {

// Codes are stable and documented (docs/native.md); src/hw/native/addon.ts contains the same list.
namespace code {
constexpr char kArena[] = "ARENA";
constexpr char kClosed[] = "CLOSED";
constexpr char kFramesHidden[] = "FRAMES_HIDDEN";
constexpr char kIoUringDisabled[] = "IO_URING_DISABLED";
constexpr char kIopermDenied[] = "IOPERM_DENIED";
constexpr char kIopermMissing[] = "IOPERM_MISSING";
constexpr char kLockdown[] = "LOCKDOWN";
constexpr char kLocked[] = "LOCKED";
constexpr char kMemlockLimit[] = "MEMLOCK_LIMIT";
constexpr char kMisuse[] = "MISUSE";
constexpr char kNoBackdoor[] = "NO_BACKDOOR";
constexpr char kPinDenied[] = "PIN_DENIED";
constexpr char kPinsMove[] = "PINS_MOVE";
constexpr char kPortAnswered[] = "PORT_ANSWERED";
constexpr char kProtocol[] = "PROTOCOL";
constexpr char kScript[] = "SCRIPT";
constexpr char kSystem[] = "SYSTEM";
}  // namespace code

struct Failure {
  const char* code;
  // One line: the failed operation, and a remedy.
  std::string message;
};

// Empty on success.
using Outcome = std::optional<Failure>;

// The port instruction faulted although it had worked before.
Failure PortFault();

// "what: permission denied (EPERM)".
std::string SystemText(const std::string& what, int error);

}  // namespace balloon
