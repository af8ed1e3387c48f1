#include <algorithm>

#include "balloon.h"
#include "check.h"
#include "support.h"

using balloon::Balloon;
using balloon::Command;
using balloon::Custody;
using balloon::Outcome;
using support::FakeHost;

namespace {

constexpr uint32_t kBatches = balloon::kBasicCommands | balloon::kBatchedCommands;
// The page of the entries.
constexpr uint64_t kEntries = 1;
constexpr uint32_t kBusy = 8;

struct Rig : support::Rig {
  explicit Rig(uint64_t pages) : support::Rig(pages, std::nullopt, 512, kBatches) {}

  Balloon::Offered Lock(uint64_t count) {
    Balloon::Offered offered{};
    CHECK(!balloon->Lock(host, count, &offered).has_value());
    CHECK_LOCKED_PAGES(*this, counters.pinned_pages + kEntries - host.locked.size());
    return offered;
  }

  Balloon::Offered Unlock(uint64_t count) {
    Balloon::Offered offered{};
    CHECK(!balloon->Unlock(host, count, &offered).has_value());
    return offered;
  }

  // Frees pages, and checks that none is left besides those that the host has locked.
  void FreeAllBut(uint64_t count, Custody custody) {
    uint64_t freed = 0;
    CHECK(!balloon->Free(count, custody, &freed).has_value());
    CHECK_EQ(freed, count);
    CHECK_LOCKED_PAGES(*this, kEntries);
  }

  size_t Count(Command command) {
    return static_cast<size_t>(std::count_if(host.said.begin(), host.said.end(),
                                             [command](const FakeHost::Said& said) { return said.command == command; }));
  }
};

std::string Code(const Outcome& outcome) { return outcome.has_value() ? outcome->code : ""; }

}  // namespace

TEST(ABatchHasUpTo512Pages) {
  Rig rig(2000);
  rig.Allocate(1300);
  uint64_t accepted = 0;
  while (accepted < 1300) accepted += rig.Lock(1300 - accepted).accepted;
  CHECK_EQ(rig.host.locked.size(), 1300u);
  CHECK_EQ(rig.Count(Command::kBatchedLock), 3u);
  CHECK_EQ(rig.counters.commands.load(), 3u);
  uint64_t released = 0;
  while (released < 1300) released += rig.Unlock(1300 - released).accepted;
  CHECK_EQ(rig.Count(Command::kBatchedUnlock), 3u);
  CHECK(rig.host.locked.empty());
  rig.FreeAllBut(1300, Custody::kUnlocked);
}

TEST(SinglePagesAreOfferedUntilBatchesAreGranted) {
  Rig rig(100);
  rig.balloon->Grant(balloon::kBasicCommands);
  rig.Allocate(40);
  CHECK_EQ(rig.Lock(40).accepted, 40u);
  CHECK_EQ(rig.Count(Command::kLock), 40u);
  rig.balloon->Grant(kBatches | 0x38);
  CHECK_EQ(rig.counters.capabilities.load(), kBatches);
  CHECK_EQ(rig.Unlock(40).accepted, 40u);
  CHECK_EQ(rig.Count(Command::kBatchedUnlock), 1u);
}

TEST(CapabilitiesThatTheOptionsDoNotPermitAreNotUsed) {
  support::Rig rig(100);
  rig.balloon->Grant(kBatches);
  rig.Inflate(40);
  CHECK_EQ(rig.host.said.size(), 40u);
  CHECK_EQ(rig.counters.capabilities.load(), balloon::kBasicCommands);
  CHECK_PINNED(40u);
}

TEST(RefusedPagesOfABatchAreReportedAfterTheAcceptedOnes) {
  Rig rig(1000);
  rig.host.refuse_entry = [](size_t index) { return index == 3 ? 5u : index == 50 ? 1u : 0u; };
  rig.Allocate(100);
  Balloon::Offered offered = rig.Lock(100);
  CHECK_EQ(offered.accepted, 98u);
  CHECK_EQ(offered.status, 5);
  // No command is sent for a page that has an answer.
  offered = rig.Lock(1);
  CHECK_EQ(offered.accepted, 0u);
  CHECK_EQ(offered.status, 1);
  CHECK_EQ(rig.host.said.size(), 1u);
  Balloon::Offered none{};
  CHECK_EQ(Code(rig.balloon->Lock(rig.host, 1, &none)), "MISUSE");
  rig.FreeAllBut(2, Custody::kRest);
}

