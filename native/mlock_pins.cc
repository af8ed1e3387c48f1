#include <sys/mman.h>

#include <cerrno>

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
      // It fails where the kernel has no memory to split the mapping.
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

std::unique_ptr<Pins> OpenMlockPins(const Arena& arena) { return std::make_unique<MlockPins>(arena); }

}  // namespace balloon
