// Pages of one arena: populated, pinned, with known frame numbers.
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
#include "pins.h"
#include "runs.h"

namespace balloon {

class PagePool {
 public:
  struct Options {
    Arena::Kind kind;
    // Address space.
    uint64_t pages;
    // Maximum number of pages of a pinned run.
    uint64_t slot_pages;
    // None: io_uring, or if it is unavailable, mlock if it keeps pages in place.
    std::optional<PinKind> pin;
    // Whether an explicitly requested mlock is used although the kernel may move locked pages.
    bool may_move;
    // Path of /proc.
    std::string proc;
  };

  // The counters of pinned and deferred pages are those of all pools, and must outlive this object.
  static std::unique_ptr<PagePool> Open(const Options& options, std::atomic<uint64_t>& pinned,
                                        std::atomic<uint64_t>& deferred, Failure* failure);

  // Pins populated pages of the arena and reads their frame numbers. On failure the pages are freed; `*failed` if memory was
  // short.
  Outcome Secure(Run run, bool* failed);

  // Unpins and frees pages: these, and earlier ones that had to wait.
  void GiveBack(std::vector<Run> runs);

  // Tries again to free the pages that had to wait.
  void RetryDeferred();

  Arena& arena() { return *arena_; }
  Pins& pins() { return *pins_; }
  Frames& frames() { return *frames_; }
  PinKind pin_kind() const { return pins_->kind(); }

 private:
  PagePool(const Options& options, std::unique_ptr<Arena> arena, std::unique_ptr<Pins> pins, std::unique_ptr<Frames> frames,
           std::atomic<uint64_t>& pinned, std::atomic<uint64_t>& deferred);

  const uint64_t most_locked_;
  const std::unique_ptr<Arena> arena_;
  const std::unique_ptr<Pins> pins_;
  const std::unique_ptr<Frames> frames_;
  std::atomic<uint64_t>& pinned_;
  std::atomic<uint64_t>& deferred_total_;
  // Freed by the policy but still pinned: the kernel had no memory to keep their neighbours pinned otherwise.
  std::deque<Run> deferred_;
  uint64_t deferred_pages_ = 0;
};

}  // namespace balloon
