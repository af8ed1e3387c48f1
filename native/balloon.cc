#include "balloon.h"

#include <time.h>

#include <algorithm>
#include <cerrno>

#include "huge_pages.h"

namespace balloon {
namespace {

// Number of pages after which a sleeping allocation checks the limits (2 MiB).
constexpr uint64_t kSleepingStep = 512;
// Number of pages that are freed between two readings of the clock (16 MiB).
constexpr uint64_t kReleaseStep = 4096;

// One page in this many is left for the kernel's own memory: page tables (1 in 512), its table of pinned pages (1 in
// 256), the table of frames (1 in 1024).
constexpr uint64_t kPagesPerExtra = 128;

// Free blocks of 2 MiB that are left to others.
constexpr uint64_t kLargeBlocksLeft = 4;

// Pages of the arena for the entries of batches: one that stays pinned, and one that stays empty, so that the first one shares
// no slot with pages of the balloon.
constexpr uint64_t kPagesForBatches = 2;

uint64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void Add(std::atomic<uint64_t>& counter, uint64_t pages) { counter.fetch_add(pages, std::memory_order_relaxed); }

}  // namespace

Outcome Balloon::Misuse(const char* what) {
  return Failure{code::kMisuse, std::string("the balloon was asked to ") + what + " pages that it does not have"};
}

uint64_t Balloon::Deadline() const { return NowNs() + patience_ns_; }

bool Balloon::IsOver(uint64_t deadline_ns) { return NowNs() >= deadline_ns; }

std::unique_ptr<Balloon> Balloon::Open(const Options& options, GuestMemory& memory, const Limits& limits,
                                       Counters& counters, Failure* failure) {
  const bool batches = (options.capabilities & kBatchedCommands) != 0;
  const PagePool::Options small{Arena::Kind::kSmall, options.arena_pages + (batches ? kPagesForBatches : 0),
                                options.slot_pages, options.pin, options.may_move, options.proc};
  std::unique_ptr<PagePool> pool = PagePool::Open(small, counters.pinned_pages, counters.deferred_pages, failure);
  if (pool == nullptr) return nullptr;
  std::unique_ptr<PagePool> large_pool;
  if ((options.capabilities & kLargeCommands) != 0 && HugePages("/sys") != HugePagesSetting::kNever) {
    // Each page of 2 MiB is pinned as a whole. Without them, the balloon has pages of 4 KiB.
    const uint64_t pages = (options.arena_pages + kLargePages - 1) / kLargePages * kLargePages;
    const PagePool::Options large{Arena::Kind::kHuge, pages, kLargePages, pool->pin_kind(), options.may_move, options.proc};
    Failure none{};
    large_pool = PagePool::Open(large, counters.pinned_pages, counters.deferred_pages, &none);
  }
  std::unique_ptr<Balloon> balloon(
      new Balloon(std::move(pool), std::move(large_pool), options, memory, limits, counters));
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

Balloon::Balloon(std::unique_ptr<PagePool> pool, std::unique_ptr<PagePool> large_pool, const Options& options,
                 GuestMemory& memory, const Limits& limits, Counters& counters)
    : pool_(std::move(pool)),
      large_pool_(std::move(large_pool)),
      slot_pages_(options.slot_pages),
      patience_ns_(options.patience_ns),
      capabilities_(large_pool_ == nullptr ? options.capabilities & ~kLargeCommands : options.capabilities),
      memory_(memory),
      limits_(limits),
      counters_(counters),
      offers_(*pool_, large_pool_.get(), counters.commands, counters.capabilities) {}

// Takes the first page of an empty arena, pins it, and reads its frame number.
Outcome Balloon::HoldOnePage(Run* page) {
  const std::optional<Run> place = pool_->arena().Take(1);
  if (!place.has_value()) return Failure{code::kSystem, SystemText("can't allocate a page", ENOMEM)};
  *page = *place;
  int error = pool_->arena().Populate(*page);
  if (error == 0) error = pool_->pins().Pin(*page);
  if (error == EPERM) {
    return Failure{code::kPinDenied, SystemText("can't pin pages", error) + ": run as root, or with CAP_IPC_LOCK"};
  }
  if (error != 0) return Failure{code::kSystem, SystemText("can't allocate and pin a page", error)};
  return pool_->frames().Learn(*page);
}

Outcome Balloon::TryOnePage() {
  Run page{};
  if (Outcome refused = HoldOnePage(&page)) return refused;
  Add(counters_.pinned_pages, 1);
  pool_->GiveBack({page});
  return std::nullopt;
}

// The page stays pinned until the balloon is closed: the host writes to its frame.
Outcome Balloon::PrepareBatches() {
  Run page{};
  if (Outcome refused = HoldOnePage(&page)) return refused;
  pool_->arena().Take(kPagesForBatches - 1);
  // The frame number of a batch's page has 32 bits, too.
  if (pool_->frames()[page.first] != 0) offers_.UseForBatches(page.first);
  return std::nullopt;
}

// Number of these pages that may be allocated now; if it is 0, counts the limit that prevented it. An exchange has no limit but the
// memory that is available.
uint64_t Balloon::Permitted(uint64_t wanted, Effort effort) {
  if (effort == Effort::kSleep) {
    const std::optional<double> pressure = memory_.Pressure();
    if (pressure.has_value() && *pressure > limits_.psi_full.load(std::memory_order_relaxed)) {
      Add(counters_.psi_hits, 1);
      return 0;
    }
  }
  const std::optional<uint64_t> available = memory_.Available();
  const std::optional<uint64_t> free = effort == Effort::kNoSleep ? memory_.WithoutReclaim() : uint64_t{0};
  if (!available.has_value() || !free.has_value()) {
    Add(counters_.unreadable_hits, 1);
    return 0;
  }
  // It gives a page of 2 MiB for what it takes, and memory is short when a balloon is to shrink.
  if (effort == Effort::kExchange) return std::min(wanted, *available);

  const uint64_t floor = limits_.floor_pages.load(std::memory_order_relaxed);
  if (*available <= floor) {
    Add(counters_.floor_hits, 1);
    return 0;
  }
  const uint64_t above_floor = *available - floor;
  if (effort == Effort::kSleep) return std::min(wanted, above_floor);

  const uint64_t kept = kMargin + std::min(wanted, *free) / kPagesPerExtra;
  if (*free <= kept) {
    Add(counters_.watermark_hits, 1);
    return 0;
  }
  return std::min({wanted, above_floor, *free - kept});
}

// Populates pages of a range, from its beginning; returns their number, and why there are not more.
uint64_t Balloon::Fill(Run place, Effort effort, uint64_t deadline_ns, Stop* stop) {
  uint64_t filled = 0;
  while (filled < place.count) {
    const uint64_t permitted = Permitted(place.count - filled, effort);
    const uint64_t step = effort == Effort::kNoSleep ? permitted : std::min(permitted, kSleepingStep);
    if (step == 0 || pool_->arena().Populate({place.first + filled, step}) != 0) {
      *stop = Stop::kFailed;
      break;
    }
    filled += step;
    if (IsOver(deadline_ns)) {
      *stop = Stop::kTime;
      break;
    }
  }
  Add(counters_.populated_pages, filled);
  return filled;
}

Outcome Balloon::Allocate(uint64_t count, bool can_sleep, Allocated* allocated) {
  pool_->RetryDeferred();
  if (large_pool_ != nullptr) large_pool_->RetryDeferred();
  const uint64_t deadline_ns = Deadline();
  uint64_t got = 0;
  Stop stop = Stop::kNot;
  // Like the kernel's drivers, only without reclaim.
  if (!can_sleep) {
    if (Outcome failure = AllocateLarge(count, deadline_ns, &got)) return failure;
    if (got > 0 && IsOver(deadline_ns)) stop = Stop::kTime;
  }
  if (Outcome failure = AllocateSmall(count, can_sleep ? Effort::kSleep : Effort::kNoSleep, deadline_ns, &got, &stop)) return failure;
  *allocated = {got, stop == Stop::kFailed && got < count};
  return std::nullopt;
}

// Allocates pages of 4 KiB until `*got` is `count`.
Outcome Balloon::AllocateSmall(uint64_t count, Effort effort, uint64_t deadline_ns, uint64_t* got, Stop* stop) {
  while (*got < count && *stop == Stop::kNot) {
    const std::optional<Run> place = pool_->arena().Take(std::min(count - *got, slot_pages_));
    if (!place.has_value()) {
      Add(counters_.arena_hits, 1);
      *stop = Stop::kFailed;
      break;
    }
    const Run filled{place->first, Fill(*place, effort, deadline_ns, stop)};
    if (filled.count < place->count) pool_->arena().GiveBack({filled.end(), place->count - filled.count});
    if (filled.count == 0) break;
    bool failed = false;
    if (Outcome refused = pool_->Secure(filled, &failed)) return refused;
    if (failed) {
      *stop = Stop::kFailed;
      break;
    }
    spare_.Append(filled);
    *got += filled.count;
  }
  return std::nullopt;
}

// Allocates pages of 2 MiB, up to `count` pages of 4 KiB, while the kernel has free blocks of that size: a huge page is then
// allocated without reclaim and compaction.
Outcome Balloon::AllocateLarge(uint64_t count, uint64_t deadline_ns, uint64_t* got) {
  if (!offers_.large() || no_large_blocks_ || host_refuses_large_ || count < kLargePages) return std::nullopt;
  // Read once for a call of some milliseconds, as for pages of 4 KiB.
  const uint64_t blocks = memory_.LargeBlocks();
  const uint64_t most = blocks > kLargeBlocksLeft ? blocks - kLargeBlocksLeft : 0;
  const uint64_t wanted = std::min(most * kLargePages, most > 0 ? Permitted(count, Effort::kNoSleep) : 0);
  no_large_blocks_ = wanted < kLargePages;
  while (!no_large_blocks_ && wanted - *got >= kLargePages && (*got == 0 || !IsOver(deadline_ns))) {
    const std::optional<Run> place = large_pool_->arena().Take(kLargePages);
    if (!place.has_value()) break;
    if (place->count < kLargePages || large_pool_->arena().Populate(*place) != 0) {
      large_pool_->arena().GiveBack(*place);
      no_large_blocks_ = true;
      break;
    }
    bool failed = false;
    if (Outcome refused = large_pool_->Secure(*place, &failed)) return refused;
    no_large_blocks_ = failed;
    if (failed) break;
    if (!IsLargePage(place->first)) {
      // The kernel had none after all: these are pages of 4 KiB.
      large_pool_->GiveBack({*place});
      no_large_blocks_ = true;
      break;
    }
    Add(counters_.populated_pages, kLargePages);
    large_spare_.push_back(place->first);
    *got += kLargePages;
  }
  return std::nullopt;
}

// Whether pinned pages are one page of 2 MiB for the host: their frames are consecutive, and the first one is aligned.
bool Balloon::IsLargePage(uint64_t page) const {
  const Frames& frames = large_pool_->frames();
  const uint64_t first = frames[page];
  if (first == 0 || first % kLargePages != 0) return false;
  for (uint64_t index = 1; index < kLargePages; index++) {
    if (frames[page + index] != first + index) return false;
  }
  return true;
}

void Balloon::BeginCycle() {
  no_large_blocks_ = false;
  host_refuses_large_ = false;
}

Outcome Balloon::Free(uint64_t count, Custody custody, uint64_t* freed) {
  const uint64_t deadline_ns = Deadline();
  *freed = 0;
  switch (custody) {
    case Custody::kRest: {
      const uint64_t lost = missing_ + missing_reported_;
      const uint64_t large = (large_spare_.size() + large_refused_.size()) * kLargePages;
      if (count != spare_.pages() + refused_.pages() + large + lost) return Misuse("free");
      refusals_.clear();
      failed_large_ = kSuccess;
      missing_ = missing_reported_ = 0;
      *freed = lost;
      // The time may be over, but a call that has freed nothing yet frees at least one step.
      *freed += GiveBackSome(spare_, deadline_ns);
      if (spare_.pages() == 0) *freed += GiveBackSome(refused_, deadline_ns);
      if (spare_.pages() + refused_.pages() == 0) *freed += GiveBackSomeLarge(large_spare_, deadline_ns);
      if (spare_.pages() + refused_.pages() == 0 && large_spare_.empty()) {
        *freed += GiveBackSomeLarge(large_refused_, deadline_ns);
      }
      return std::nullopt;
    }
    case Custody::kBalloon:
      if (count != balloon_.pages() - surplus_ + large_balloon_.size() * kLargePages) return Misuse("free");
      GiveBackSurplus();
      *freed = GiveBackSome(balloon_, deadline_ns);
      if (balloon_.pages() == 0) *freed += GiveBackSomeLarge(large_balloon_, deadline_ns);
      CountLarge();
      return std::nullopt;
    case Custody::kUnlocked:
      if (count != unlocked_.pages() + large_unlocked_.size() * kLargePages - exchanged_) return Misuse("free");
      *freed = GiveBackSome(unlocked_, deadline_ns);
      if (unlocked_.pages() == 0 && !large_unlocked_.empty()) {
        *freed += GiveBackSomeLarge(large_unlocked_, deadline_ns) - exchanged_;
        exchanged_ = 0;
      }
      return std::nullopt;
  }
  return Misuse("free");
}

void Balloon::Grant(uint32_t capabilities) {
  offers_.Grant(capabilities & capabilities_);
  GiveBackSurplus();
}

// Frees what the host has locked, or has forgotten, and the caller does not count.
void Balloon::GiveBackSurplus() {
  for (; surplus_ > 0; surplus_--) pool_->GiveBack({balloon_.TakeNewest(1)});
}

uint64_t Balloon::Release() {
  refusals_.clear();
  const uint64_t deadline_ns = Deadline();
  missing_ = missing_reported_ = surplus_ = exchanged_ = 0;
  uint64_t left = 0;
  for (RunList* list : {&spare_, &refused_, &unlocked_, &balloon_}) {
    if (left == 0) GiveBackSome(*list, deadline_ns);
    left += list->pages();
  }
  for (std::deque<uint64_t>* list : {&large_spare_, &large_refused_, &large_unlocked_, &large_balloon_}) {
    if (left == 0) GiveBackSomeLarge(*list, deadline_ns);
    left += list->size() * kLargePages;
  }
  CountLarge();
  return left;
}

// Frees the newest pages of a list until the time is over, at least one step. Returns their number.
uint64_t Balloon::GiveBackSome(RunList& list, uint64_t deadline_ns) {
  uint64_t given = 0;
  while (list.pages() > 0 && (given == 0 || !IsOver(deadline_ns))) {
    std::vector<Run> runs;
    for (uint64_t step = 0; step < kReleaseStep && list.pages() > 0;) {
      runs.push_back(list.TakeNewest(kReleaseStep - step));
      step += runs.back().count;
      given += runs.back().count;
    }
    pool_->GiveBack(std::move(runs));
  }
  return given;
}

// Gives back pages of 2 MiB from the end of the list until the deadline; returns the number of pages of 4 KiB.
uint64_t Balloon::GiveBackSomeLarge(std::deque<uint64_t>& list, uint64_t deadline_ns) {
  uint64_t given = 0;
  while (!list.empty() && (given == 0 || !IsOver(deadline_ns))) {
    large_pool_->GiveBack({{list.back(), kLargePages}});
    list.pop_back();
    given += kLargePages;
  }
  return given;
}

}  // namespace balloon
