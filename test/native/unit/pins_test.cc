#include "pins.h"

#include <sys/resource.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "check.h"
#include "support.h"

using balloon::Arena;
using balloon::Failure;
using balloon::Pins;
using balloon::Run;

namespace {

struct Pinned {
  explicit Pinned(uint64_t pages, uint64_t slot_pages = 512) {
    Failure failure{};
    arena = Arena::Reserve(pages, &failure);
    CHECK(arena != nullptr);
    CHECK(arena->Take(pages).has_value());
    CHECK_EQ(arena->Populate({0, pages}), 0);
    pins = balloon::OpenUringPins(*arena, slot_pages, &failure);
    if (pins == nullptr) check::Fail(__FILE__, __LINE__, failure.message);
  }

  std::unique_ptr<Arena> arena;
  std::unique_ptr<Pins> pins;
};

// Rings that this process has open.
int Rings() {
  int rings = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == "anon_inode:[io_uring]") rings++;
  }
  return rings;
}

void SetMemlockLimit(uint64_t pages) {
  const rlimit limit{pages * 4096, pages * 4096};
  CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
}

std::vector<uint64_t> FramesOf(const Arena& arena) { return support::FramesOf(arena.Address(0), arena.pages()); }

}  // namespace

TEST(RegisteredPagesArePinnedUntilTheEnd) {
  {
    Pinned rig(1024);
    CHECK_EQ(rig.pins->Pin({0, 512}), 0);
    CHECK_EQ(rig.pins->Pin({512, 512}), 0);
    CHECK_PINNED(1024u);
  }
  CHECK_PINNED(0u);
}

TEST(PinsAreOffWhenTheirEndReturns) {
  // Before Linux 6.4 the kernel takes them off a second later in any case.
  if (!support::KernelIsAtLeast(6, 4)) return;
  for (int round = 0; round < 20; round++) {
    {
      Pinned rig(4096, 4096);
      CHECK_EQ(rig.pins->Pin({0, 4096}), 0);
    }
    CHECK_EQ(support::StatusPages("VmPin"), 0u);
  }
}

TEST(PagesOfAMiddleAreReleasedAlone) {
  Pinned rig(512);
  CHECK_EQ(rig.pins->Pin({0, 512}), 0);
  const Pins::Unpinned unpinned = rig.pins->Unpin({{100, 50}, {300, 1}});
  CHECK_EQ(unpinned.done.pages(), 51u);
  CHECK_EQ(unpinned.waiting.pages(), 0u);
  CHECK_PINNED(512u - 51);
}

TEST(RunsAcrossSlotsAreReleased) {
  Pinned rig(2048);
  for (uint64_t page = 0; page < 2048; page += 512) CHECK_EQ(rig.pins->Pin({page, 512}), 0);
  CHECK_EQ(rig.pins->Unpin({{500, 1000}}).done.pages(), 1000u);
  CHECK_PINNED(1048u);
  CHECK_EQ(rig.pins->Unpin({{1500, 548}, {0, 500}}).done.pages(), 1048u);
  CHECK_PINNED(0u);
}

