// The interface through which the balloon sends commands to the host.
#pragma once

#include <cstdint>

namespace balloon {

// Commands of the balloon protocol.
enum class Command : uint32_t {
  kStart = 0,
  kGetTarget = 1,
  kLock = 2,
  kUnlock = 3,
  kGuestId = 4,
  kBatchedLock = 6,
  kBatchedUnlock = 7,
  kBatched2mLock = 8,
  kBatched2mUnlock = 9,
  // Not a command of the protocol: the host rejects it without an effect.
  kTrial = 127,
};

// Capabilities that START asks for and the host grants (Capability of src/engine/protocol.ts).
constexpr uint32_t kBasicCommands = 0x02;
constexpr uint32_t kBatchedCommands = 0x04;
constexpr uint32_t kLargeCommands = 0x08;
constexpr uint32_t kTargets64 = 0x20;

constexpr uint32_t kSuccess = 0;
constexpr uint32_t kCommandInvalid = 1;
constexpr uint32_t kReset = 7;
// Status of a START whose answer has capabilities.
constexpr uint32_t kSuccessWithCapabilities = 0x0300'0000;

// Not a status of the host: marks a frame whose number exceeds the protocol's 32 bits (FRAME_TOO_LARGE of the engine).
constexpr int64_t kFrameTooLarge = -1;

struct PortAnswer {
  uint32_t status;
  // 64 bits with kTargets64; else only the lower 32 have a meaning.
  uint64_t result;
  // Of START with the status kSuccessWithCapabilities.
  uint32_t capabilities;
  // The port instruction faulted; the other fields then have no meaning.
  bool fault;
};

class HostPort {
 public:
  virtual ~HostPort() = default;
  // `count`: the second argument of batched commands, the number of entries; 0 for others.
  virtual PortAnswer Send(Command command, uint64_t argument, uint32_t count) = 0;
  PortAnswer Send(Command command, uint64_t argument) { return Send(command, argument, 0); }
};

}  // namespace balloon