TEST(AnEndAfterSomeRefusalsFreesNoPageThatTheHostHasLocked) {
  Rig rig(2000);
  rig.host.refuse_entry = [](size_t index) { return index % 5 == 0 ? 5u : 0u; };
  rig.Allocate(1500);
  // The first batch: 103 of 512 pages are refused.
  CHECK_EQ(rig.Lock(1500).accepted, 409u);
  for (int refused = 1; refused < 16; refused++) CHECK_EQ(rig.Lock(1091 - refused).accepted, 0u);
  rig.FreeAllBut(1500 - 409, Custody::kRest);
  CHECK_EQ(rig.host.locked.size(), 409u);
  // What was not reported belongs to pages that are gone.
  rig.host.refuse_entry = nullptr;
  rig.Allocate(20);
  CHECK_EQ(rig.Lock(20).accepted, 20u);
}

TEST(AResetInABatchIsReportedFirst) {
  Rig rig(1000);
  rig.host.refuse_entry = [](size_t index) { return index < 20 ? 5u : index == 50 ? balloon::kReset : 0u; };
  rig.Allocate(100);
  const Balloon::Offered offered = rig.Lock(100);
  CHECK_EQ(offered.accepted, 79u);
  CHECK_EQ(offered.status, balloon::kReset);
  rig.FreeAllBut(21, Custody::kRest);
}

TEST(ABatchThatIsAnsweredWithAResetHasLockedNothing) {
  Rig rig(2000);
  rig.host.refuse = [](const FakeHost::Said&, size_t before) { return before == 1 ? balloon::kReset : 0u; };
  rig.Allocate(1200);
  const Balloon::Offered offered = rig.Lock(1200);
  CHECK_EQ(offered.accepted, 512u);
  CHECK_EQ(offered.status, balloon::kReset);
  CHECK_EQ(rig.host.said.size(), 2u);
  // The host has forgotten the balloon, too.
  uint64_t freed = 0;
  CHECK(!rig.balloon->Free(1200 - 512, Custody::kRest, &freed).has_value());
  CHECK(!rig.balloon->Free(512, Custody::kBalloon, &freed).has_value());
  CHECK_PINNED(kEntries);
}

TEST(AHostThatDoesNotKnowBatchesGetsSinglePages) {
  Rig rig(2000);
  rig.host.refuse = [](const FakeHost::Said& said, size_t) {
    return said.command == Command::kBatchedLock ? balloon::kCommandInvalid : 0u;
  };
  rig.Allocate(600);
  uint64_t accepted = 0;
  while (accepted < 600) accepted += rig.Lock(600 - accepted).accepted;
  CHECK_EQ(rig.Count(Command::kBatchedLock), 1u);
  CHECK_EQ(rig.Count(Command::kLock), 600u);
  CHECK_EQ(rig.counters.capabilities.load(), balloon::kBasicCommands);
  CHECK_EQ(rig.Unlock(16).accepted, 16u);
  CHECK_EQ(rig.Count(Command::kUnlock), 16u);
  // The next START grants them anew.
  rig.balloon->Grant(kBatches);
  CHECK_EQ(rig.counters.capabilities.load(), kBatches);
}

