#include "measure.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

#include "file.h"
#include "runs.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

namespace balloon {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// Rounds of stores in a pass: one takes too short a time for the thread's clock.
constexpr uint64_t kRounds = 8;
constexpr uint64_t kLineBytes = 64;
constexpr uint64_t kLines = kPageSize / kLineBytes;
// Reads are of this size, as those of copying programs.
constexpr uint64_t kReadBytes = 128 * 1024;
// Part of the pages, 1 in so many, that may stay in memory: some are in lists of a processor that reclaim can't see.
constexpr uint64_t kMayStay = 20;

// Pages that are looked at to know whether all are written.
constexpr uint64_t kLastPages = 64;

constexpr clockid_t kElapsed = CLOCK_MONOTONIC;

int64_t NowNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The smallest step of a clock that a few readings show, in nanoseconds; at most some ten milliseconds are spent on it.
int64_t StepNs(clockid_t clock) {
  constexpr int64_t kPatienceNs = 5'000'000;
  int64_t least = kPatienceNs;
  for (int i = 0; i < 5; i++) {
    const int64_t from = NowNs(clock);
    const int64_t begun = NowNs(kElapsed);
    int64_t now = from;
    while (now == from && NowNs(kElapsed) - begun < kPatienceNs) now = NowNs(clock);
    if (now > from) least = std::min(least, now - from);
  }
  return least;
}

// The clock for work of the processor: time of the thread, or elapsed time where the kernel counts that of threads in ticks
// of some milliseconds, as User-Mode Linux does.
clockid_t ProcessorClock() {
  constexpr int64_t kFineNs = 100'000;
  static const clockid_t clock = StepNs(CLOCK_THREAD_CPUTIME_ID) < kFineNs ? CLOCK_THREAD_CPUTIME_ID : kElapsed;
  return clock;
}

class Watch {
 public:
  explicit Watch(clockid_t clock) : clock_(clock), from_(NowNs(clock)) {}

  // Nanoseconds since the beginning, for each of so many pages.
  double PerPage(uint64_t pages) const { return static_cast<double>(SinceNs()) / static_cast<double>(pages); }

  uint64_t Ms() const { return static_cast<uint64_t>(SinceNs()) / 1'000'000; }

 private:
  int64_t SinceNs() const { return NowNs(clock_) - from_; }

  clockid_t clock_;
  int64_t from_;
};

// A mapping that ends with this object.
class Region {
 public:
  Region(uint64_t pages, int protection, int flags, int fd = -1)
      : bytes_(pages * kPageSize), memory_(mmap(nullptr, bytes_, protection, flags, fd, 0)) {}
  ~Region() {
    if (valid()) munmap(memory_, bytes_);
  }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  bool valid() const { return memory_ != MAP_FAILED; }
  uint64_t pages() const { return bytes_ / kPageSize; }
  volatile unsigned char* page(uint64_t index) const { return static_cast<unsigned char*>(memory_) + index * kPageSize; }
  // Advice about `count` pages from a page on; false if the kernel refuses it.
  bool Advise(int advice, uint64_t count, uint64_t from = 0) const {
    return madvise(static_cast<unsigned char*>(memory_) + from * kPageSize, count * kPageSize, advice) == 0;
  }

  // For each page a byte whose lowest bit says whether it is in memory; empty if the kernel does not say.
  std::vector<unsigned char> InMemory() const {
    std::vector<unsigned char> present(pages());
    if (mincore(memory_, bytes_, present.data()) != 0) return {};
    for (unsigned char& page : present) page &= 1;
    return present;
  }

  // How many of the pages from..to are in memory; all of them if the kernel does not say.
  uint64_t CountInMemory(uint64_t from, uint64_t to) const {
    const std::vector<unsigned char> present = InMemory();
    if (present.empty()) return to - from;
    return static_cast<uint64_t>(std::count(present.data() + from, present.data() + to, 1));
  }

 private:
  uint64_t bytes_;
  void* memory_;
};

Failure Failed(const std::string& what) { return Failure{code::kSystem, SystemText(what, errno)}; }

// Fills pages with incompressible bytes that are unique to each page: zram, zswap and some file systems compress pages, and
// KSM merges equal ones, so other bytes would not reach the disk.
class Noise {
 public:
  void Fill(void* page) {
    auto* words = static_cast<uint64_t*>(page);
    for (uint64_t i = 0; i < kPageSize / sizeof *words; i++) words[i] = Next();
  }

