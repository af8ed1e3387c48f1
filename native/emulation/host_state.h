// The state of an emulated host, as one mapping: a header of numbers and a bit for each frame. In a file the state
// survives the guest: a guest that was killed and restarted meets the same host; tests can read the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "script.h"

namespace balloon::emulation {

constexpr uint64_t kStateMagic = 0x31454c4f4f4c4142;  // "BALOOLE1", little-endian

enum Violation : uint64_t {
  kNone = 0,
  kLockedTwice = 1,
  kUnlockedUnknown = 2,
  kNotALargePage = 3,
};

struct RuleState {
  uint64_t left;  // answers before it is used up
  uint64_t pass;  // matching commands that it lets pass before it answers one
};

// New fields are added only at the end: readers access fields by offset.
struct HostState {
  uint64_t magic;
  uint64_t digest;           // of the script
  int64_t zero_ns;           // CLOCK_MONOTONIC of the first command of the protocol, 0 before it
  uint64_t locked;           // frames in the book
  uint64_t target;           // as last told to the guest, in pages
  uint64_t resets;           // that it has demanded
  uint64_t reset_pending;    // 1 until it is told of a restart
  uint64_t violations;       // commands that no guest may send
  uint64_t violation;        // the first of them, a `Violation`
  uint64_t violation_frame;
  uint64_t limit;            // argument of the last GET_TARGET
  uint64_t commands[5];      // by number: START, GET_TARGET, LOCK, UNLOCK, GUEST_ID
  uint64_t refused[5];       // those that were not answered with success
  uint64_t unknown;          // commands that the protocol has not
  uint64_t random;           // state of the generator behind `chance`
  int64_t override_us;       // when a `target-at` came into force, -1 before any
  uint64_t override_pages;
  uint64_t most_locked;      // the largest book so far
  uint64_t lowest_word;      // words of the book that may have a bit set
  uint64_t highest_word;
  RuleState rules[kMaxRules];
  uint64_t granted;          // capabilities, by the last START that succeeded
  uint64_t batches[4];       // by number: BATCHED_LOCK, BATCHED_UNLOCK, and those of pages of 2 MiB
  uint64_t refused_batches[4];
};

constexpr size_t kHeaderBytes = 4096;
static_assert(sizeof(HostState) <= kHeaderBytes, "the header has a page");
static_assert(offsetof(HostState, commands) == 88 && offsetof(HostState, most_locked) == 200 &&
                  offsetof(HostState, granted) == 3424,
              "known to readers");

// Frame numbers have 32 bits in the protocol.
constexpr uint64_t kFrames = uint64_t{1} << 32;
constexpr uint64_t kLastWord = kFrames / 64 - 1;

// The mapping: private memory, or a file that no other host can use at the same time.
class StateMapping {
 public:
  // Returns null on an error, which `problem` describes. A new file is initialized for this script; an existing one
  // must belong to it.
  static std::unique_ptr<StateMapping> Open(const Script& script, std::string* problem);
  ~StateMapping();
  StateMapping(const StateMapping&) = delete;
  StateMapping& operator=(const StateMapping&) = delete;

  HostState& header() const { return *static_cast<HostState*>(base_); }
  // A bit for each locked frame, and a bit for each page of 2 MiB that is locked as a whole.
  uint64_t* words() const { return reinterpret_cast<uint64_t*>(static_cast<char*>(base_) + kHeaderBytes); }
  uint64_t* large_words() const { return words() + kLastWord + 1; }

 private:
  StateMapping(void* base, int file) : base_(base), file_(file) {}
  void* const base_;
  const int file_;
};

}  // namespace balloon::emulation
