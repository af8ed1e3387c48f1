#include "arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "huge_pages.h"

// Since Linux 5.14; older headers do not define it.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace balloon {
namespace {

// Address space that is made accessible at a time.
constexpr uint64_t kOpenStep = (uint64_t{64} << 20) / kPageSize;

constexpr int kReserveFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

}  // namespace

std::unique_ptr<Arena> Arena::Reserve(uint64_t pages, Failure* failure, Kind kind) {
  // Huge pages begin at multiples of their size.
  const uint64_t more = kind == Kind::kHuge ? kLargePages * kPageSize : 0;
  void* const base = mmap(nullptr, pages * kPageSize + more, PROT_NONE, kReserveFlags, -1, 0);
  if (base == MAP_FAILED) {
    *failure = {code::kArena,
                SystemText("can't reserve " + std::to_string(pages >> 8) + " MiB of address space for the balloon", errno) +
                    ": raise RLIMIT_AS (systemd: LimitAS=infinity)"};
    return nullptr;
  }
  char* begin = static_cast<char*>(base);
  if (more > 0) {
    const uint64_t before = more - reinterpret_cast<uint64_t>(base) % more;
    munmap(begin, before);
    begin += before;
    if (before < more) munmap(begin + pages * kPageSize, more - before);
  }
  return std::unique_ptr<Arena>(new Arena(begin, pages, kind));
}

Arena::Arena(char* base, uint64_t pages, Kind kind) : base_(base), pages_(pages), kind_(kind) {
  free_.emplace(0, pages);
  Advise(base, pages * kPageSize);
}

Arena::~Arena() { munmap(base_, pages_ * kPageSize); }

// Kernels without one of these features reject its advice, and do not need it.
void Arena::Advise(char* from, size_t length) {
  if (kind_ == Kind::kSmall) {
    // A huge page could only be freed as a whole.
    madvise(from, length, MADV_NOHUGEPAGE);
  } else if (HugePages("/sys") == HugePagesSetting::kOnAdvice) {
    // Without need this advice is not given: with it the kernel may reclaim and compact memory for a huge page.
    madvise(from, length, MADV_HUGEPAGE);
  }
  // A child must not share the pages, and a write of this process must not copy one.
  madvise(from, length, MADV_DONTFORK);
  // The content of the pages belongs to the host.
  madvise(from, length, MADV_DONTDUMP);
  // The pages are all equal; merging them would free their frames.
  madvise(from, length, MADV_UNMERGEABLE);
}

std::optional<Run> Arena::Take(uint64_t count) {
  auto best = free_.end();
  for (auto place = free_.begin(); place != free_.end(); ++place) {
    if (best == free_.end() || place->second > best->second) best = place;
    if (best->second >= count) break;
  }
  if (best == free_.end()) return std::nullopt;
  const Run run{best->first, std::min(count, best->second)};
  if (!OpenUpTo(run.end())) return std::nullopt;
  const Run rest{run.end(), best->second - run.count};
  free_.erase(best);
  if (rest.count > 0) free_.emplace(rest.first, rest.count);
  taken_ += run.count;
  return run;
}

bool Arena::OpenUpTo(uint64_t page) {
  if (page <= open_) return true;
  const uint64_t step_end = std::min(pages_, (page + kOpenStep - 1) / kOpenStep * kOpenStep);
  // With strict overcommit accounting, a whole step may exceed the limit.
  for (const uint64_t end : {step_end, page}) {
    if (mprotect(Address(open_), (end - open_) * kPageSize, PROT_READ | PROT_WRITE) != 0) continue;
    open_ = end;
    return true;
  }
  return false;
}

int Arena::Populate(Run run) {
  char* const from = Address(run.first);
  const size_t length = run.count * kPageSize;
  int result;
  do {
    result = madvise(from, length, MADV_POPULATE_WRITE);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return 0;
  const int error = errno;
  if (error == EINVAL) {
    // The kernel is older than this advice. A write to each page has the same effect, but can't report an error.
    for (size_t offset = 0; offset < length; offset += kPageSize) *static_cast<volatile char*>(from + offset) = 0;
    return 0;
  }
  madvise(from, length, MADV_DONTNEED);
  return error;
}

void Arena::GiveBack(Run run) {
  madvise(Address(run.first), run.count * kPageSize, MADV_DONTNEED);
  taken_ -= run.count;

  const auto after = free_.lower_bound(run.first);
  Run joined = run;
  if (after != free_.end() && after->first == run.end()) joined.count += after->second;
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == run.first) joined = {before->first, before->second + joined.count};
  }
  free_.erase(free_.lower_bound(joined.first), free_.lower_bound(joined.end()));
  free_.emplace(joined.first, joined.count);
  CloseEmptyEnd();
}

void Arena::CloseEmptyEnd() {
  const auto [first, count] = *free_.rbegin();
  if (first + count != pages_) return;
  // One step stays accessible, so that small changes of the balloon do not change the protection each time.
  const uint64_t end = (first + kOpenStep - 1) / kOpenStep * kOpenStep + kOpenStep;
  if (end >= open_) return;
  const size_t length = (open_ - end) * kPageSize;
  // A new mapping, because a changed protection alone would not reduce the process's committed memory.
  if (mmap(Address(end), length, PROT_NONE, kReserveFlags | MAP_FIXED, -1, 0) == MAP_FAILED) return;
  Advise(Address(end), length);
  open_ = end;
}

}  // namespace balloon