TEST(AHostThatFailsEveryBatchGetsSinglePagesAfterThreeOfThem) {
  Rig rig(2000);
  rig.host.refuse = [](const FakeHost::Said& said, size_t) {
    return said.command == Command::kBatchedLock || said.command == Command::kBatchedUnlock ? UINT32_MAX : 0u;
  };
  rig.Allocate(600);
  uint64_t accepted = 0;
  while (accepted < 600) accepted += rig.Lock(600 - accepted).accepted;
  CHECK_EQ(rig.Count(Command::kBatchedLock), 3u);
  CHECK_EQ(rig.Count(Command::kLock), 600u);
  rig.balloon->Grant(kBatches);
  CHECK_EQ(rig.Unlock(600).accepted, 600u);
  CHECK_EQ(rig.Count(Command::kBatchedUnlock), 3u);
  CHECK(rig.host.locked.empty());
  rig.FreeAllBut(600, Custody::kUnlocked);
}

TEST(ABusyHostKeepsItsBatches) {
  Rig rig(1000);
  rig.host.refuse = [](const FakeHost::Said&, size_t) { return kBusy; };
  rig.Allocate(100);
  for (uint64_t left = 100; left > 80; left--) {
    const Balloon::Offered offered = rig.Lock(left);
    CHECK_EQ(offered.accepted, 0u);
    CHECK_EQ(offered.status, kBusy);
  }
  CHECK_EQ(rig.counters.capabilities.load(), kBatches);
  rig.host.refuse = nullptr;
  rig.host.said.clear();
  CHECK_EQ(rig.Lock(80).accepted, 80u);
  CHECK_EQ(rig.host.said.size(), 1u);
  rig.FreeAllBut(20, Custody::kRest);
}

TEST(RefusedPagesOfAnUnlockStayAndAreTheNextOnes) {
  Rig rig(1000);
  rig.Inflate(700);
  rig.host.said.clear();
  rig.host.refuse_entry = [](size_t index) { return index == 0 ? kBusy : index == 7 ? 3u : 0u; };
  Balloon::Offered offered = rig.Unlock(600);
  // The run ends with the batch that has a refusal.
  CHECK_EQ(offered.accepted, 510u);
  CHECK_EQ(offered.status, kBusy);
  CHECK_EQ(rig.host.said.size(), 1u);
  rig.FreeAllBut(510, Custody::kUnlocked);
  CHECK_EQ(rig.host.locked.size(), 190u);
  rig.host.refuse_entry = nullptr;
  CHECK_EQ(rig.Unlock(190).accepted, 190u);
  rig.FreeAllBut(190, Custody::kUnlocked);
}

TEST(ABatchThatIsNotUnlockedStaysLocked) {
  Rig rig(1000);
  rig.Inflate(700);
  rig.host.refuse = [](const FakeHost::Said&, size_t) { return kBusy; };
  const Balloon::Offered offered = rig.Unlock(700);
  CHECK_EQ(offered.accepted, 0u);
  CHECK_EQ(offered.status, kBusy);
  CHECK_LOCKED_PAGES(rig, kEntries);
  CHECK_EQ(rig.host.locked.size(), 700u);
}

TEST(APortThatFaultsInABatchIsAFailureWithoutLostPages) {
  Rig rig(1000);
  rig.Allocate(100);
  rig.host.fault_at = 0;
  Balloon::Offered offered{};
  CHECK_EQ(Code(rig.balloon->Lock(rig.host, 100, &offered)), "NO_BACKDOOR");
  rig.FreeAllBut(100, Custody::kRest);
}

TEST(AnAnswerForOtherPagesIsAFailureThatFreesNothing) {
  Rig rig(1000);
  rig.Allocate(100);
  rig.host.answers_others = true;
  Balloon::Offered offered{};
  CHECK_EQ(Code(rig.balloon->Lock(rig.host, 100, &offered)), "PROTOCOL");
  CHECK_EQ(rig.host.locked.size(), 100u);
  CHECK_LOCKED_PAGES(rig, kEntries);
}

TEST(ThePageOfTheEntriesStaysPinned) {
  Rig rig(1000);
  CHECK_PINNED(kEntries);
  rig.Inflate(1000);
  while (rig.balloon->Release() > 0) {
  }
  rig.host.locked.clear();
  CHECK_PINNED(kEntries);
  rig.Inflate(1000);
  CHECK_LOCKED_PAGES(rig, kEntries);
}
