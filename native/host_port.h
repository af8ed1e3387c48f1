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
  // Not a command of the protocol: the host rejects it without an effect.
  kTrial = 127,
};

constexpr uint32_t kSuccess = 0;

// Not a status of the host: marks a frame whose number exceeds the protocol's 32 bits (FRAME_TOO_LARGE of the engine).
constexpr int64_t kFrameTooLarge = -1;

struct PortAnswer {
  uint32_t status;
  uint32_t result;
  // The port instruction faulted; the other two fields then have no meaning.
  bool fault;
};

class HostPort {
 public:
  virtual ~HostPort() = default;
  virtual PortAnswer Send(Command command, uint32_t argument) = 0;
};

}  // namespace balloon
