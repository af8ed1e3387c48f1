// The pages of the guest that belong to the balloon: implements the engine's PageAllocator, and LOCK and UNLOCK of its
// Hypervisor (src/engine/ports.ts).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "guest_memory.h"
#include "host_port.h"
#include "offers.h"
#include "page_pool.h"
#include "runs.h"

namespace balloon {

// The list of pages that Free applies to; values of the engine's Custody.
enum class Custody { kBalloon = 0, kUnlocked = 1, kRest = 2 };

// Time after which a call returns its partial result, so that the caller sees progress and can stop.
constexpr uint64_t kPatienceNs = 10'000'000;

// Memory that an allocation must leave free; another thread may change it.
struct Limits {
  std::atomic<uint64_t> floor_pages{0};
  // 0 to 100
  std::atomic<double> psi_full{100};
};

// Pages that are left to other allocations of the kernel meanwhile.
constexpr uint64_t kMargin = 64;

// Counters since the worker began, and current values; other threads read them.
struct Counters {
  std::atomic<uint64_t> commands{0};
  // Current value: the capabilities of the host that are in use.
  std::atomic<uint64_t> capabilities{kBasicCommands};
  // Current value: those that the last START granted, of the ones that it asked for, whether they are in use or not.
  std::atomic<uint64_t> granted{kBasicCommands};
  std::atomic<uint64_t> populated_pages{0};
  // Current values: pinned pages, and those among them that the policy has freed but that are kept because the kernel
  // is short of memory.
  std::atomic<uint64_t> pinned_pages{0};
  std::atomic<uint64_t> deferred_pages{0};
  // Current value: pages of 4 KiB in the pages of 2 MiB of the balloon.
  std::atomic<uint64_t> large_pages{0};
  // Pages of 2 MiB that the host has refused.
  std::atomic<uint64_t> large_refusals{0};
  // Parts of a page of 2 MiB that stayed in the balloon, as the host refused a page of 4 KiB in exchange for the rest: the Unlock
  // then reports the status of a LOCK.
  std::atomic<uint64_t> exchange_refusals{0};
  // Parts of pages of 2 MiB that could not be unlocked, since there was no memory for what replaces the rest.
  std::atomic<uint64_t> exchange_shortages{0};
  // Failed allocations by cause.
  std::atomic<uint64_t> floor_hits{0};
  std::atomic<uint64_t> psi_hits{0};
  std::atomic<uint64_t> watermark_hits{0};
  // The reserved address space was exhausted.
  std::atomic<uint64_t> arena_hits{0};
  // /proc/meminfo or /proc/zoneinfo could not be read.
  std::atomic<uint64_t> unreadable_hits{0};
};

class Balloon {
 public:
  struct Options {
    // Address space: the maximum size of the balloon, also after memory is added to the machine.
    uint64_t arena_pages;
    uint64_t slot_pages;
    // None: io_uring, or if it is unavailable, mlock if it keeps pages in place.
    std::optional<PinKind> pin;
    // Whether an explicitly requested mlock is used although the kernel may move locked pages.
    bool may_move = false;
    // Path of /proc; tests use their own.
    std::string proc = "/proc";
    // Capabilities of the host that may be used, if it grants them.
    uint32_t capabilities = kBasicCommands;
    // Tests have more, as a busy machine may take it for anything.
    uint64_t patience_ns = kPatienceNs;
  };

  struct Allocated {
    uint64_t pages;
    // Whether the allocation after them failed.
    bool failed;
  };

  // Fewer pages than offered and status 0: the time of the call was over; the remaining pages must be offered again.
  struct Offered {
    uint64_t accepted;
    // Status of a page that was refused; 0 without one.
    int64_t status;
  };

  // Pages of 2 MiB are a matter of this class: callers count pages of 4 KiB. They are used where the host and the kernel have them,
  // and split where the host refuses one, or where less than one is to be unlocked.

  // Opens an empty balloon, and tests with one page that pages can be allocated and pinned, and that frame numbers can
  // be read. Arguments passed by reference must outlive the balloon.
  static std::unique_ptr<Balloon> Open(const Options& options, GuestMemory& memory, const Limits& limits,
                                       Counters& counters, Failure* failure);

  // Each of these calls ends about 10 ms after it began, with its partial result, so that the caller sees progress and
  // can stop. It always makes progress: at least one page, or one step of an allocation. An exchange for a part of a page of 2 MiB
  // is one step.
  Outcome Allocate(uint64_t count, bool can_sleep, Allocated* allocated);
  // `count` must be the number of all pages in that custody; `*freed` of them were freed.
  Outcome Free(uint64_t count, Custody custody, uint64_t* freed);
  // Frees pages of every custody. Returns the number of pages still held.
  uint64_t Release();
  // A batch may have several refused pages. Lock reports them one by one, after the accepted pages: a caller that ends after
  // some refusals has no page that the host has locked among those that are not in the balloon. Unlock reports one of them;
  // all stay in the balloon.
  Outcome Lock(HostPort& host, uint64_t count, Offered* offered);
  Outcome Unlock(HostPort& host, uint64_t count, Offered* offered);

