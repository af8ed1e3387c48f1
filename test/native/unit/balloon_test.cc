#include "balloon.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "check.h"
#include "support.h"

using balloon::Balloon;
using balloon::Command;
using balloon::Custody;
using balloon::Outcome;
using balloon::PinKind;
using support::Rig;

namespace {

// One call, which may end early.
Balloon::Allocated AllocateSome(Rig& rig, uint64_t count, bool can_sleep) {
  Balloon::Allocated allocated{};
  const Outcome refused = rig.balloon->Allocate(count, can_sleep, &allocated);
  if (refused.has_value()) check::Fail(__FILE__, __LINE__, refused->message);
  return allocated;
}

// As many calls as it takes.
Balloon::Allocated Allocate(Rig& rig, uint64_t count, bool can_sleep) {
  Balloon::Allocated all{};
  while (all.pages < count && !all.failed) {
    const Balloon::Allocated some = AllocateSome(rig, count - all.pages, can_sleep);
    all = {all.pages + some.pages, some.failed};
  }
  return all;
}

Balloon::Offered LockSome(Rig& rig, uint64_t count) {
  Balloon::Offered offered{};
  CHECK(!rig.balloon->Lock(rig.host, count, &offered).has_value());
  return offered;
}

Balloon::Offered UnlockSome(Rig& rig, uint64_t count) {
  Balloon::Offered offered{};
  CHECK(!rig.balloon->Unlock(rig.host, count, &offered).has_value());
  return offered;
}

template <typename Offer>
Balloon::Offered OfferAll(Rig& rig, uint64_t count, Offer offer_some) {
  Balloon::Offered all{};
  while (all.accepted < count && all.status == 0) {
    const Balloon::Offered some = offer_some(rig, count - all.accepted);
    all = {all.accepted + some.accepted, some.status};
  }
  return all;
}

Balloon::Offered Lock(Rig& rig, uint64_t count) { return OfferAll(rig, count, LockSome); }
Balloon::Offered Unlock(Rig& rig, uint64_t count) { return OfferAll(rig, count, UnlockSome); }

void Free(Rig& rig, uint64_t count, Custody custody) {
  for (uint64_t left = count; left > 0;) {
    uint64_t freed = 0;
    CHECK(!rig.balloon->Free(left, custody, &freed).has_value());
    CHECK(freed > 0 && freed <= left);
    left -= freed;
  }
}

Outcome TryFree(Rig& rig, uint64_t count, Custody custody) {
  uint64_t freed = 0;
  return rig.balloon->Free(count, custody, &freed);
}

void SetMemlockLimit(uint64_t pages) {
  rlimit limit{};
  CHECK_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
  limit.rlim_cur = pages * 4096;
  CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
}

std::string Code(const Outcome& outcome) { return outcome.has_value() ? outcome->code : ""; }

}  // namespace

TEST(FramesAreAllDifferentAndPinned) {
  Rig rig(5000);
  rig.Inflate(5000);
  const std::vector<uint32_t> frames = rig.TakeFrames();
  CHECK_EQ(std::set<uint32_t>(frames.begin(), frames.end()).size(), 5000u);
  CHECK_EQ(std::count(frames.begin(), frames.end(), 0u), 0);
  CHECK_PINNED(5000u);
  CHECK_EQ(rig.counters.pinned_pages.load(), 5000u);
}

TEST(UnlockSpeaksOfTheNewestPagesFirst) {
  Rig rig(3000);
  rig.Inflate(1000);
  rig.Inflate(500);
  std::vector<uint32_t> locked = rig.TakeFrames();
  CHECK_EQ(Unlock(rig, 1500).accepted, 1500u);
  std::reverse(locked.begin(), locked.end());
  CHECK(rig.TakeFrames() == locked);
  Free(rig, 1500, Custody::kUnlocked);
  CHECK_PINNED(0u);
}

