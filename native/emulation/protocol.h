// The balloon protocol on the backdoor port.
#pragma once

#include <cstdint>

namespace balloon::emulation {

constexpr uint16_t kPort = 0x5670;
constexpr uint32_t kMagic = 0x456c6d6f;
// `in eax, dx`: one byte, the only instruction that is treated as a command.
constexpr uint8_t kPortInstruction = 0xed;

// Value that an emulated host writes to ecx and edx, which the protocol allows a host to overwrite: this exposes a
// guest that relies on their previous values.
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