  // The host has accepted START: from now on the commands of these capabilities are used, if the options permit them.
  // It has forgotten all pages, those that the caller does not count, too: these are freed.
  void Grant(uint32_t capabilities);

  // A cycle of the policy begins: pages of 2 MiB are tried again if there was none, or if the host has refused one.
  void BeginCycle();

  // Result of a trial: how the balloon's pages are pinned, and what may move them nevertheless, if anything.
  struct Trial {
    PinKind pin;
    std::string movers;
  };

  // Opens a balloon like `Open` and closes it again.
  static Outcome Try(const Options& options, Trial* trial);

  PinKind pin_kind() const { return pool_->pin_kind(); }

 private:
  // Reason for which an allocation stops.
  enum class Stop { kNot, kFailed, kTime };

  // What an allocation may do and keeps to: no reclaim, watermarks and the floor; reclaim, the limit of pressure and the floor;
  // or, for pages for which more memory is given back at once, reclaim and no limit.
  enum class Effort { kNoSleep, kSleep, kExchange };

  Balloon(std::unique_ptr<PagePool> pool, std::unique_ptr<PagePool> large_pool, const Options& options, GuestMemory& memory,
          const Limits& limits, Counters& counters);

  static Outcome Misuse(const char* what);
  uint64_t Deadline() const;
  static bool IsOver(uint64_t deadline_ns);

  Outcome HoldOnePage(Run* page);
  Outcome TryOnePage();
  Outcome PrepareBatches();
  uint64_t Permitted(uint64_t wanted, Effort effort);
  uint64_t Fill(Run place, Effort effort, uint64_t deadline_ns, Stop* stop);
  Outcome AllocateSmall(uint64_t count, Effort effort, uint64_t deadline_ns, uint64_t* got, Stop* stop);
  Outcome AllocateLarge(uint64_t count, uint64_t deadline_ns, uint64_t* got);
  bool IsLargePage(uint64_t page) const;
  uint64_t GiveBackSome(RunList& list, uint64_t deadline_ns);
  uint64_t GiveBackSomeLarge(std::deque<uint64_t>& list, uint64_t deadline_ns);

  // LOCK and UNLOCK (balloon_offers.cc).
  Outcome LockSome(HostPort& host, uint64_t count, uint64_t* accepted);
  Outcome LockSmall(HostPort& host, uint64_t count, uint64_t* accepted);
  Outcome LockLarge(HostPort& host, uint64_t count, uint64_t* accepted);
  Outcome Split(uint64_t page);
  Outcome UnlockSmall(HostPort& host, uint64_t count, Offered* offered);
  Outcome UnlockLarge(HostPort& host, uint64_t count, Offered* offered);
  Outcome UnlockPartOfLarge(HostPort& host, uint64_t count, Offered* offered);
  Outcome TakeBack(HostPort& host, uint64_t count);
  void GiveBackSurplus();
  void CountLarge() { counters_.large_pages = large_balloon_.size() * kLargePages; }

  const std::unique_ptr<PagePool> pool_;
  // Of pages of 2 MiB; null without them.
  const std::unique_ptr<PagePool> large_pool_;
  const uint64_t slot_pages_;
  const uint64_t patience_ns_;
  const uint32_t capabilities_;
  GuestMemory& memory_;
  const Limits& limits_;
  Counters& counters_;
  Offers offers_;

  // The pages by state: not offered yet, locked by the host, unlocked by it, refused by it.
  RunList spare_;
  RunList balloon_;
  RunList unlocked_;
  RunList refused_;
  // Statuses of pages in `refused_` that Lock has not reported yet.
  std::deque<int64_t> refusals_;

  // The pages of 2 MiB by state, each by its first page of 4 KiB.
  std::deque<uint64_t> large_spare_;
  std::deque<uint64_t> large_balloon_;
  std::deque<uint64_t> large_unlocked_;
  std::deque<uint64_t> large_refused_;
  // No page of 2 MiB is allocated, or offered, until the next cycle.
  bool no_large_blocks_ = false;
  bool host_refuses_large_ = false;
  // Status of a command for pages of 2 MiB that has failed as a whole; 0: none.
  uint32_t failed_large_ = kSuccess;
  // Pages that the caller counts among those not offered, and whose memory was lost when a page of 2 MiB was split; and those
  // that were reported as refused since.
  uint64_t missing_ = 0;
  uint64_t missing_reported_ = 0;
  // Locked pages of `balloon_` that the caller does not count: their UNLOCK was refused.
  uint64_t surplus_ = 0;
  // Pages in `large_unlocked_` that the caller does not count: others were locked in exchange.
  uint64_t exchanged_ = 0;

  // Of the last command.
  std::vector<uint64_t> pages_;
  std::vector<int64_t> statuses_;
};

}  // namespace balloon
