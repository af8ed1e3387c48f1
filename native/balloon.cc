#include "balloon.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "capability.h"

namespace balloon {
namespace {

// Number of pages after which a sleeping allocation checks the limits (2 MiB).
constexpr uint64_t kSleepingStep = 512;
// Time after which a call returns its partial result, so that the caller sees progress and can stop.
constexpr uint64_t kPatienceNs = 10'000'000;
// Number of pages that are freed between two readings of the clock (16 MiB).
constexpr uint64_t kReleaseStep = 4096;

// One page in this many is left for the kernel's own memory: page tables (1 in 512), its table of pinned pages (1 in
// 256), the table of frames (1 in 1024); the margin is for other allocations of the kernel in between.
constexpr uint64_t kPagesPerExtra = 128;
constexpr uint64_t kMargin = 64;

// Pages of the arena for the entries of batches: one that stays pinned, and one that stays empty, so that the first one shares
// no slot with pages of the balloon.
constexpr uint64_t kPagesForBatches = 2;

// Locked memory besides the balloon and its slots that are pinned anew.
constexpr uint64_t kRingPages = 64;

uint64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void Add(std::atomic<uint64_t>& counter, uint64_t pages) { counter.fetch_add(pages, std::memory_order_relaxed); }

// The finite limit of locked memory of this process; none if it is unlimited or does not apply.
std::optional<uint64_t> MemlockLimit() {
  rlimit limit;
  if (HasCapability(Capability::kIpcLock) || getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

// Maximum number of pages that may count as locked. Memory that is added later may exceed a limit that was sufficient
// before: allocations then fail with the code of the limit.
uint64_t MostLocked(uint64_t arena_pages, uint64_t slot_pages) {
  return std::min(arena_pages, GuestMemory::TotalPages()) + slot_pages + kRingPages;
}

Failure MayLockNothing() {
  return {code::kPinDenied, "locking memory is not permitted (RLIMIT_MEMLOCK is 0): grant CAP_IPC_LOCK, or run as root"};
}

// `needed`: pages of the balloon, and other memory that counts as locked.
Failure MemlockTooLow(uint64_t limit, uint64_t needed) {
  return {code::kMemlockLimit, "at most " + std::to_string(limit >> 10) + " KiB may be locked (RLIMIT_MEMLOCK) of the " +
                                   std::to_string(needed * (kPageSize >> 10)) +
                                   " KiB that the balloon may hold: raise it (systemd: LimitMEMLOCK=infinity; a shell: "
                                   "ulimit -l unlimited), or run with CAP_IPC_LOCK"};
}

Outcome Misuse(const char* what) {
  return Failure{code::kMisuse, std::string("the balloon was asked to ") + what + " pages that it does not have"};
}

constexpr char kAllTheSame[] =
    "--pin mlock --allow-unpinned-moves would lock pages nevertheless, at the risk that other programs lose data in a "
    "frame that such a page has left";

// Locked pages are sufficient if nothing moves them, or if the caller accepts the risk by an explicit option.
std::unique_ptr<Pins> OpenPins(const Arena& arena, const Balloon::Options& options, Failure* failure) {
  if (options.pin != PinKind::kMlock) {
    std::unique_ptr<Pins> pins = OpenUringPins(arena, options.slot_pages, failure);
    if (pins != nullptr || options.pin.has_value()) return pins;
  }
  const std::string movers = WhatMovesLockedPages(options.proc);
  if (movers.empty() || (options.may_move && options.pin.has_value())) return OpenMlockPins(arena);
  if (options.pin.has_value()) {
    *failure = {code::kPinsMove, "mlock does not keep pages in place: " + movers + ": set it to 0, or use io_uring; " + kAllTheSame};
  } else {
    failure->message += ". mlock is no substitute here: " + movers + ": set it to 0; " + kAllTheSame;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Balloon> Balloon::Open(const Options& options, GuestMemory& memory, const Limits& limits,
                                       Counters& counters, Failure* failure) {
  const std::optional<uint64_t> limit = MemlockLimit();
  const uint64_t needed = MostLocked(options.arena_pages, options.slot_pages);
  if (limit.has_value() && *limit / kPageSize < needed) {
    *failure = *limit == 0 ? MayLockNothing() : MemlockTooLow(*limit, needed);
    return nullptr;
  }
  const bool batches = (options.capabilities & kBatchedCommands) != 0;
  std::unique_ptr<Arena> arena = Arena::Reserve(options.arena_pages + (batches ? kPagesForBatches : 0), failure);
  if (arena == nullptr) return nullptr;
  std::unique_ptr<Pins> pins = OpenPins(*arena, options, failure);
  if (pins == nullptr) return nullptr;
  std::unique_ptr<Frames> frames = Frames::Open(*arena, failure);
  if (frames == nullptr) return nullptr;
  std::unique_ptr<Balloon> balloon(
      new Balloon(std::move(arena), std::move(pins), std::move(frames), options, memory, limits, counters));
  if (Outcome refused = batches ? balloon->PrepareBatches() : balloon->TryOnePage()) {
    *failure = *refused;
    return nullptr;
  }
  return balloon;
}

Outcome Balloon::Try(const Options& options, Trial* trial) {
  GuestMemory memory(options.proc);
  const Limits limits;
  Counters counters;
  Failure failure{};
  const std::unique_ptr<Balloon> balloon = Open(options, memory, limits, counters, &failure);
  if (balloon == nullptr) return failure;
  trial->pin = balloon->pin_kind();
  if (trial->pin == PinKind::kMlock) trial->movers = WhatMovesLockedPages(options.proc);
  return std::nullopt;
}

Balloon::Balloon(std::unique_ptr<Arena> arena, std::unique_ptr<Pins> pins, std::unique_ptr<Frames> frames,
                 const Options& options, GuestMemory& memory, const Limits& limits, Counters& counters)
    : arena_(std::move(arena)),
      pins_(std::move(pins)),
      frames_(std::move(frames)),
      slot_pages_(options.slot_pages),
      capabilities_(options.capabilities),
      memory_(memory),
      limits_(limits),
      counters_(counters),
      offers_(*arena_, *frames_, counters.commands, counters.capabilities) {}

// Takes the first page of an empty arena, pins it, and reads its frame number.
Outcome Balloon::HoldOnePage(Run* page) {
  const std::optional<Run> place = arena_->Take(1);
  if (!place.has_value()) return Failure{code::kSystem, SystemText("can't allocate a page", ENOMEM)};
  *page = *place;
  int error = arena_->Populate(*page);
  if (error == 0) error = pins_->Pin(*page);
  if (error == EPERM) {
    return Failure{code::kPinDenied, SystemText("can't pin pages", error) + ": run as root, or with CAP_IPC_LOCK"};
  }
  if (error != 0) return Failure{code::kSystem, SystemText("can't allocate and pin a page", error)};
  return frames_->Learn(*page);
}

Outcome Balloon::TryOnePage() {
  Run page{};
  if (Outcome refused = HoldOnePage(&page)) return refused;
  Add(counters_.pinned_pages, 1);
  GiveBack({page});
  return std::nullopt;
}

// The page stays pinned until the balloon is closed: the host writes to its frame.
Outcome Balloon::PrepareBatches() {
  Run page{};
  if (Outcome refused = HoldOnePage(&page)) return refused;
  arena_->Take(kPagesForBatches - 1);
  // The frame number of a batch's page has 32 bits, too.
  if ((*frames_)[page.first] != 0) offers_.UseForBatches(page.first);
  return std::nullopt;
}

// Number of these pages that may be allocated now; if it is 0, counts the limit that prevented it.
uint64_t Balloon::Permitted(uint64_t wanted, bool can_sleep) {
  if (can_sleep) {
    const std::optional<double> pressure = memory_.Pressure();
    if (pressure.has_value() && *pressure > limits_.psi_full.load(std::memory_order_relaxed)) {
      Add(counters_.psi_hits, 1);
      return 0;
    }
  }
  const std::optional<uint64_t> available = memory_.Available();
  const std::optional<uint64_t> free = can_sleep ? uint64_t{0} : memory_.WithoutReclaim();
  if (!available.has_value() || !free.has_value()) {
    Add(counters_.unreadable_hits, 1);
    return 0;
  }
  const uint64_t floor = limits_.floor_pages.load(std::memory_order_relaxed);
  if (*available <= floor) {
    Add(counters_.floor_hits, 1);
    return 0;
  }
  const uint64_t above_floor = *available - floor;
  if (can_sleep) return std::min(wanted, above_floor);

  const uint64_t kept = kMargin + std::min(wanted, *free) / kPagesPerExtra;
  if (*free <= kept) {
    Add(counters_.watermark_hits, 1);
    return 0;
  }
  return std::min({wanted, above_floor, *free - kept});
}

// Populates pages of a range, from its beginning; returns their number, and why there are not more.
uint64_t Balloon::Fill(Run place, bool can_sleep, uint64_t deadline_ns, Stop* stop) {
  uint64_t filled = 0;
  while (filled < place.count) {
    const uint64_t permitted = Permitted(place.count - filled, can_sleep);
    const uint64_t step = can_sleep ? std::min(permitted, kSleepingStep) : permitted;
    if (step == 0 || arena_->Populate({place.first + filled, step}) != 0) {
      *stop = Stop::kFailed;
      break;
    }
    filled += step;
    if (NowNs() >= deadline_ns) {
      *stop = Stop::kTime;
      break;
    }
  }
  Add(counters_.populated_pages, filled);
  return filled;
}

// Pins pages and reads their frame numbers. On failure the pages are freed; `*failed` if memory was short.
Outcome Balloon::Secure(Run run, bool* failed) {
  const int error = pins_->Pin(run);
  if (error == 0) {
    Add(counters_.pinned_pages, run.count);
    Outcome hidden = frames_->Learn(run);
    if (hidden.has_value()) GiveBack({run});
    return hidden;
  }
  arena_->GiveBack(run);
  if (error == EPERM) return Failure{code::kPinDenied, SystemText("can't pin pages", error)};
  if (error != ENOMEM && error != EAGAIN) return Failure{code::kSystem, SystemText("can't pin pages", error)};
  if (const std::optional<uint64_t> limit = MemlockLimit()) return MemlockTooLow(*limit, MostLocked(arena_->pages(), slot_pages_));
  *failed = true;
  return std::nullopt;
}

Outcome Balloon::Allocate(uint64_t count, bool can_sleep, Allocated* allocated) {
  RetryDeferred();
  const uint64_t deadline_ns = NowNs() + kPatienceNs;
  uint64_t got = 0;
  Stop stop = Stop::kNot;
  while (got < count && stop == Stop::kNot) {
    const std::optional<Run> place = arena_->Take(std::min(count - got, slot_pages_));
    if (!place.has_value()) {
      Add(counters_.arena_hits, 1);
      stop = Stop::kFailed;
      break;
    }
    const Run filled{place->first, Fill(*place, can_sleep, deadline_ns, &stop)};
    if (filled.count < place->count) arena_->GiveBack({filled.end(), place->count - filled.count});
    if (filled.count == 0) break;
    bool failed = false;
    if (Outcome refused = Secure(filled, &failed)) return refused;
    if (failed) {
      stop = Stop::kFailed;
      break;
    }
    spare_.Append(filled);
    got += filled.count;
  }
  *allocated = {got, stop == Stop::kFailed && got < count};
  return std::nullopt;
}

Outcome Balloon::Free(uint64_t count, Custody custody, uint64_t* freed) {
  const uint64_t deadline_ns = NowNs() + kPatienceNs;
  *freed = 0;
  if (custody == Custody::kRest) {
    if (count != spare_.pages() + refused_.pages()) return Misuse("free");
    refusals_.clear();
    *freed += GiveBackSome(spare_, deadline_ns);
    // The time may be over, but a call that has freed nothing yet frees at least one step.
    if (spare_.pages() == 0) *freed += GiveBackSome(refused_, deadline_ns);
    return std::nullopt;
  }
  if (custody != Custody::kBalloon && custody != Custody::kUnlocked) return Misuse("free");
  RunList& list = custody == Custody::kBalloon ? balloon_ : unlocked_;
  if (count != list.pages()) return Misuse("free");
  *freed = GiveBackSome(list, deadline_ns);
  return std::nullopt;
}

uint64_t Balloon::Release() {
  refusals_.clear();
  const uint64_t deadline_ns = NowNs() + kPatienceNs;
  uint64_t left = 0;
  for (RunList* list : {&spare_, &refused_, &unlocked_, &balloon_}) {
    if (left == 0) GiveBackSome(*list, deadline_ns);
    left += list->pages();
  }
  return left;
}

// Frees the newest pages of a list until the time is over, at least one step. Returns their number.
uint64_t Balloon::GiveBackSome(RunList& list, uint64_t deadline_ns) {
  uint64_t given = 0;
  while (list.pages() > 0 && (given == 0 || NowNs() < deadline_ns)) {
    std::vector<Run> runs;
    for (uint64_t step = 0; step < kReleaseStep && list.pages() > 0;) {
      runs.push_back(list.TakeNewest(kReleaseStep - step));
      step += runs.back().count;
      given += runs.back().count;
    }
    GiveBack(std::move(runs));
  }
  return given;
}

// Unpins and frees pages: these, and earlier ones that had to wait.
void Balloon::GiveBack(std::vector<Run> runs) {
  runs.insert(runs.end(), deferred_.begin(), deferred_.end());
  Pins::Unpinned unpinned = pins_->Unpin(std::move(runs));
  for (const Run& run : unpinned.done.runs()) {
    frames_->Forget(run);
    arena_->GiveBack(run);
  }
  counters_.pinned_pages.fetch_sub(unpinned.done.pages(), std::memory_order_relaxed);
  counters_.deferred_pages.store(unpinned.waiting.pages(), std::memory_order_relaxed);
  deferred_ = unpinned.waiting.TakeAll();
}

void Balloon::RetryDeferred() {
  if (!deferred_.empty()) GiveBack({});
}

Outcome Balloon::Lock(HostPort& host, uint64_t count, Offered* offered) {
  if (count > spare_.pages() + refusals_.size()) return Misuse("lock");
  const uint64_t deadline_ns = NowNs() + kPatienceNs;
  *offered = {0, kSuccess};
  while (refusals_.empty() && offered->accepted < count) {
    spare_.CopyOldest(std::min(count - offered->accepted, offers_.most()), &pages_);
    const Outcome failure = offers_.Send(host, Offers::Kind::kLock, pages_, &statuses_);
    for (const int64_t status : statuses_) {
      const Run page = spare_.TakeOldest(1);
      if (status == kSuccess) {
        balloon_.Append(page);
        offered->accepted++;
      } else {
        refused_.Append(page);
        refusals_.push_back(status);
      }
    }
    if (failure.has_value()) return failure;
    if (NowNs() >= deadline_ns) break;
  }
  if (refusals_.empty()) return std::nullopt;
  // The policy may end its cycle after some refusals, and must know of a reset.
  const auto reset = std::find(refusals_.begin(), refusals_.end(), int64_t{kReset});
  if (reset != refusals_.end()) std::iter_swap(refusals_.begin(), reset);
  offered->status = refusals_.front();
  refusals_.pop_front();
  return std::nullopt;
}

Outcome Balloon::Unlock(HostPort& host, uint64_t count, Offered* offered) {
  if (count > balloon_.pages()) return Misuse("unlock");
  const uint64_t deadline_ns = NowNs() + kPatienceNs;
  *offered = {0, kSuccess};
  while (offered->status == kSuccess && offered->accepted < count) {
    balloon_.CopyNewest(std::min(count - offered->accepted, offers_.most()), &pages_);
    const Outcome failure = offers_.Send(host, Offers::Kind::kUnlock, pages_, &statuses_);
    std::vector<Run> kept;
    for (const int64_t status : statuses_) {
      const Run page = balloon_.TakeNewest(1);
      if (status == kSuccess) {
        unlocked_.Join(page);
        offered->accepted++;
      } else {
        kept.push_back(page);
        if (offered->status == kSuccess || status == kReset) offered->status = status;
      }
    }
    // The refused ones are the newest ones again: the next ones that are offered.
    for (; !kept.empty(); kept.pop_back()) balloon_.Append(kept.back());
    if (failure.has_value()) return failure;
    if (NowNs() >= deadline_ns) break;
  }
  return std::nullopt;
}

}  // namespace balloon
