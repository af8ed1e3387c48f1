#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>

#include "pins.h"
#include "uring.h"

namespace balloon {
namespace {

class UringPins : public Pins {
 public:
  UringPins(const Arena& arena, uint64_t slot_pages, Uring first) : arena_(arena), slot_pages_(slot_pages) {
    rings_.push_back(std::move(first));
  }

  int Pin(Run run) override;
  Unpinned Unpin(std::vector<Run> runs) override;
  PinKind kind() const override { return PinKind::kIoUring; }

 private:
  // A registered buffer.
  struct Slot {
    uint64_t count;
    size_t ring;
    unsigned index;
  };
  using Slots = std::map<uint64_t, Slot>;  // by first page

  int Register(Run run, Slot* slot);
  void Clear(const Slot& slot) { rings_[slot.ring].Clear(slot.index); }
  bool Replace(Slots::iterator old, const std::vector<Run>& kept);

  const Arena& arena_;
  const uint64_t slot_pages_;
  std::vector<Uring> rings_;
  Slots slots_;
};

int UringPins::Register(Run run, Slot* slot) {
  size_t ring = 0;
  while (ring < rings_.size() && rings_[ring].full()) ring++;
  if (ring == rings_.size()) {
    Uring another;
    // A further ring may fail if memory is short, or if io_uring has been disabled since: the balloon then pins fewer
    // pages.
    if (another.Open() != 0) return ENOMEM;
    rings_.push_back(std::move(another));
  }
  slot->count = run.count;
  slot->ring = ring;
  return rings_[ring].Register(arena_.Address(run.first), run.count * kPageSize, &slot->index);
}

int UringPins::Pin(Run run) {
  // Adjacent slots below that are not larger are merged into the new one: a balloon that grows page by page needs few
  // slots, and a page is pinned again at most as often as the logarithm of a slot's size.
  Run joined = run;
  for (auto below = slots_.lower_bound(run.first); below != slots_.begin();) {
    --below;
    const bool touches = below->first + below->second.count == joined.first;
    if (!touches || below->second.count > joined.count || below->second.count + joined.count > slot_pages_) break;
    joined = {below->first, below->second.count + joined.count};
  }
  Slot slot;
  int error = Register(joined, &slot);
  if (error != 0 && joined.count > run.count) {
    joined = run;
    error = Register(run, &slot);
  }
  if (error != 0) return error;
  for (auto old = slots_.lower_bound(joined.first); old != slots_.end() && old->first < run.first;) {
    Clear(old->second);
    old = slots_.erase(old);
  }
  slots_.emplace(joined.first, slot);
  return 0;
}

Pins::Unpinned UringPins::Unpin(std::vector<Run> runs) {
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
  Unpinned unpinned;
  size_t next = 0;
  while (next < runs.size()) {
    // The slot with the first of these pages, and the parts of it that stay pinned and that do not.
    const auto slot = std::prev(slots_.upper_bound(runs[next].first));
    const uint64_t slot_end = slot->first + slot->second.count;
    std::vector<Run> kept;
    std::vector<Run> leaving;
    uint64_t kept_from = slot->first;
    while (next < runs.size() && runs[next].first < slot_end) {
      Run& run = runs[next];
      const Run part{run.first, std::min(run.end(), slot_end) - run.first};
      if (part.first > kept_from) kept.push_back({kept_from, part.first - kept_from});
      leaving.push_back(part);
      kept_from = part.end();
      if (part.count == run.count) {
        next++;
      } else {
        // The run continues in the next slot.
        run = {part.end(), run.count - part.count};
        break;
      }
    }
    if (kept_from < slot_end) kept.push_back({kept_from, slot_end - kept_from});
    RunList& list = Replace(slot, kept) ? unpinned.done : unpinned.waiting;
    for (const Run& part : leaving) list.Append(part);
  }
  return unpinned;
}

// Registers the kept parts of a slot before the slot is cleared: either all of them, or no change.
bool UringPins::Replace(Slots::iterator old, const std::vector<Run>& kept) {
  Slots parts;
  for (const Run& run : kept) {
    Slot slot;
    if (Register(run, &slot) != 0) {
      for (const auto& [first, registered] : parts) Clear(registered);
      return false;
    }
    parts.emplace(run.first, slot);
  }
  Clear(old->second);
  slots_.erase(old);
  slots_.merge(parts);
  return true;
}

}  // namespace

std::unique_ptr<Pins> OpenUringPins(const Arena& arena, uint64_t slot_pages, Failure* failure) {
  Uring ring;
  const int error = ring.Open();
  if (error == 0) return std::make_unique<UringPins>(arena, slot_pages, std::move(ring));
  const bool refused = error == EPERM || error == EACCES || error == ENOSYS;
  *failure = {refused ? code::kIoUringDisabled : code::kSystem,
              SystemText("can't pin pages by io_uring", error) +
                  (error == ENOSYS  ? ": it takes Linux 5.13 with CONFIG_IO_URING"
                   : refused ? ": set the sysctl kernel.io_uring_disabled=0, and let seccomp (systemd: SystemCallFilter) "
                               "pass io_uring_setup and io_uring_register"
                             : "")};
  return nullptr;
}

}  // namespace balloon
