#include <algorithm>
#include <random>

#include "balloon.h"
#include "check.h"
#include "huge_pages.h"
#include "support.h"

using balloon::Balloon;
using balloon::Command;
using balloon::Custody;
using balloon::Outcome;
using support::FakeHost;

namespace {

constexpr uint32_t kLarge = balloon::kBasicCommands | balloon::kBatchedCommands | balloon::kLargeCommands;
// The page of the entries.
constexpr uint64_t kEntries = 1;
constexpr uint32_t kBusy = 8;

std::string Blocks(unsigned count) {
  return "Node 0, zone   Normal      7      7      7      7      7      7      7      7      7      " + std::to_string(count) +
         "      0\n";
}

// A balloon with pages of 2 MiB: this machine must have some free ones.
struct Rig : support::Rig {
  explicit Rig(uint64_t pages) : support::Rig(pages, std::nullopt, 512, kLarge) { proc.Setting("/buddyinfo", Blocks(1000)); }

  uint64_t Size() const { return host.locked.size(); }

  // Checks that all that is pinned is locked, or counted as `also`, and that all that is locked is in place.
  void CheckPages(uint64_t also = 0) { CHECK_LOCKED_PAGES(*this, also + kEntries); }

  void CycleBegins() { balloon->BeginCycle(); }

  Balloon::Offered Lock(uint64_t count) {
    Balloon::Offered all{};
    while (all.accepted < count && all.status == 0) {
      Balloon::Offered some{};
      CHECK(!balloon->Lock(host, count - all.accepted, &some).has_value());
      all = {all.accepted + some.accepted, some.status};
    }
    return all;
  }

  Balloon::Offered Unlock(uint64_t count) {
    Balloon::Offered all{};
    while (all.accepted < count && all.status == 0) {
      Balloon::Offered some{};
      CHECK(!balloon->Unlock(host, count - all.accepted, &some).has_value());
      all = {all.accepted + some.accepted, some.status};
    }
    return all;
  }

  void Free(uint64_t count, Custody custody) {
    for (uint64_t left = count; left > 0;) {
      uint64_t freed = 0;
      CHECK(!balloon->Free(left, custody, &freed).has_value());
      CHECK(freed > 0 && freed <= left);
      left -= freed;
    }
  }

  // Unlocks pages, all of which the host accepts, and frees them.
  void Leave(uint64_t count, const char* file, int line) {
    if (Unlock(count).accepted != count) check::Fail(file, line, "not all of " + std::to_string(count) + " pages are unlocked");
    Free(count, Custody::kUnlocked);
  }
#define LEAVE(rig, count) (rig).Leave((count), __FILE__, __LINE__)

  // From now on the host keeps pages of 4 KiB, or those of 2 MiB, too.
  void KeepPages(bool large) {
    host.refuse = [large](const FakeHost::Said& said, size_t) {
      const bool is_small = said.command == Command::kUnlock || said.command == Command::kBatchedUnlock;
      return is_small || (large && said.command == Command::kBatched2mUnlock) ? kBusy : 0u;
    };
  }

  size_t Count(Command command) {
    return static_cast<size_t>(std::count_if(host.said.begin(), host.said.end(),
                                             [command](const FakeHost::Said& said) { return said.command == command; }));
  }

  // Refuses every command of a kind with a status.
  void Refuse(Command command, uint32_t status) {
    host.refuse = [command, status](const FakeHost::Said& said, size_t) { return said.command == command ? status : 0u; };
  }
};

}  // namespace

TEST(FreeLargeBlocksAreCountedInAllZones) {
  CHECK_EQ(balloon::FreeLargeBlocks("Node 0, zone      DMA      1      1      1      1      1      1      1      1      1      2"
                                    "      3 \nNode 0, zone   Normal  9  9  9  9  9  9  9  9  9  4  0\n"),
           2u + 2 * 3 + 4);
  CHECK_EQ(balloon::FreeLargeBlocks("Node 0, zone   Normal  9  9  9\n"), 0u);
  CHECK_EQ(balloon::FreeLargeBlocks(""), 0u);
}

