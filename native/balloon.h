// The guest's pages that are the balloon's: the PageAllocator of the engine, and the LOCK and UNLOCK of its Hypervisor
// (src/engine/ports.ts).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arena.h"
#include "failure.h"
#include "frames.h"
#include "guest_memory.h"
#include "host_port.h"
#include "pins.h"
#include "runs.h"

namespace balloon {

// Whose pages a Free is about; numbers of the engine's Custody.
enum class Custody { kBalloon = 0, kUnlocked = 1, kRest = 2 };

// What an allocation must leave; another thread may change it.
struct Limits {
  std::atomic<uint64_t> floor_pages{0};
  // 0 to 100
  std::atomic<double> psi_full{100};
};

// What was done since the worker began, and what is; other threads read it.
struct Counters {
  std::atomic<uint64_t> commands{0};
  std::atomic<uint64_t> populated_pages{0};
  // At this moment: pinned, and of these given back by the policy but held for want of the kernel's memory.
  std::atomic<uint64_t> pinned_pages{0};
  std::atomic<uint64_t> deferred_pages{0};
  // Allocations that failed, by what stood in the way.
  std::atomic<uint64_t> floor_hits{0};
  std::atomic<uint64_t> psi_hits{0};
  std::atomic<uint64_t> watermark_hits{0};
};

class Balloon {
 public:
  struct Options {
    uint64_t arena_pages;
    uint64_t slot_pages;
    // Nothing: io_uring, and if that is not to be had, mlock.
    std::optional<PinKind> pin;
  };

  struct Allocated {
    uint64_t pages;
    // The allocation after them failed.
    bool failed;
  };

  struct Offered {
    uint64_t accepted;
    // Of the page after them; 0 where there is none.
    int64_t status;
  };

  // Opens an empty balloon, and tries with one page that pages can be had, pinned, and their frames be read. What the
  // operator should know all the same is added to `warnings`. What is passed by reference must outlive the balloon.
  static std::unique_ptr<Balloon> Open(const Options& options, GuestMemory& memory, const Limits& limits,
                                       Counters& counters, Failure* failure, std::vector<std::string>* warnings);

  Outcome Allocate(uint64_t count, bool can_sleep, Allocated* allocated);
  Outcome Free(uint64_t count, Custody custody);
  Outcome Lock(HostPort& host, uint64_t count, Offered* offered);
  Outcome Unlock(HostPort& host, uint64_t count, Offered* offered);

  PinKind pin_kind() const { return pins_->kind(); }

 private:
  // Why an allocation stops.
  enum class Stop { kNot, kFailed, kTime };

  Balloon(std::unique_ptr<Arena> arena, std::unique_ptr<Pins> pins, std::unique_ptr<Frames> frames, const Options& options,
          GuestMemory& memory, const Limits& limits, Counters& counters);

  Outcome TryOnePage();
  uint64_t Permitted(uint64_t wanted, bool can_sleep);
  uint64_t Fill(Run place, bool can_sleep, uint64_t deadline_ns, Stop* stop);
  Outcome Secure(Run run, bool* failed);
  void GiveBack(std::vector<Run> runs);
  void RetryDeferred();
  int64_t Send(HostPort& host, Command command, uint64_t page, bool* fault);

  const std::unique_ptr<Arena> arena_;
  const std::unique_ptr<Pins> pins_;
  const std::unique_ptr<Frames> frames_;
  const uint64_t slot_pages_;
  GuestMemory& memory_;
  const Limits& limits_;
  Counters& counters_;

  // Where the pages are: not offered yet, locked by the host, taken back from it, refused by it.
  RunList spare_;
  RunList balloon_;
  RunList unlocked_;
  RunList refused_;
  // To be given back, but pinned still: the kernel had no memory to pin their neighbours otherwise.
  std::deque<Run> deferred_;
};

}  // namespace balloon
