#include "page_pool.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "capability.h"
#include "guest_memory.h"

namespace balloon {
namespace {

// Locked memory besides the balloon and its slots that are pinned anew.
constexpr uint64_t kRingPages = 64;

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

constexpr char kAllTheSame[] =
    "--pin mlock --allow-unpinned-moves would lock pages nevertheless, at the risk that other programs lose data in a "
    "frame that such a page has left";

// Locked pages are sufficient if nothing moves them, or if the caller accepts the risk by an explicit option.
std::unique_ptr<Pins> OpenPins(const Arena& arena, const PagePool::Options& options, Failure* failure) {
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

std::unique_ptr<PagePool> PagePool::Open(const Options& options, std::atomic<uint64_t>& pinned,
                                         std::atomic<uint64_t>& deferred, Failure* failure) {
  const std::optional<uint64_t> limit = MemlockLimit();
  const uint64_t needed = MostLocked(options.pages, options.slot_pages);
  if (limit.has_value() && *limit / kPageSize < needed) {
    *failure = *limit == 0 ? MayLockNothing() : MemlockTooLow(*limit, needed);
    return nullptr;
  }
  std::unique_ptr<Arena> arena = Arena::Reserve(options.pages, failure, options.kind);
  if (arena == nullptr) return nullptr;
  std::unique_ptr<Pins> pins = OpenPins(*arena, options, failure);
  if (pins == nullptr) return nullptr;
  std::unique_ptr<Frames> frames = Frames::Open(*arena, failure);
  if (frames == nullptr) return nullptr;
  return std::unique_ptr<PagePool>(
      new PagePool(options, std::move(arena), std::move(pins), std::move(frames), pinned, deferred));
}

PagePool::PagePool(const Options& options, std::unique_ptr<Arena> arena, std::unique_ptr<Pins> pins,
                   std::unique_ptr<Frames> frames, std::atomic<uint64_t>& pinned, std::atomic<uint64_t>& deferred)
    : most_locked_(MostLocked(options.pages, options.slot_pages)),
      arena_(std::move(arena)),
      pins_(std::move(pins)),
      frames_(std::move(frames)),
      pinned_(pinned),
      deferred_total_(deferred) {}

Outcome PagePool::Secure(Run run, bool* failed) {
  const int error = pins_->Pin(run);
  if (error == 0) {
    pinned_.fetch_add(run.count, std::memory_order_relaxed);
    Outcome hidden = frames_->Learn(run);
    if (hidden.has_value()) GiveBack({run});
    return hidden;
  }
  arena_->GiveBack(run);
  if (error == EPERM) return Failure{code::kPinDenied, SystemText("can't pin pages", error)};
  if (error != ENOMEM && error != EAGAIN) return Failure{code::kSystem, SystemText("can't pin pages", error)};
  if (const std::optional<uint64_t> limit = MemlockLimit()) return MemlockTooLow(*limit, most_locked_);
  *failed = true;
  return std::nullopt;
}

void PagePool::GiveBack(std::vector<Run> runs) {
  runs.insert(runs.end(), deferred_.begin(), deferred_.end());
  const uint64_t waited = deferred_pages_;
  Pins::Unpinned unpinned = pins_->Unpin(std::move(runs));
  for (const Run& run : unpinned.done.runs()) {
    frames_->Forget(run);
    arena_->GiveBack(run);
  }
  pinned_.fetch_sub(unpinned.done.pages(), std::memory_order_relaxed);
  deferred_pages_ = unpinned.waiting.pages();
  deferred_total_.fetch_add(deferred_pages_ - waited, std::memory_order_relaxed);
  deferred_ = unpinned.waiting.TakeAll();
}

void PagePool::RetryDeferred() {
  if (!deferred_.empty()) GiveBack({});
}

}  // namespace balloon
