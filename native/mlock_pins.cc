#include <sys/mman.h>

#include <cerrno>

#include "file.h"
#include "pins.h"

namespace balloon {
namespace {

class MlockPins : public Pins {
 public:
  explicit MlockPins(const Arena& arena) : arena_(arena) {}

  int Pin(Run run) override {
    return mlock(arena_.Address(run.first), run.count * kPageSize) == 0 ? 0 : errno;
  }

  Unpinned Unpin(std::vector<Run> runs) override {
    Unpinned unpinned;
    for (const Run& run : runs) {
      // It fails if the kernel has no memory to split the mapping.
      const bool done = munlock(arena_.Address(run.first), run.count * kPageSize) == 0;
      (done ? unpinned.done : unpinned.waiting).Append(run);
    }
    return unpinned;
  }

  PinKind kind() const override { return PinKind::kMlock; }

 private:
  const Arena& arena_;
};

}  // namespace

std::string WhatMovesLockedPages(const std::string& proc) {
  // A kernel that lacks one of these settings lacks the feature that it controls.
  const auto is_set = [&proc](const char* name) {
    KernelFile setting(proc + name);
    const std::string_view text = setting.Read();
    return !text.empty() && text.front() != '0';
  };
  if (is_set("/sys/vm/compact_unevictable_allowed")) {
    return "compaction moves locked pages (vm.compact_unevictable_allowed is not 0)";
  }
  if (is_set("/sys/kernel/numa_balancing")) return "NUMA balancing moves locked pages (kernel.numa_balancing is not 0)";
  return "";
}

std::unique_ptr<Pins> OpenMlockPins(const Arena& arena) { return std::make_unique<MlockPins>(arena); }

}  // namespace balloon