TEST(PagesOf2MibGoInAndOutAsAWhole) {
  Rig rig(10'000);
  rig.Allocate(2000);
  CHECK_EQ(rig.Lock(2000).accepted, 2000u);
  CHECK_EQ(rig.host.large.size(), 3u);
  CHECK_EQ(rig.counters.large_pages.load(), 3u * 512);
  // One command for three pages of 2 MiB, one for the other 464.
  CHECK_EQ(rig.host.said.size(), 2u);
  rig.CheckPages();
  // Pages of 4 KiB leave first.
  CHECK_EQ(rig.Unlock(464 + 512).accepted, 976u);
  CHECK_EQ(rig.host.large.size(), 2u);
  rig.CheckPages(976);
  rig.Free(976, Custody::kUnlocked);
  rig.CheckPages();
  LEAVE(rig, 1024);
  CHECK_EQ(rig.Size(), 0u);
  CHECK_EQ(rig.counters.large_pages.load(), 0u);
  rig.CheckPages();
}

TEST(APartOfAPageOf2MibIsReplacedBeforeItIsUnlocked) {
  Rig rig(10'000);
  rig.Allocate(1024);
  CHECK_EQ(rig.Lock(1024).accepted, 1024u);
  size_t least = SIZE_MAX;
  rig.host.refuse = [&](const FakeHost::Said&, size_t) {
    least = std::min(least, rig.host.locked.size());
    return 0u;
  };
  CHECK_EQ(rig.Unlock(100).accepted, 100u);
  CHECK_EQ(rig.Size(), 924u);
  CHECK_EQ(least, 1024u);
  CHECK_EQ(rig.host.large.size(), 1u);
  rig.Free(100, Custody::kUnlocked);
  rig.CheckPages();
  // The rest of that page leaves page by page.
  LEAVE(rig, 412);
  CHECK_EQ(rig.Size(), 512u);
  rig.CheckPages();
  LEAVE(rig, 512);
  rig.CheckPages();
}

TEST(WithoutMemoryForAPartAPageOf2MibStays) {
  Rig rig(10'000);
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  // Not one page of too few is taken from the guest.
  rig.proc.Available(412 + 63);
  const uint64_t allocations = rig.counters.pinned_pages.load();
  const Balloon::Offered offered = rig.Unlock(100);
  CHECK_EQ(offered.accepted, 0u);
  CHECK_EQ(offered.status, balloon::kFrameTooLarge);
  CHECK_EQ(rig.counters.exchange_refusals.load(), 0u);
  CHECK_EQ(rig.counters.exchange_shortages.load(), 1u);
  CHECK_EQ(rig.counters.pinned_pages.load(), allocations);
  CHECK_EQ(rig.host.said.size(), 1u);
  rig.CheckPages();
  LEAVE(rig, 512);
  rig.CheckPages();
}

TEST(NoLimitOfAllocationsKeepsAPartOfAPageOf2MibInTheBalloon) {
  Rig rig(10'000);
  rig.Allocate(1024);
  CHECK_EQ(rig.Lock(1024).accepted, 1024u);
  // A guest at its floor and its watermark is where a balloon has to shrink.
  rig.proc.Available(8000);
  rig.limits.floor_pages = 9000;
  rig.limits.psi_full = 1;
  rig.proc.PressureFull("50.00");
  rig.proc.Zone(1000, 1000);
  rig.CycleBegins();
  LEAVE(rig, 100);
  CHECK_EQ(rig.Size(), 924u);
  CHECK_EQ(rig.counters.floor_hits.load() + rig.counters.watermark_hits.load() + rig.counters.psi_hits.load(), 0u);
  rig.CheckPages();
  // The limits hold for what the policy allocates.
  Balloon::Allocated allocated{};
  CHECK(!rig.balloon->Allocate(10, false, &allocated).has_value());
  CHECK_EQ(allocated.pages, 0u);
}

TEST(APageOf2MibThatTheHostKeepsStaysAndItsReplacementLeaves) {
  Rig rig(10'000);
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  for (const bool whole : {true, false}) {
    if (whole) {
      rig.Refuse(Command::kBatched2mUnlock, kBusy);
    } else {
      rig.host.refuse = nullptr;
      // Entries of a command for a single page: that of 2 MiB.
      rig.host.refuse_entry = [&](size_t) { return rig.host.said.back().argument == 1 ? kBusy : 0u; };
    }
    const Balloon::Offered offered = rig.Unlock(100);
    CHECK_EQ(offered.accepted, 0u);
    CHECK_EQ(offered.status, kBusy);
    CHECK_EQ(rig.counters.exchange_refusals.load(), 0u);
    CHECK_EQ(rig.Size(), 512u);
    CHECK_EQ(rig.host.large.size(), 1u);
    rig.CheckPages();
  }
}

TEST(AHostThatKeepsWhatWasExchangedGetsNoMoreOfIt) {
  Rig rig(10'000);
  rig.Allocate(1024);
  CHECK_EQ(rig.Lock(1024).accepted, 1024u);
  rig.KeepPages(true);
  size_t locked = 0;
  for (int cycle = 0; cycle < 5; cycle++) {
    const Balloon::Offered offered = rig.Unlock(100);
    CHECK_EQ(offered.accepted, 0u);
    CHECK_EQ(offered.status, kBusy);
    if (cycle == 0) locked = rig.host.locked.size();
    CHECK_EQ(rig.host.locked.size(), locked);
  }
  // Pages of 2 MiB leave again: what the host has kept replaces the rest of one.
  rig.KeepPages(false);
  LEAVE(rig, 100);
  CHECK_EQ(rig.Size(), 924u);
  CHECK_EQ(rig.host.locked.size(), 924u);
  rig.CheckPages();
  rig.host.refuse = nullptr;
  LEAVE(rig, 412);
  LEAVE(rig, 512);
  CHECK_EQ(rig.Size(), 0u);
  CHECK_EQ(rig.host.locked.size(), 0u);
  rig.CheckPages();
}

TEST(WhatAHostKeptOfAnExchangeIsFreedWhenItForgetsAllPages) {
  Rig rig(10'000);
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  rig.KeepPages(true);
  CHECK_EQ(rig.Unlock(100).accepted, 0u);
  rig.KeepPages(false);
  LEAVE(rig, 512);
  CHECK_EQ(rig.host.locked.size(), 412u);
  rig.host.refuse = nullptr;
  rig.host.locked.clear();
  rig.balloon->Grant(kLarge);
  CHECK_EQ(rig.Size(), 0u);
  CHECK_EQ(rig.counters.pinned_pages.load(), 0u);
  rig.CheckPages();
}


TEST(AReplacementThatTheHostRefusesLeavesThePageOf2Mib) {
  Rig rig(10'000);
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  rig.host.refuse_entry = [](size_t index) { return index == 7 ? 5u : 0u; };
  rig.host.said.clear();
  const Balloon::Offered offered = rig.Unlock(500);
  CHECK_EQ(offered.accepted, 0u);
  CHECK_EQ(offered.status, 5);
  CHECK_EQ(rig.counters.exchange_refusals.load(), 1u);
  CHECK_EQ(rig.Count(Command::kBatched2mUnlock), 0u);
  // The host keeps one page of the replacement, too: it stays until it is unlocked, and no other allocation gets it.
  CHECK_EQ(rig.Size(), 512u + 1);
  rig.CheckPages();
  rig.host.refuse_entry = nullptr;
  CHECK_EQ(rig.Unlock(512).accepted, 512u);
  CHECK_EQ(rig.Size(), 0u);
  rig.Free(512, Custody::kUnlocked);
  rig.CheckPages();
}

TEST(AWholeBalloonWithPagesThatItDoesNotCountIsFreedAfterAReset) {
  Rig rig(10'000);
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  rig.host.refuse_entry = [](size_t index) { return index == 7 ? 5u : 0u; };
  CHECK_EQ(rig.Unlock(500).accepted, 0u);
  rig.host.locked.clear();
  rig.host.large.clear();
  rig.Free(512, Custody::kBalloon);
  rig.CheckPages();
}

TEST(ARefusedPageOf2MibIsOfferedInParts) {
  Rig rig(10'000);
  rig.host.refuse_entry = [&](size_t index) {
    return rig.host.said.back().command == Command::kBatched2mLock && index == 1 ? 5u : 0u;
  };
  rig.Allocate(3 * 512 + 10);
  CHECK_EQ(rig.Lock(3 * 512 + 10).accepted, 3 * 512u + 10);
  CHECK_EQ(rig.host.large.size(), 2u);
  CHECK_EQ(rig.counters.large_refusals.load(), 1u);
  rig.CheckPages();
  // In this cycle no further one is tried.
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  CHECK_EQ(rig.host.large.size(), 2u);
  rig.CycleBegins();
  rig.host.refuse_entry = nullptr;
  rig.Allocate(512);
  CHECK_EQ(rig.Lock(512).accepted, 512u);
  CHECK_EQ(rig.host.large.size(), 3u);
  rig.CheckPages();
}

TEST(APageOf2MibThatCanNotBeSplitIsRefusedInParts) {
  Rig rig(10'000);
  rig.Allocate(512);
  rig.proc.Zone(1000 + 64 + 100, 1000);
  rig.host.refuse_entry = [](size_t) { return 5u; };
  Balloon::Offered offered{};
  uint64_t left = 512;
  CHECK(!rig.balloon->Lock(rig.host, left, &offered).has_value());
  CHECK_EQ(offered.status, 5);
  rig.host.refuse_entry = nullptr;
  rig.proc.Zone(1000, 1000);
  uint64_t refused = 0;
  while (refused < 16) {
    if (offered.status != 0) refused++;
    left -= offered.accepted + (offered.status != 0 ? 1 : 0);
    CHECK(!rig.balloon->Lock(rig.host, left, &offered).has_value());
    left -= offered.accepted;
    offered.accepted = 0;
  }
  rig.Free(512 - rig.Size(), Custody::kRest);
  rig.CheckPages();
}

TEST(AHostThatFailsThePagesOf2MibGetsOthers) {
  for (const uint32_t status : {balloon::kCommandInvalid, UINT32_MAX}) {
    Rig rig(10'000);
    rig.Refuse(Command::kBatched2mLock, status);
    for (int cycle = 0; cycle < 4; cycle++) {
      rig.CycleBegins();
      rig.Allocate(1100);
      CHECK_EQ(rig.Lock(1100).accepted, 1100u);
      CHECK(rig.host.large.empty());
      rig.CheckPages();
    }
    CHECK_EQ(rig.Count(Command::kBatched2mLock), status == UINT32_MAX ? 3u : 1u);
    CHECK_EQ(rig.counters.capabilities.load(), kLarge & ~balloon::kLargeCommands);
    rig.balloon->Grant(kLarge);
    CHECK_EQ(rig.counters.capabilities.load(), kLarge);
  }
}

TEST(ABusyHostKeepsItsPagesOf2Mib) {
  Rig rig(10'000);
  rig.host.refuse = [](const FakeHost::Said&, size_t) { return kBusy; };
  for (int cycle = 0; cycle < 5; cycle++) {
    rig.CycleBegins();
    rig.Allocate(1024);
    for (uint64_t left = 1024; left > 1008; left--) CHECK_EQ(rig.Lock(left).status, kBusy);
    rig.Free(1024, Custody::kRest);
    rig.CheckPages();
  }
  CHECK_EQ(rig.counters.capabilities.load(), kLarge);
}

TEST(AResetAmongPagesOf2MibEndsTheRun) {
  for (const bool whole : {true, false}) {
    Rig rig(10'000);
    if (whole) rig.Refuse(Command::kBatched2mLock, balloon::kReset);
    if (!whole) rig.host.refuse_entry = [](size_t index) { return index == 1 ? balloon::kReset : 0u; };
    rig.Allocate(1600);
    const Balloon::Offered offered = rig.Lock(1600);
    CHECK_EQ(offered.status, balloon::kReset);
    CHECK_EQ(offered.accepted, whole ? 0u : 1024u);
    rig.Free(1600 - offered.accepted, Custody::kRest);
    rig.CheckPages();
    rig.host.locked.clear();
    rig.host.large.clear();
    if (offered.accepted > 0) rig.Free(offered.accepted, Custody::kBalloon);
    rig.CheckPages();
  }
}

TEST(RefusedPagesOf2MibOfAnUnlockStay) {
  Rig rig(10'000);
  rig.Allocate(2048);
  CHECK_EQ(rig.Lock(2048).accepted, 2048u);
  rig.host.refuse_entry = [](size_t index) { return index % 2 == 0 ? kBusy : 0u; };
  const Balloon::Offered offered = rig.Unlock(2048);
  CHECK_EQ(offered.accepted, 1024u);
  CHECK_EQ(offered.status, kBusy);
  rig.Free(1024, Custody::kUnlocked);
  CHECK_EQ(rig.Size(), 1024u);
  rig.CheckPages();
  rig.host.refuse_entry = nullptr;
  LEAVE(rig, 1024);
  rig.CheckPages();
}

TEST(WithoutFreeBlocksOrWithSleepThereAreNoPagesOf2Mib) {
  Rig rig(10'000);
  rig.proc.Setting("/buddyinfo", Blocks(4));
  rig.Allocate(1024);
  CHECK_EQ(rig.Lock(1024).accepted, 1024u);
  rig.proc.Setting("/buddyinfo", Blocks(1000));
  rig.CycleBegins();
  uint64_t got = 0;
  while (got < 1024) {
    Balloon::Allocated allocated{};
    CHECK(!rig.balloon->Allocate(1024 - got, true, &allocated).has_value());
    got += allocated.pages;
  }
  CHECK_EQ(rig.Lock(1024).accepted, 1024u);
  CHECK(rig.host.large.empty());
  // The floor holds for them, too.
  rig.CycleBegins();
  rig.proc.Available(700);
  rig.limits.floor_pages = 200;
  Balloon::Allocated allocated{};
  CHECK(!rig.balloon->Allocate(1024, false, &allocated).has_value());
  CHECK_EQ(rig.Lock(allocated.pages).accepted, allocated.pages);
  CHECK(rig.host.large.empty());
  rig.CheckPages();
}

TEST(EverythingIsReleasedWhateverItsSize) {
  Rig rig(10'000);
  rig.Allocate(2000);
  CHECK_EQ(rig.Lock(2000).accepted, 2000u);
  CHECK_EQ(rig.Unlock(1200).accepted, 1200u);
  rig.CycleBegins();
  rig.Allocate(1300);
  rig.host.locked.clear();
  while (rig.balloon->Release() > 0) {
  }
  rig.CheckPages();
  CHECK_EQ(rig.counters.pinned_pages.load(), 0u);
}

TEST(NoPageThatTheHostHasLockedIsFreedInAnyCourseOfEvents) {
  for (unsigned seed = 1; seed <= 6; seed++) {
    std::mt19937 random(seed);
    const auto draw = [&random](unsigned below) { return static_cast<uint32_t>(random() % below); };
    Rig rig(10'000);
    constexpr uint32_t kStatuses[] = {1, 2, 5, 8, UINT32_MAX};
    uint32_t refused_in_a_hundred = 0;
    bool resets = false;
    const auto some_status = [&] { return resets && draw(20) == 0 ? balloon::kReset : kStatuses[draw(5)]; };
    bool is_reset = false;
    const auto noting = [&](uint32_t status) {
      is_reset = is_reset || status == balloon::kReset;
      return status;
    };
    rig.host.refuse = [&](const FakeHost::Said&, size_t) {
      // Until START.
      if (is_reset) return balloon::kReset;
      return draw(100) < refused_in_a_hundred ? noting(some_status()) : 0u;
    };
    // An entry with RESET is one of a host that has not forgotten the others yet: such a batch fails as a whole.
    rig.host.refuse_entry = [&](size_t) { return draw(300) < refused_in_a_hundred ? kStatuses[draw(4)] : 0u; };
    uint64_t size = 0;
    for (int step = 0; step < 120; step++) {
      refused_in_a_hundred = draw(3) == 0 ? 0 : draw(30);
      resets = draw(4) == 0;
      rig.proc.Setting("/buddyinfo", Blocks(draw(3) == 0 ? 0 : 100));
      rig.proc.Zone(1000 + (draw(4) == 0 ? draw(700) : 100'000), 1000);
      rig.CycleBegins();
      if (draw(2) == 0 && size < 6000) {
        Balloon::Allocated allocated{};
        CHECK(!rig.balloon->Allocate(1 + draw(3000), draw(4) == 0, &allocated).has_value());
        uint64_t spare = allocated.pages;
        uint64_t refused = 0;
        for (const uint64_t most = 1 + draw(20); spare > 0 && refused < most && !is_reset;) {
          Balloon::Offered offered{};
          CHECK(!rig.balloon->Lock(rig.host, spare, &offered).has_value());
          size += offered.accepted;
          spare -= offered.accepted;
          if (offered.status == 0) continue;
          spare--;
          refused++;
        }
        if (spare + refused > 0) rig.Free(spare + refused, Custody::kRest);
      } else if (size > 0) {
        const Balloon::Offered offered = rig.Unlock(1 + draw(static_cast<unsigned>(size)));
        size -= offered.accepted;
        if (offered.accepted > 0) rig.Free(offered.accepted, Custody::kUnlocked);
      }
      if (is_reset) {
        is_reset = false;
        if (size > 0) rig.Free(size, Custody::kBalloon);
        size = 0;
        rig.host.locked.clear();
        rig.host.large.clear();
        rig.balloon->Grant(kLarge);
      }
      // All that is pinned is locked, and in place. Pages beyond the size are those whose UNLOCK was refused in vain.
      rig.CheckPages();
      CHECK(rig.Size() >= size && rig.Size() < size + 512);
    }
  }
}