 private:
  // xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
  uint64_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

  uint64_t state_ = 0x9e3779b97f4a7c15 ^ static_cast<uint64_t>(getpid());
};

void Touch(const Region& region, uint64_t from, uint64_t to) {
  for (uint64_t i = from; i < to; i++) (void)*region.page(i);
}

Failure NoMemory() { return Failed("can't map memory to measure"); }

// A file without a name, so that nothing is left of it however this process ends.
FileDescriptor OpenNameless(const std::string& directory) {
  FileDescriptor file(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid() || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return file;
  // A file system without such files.
  std::string path = directory + "/.balloon-sim-measure-XXXXXX";
  FileDescriptor named(mkostemp(path.data(), O_CLOEXEC));
  if (named.valid()) unlink(path.c_str());
  return named;
}

// Writes pages one at a time: the kernel then keeps each by itself, also where it could keep several as one.
bool WriteAll(int fd, uint64_t pages) {
  Noise noise;
  alignas(kPageSize) unsigned char page[kPageSize];
  for (uint64_t i = 0; i < pages; i++) {
    noise.Fill(page);
    if (pwrite(fd, page, kPageSize, static_cast<off_t>(i * kPageSize)) != static_cast<ssize_t>(kPageSize)) return false;
  }
  return true;
}

bool ReadAll(int fd, uint64_t pages) {
  std::vector<unsigned char> buffer(kReadBytes);
  for (uint64_t at = 0; at < pages * kPageSize;) {
    const ssize_t got = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got <= 0) return false;
    at += static_cast<uint64_t>(got);
  }
  return true;
}

// MADV_PAGEOUT of the first pages of a mapped file, for each that is gone after it; NaN if the kernel leaves them.
double ReclaimMapped(const Region& region, uint64_t count) {
  Touch(region, 0, count);
  const Watch watch(ProcessorClock());
  if (!region.Advise(MADV_PAGEOUT, count)) return kUnknown;
  const double ns = watch.PerPage(count);
  return region.CountInMemory(0, count) > count / kMayStay ? kUnknown : ns;
}

// Pages out once more what is in memory of the pages from..to; whether nothing is after it.
//
// A page that was being written stays in the swap cache after that, where only reclaim finds it. So it is mapped again, by
// reading it, and paged out: the kernel then frees it, if it is written, and leaves it otherwise.
bool FreeWritten(const Region& region, const std::vector<unsigned char>& present, uint64_t from, uint64_t to) {
  for (uint64_t i = from; i < to; i++) {
    if (present[i] != 0) Touch(region, i, i + 1);
  }
  return region.Advise(MADV_PAGEOUT, to - from, from) && region.CountInMemory(from, to) == 0;
}

// Waits until pages that are being paged out are written; returns the time that took for each of them, NaN if some stay in
// memory for `patience_ms` without a change. To know when they are, only the last ones are looked at, again and again: that
// takes less time than writing a page does. The others are looked at when these are written.
double WaitForWriting(const Region& region, const Watch& write, uint64_t patience_ms) {
  const uint64_t pages = region.pages();
  Watch idle(kElapsed);
  while (idle.Ms() < patience_ms) {
    const std::vector<unsigned char> present = region.InMemory();
    if (present.empty()) return kUnknown;
    uint64_t from = pages;
    for (uint64_t last = 0; from > 0 && last < kLastPages;) last += present[--from];
    if (FreeWritten(region, present, from, pages)) {
      const double ns = write.PerPage(pages);
      if (from > 0) FreeWritten(region, present, 0, from);
      if (region.CountInMemory(0, pages) <= pages / kMayStay) return ns;
      idle = Watch(kElapsed);
    } else {
      const timespec pause{0, 100'000};
      nanosleep(&pause, nullptr);
    }
  }
  return kUnknown;
}

}  // namespace

Outcome MeasureMemory(uint64_t pages, Figures* figures) {
  const Region region(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
  if (!region.valid()) return NoMemory();
  // Fails only in kernels without huge pages.
  region.Advise(MADV_NOHUGEPAGE, pages);
  const Watch fault(ProcessorClock());
  for (uint64_t i = 0; i < pages; i++) *region.page(i) = 1;
  const double fault_ns = fault.PerPage(pages);
  const Watch touch(ProcessorClock());
  for (uint64_t round = 1; round <= kRounds; round++) {
    // Another line in each page and each round: one line of all pages would be a few sets of a cache.
    for (uint64_t i = 0; i < pages; i++) region.page(i)[(i * 5 + round * 7) % kLines * kLineBytes] = 1;
  }
  const double touch_ns = touch.PerPage(pages * kRounds);
  const Watch release(ProcessorClock());
  if (!region.Advise(MADV_DONTNEED, pages)) return Failed("can't release memory");
  *figures = {{"faultNs", fault_ns}, {"touchNs", touch_ns}, {"releaseNs", release.PerPage(pages)}};
  return std::nullopt;
}

Outcome MeasureFile(const std::string& directory, uint64_t pages, Figures* figures) {
  const FileDescriptor file = OpenNameless(directory);
  if (!file.valid()) return Failed("can't create a file in " + directory);
  if (!WriteAll(file.get(), pages)) return Failed("can't write a file in " + directory);
  const Watch write(kElapsed);
  if (fsync(file.get()) != 0) return Failed("can't write a file in " + directory);
  const double write_ns = write.PerPage(pages);

  const Region region(pages, PROT_READ, MAP_SHARED, file.get());
  if (!region.valid()) return NoMemory();
  // One half is reclaimed while it is mapped, the other half dropped while it is not.
  const uint64_t half = pages / 2;
  const double reclaim_ns = ReclaimMapped(region, half);
  const Watch drop(ProcessorClock());
  const auto from = static_cast<off_t>(half * kPageSize);
  const int error = posix_fadvise(file.get(), from, static_cast<off_t>((pages - half) * kPageSize), POSIX_FADV_DONTNEED);
  const double drop_ns = drop.PerPage(pages - half);
  const bool dropped = error == 0 && region.CountInMemory(half, pages) <= (pages - half) / kMayStay;

  // The rest of the first half, or all of it where reclaim has left it.
  posix_fadvise(file.get(), 0, from, POSIX_FADV_DONTNEED);
  region.Advise(MADV_DONTNEED, pages);
  posix_fadvise(file.get(), 0, from, POSIX_FADV_DONTNEED);
  const uint64_t absent = pages - region.CountInMemory(0, pages);
  const Watch read(kElapsed);
  if (!ReadAll(file.get(), pages)) return Failed("can't read a file in " + directory);
  const double read_ns = absent >= pages - pages / kMayStay ? read.PerPage(absent) : kUnknown;
  *figures = {{"writeNs", write_ns},
              {"readNs", read_ns},
              {"dropNs", dropped ? drop_ns : kUnknown},
              {"reclaimNs", dropped ? reclaim_ns : kUnknown}};
  return std::nullopt;
}

Outcome MeasureSwap(uint64_t pages, uint64_t patience_ms, Figures* figures) {
  const Region region(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
  if (!region.valid()) return NoMemory();
  region.Advise(MADV_NOHUGEPAGE, pages);
  Noise noise;
  for (uint64_t i = 0; i < pages; i++) noise.Fill(const_cast<unsigned char*>(region.page(i)));

  *figures = {{"swapWriteNs", kUnknown}, {"swapReadNs", kUnknown}, {"swapFaultNs", kUnknown}};
  const Watch write(kElapsed);
  if (!region.Advise(MADV_PAGEOUT, pages)) return std::nullopt;
  const double write_ns = WaitForWriting(region, write, patience_ms);
  if (std::isnan(write_ns)) return std::nullopt;
  const uint64_t absent = pages - region.CountInMemory(0, pages);
  // A clock that counts elapsed time would count the wait for the disk as work.
  const bool knows_work = ProcessorClock() != kElapsed;
  const Watch read(kElapsed);
  const Watch fault(ProcessorClock());
  Touch(region, 0, pages);
  const double fault_ns = knows_work ? fault.PerPage(absent) : kUnknown;
  const double read_ns = read.PerPage(absent);
  *figures = {{"swapWriteNs", write_ns},
              {"swapReadNs", knows_work ? std::max(0.0, read_ns - fault_ns) : read_ns},
              {"swapFaultNs", fault_ns}};
  return std::nullopt;
}

unsigned TicksPerSecond() {
  timespec tick{};
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_sec != 0 || tick.tv_nsec <= 1) return 0;
  return static_cast<unsigned>(std::lround(1e9 / static_cast<double>(tick.tv_nsec)));
}

}  // namespace balloon
