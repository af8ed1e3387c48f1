// The host, as the balloon talks to it.
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
  // No command of the protocol: the host says so, and changes nothing.
  kTrial = 127,
};

constexpr uint32_t kSuccess = 0;

// Not the host's: what is said of a frame whose number the protocol can't carry (FRAME_TOO_LARGE of the engine).
constexpr int64_t kFrameTooLarge = -1;

struct PortAnswer {
  uint32_t status;
  uint32_t result;
  // The port instruction was refused; the other two then mean nothing.
  bool fault;
};

class HostPort {
 public:
  virtual ~HostPort() = default;
  virtual PortAnswer Send(Command command, uint32_t argument) = 0;
};

}  // namespace balloon
