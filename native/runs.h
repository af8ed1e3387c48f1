// Runs of consecutive pages of the arena, and lists of them.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace balloon {

constexpr uint64_t kPageSize = 4096;

// Pages of 4 KiB in a page of 2 MiB.
constexpr uint64_t kLargePages = 512;

struct Run {
  uint64_t first;
  uint64_t count;

  uint64_t end() const { return first + count; }
};

inline bool operator==(const Run& a, const Run& b) { return a.first == b.first && a.count == b.count; }

// Pages in order of arrival, which can be taken from either end; the cost depends on the number of runs, not of pages.
class RunList {
 public:
  // Adds pages at the end of the list; a run that continues the last one is merged with it.
  void Append(Run run);

  // Adds pages whose place in the list does not matter: a run that touches the last one on either side is merged with it.
  void Join(Run run);

  // The first `count` pages of the list, and its last ones, the last one first; the list must have as many.
  void CopyOldest(uint64_t count, std::vector<uint64_t>* pages) const;
  void CopyNewest(uint64_t count, std::vector<uint64_t>* pages) const;

  // Takes up to `count` pages from the beginning of the first run; the list must not be empty.
  Run TakeOldest(uint64_t count);

  // Takes up to `count` pages from the end of the last run; the list must not be empty.
  Run TakeNewest(uint64_t count);

  // Takes all pages.
  std::deque<Run> TakeAll();

  const std::deque<Run>& runs() const { return runs_; }
  uint64_t pages() const { return pages_; }

 private:
  std::deque<Run> runs_;
  uint64_t pages_ = 0;
};

}  // namespace balloon
