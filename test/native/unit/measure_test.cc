#include "measure.h"

#include <dirent.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "check.h"
#include "support.h"

namespace {

using balloon::Figures;

double Of(const Figures& figures, const std::string& name) {
  for (const balloon::Figure& figure : figures) {
    if (name == figure.name) return figure.value;
  }
  check::Fail(__FILE__, __LINE__, "no figure " + name);
}

// Names in a directory, besides itself and the one above.
int CountNames(const std::string& path) {
  DIR* const directory = opendir(path.c_str());
  CHECK(directory != nullptr);
  int count = 0;
  while (const dirent* const entry = readdir(directory)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
  }
  closedir(directory);
  return count;
}

// A directory of its own, on the file system of the working directory.
struct Directory {
  Directory() { CHECK(mkdtemp(path.data()) != nullptr); }
  ~Directory() { rmdir(path.c_str()); }
  std::string path = "balloon-measure-XXXXXX";
};

bool HasSwap() {
  struct sysinfo info;
  return sysinfo(&info) == 0 && info.totalswap > 0;
}

constexpr uint64_t kPages = 512;

}  // namespace

TEST(MemoryIsMeasuredAndGivenBack) {
  constexpr uint64_t kMany = 16384;
  const uint64_t before = support::StatusPages("RssAnon");
  Figures figures;
  CHECK(!balloon::MeasureMemory(kMany, &figures).has_value());
  CHECK_EQ(figures.size(), 3u);
  CHECK(Of(figures, "touchNs") > 0);
  CHECK(Of(figures, "releaseNs") > 0);
  // A fault enters the kernel and zeroes the page; a store does neither.
  CHECK(Of(figures, "faultNs") > Of(figures, "touchNs"));
  // The sanitizer keeps some memory for itself.
  CHECK(support::StatusPages("RssAnon") < before + kMany / 4);
}

TEST(AFileIsMeasuredAndNothingIsLeftOfIt) {
  const Directory directory;
  const int files = CountNames("/proc/self/fd");
  Figures figures;
  CHECK(!balloon::MeasureFile(directory.path, kPages, &figures).has_value());
  CHECK_EQ(figures.size(), 4u);
  CHECK(Of(figures, "writeNs") > 0);
  CHECK_EQ(CountNames(directory.path), 0);
  CHECK_EQ(CountNames("/proc/self/fd"), files);
}

TEST(AFileInMemoryIsNotReadFromADisk) {
  if (access("/dev/shm", W_OK) != 0) return;
  Figures figures;
  CHECK(!balloon::MeasureFile("/dev/shm", kPages, &figures).has_value());
  CHECK(std::isnan(Of(figures, "readNs")));
  CHECK(std::isnan(Of(figures, "dropNs")));
  CHECK(std::isnan(Of(figures, "reclaimNs")));
}

TEST(AFileThatCantBeMadeIsAFailure) {
  Figures figures;
  const balloon::Outcome failure = balloon::MeasureFile("/no/such/place", kPages, &figures);
  CHECK(failure.has_value());
  CHECK_EQ(failure->message, "can't create a file in /no/such/place: No such file or directory (ENOENT)");
}

TEST(SwapIsMeasuredWhereThereIsAny) {
  Figures figures;
  CHECK(!balloon::MeasureSwap(kPages, HasSwap() ? 10'000 : 1, &figures).has_value());
  CHECK_EQ(figures.size(), 3u);
  CHECK_EQ(std::isnan(Of(figures, "swapWriteNs")), !HasSwap());
  CHECK_EQ(std::isnan(Of(figures, "swapReadNs")), !HasSwap());
}

TEST(TicksPerSecondAreThoseOfLinux) {
  const unsigned ticks = balloon::TicksPerSecond();
  CHECK(ticks == 0 || ticks == 100 || ticks == 250 || ticks == 300 || ticks == 1000);
}
