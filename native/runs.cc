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

void RunList::Join(Run run) {
  if (!runs_.empty() && run.end() == runs_.back().first) {
    runs_.back() = {run.first, run.count + runs_.back().count};
    pages_ += run.count;
  } else {
    Append(run);
  }
}

void RunList::CopyOldest(uint64_t count, std::vector<uint64_t>* pages) const {
  pages->clear();
  for (auto run = runs_.begin(); pages->size() < count; ++run) {
    for (uint64_t page = run->first; page < run->end() && pages->size() < count; page++) pages->push_back(page);
  }
}

void RunList::CopyNewest(uint64_t count, std::vector<uint64_t>* pages) const {
  pages->clear();
  for (auto run = runs_.rbegin(); pages->size() < count; ++run) {
    for (uint64_t page = run->end(); page > run->first && pages->size() < count; page--) pages->push_back(page - 1);
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
