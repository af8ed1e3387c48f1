// The balloon protocol as it goes over the backdoor port.
#pragma once

#include <cstdint>

namespace balloon::emulation {

constexpr uint16_t kPort = 0x5670;
constexpr uint32_t kMagic = 0x456c6d6f;
// `in eax, dx`: one byte, and the only instruction that is ever taken for a command.
constexpr uint8_t kPortInstruction = 0xed;

// What an emulated host leaves in ecx and edx, which the protocol gives a host to overwrite: a guest that relies on what
// it put there is found out.
constexpr uint32_t kOverwritten = 0xfadedeed;

enum Command : uint32_t { kStart = 0, kGetTarget = 1, kLock = 2, kUnlock = 3, kGuestId = 4 };
constexpr uint32_t kCommands = 5;

enum Status : uint32_t {
  kSuccess = 0,
  kCommandInvalid = 1,
  kPpnInvalid = 2,
  kPpnLocked = 3,
  kPpnUnlocked = 4,
  kReset = 7,
};

}  // namespace balloon::emulation