TEST(PartsOfARunAreReleased) {
  Rig rig(16'385, std::nullopt, 16'384);
  rig.Inflate(16'385);
  rig.TakeFrames();
  for (uint64_t left = 16'385; left > 0;) {
    const uint64_t count = std::min<uint64_t>(left, 777);
    CHECK_EQ(Unlock(rig, count).accepted, count);
    Free(rig, count, Custody::kUnlocked);
    left -= count;
    CHECK_PINNED(left);
  }
}

TEST(ARefusedPageEndsARunOfLockAndIsFreedWithTheRest) {
  Rig rig(1000);
  rig.host.refuse = [](const support::FakeHost::Said&, size_t before) { return before % 10 == 3 ? 5u : 0u; };
  rig.Allocate(100);
  uint64_t locked = 0;
  uint64_t refused = 0;
  for (uint64_t left = 60; left > 0;) {
    const Balloon::Offered offered = Lock(rig, left);
    locked += offered.accepted;
    left -= offered.accepted;
    if (left == 0 && offered.status == 0) break;
    CHECK_EQ(offered.status, 5);
    refused++;
    left--;
  }
  CHECK_EQ(locked, 54u);
  CHECK_EQ(refused, 6u);
  std::vector<uint32_t> frames = rig.TakeFrames();
  // 40 that were never offered, and those that were refused in between.
  Free(rig, 46, Custody::kRest);
  CHECK_PINNED(54u);
  rig.host.refuse = nullptr;
  CHECK_EQ(Unlock(rig, 54).accepted, 54u);
  std::vector<uint32_t> unlocked = rig.TakeFrames();
  for (size_t index = 53; index < 60; index -= 10) frames.erase(frames.begin() + static_cast<long>(index));
  std::reverse(frames.begin(), frames.end());
  CHECK(unlocked == frames);
}

TEST(ARefusedUnlockLeavesThePageWhereItIs) {
  Rig rig(100);
  rig.Inflate(20);
  const std::vector<uint32_t> frames = rig.TakeFrames();
  rig.host.refuse = [](const support::FakeHost::Said&, size_t before) { return before == 4 ? 8u : 0u; };
  const Balloon::Offered offered = Unlock(rig, 20);
  CHECK_EQ(offered.accepted, 4u);
  CHECK_EQ(offered.status, 8);
  Free(rig, 4, Custody::kUnlocked);
  rig.TakeFrames();
  rig.host.refuse = nullptr;
  CHECK_EQ(Unlock(rig, 16).accepted, 16u);
  CHECK_EQ(rig.TakeFrames().front(), frames[15]);
}

TEST(AWholeBalloonIsFreedWithoutTheHost) {
  Rig rig(2000);
  rig.Inflate(2000);
  rig.TakeFrames();
  Free(rig, 2000, Custody::kBalloon);
  CHECK_PINNED(0u);
  CHECK(rig.host.said.empty());
  // As after a reset.
  rig.host.locked.clear();
  rig.Inflate(10);
}

TEST(StatusesOfAllBitsArriveAsTheyAre) {
  Rig rig(10);
  rig.host.refuse = [](const support::FakeHost::Said&, size_t) { return 0xffff'ffffu; };
  rig.Allocate(1);
  CHECK_EQ(Lock(rig, 1).status, 0xffff'ffff);
}

TEST(WhatTheBalloonDoesNotHaveIsMisuse) {
  Rig rig(100);
  rig.Inflate(10);
  Balloon::Offered offered{};
  CHECK_EQ(Code(rig.balloon->Lock(rig.host, 1, &offered)), "MISUSE");
  CHECK_EQ(Code(rig.balloon->Unlock(rig.host, 11, &offered)), "MISUSE");
  CHECK_EQ(Code(TryFree(rig, 9, Custody::kBalloon)), "MISUSE");
  CHECK_EQ(Code(TryFree(rig, 1, Custody::kUnlocked)), "MISUSE");
  CHECK_EQ(Code(TryFree(rig, 1, Custody::kRest)), "MISUSE");
  CHECK_EQ(Code(TryFree(rig, 0, static_cast<Custody>(3))), "MISUSE");
  Free(rig, 10, Custody::kBalloon);
}

TEST(AFullArenaFailsAnAllocation) {
  Rig rig(40);
  CHECK_EQ(Allocate(rig, 15, true).failed, false);
  CHECK_EQ(Allocate(rig, 25, false).failed, false);
  CHECK_EQ(rig.counters.arena_hits.load(), 0u);
  const Balloon::Allocated more = Allocate(rig, 1, true);
  CHECK_EQ(more.pages, 0u);
  CHECK_EQ(more.failed, true);
  CHECK_EQ(rig.counters.arena_hits.load(), 1u);
}

TEST(AllocationsWithoutSleepingStopAtTheLowWatermark) {
  Rig rig(2000);
  // 64 pages are kept, and one in 128.
  rig.proc.Zone(1000 + 500 + 64 + 4, 1000);
  Balloon::Allocated allocated = Allocate(rig, 500, false);
  CHECK_EQ(allocated.pages, 500u);
  CHECK_EQ(allocated.failed, false);
  rig.proc.Zone(1000 + 64, 1000);
  CHECK_EQ(rig.counters.watermark_hits.load(), 0u);
  allocated = Allocate(rig, 500, false);
  CHECK_EQ(allocated.pages, 0u);
  CHECK_EQ(allocated.failed, true);
  CHECK_EQ(rig.counters.watermark_hits.load(), 1u);
  // Those that sleep may reclaim.
  CHECK_EQ(Allocate(rig, 100, true).pages, 100u);
}

TEST(TheFloorHoldsForAllAllocations) {
  Rig rig(2000);
  rig.limits.floor_pages = 5000;
  for (const bool can_sleep : {false, true}) {
    rig.proc.Available(5300);
    // The balloon's own pages do not change what the fake file says: each look finds 300.
    CHECK_EQ(Allocate(rig, 300, can_sleep).pages, 300u);
    rig.proc.Available(5000);
    const Balloon::Allocated allocated = Allocate(rig, 1, can_sleep);
    CHECK_EQ(allocated.pages, 0u);
    CHECK_EQ(allocated.failed, true);
  }
  CHECK_EQ(rig.counters.floor_hits.load(), 2u);
  rig.limits.floor_pages = 4999;
  CHECK_EQ(Allocate(rig, 1, true).pages, 1u);
}

TEST(PressureStopsOnlySleepingAllocations) {
  Rig rig(100);
  rig.limits.psi_full = 10;
  rig.proc.PressureFull("10.00");
  CHECK_EQ(Allocate(rig, 5, true).pages, 5u);
  rig.proc.PressureFull("10.01");
  const Balloon::Allocated allocated = Allocate(rig, 5, true);
  CHECK_EQ(allocated.pages, 0u);
  CHECK_EQ(allocated.failed, true);
  CHECK_EQ(rig.counters.psi_hits.load(), 1u);
  CHECK_EQ(Allocate(rig, 5, false).pages, 5u);
}

TEST(AnAllocationThatTakesLongHandsOverWhatItHas) {
  for (const bool can_sleep : {true, false}) {
    Rig rig(200'000, std::nullopt, 4096, balloon::kBasicCommands, balloon::kPatienceNs);
    // More than can be had in ten milliseconds.
    const Balloon::Allocated allocated = AllocateSome(rig, 200'000, can_sleep);
    CHECK(allocated.pages > 0 && allocated.pages < 200'000);
    CHECK_EQ(allocated.failed, false);
    Free(rig, allocated.pages, Custody::kRest);
    CHECK_PINNED(0u);
  }
}

TEST(OffersToASlowHostAreMadeInPieces) {
  Rig rig(1000, std::nullopt, 512, balloon::kBasicCommands, balloon::kPatienceNs);
  rig.Allocate(1000);
  rig.host.refuse = [](const support::FakeHost::Said&, size_t) {
    usleep(1000);
    return 0u;
  };
  // Sixteen commands take sixteen milliseconds at least, of ten.
  const Balloon::Offered locked = LockSome(rig, 1000);
  CHECK_EQ(locked.accepted, 16u);
  CHECK_EQ(locked.status, 0);
  const Balloon::Offered unlocked = UnlockSome(rig, 16);
  CHECK_EQ(unlocked.accepted, 16u);
  CHECK_EQ(LockSome(rig, 900).accepted, 16u);
  rig.host.refuse = nullptr;
  CHECK_EQ(Lock(rig, 968).accepted, 968u);
  std::vector<uint32_t> frames = rig.TakeFrames();
  // Every page was offered once, but the first sixteen, which came back.
  std::sort(frames.begin(), frames.end());
  CHECK_EQ(frames.size(), 1016u);
  CHECK_EQ(std::unique(frames.begin(), frames.end()) - frames.begin(), 1000);
  CHECK_EQ(Unlock(rig, 984).accepted, 984u);
  Free(rig, 1000, Custody::kUnlocked);
  CHECK_PINNED(0u);
}

TEST(EverythingIsReleasedWhateverItsCustody) {
  Rig rig(100'000, std::nullopt, 4096);
  rig.Inflate(40'000);
  rig.TakeFrames();
  CHECK_EQ(Unlock(rig, 5000).accepted, 5000u);
  rig.host.refuse = [](const support::FakeHost::Said&, size_t) { return 5u; };
  rig.Allocate(2000);
  CHECK_EQ(Lock(rig, 2000).accepted, 0u);
  uint64_t left = 42'000;
  while (left > 0) {
    const uint64_t before = left;
    left = rig.balloon->Release();
    CHECK(left < before);
    CHECK_PINNED(left);
  }
  CHECK_EQ(rig.counters.pinned_pages.load(), 0u);
  CHECK_EQ(rig.balloon->Release(), 0u);
}

TEST(AllocationsFailAndSayWhyWhereTheKernelsFiguresAreUnreadable) {
  for (const char* name : {"/meminfo", "/zoneinfo"}) {
    Rig rig(100);
    rig.proc.Blank(name);
    const Balloon::Allocated allocated = Allocate(rig, 5, false);
    CHECK_EQ(allocated.pages, 0u);
    CHECK_EQ(allocated.failed, true);
    CHECK_EQ(rig.counters.unreadable_hits.load(), 1u);
    CHECK_EQ(rig.counters.floor_hits.load(), 0u);
    CHECK_EQ(rig.counters.watermark_hits.load(), 0u);
  }
}

TEST(TheFloorAloneIsBlamedWhereTheWatermarkWouldStopTheBalloonToo) {
  Rig rig(100);
  rig.proc.Available(50);
  rig.limits.floor_pages = 50;
  rig.proc.Zone(1000, 1000);
  CHECK_EQ(Allocate(rig, 5, false).failed, true);
  CHECK_EQ(rig.counters.floor_hits.load(), 1u);
  CHECK_EQ(rig.counters.watermark_hits.load(), 0u);
}

TEST(PagesWaitUntilTheirNeighboursCanBeKept) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  SetMemlockLimit(900 + 1024 + 64);
  Rig rig(900, std::nullopt, 1024);
  rig.Inflate(900);
  // Room for 30 pages more.
  SetMemlockLimit(930);
  CHECK_EQ(Unlock(rig, 10).accepted, 10u);
  Free(rig, 10, Custody::kUnlocked);
  CHECK_EQ(rig.counters.deferred_pages.load(), 10u);
  CHECK_PINNED(900u);
  // 20 pages remain, which can be pinned anew: all that waited goes with these.
  CHECK_EQ(Unlock(rig, 870).accepted, 870u);
  Free(rig, 870, Custody::kUnlocked);
  CHECK_EQ(rig.counters.deferred_pages.load(), 0u);
  CHECK_EQ(rig.counters.pinned_pages.load(), 20u);
  CHECK_PINNED(20u);
}

TEST(PagesThatWaitAreTriedAgainByTheNextAllocation) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  SetMemlockLimit(900 + 1024 + 64);
  Rig rig(900, std::nullopt, 1024);
  rig.Inflate(900);
  SetMemlockLimit(930);
  CHECK_EQ(Unlock(rig, 10).accepted, 10u);
  Free(rig, 10, Custody::kUnlocked);
  SetMemlockLimit(900 + 1024 + 64);
  rig.Allocate(5);
  CHECK_EQ(rig.counters.deferred_pages.load(), 0u);
  CHECK_PINNED(895u);
}

TEST(FramesAreThoseOfTheirPagesInRunsOfAnyLength) {
  balloon::Failure failure{};
  constexpr uint64_t kPages = 9001;
  const auto arena = balloon::Arena::Reserve(kPages, &failure);
  CHECK(arena->Take(kPages).has_value());
  CHECK_EQ(arena->Populate({0, kPages}), 0);
  CHECK_EQ(mlock(arena->Address(0), kPages * 4096), 0);
  const auto frames = balloon::Frames::Open(*arena, &failure);
  CHECK(!frames->Learn({3, kPages - 3}).has_value());
  const std::vector<uint64_t> expected = support::FramesOf(arena->Address(0), kPages);
  for (uint64_t page = 3; page < kPages; page++) CHECK_EQ((*frames)[page], expected[page]);
  frames->Forget({3, kPages - 3});
  CHECK_EQ((*frames)[5000], 0u);
}

TEST(TheTableOfFramesGoesWithItsPages) {
  const auto before = support::MappingsWithoutHugePages();
  // The balloon's address space and its table of frames are the mappings that were not there.
  const auto resident = [&before] {
    uint64_t pages = 0;
    for (const auto& [end, here] : support::MappingsWithoutHugePages()) pages += before.count(end) == 0 ? here : 0;
    return pages;
  };
  constexpr uint64_t kPages = 10 * 4096;
  Rig rig(kPages, std::nullopt, 4096);
  rig.Allocate(kPages);
  // 4 bytes a page.
  CHECK_EQ(resident(), kPages + kPages / 1024);
  Free(rig, kPages, Custody::kRest);
  CHECK_EQ(resident(), 0u);
}

TEST(AFrameThatTheProtocolCantCarryIsNone) {
  CHECK_EQ(balloon::FrameNumber(UINT32_MAX), UINT32_MAX);
  CHECK_EQ(balloon::FrameNumber(uint64_t{1} << 32), 0u);
  CHECK_EQ(balloon::FrameNumber((uint64_t{1} << 32) + 5), 0u);
}

TEST(WithoutTheRightToThemFramesAreHidden) {
  support::DropCapability(21 /* CAP_SYS_ADMIN */);
  Rig rig(10);
  CHECK(rig.balloon == nullptr);
  CHECK_EQ(std::string(rig.failure.code), "FRAMES_HIDDEN");
  CHECK(rig.failure.message.find("CAP_SYS_ADMIN") != std::string::npos);
  CHECK_PINNED(0u);
}

TEST(ALimitOfLockedMemoryIsToldAtOnce) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  // The balloon, a slot for what is pinned anew, and the ring.
  SetMemlockLimit(10 + 512 + 64 - 1);
  Rig rig(10);
  CHECK(rig.balloon == nullptr);
  CHECK_EQ(std::string(rig.failure.code), "MEMLOCK_LIMIT");
  CHECK(rig.failure.message.find("2340 KiB") != std::string::npos);
}

TEST(WithoutIoUringPagesAreLockedWhereNothingMovesThem) {
  support::ForbidIoUring(EPERM);
  Rig rig(1000);
  CHECK(rig.balloon != nullptr);
  CHECK(rig.balloon->pin_kind() == PinKind::kMlock);
  rig.Inflate(1000);
  CHECK_PINNED(0u);
  CHECK_EQ(Unlock(rig, 300).accepted, 300u);
  Free(rig, 300, Custody::kUnlocked);
  rig.Inflate(300);
  Free(rig, 1000, Custody::kBalloon);
}

TEST(WithoutIoUringThereIsNoBalloonWhereTheKernelMovesLockedPages) {
  support::ForbidIoUring(EPERM);
  for (const char* setting : {"/sys/vm/compact_unevictable_allowed", "/sys/kernel/numa_balancing"}) {
    support::FakeProc proc;
    proc.Setting(setting, "1\n");
    Balloon::Trial trial{};
    Balloon::Options options{10, 512, std::nullopt, true, proc.path()};
    // That pages may move is accepted for mlock by name only.
    CHECK_EQ(Code(Balloon::Try(options, &trial)), "IO_URING_DISABLED");
    options.pin = PinKind::kMlock;
    options.may_move = false;
    const Outcome refused = Balloon::Try(options, &trial);
    CHECK_EQ(Code(refused), "PINS_MOVE");
    CHECK(refused->message.find("--allow-unpinned-moves") != std::string::npos);
    options.may_move = true;
    CHECK_EQ(Code(Balloon::Try(options, &trial)), "");
    CHECK(trial.pin == PinKind::kMlock);
    CHECK(!trial.movers.empty());
    proc.Setting(setting, "0\n");
    options.may_move = false;
    CHECK_EQ(Code(Balloon::Try(options, &trial)), "");
    CHECK_EQ(trial.movers, "");
  }
}

TEST(ALimitOfNoLockedMemoryIsADeniedRight) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  SetMemlockLimit(0);
  Rig rig(10);
  CHECK_EQ(std::string(rig.failure.code), "PIN_DENIED");
}

TEST(IoUringThatIsDemandedMustBeThere) {
  support::ForbidIoUring(ENOSYS);
  Rig rig(10, PinKind::kIoUring);
  CHECK(rig.balloon == nullptr);
  CHECK_EQ(std::string(rig.failure.code), "IO_URING_DISABLED");
  CHECK(rig.failure.message.find("Linux 5.13") != std::string::npos);
}

TEST(APortThatFaultsInTheMiddleIsAFailure) {
  Rig rig(100);
  rig.Allocate(10);
  rig.host.fault_at = 4;
  Balloon::Offered offered{};
  CHECK_EQ(Code(rig.balloon->Lock(rig.host, 10, &offered)), "NO_BACKDOOR");
  // All pages are still accounted for.
  Free(rig, 6, Custody::kRest);
  Free(rig, 4, Custody::kBalloon);
}
