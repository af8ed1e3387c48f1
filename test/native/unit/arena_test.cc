#include "arena.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

using balloon::Arena;
using balloon::Failure;
using balloon::Run;

namespace {

std::unique_ptr<Arena> Reserve(uint64_t pages) {
  Failure failure{};
  std::unique_ptr<Arena> arena = Arena::Reserve(pages, &failure);
  if (arena == nullptr) check::Fail(__FILE__, __LINE__, failure.message);
  return arena;
}

bool IsThere(const Arena& arena, uint64_t page) { return support::FrameOf(arena.Address(page)) != 0; }

}  // namespace

TEST(PlacesAreTheLowestThatFit) {
  const auto arena = Reserve(1000);
  CHECK((*arena->Take(100) == Run{0, 100}));
  CHECK((*arena->Take(100) == Run{100, 100}));
  arena->GiveBack({20, 10});
  arena->GiveBack({50, 5});
  CHECK((*arena->Take(7) == Run{20, 7}));
  // Where no hole is large enough the end is used, and holes stay.
  CHECK((*arena->Take(8) == Run{200, 8}));
  CHECK((*arena->Take(5) == Run{50, 5}));
  CHECK_EQ(arena->taken(), 200u - 15 + 7 + 8 + 5);
}

TEST(AFullArenaHasNoPlace) {
  const auto arena = Reserve(600);
  CHECK((*arena->Take(500) == Run{0, 500}));
  CHECK((*arena->Take(500) == Run{500, 100}));
  CHECK(!arena->Take(1).has_value());
  arena->GiveBack({7, 3});
  CHECK((*arena->Take(500) == Run{7, 3}));
}

TEST(PlacesThatTouchAreJoined) {
  const auto arena = Reserve(100);
  CHECK(arena->Take(100).has_value());
  arena->GiveBack({10, 10});
  arena->GiveBack({30, 10});
  arena->GiveBack({20, 10});
  CHECK((*arena->Take(30) == Run{10, 30}));
}

TEST(PagesAreThereBetweenPopulateAndGiveBack) {
  const auto arena = Reserve(5000);
  const Run run = *arena->Take(3000);
  CHECK(!IsThere(*arena, 0));
  CHECK_EQ(arena->Populate(run), 0);
  CHECK(IsThere(*arena, 0));
  CHECK(IsThere(*arena, 2999));
  CHECK(!IsThere(*arena, 3000));
  arena->GiveBack({1000, 1000});
  CHECK(IsThere(*arena, 999));
  CHECK(!IsThere(*arena, 1000));
  CHECK(!IsThere(*arena, 1999));
  CHECK(IsThere(*arena, 2000));
}

TEST(OnlyWhatIsUsedMayBeWritten) {
  // More than a step of 64 MiB, twice.
  const auto arena = Reserve(60'000);
  const auto writable = [&](uint64_t page) {
    return support::MappingFlags(arena->Address(page)).find(" wr ") != std::string::npos;
  };
  CHECK(!writable(0));
  CHECK((*arena->Take(40'000) == Run{0, 40'000}));
  CHECK(writable(39'999));
  CHECK(!writable(59'999));
  arena->GiveBack({10, 39'990});
  CHECK(writable(9));
  // One step stays open above what is used.
  CHECK(writable(30'000));
  CHECK(!writable(40'000));
  CHECK((*arena->Take(59'990) == Run{10, 59'990}));
  CHECK_EQ(arena->Populate({59'990, 10}), 0);
  CHECK(writable(59'999));
}

TEST(WhereLittleMayBeWrittenLessIsOpened) {
  const auto arena = Reserve(60'000);
  // As where memory must not be overcommitted: less than a step of 64 MiB is to be had.
  const uint64_t bytes = (support::StatusPages("VmData") + 4000) * 4096;
  const rlimit limit{bytes, bytes};
  CHECK_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
  CHECK((*arena->Take(1000) == Run{0, 1000}));
  CHECK_EQ(arena->Populate({0, 1000}), 0);
  CHECK(!arena->Take(10'000).has_value());
  CHECK((*arena->Take(500) == Run{1000, 500}));
}

TEST(PagesAreKeptFromForkDumpAndHugePages) {
  const auto arena = Reserve(60'000);
  CHECK(arena->Take(40'000).has_value());
  arena->GiveBack({0, 40'000});
  for (const uint64_t page : {uint64_t{0}, uint64_t{59'999}}) {
    const std::string flags = support::MappingFlags(arena->Address(page));
    for (const char* flag : {" dc ", " dd ", " nh "}) {
      // A kernel without huge pages has none to keep them from.
      if (flag == std::string(" nh ") && access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0) continue;
      if (flags.find(flag) == std::string::npos) check::Fail(__FILE__, __LINE__, flags + "lacks" + flag);
    }
  }
}

TEST(TooLittleAddressSpaceIsAFailure) {
  Failure failure{};
  CHECK(Arena::Reserve(uint64_t{1} << 40, &failure) == nullptr);
  CHECK_EQ(std::string(failure.code), "ARENA");
}

TEST(PagesAreNeitherMergedNorCopiedNorDumpedNorHugeAlsoWhereTheEndWasClosed) {
  // Of a process that lets the kernel merge its pages (PR_SET_MEMORY_MERGE, since Linux 6.4, where it has KSM).
  prctl(67, 1, 0, 0, 0);
  constexpr uint64_t kPages = 5 * 16384;
  const auto arena = Reserve(kPages);
  for (int turn = 0; turn < 2; turn++) {
    const std::optional<Run> all = arena->Take(kPages);
    CHECK(all.has_value());
    const std::string flags = support::MappingFlags(arena->Address(kPages - 1));
    for (const char* flag : {" nh ", " dc ", " dd "}) CHECK(flags.find(flag) != std::string::npos);
    CHECK_EQ(flags.find(" mg "), std::string::npos);
    arena->GiveBack(*all);
  }
}
