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
  // All of the reserved address space was in use.
  std::atomic<uint64_t> arena_hits{0};
  // /proc/meminfo or /proc/zoneinfo could not be read.
  std::atomic<uint64_t> unreadable_hits{0};
};

class Balloon {
 public:
  struct Options {
    // Address space: the most that the balloon may ever hold, also after memory was added to the machine.
    uint64_t arena_pages;
    uint64_t slot_pages;
    // Nothing: io_uring, and if that is not to be had, mlock where it keeps pages in place.
    std::optional<PinKind> pin;
    // Use mlock, where it is asked for by name, even if the kernel may move locked pages.
    bool may_move = false;
    // Where /proc is; tests have one of their own.
    std::string proc = "/proc";
  };

  struct Allocated {
    uint64_t pages;
    // The allocation after them failed.
    bool failed;
  };

  // Fewer pages than were offered and status 0: the time of a call was over; the rest is to be offered again.
  struct Offered {
    uint64_t accepted;
    // Of the page after them; 0 where there is none.
    int64_t status;
  };

  // Opens an empty balloon, and tries with one page that pages can be had, pinned, and their frames be read. What is passed
  // by reference must outlive the balloon.
  static std::unique_ptr<Balloon> Open(const Options& options, GuestMemory& memory, const Limits& limits,
                                       Counters& counters, Failure* failure);

  // Each of these calls ends about 10 ms after it began, with what it has done by then, so that the caller sees progress and
  // can stop. It always does something: at least one page, or one step of an allocation.
  Outcome Allocate(uint64_t count, bool can_sleep, Allocated* allocated);
  // `count` must be all the pages of that custody; `*freed` of them were freed.
  Outcome Free(uint64_t count, Custody custody, uint64_t* freed);
  // Frees pages of every custody. Returns how many are still held.
  uint64_t Release();
  Outcome Lock(HostPort& host, uint64_t count, Offered* offered);
  Outcome Unlock(HostPort& host, uint64_t count, Offered* offered);

  // What was tried of a balloon: how its pages are pinned, and what may move them all the same, if anything.
  struct Trial {
    PinKind pin;
    std::string movers;
  };

  // Opens a balloon as `Open` does and closes it again.
  static Outcome Try(const Options& options, Trial* trial);

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
  uint64_t GiveBackSome(RunList& list, uint64_t deadline_ns);
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
