#include "runs.h"

#include <algorithm>
#include <utility>

namespace balloon {

void RunList::Append(Run run) {
  if (run.count == 0) return;
  pages_ += run.count;
  if (!runs_.empty() && runs_.back().end() == run.first) {
    runs_.back().count += run.count;
  } else {
    runs_.push_back(run);
  }
}

Run RunList::TakeOldest(uint64_t count) {
  Run& run = runs_.front();
  const Run taken{run.first, std::min(count, run.count)};
  run.first += taken.count;
  run.count -= taken.count;
  if (run.count == 0) runs_.pop_front();
  pages_ -= taken.count;
  return taken;
}

Run RunList::TakeNewest(uint64_t count) {
  Run& run = runs_.back();
  const uint64_t taken = std::min(count, run.count);
  run.count -= taken;
  const Run newest{run.end(), taken};
  if (run.count == 0) runs_.pop_back();
  pages_ -= taken;
  return newest;
}

std::deque<Run> RunList::TakeAll() {
  pages_ = 0;
  return std::exchange(runs_, {});
}

}  // namespace balloon