TEST(ABalloonThatGrowsPageByPageNeedsFewSlots) {
  Pinned rig(20'000);
  for (uint64_t page = 0; page < 20'000; page++) CHECK_EQ(rig.pins->Pin({page, 1}), 0);
  CHECK_PINNED(20'000u);
  // A slot for each page would take a second ring.
  CHECK_EQ(Rings(), 1);
}

TEST(MoreSlotsThanARingHas) {
  Pinned rig(40'000);
  // Every other page: none touch, so each needs a slot.
  for (uint64_t page = 0; page < 40'000; page += 2) CHECK_EQ(rig.pins->Pin({page, 1}), 0);
  CHECK_PINNED(20'000u);
  CHECK_EQ(Rings(), 2);
  std::vector<Run> half;
  for (uint64_t page = 0; page < 40'000; page += 4) half.push_back({page, 1});
  CHECK_EQ(rig.pins->Unpin(half).done.pages(), 10'000u);
  CHECK_PINNED(10'000u);
}

TEST(RandomReleasesLeaveTheOthersPinnedWhereTheyAre) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; round++) {
    constexpr uint64_t kPages = 3000;
    Pinned rig(kPages, 512 << random() % 3);
    for (uint64_t page = 0; page < kPages;) {
      const uint64_t count = std::min<uint64_t>(kPages - page, 1 + random() % 700);
      CHECK_EQ(rig.pins->Pin({page, count}), 0);
      page += count;
    }
    const std::vector<uint64_t> frames = FramesOf(*rig.arena);
    std::set<uint64_t> kept;
    for (uint64_t page = 0; page < kPages; page++) kept.insert(page);
    while (!kept.empty()) {
      std::vector<Run> leaving;
      for (int runs = 1 + static_cast<int>(random() % 16); runs > 0 && !kept.empty(); runs--) {
        Run run{*std::next(kept.begin(), random() % kept.size()), 0};
        for (const uint64_t most = 1 + random() % 300; run.count < most && kept.erase(run.end()) == 1;) run.count++;
        leaving.push_back(run);
      }
      uint64_t wanted = 0;
      for (const Run& run : leaving) wanted += run.count;
      CHECK_EQ(rig.pins->Unpin(leaving).done.pages(), wanted);
      CHECK(support::StatusPages("VmPin") >= kept.size());
      for (const Run& run : leaving) rig.arena->GiveBack(run);
      const std::vector<uint64_t> now = FramesOf(*rig.arena);
      for (uint64_t page = 0; page < kPages; page++) CHECK_EQ(now[page], kept.count(page) == 0 ? 0 : frames[page]);
    }
    CHECK_PINNED(0);
  }
}

TEST(CompactionMovesNoPinnedPage) {
  Pinned rig(16'384, 1024);
  // Half of them, in pieces between holes: compaction has a reason to put them together.
  std::vector<Run> holes;
  for (uint64_t page = 0; page < 16'384; page += 1024) CHECK_EQ(rig.pins->Pin({page, 1024}), 0);
  for (uint64_t page = 0; page < 16'384; page += 64) holes.push_back({page, 32});
  CHECK_EQ(rig.pins->Unpin(holes).done.pages(), 8192u);
  for (const Run& hole : holes) rig.arena->GiveBack(hole);
  const std::vector<uint64_t> before = FramesOf(*rig.arena);
  for (int turn = 0; turn < 3; turn++) {
    std::ofstream compact("/proc/sys/vm/compact_memory");
    compact << "1\n" << std::flush;
    CHECK(compact.good());
  }
  CHECK(FramesOf(*rig.arena) == before);
}

TEST(WhatIsKeptIsPinnedBeforeTheRestIsReleased) {
  // A limit that the pages fit, but not most of them a second time: a release that took the pins off first would be done.
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  SetMemlockLimit(1100);
  Pinned rig(1024, 1024);
  CHECK_EQ(rig.pins->Pin({0, 1024}), 0);
  const Pins::Unpinned refused = rig.pins->Unpin({{1000, 24}});
  CHECK_EQ(refused.done.pages(), 0u);
  CHECK_EQ(refused.waiting.pages(), 24u);
  CHECK_PINNED(1024u);
  // What is left then fits.
  CHECK_EQ(rig.pins->Unpin({{50, 974}}).done.pages(), 974u);
  CHECK_PINNED(50u);
}

TEST(PagesThatGrowOneByOneAreReleasedWithAMarginOfOneSlot) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  // Twice of these fit the limit of 8 MiB that systemd sets for everything.
  constexpr uint64_t kPages = 512;
  constexpr uint64_t kSlot = 128;
  Pinned rig(kPages, kSlot);
  for (uint64_t page = 0; page < kPages; page++) CHECK_EQ(rig.pins->Pin({page, 1}), 0);
  // What a balloon is granted beside its pages: room for one slot that is pinned anew, and for the ring.
  SetMemlockLimit(kPages + kSlot + 64);
  for (const uint64_t page : {100, 400}) {
    const Pins::Unpinned unpinned = rig.pins->Unpin({{page, 1}});
    CHECK_EQ(unpinned.done.pages(), 1u);
    CHECK_EQ(unpinned.waiting.pages(), 0u);
  }
}

TEST(AReleaseThatFailsHalfWayLeavesNoPagePinnedTwice) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  Pinned rig(1024, 1024);
  CHECK_EQ(rig.pins->Pin({0, 1024}), 0);
  SetMemlockLimit(1100);
  for (int turn = 0; turn < 3; turn++) {
    // The 50 pages before these can be pinned anew, the 950 behind them can't.
    CHECK_EQ(rig.pins->Unpin({{50, 24}}).waiting.pages(), 24u);
    CHECK_PINNED(1024u);
  }
}

TEST(ALockedMemoryLimitRefusesAPin) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  SetMemlockLimit(1024);
  Pinned rig(2048, 2048);
  CHECK_EQ(rig.pins->Pin({0, 2000}), ENOMEM);
  CHECK_EQ(rig.pins->Pin({0, 1000}), 0);
}

TEST(ADisabledIoUringSaysSo) {
  support::ForbidIoUring(EPERM);
  Failure failure{};
  const auto arena = Arena::Reserve(10, &failure);
  CHECK(balloon::OpenUringPins(*arena, 512, &failure) == nullptr);
  CHECK_EQ(std::string(failure.code), "IO_URING_DISABLED");
  CHECK(failure.message.find("io_uring_disabled") != std::string::npos);
}
