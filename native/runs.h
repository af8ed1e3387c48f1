// Runs of consecutive pages of the arena, and lists of them.
#pragma once

#include <cstdint>
#include <deque>

namespace balloon {

constexpr uint64_t kPageSize = 4096;

struct Run {
  uint64_t first;
  uint64_t count;

  uint64_t end() const { return first + count; }
};

inline bool operator==(const Run& a, const Run& b) { return a.first == b.first && a.count == b.count; }

// Pages in the order in which they came, to be taken from either end; the cost goes with runs, not with pages.
class RunList {
 public:
  // At the end of the list; a run that continues the last one is joined to it.
  void Append(Run run);

  // Up to `count` pages of the first run, which must be there: its first ones.
  Run TakeOldest(uint64_t count);

  // Up to `count` pages of the last run, which must be there: its last ones.
  Run TakeNewest(uint64_t count);

  // All pages; none are left.
  std::deque<Run> TakeAll();

  const std::deque<Run>& runs() const { return runs_; }
  uint64_t pages() const { return pages_; }

 private:
  std::deque<Run> runs_;
  uint64_t pages_ = 0;
};

}  // namespace balloon
