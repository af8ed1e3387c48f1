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

enum Command : uint32_t {
  kStart = 0,
  kGetTarget = 1,
  kLock = 2,
  kUnlock = 3,
  kGuestId = 4,
  // Not a command.
  kUnused = 5,
  kBatchedLock = 6,
  kBatchedUnlock = 7,
  kBatched2mLock = 8,
  kBatched2mUnlock = 9,
};
constexpr uint32_t kCommands = 10;

enum Status : uint32_t {
  kSuccess = 0,
  kCommandInvalid = 1,
  kPpnInvalid = 2,
  kPpnLocked = 3,
  kPpnUnlocked = 4,
  kReset = 7,
  kSuccessWithCapabilities = 0x0300'0000,
};

enum Capability : uint32_t { kBasic = 0x02, kBatched = 0x04, kBatched2m = 0x08, kTarget64 = 0x20 };

// Entries of a batch: a page of them. An entry has the frame number above twelve bits, the lowest of which are the status in
// the answer.
constexpr uint32_t kBatchEntries = 512;
constexpr unsigned kEntryFrameShift = 12;
constexpr uint64_t kEntryStatus = 31;

// Frames of a page of 2 MiB.
constexpr uint64_t kLargeFrames = 512;

}  // namespace balloon::emulation
