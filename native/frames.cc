#include "frames.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace balloon {
namespace {

// An entry of pagemap (Documentation/admin-guide/mm/pagemap.rst).
constexpr uint64_t kFrameMask = (uint64_t{1} << 55) - 1;
constexpr uint64_t kPresent = uint64_t{1} << 63;

constexpr uint64_t kEntriesAtOnce = 4096;

}  // namespace

uint32_t FrameNumber(uint64_t frame) { return frame > UINT32_MAX ? 0 : static_cast<uint32_t>(frame); }

std::unique_ptr<Frames> Frames::Open(const Arena& arena, Failure* failure) {
  FileDescriptor pagemap(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  if (!pagemap.valid()) {
    *failure = {code::kFramesHidden, SystemText("can't read frame numbers from /proc/self/pagemap", errno)};
    return nullptr;
  }
  void* const table = mmap(nullptr, arena.pages() * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (table == MAP_FAILED) {
    *failure = {code::kArena, SystemText("can't reserve address space for frame numbers", errno)};
    return nullptr;
  }
  // With huge pages, the table (4 bytes per page of the balloon) could take more memory than the balloon.
  madvise(table, arena.pages() * sizeof(uint32_t), MADV_NOHUGEPAGE);
  return std::unique_ptr<Frames>(new Frames(arena, std::move(pagemap), static_cast<uint32_t*>(table)));
}

Frames::Frames(const Arena& arena, FileDescriptor pagemap, uint32_t* table)
    : arena_(arena), pagemap_(std::move(pagemap)), table_(table), entries_(kEntriesAtOnce) {}

Frames::~Frames() { munmap(table_, arena_.pages() * sizeof(uint32_t)); }

Outcome Frames::Learn(Run run) {
  const uint64_t first_entry = reinterpret_cast<uint64_t>(arena_.Address(0)) / kPageSize;
  for (uint64_t page = run.first; page < run.end();) {
    const uint64_t wanted = std::min(run.end() - page, kEntriesAtOnce);
    const ssize_t got = pread(pagemap_.get(), entries_.data(), wanted * sizeof(uint64_t),
                              static_cast<off_t>((first_entry + page) * sizeof(uint64_t)));
    if (got < static_cast<ssize_t>(sizeof(uint64_t))) {
      if (got < 0 && errno == EINTR) continue;
      return Failure{code::kSystem, SystemText("reading /proc/self/pagemap", got < 0 ? errno : EIO)};
    }
    const uint64_t learned = static_cast<uint64_t>(got) / sizeof(uint64_t);
    for (uint64_t index = 0; index < learned; index++) {
      const uint64_t entry = entries_[index];
      if ((entry & kPresent) == 0) {
        return Failure{code::kSystem, "a pinned page of the balloon is not present: a kernel error"};
      }
      const uint64_t frame = entry & kFrameMask;
      if (frame == 0) {
        return Failure{code::kFramesHidden,
                       "the kernel hides the frame numbers of pages: run as root, or with CAP_SYS_ADMIN "
                       "(systemd: AmbientCapabilities=CAP_SYS_ADMIN)"};
      }
      table_[page + index] = FrameNumber(frame);
    }
    page += learned;
  }
  return std::nullopt;
}

void Frames::Forget(Run run) {
  constexpr uint64_t kNumbers = kPageSize / sizeof(uint32_t);
  // Only pages of the table that contain no other frame number.
  const uint64_t from = (run.first + kNumbers - 1) / kNumbers * kNumbers;
  const uint64_t to = run.end() / kNumbers * kNumbers;
  if (from < to) madvise(table_ + from, (to - from) * sizeof(uint32_t), MADV_DONTNEED);
}

}  // namespace balloon
