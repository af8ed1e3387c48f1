#include "zone_info.h"

#include "check.h"

namespace {

// Two nodes, shortened to the lines that are read and some that look like them.
constexpr char kZones[] =
    "Node 0, zone      DMA\n"
    "  per-node stats\n"
    "      nr_inactive_anon 21260\n"
    "  pages free     3840\n"
    "        boost    0\n"
    "        min      16\n"
    "        low      20\n"
    "        high     24\n"
    "        protection: (0, 2000, 3000, 3500)\n"
    "      nr_free_pages 3840\n"
    "  pagesets\n"
    "    cpu: 0\n"
    "              count:    0\n"
    "Node 0, zone   Normal\n"
    "  pages free     10000\n"
    "        low      400\n"
    "        protection: (0, 0, 0, 32)\n"
    "  pagesets\n"
    "    cpu: 0\n"
    "              count:    7\n"
    "              high:     2115\n"
    "              high_min: 2115\n"
    "    cpu: 1\n"
    "              count:    70\n"
    "    cpu: 10\n"
    "              count:    700\n"
    "Node 0, zone   Device\n"
    "  pages free     0\n"
    "        low      0\n"
    "Node 0, zone  Movable\n"
    "  pages free     50\n"
    "        low      50\n"
    "        protection: (0, 0, 0, 0)\n"
    "    cpu: 1\n"
    "              count:    5\n"
    "Node 1, zone   Normal\n"
    "  pages free     1000\n"
    "        low      300\n"
    "        protection: (0, 600)\n"
    "Node 1, zone  Movable\n"
    "  pages free     80\n"
    "        low      20\n";

// DMA 3840 - 20 - 3500, Normal 10000 - 400 - 32, Movable at its watermark; node 1: 1000 - 300 - 600, 80 - 20.
constexpr uint64_t kAboveLow = 320 + 9568 + 0 + 100 + 60;

}  // namespace

TEST(FreePagesCountAboveWatermarkAndProtection) { CHECK_EQ(balloon::FreeAboveLow(kZones, 3), kAboveLow); }

TEST(ListsOfThisProcessorCountAsFree) {
  CHECK_EQ(balloon::FreeAboveLow(kZones, 0), kAboveLow + 7);
  // Those of a zone that is at its watermark can't be had.
  CHECK_EQ(balloon::FreeAboveLow(kZones, 1), kAboveLow + 70);
  CHECK_EQ(balloon::FreeAboveLow(kZones, 10), kAboveLow + 700);
}

TEST(ARefillOfAListIsLeftOut) {
  const auto above_low = [](const char* list) {
    const std::string zone = "Node 0, zone   Normal\n  pages free     10000\n        low      400\n    cpu: 0\n";
    return balloon::FreeAboveLow(zone + list, 0);
  };
  // 32 batches, or what is missing in the list, but at least a batch.
  CHECK_EQ(above_low("              count:    0\n              high:     5000\n              batch:    63\n"), 9600u - 2016);
  CHECK_EQ(above_low("              count:    900\n              high:     1000\n              batch:    63\n"),
           9600u - 100 + 900);
  CHECK_EQ(above_low("              count:    1100\n              high:     1000\n              batch:    63\n"),
           9600u - 63 + 1100);
}

TEST(NothingIsFreeWhereNothingIsKnown) {
  CHECK_EQ(balloon::FreeAboveLow("", 0), 0u);
  CHECK_EQ(balloon::FreeAboveLow("nonsense\n", 0), 0u);
}

TEST(AvailableMemoryIsRead) {
  CHECK_EQ(balloon::AvailablePages("MemTotal:  100 kB\nMemAvailable:   4096 kB\nBuffers: 8 kB\n").value(), 1024u);
  CHECK(!balloon::AvailablePages("MemTotal:  100 kB\n").has_value());
}

TEST(PressureIsThatOfTheLastTenSeconds) {
  constexpr char kText[] = "some avg10=50.00 avg60=9.00 avg300=0.00 total=1\nfull avg10=12.34 avg60=8.00 avg300=0.00 total=1\n";
  CHECK_EQ(balloon::PressureFull(kText).value(), 12.34);
  CHECK(!balloon::PressureFull("").has_value());
}
