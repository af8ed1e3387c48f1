#include "guest_pages.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <memory>

namespace balloon::emulation {
namespace {

constexpr uint64_t kPageBytes = 4096;

// An entry of /proc/PID/pagemap.
constexpr uint64_t kFrameBits = (uint64_t{1} << 55) - 1;
constexpr uint64_t kExclusive = uint64_t{1} << 56;
constexpr uint64_t kFile = uint64_t{1} << 61;
constexpr uint64_t kSwapped = uint64_t{1} << 62;
constexpr uint64_t kPresent = uint64_t{1} << 63;

// Bits of /proc/kpageflags of pages that must not be in a balloon.
struct Flag {
  unsigned bit;
  const char* name;
};
constexpr unsigned kTransparentHuge = 22;
constexpr Flag kForbidden[] = {{17, "a page of hugetlbfs"},
                               {21, "a page that KSM shares"},
                               {kTransparentHuge, "part of a transparent huge page"},
                               {24, "the zero page"}};

// Maximum number of entries read at once: a table of half a MiB.
constexpr size_t kMostEntries = 65536;
// Number of pages after the page locked last that are searched before the whole guest is searched.
constexpr size_t kAhead = 16384;

std::string Line(uint32_t frame, uint64_t page, const std::string& what) {
  char address[20];
  std::snprintf(address, sizeof address, "0x%" PRIx64, page * kPageBytes);
  return "frame " + std::to_string(frame) + " at " + address + " " + what;
}

// Describes an error of a page that should be mapped with this frame; empty if there is none.
std::string FaultOfEntry(uint64_t entry, uint32_t frame, uint64_t page) {
  const char* what = nullptr;
  if ((entry & kPresent) == 0) {
    what = (entry & kSwapped) != 0 ? "was swapped out while it was locked" : "disappeared while it was locked";
  } else if ((entry & kFrameBits) == frame) {
    return {};
  } else if ((entry & kFrameBits) == 0) {
    what = "can't be seen: the strict host needs CAP_SYS_ADMIN to read frame numbers";
  } else {
    return Line(frame, page, "has moved to frame " + std::to_string(entry & kFrameBits) + " while it was locked");
  }
  return Line(frame, page, what);
}

int OpenOf(pid_t process, const char* name, int flags) {
  const std::string path = "/proc/" + std::to_string(process) + name;
  return open(path.c_str(), flags | O_CLOEXEC);
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

GuestPages::GuestPages(pid_t process)
    : process_(process),
      pagemap_(OpenOf(process, "/pagemap", O_RDONLY)),
      page_flags_(open("/proc/kpageflags", O_RDONLY | O_CLOEXEC)),
      memory_(OpenOf(process, "/mem", O_RDWR)),
      entries_(kMostEntries) {}

std::string GuestPages::Enter(uint32_t frame, bool is_large) {
  uint64_t page = 0;
  if (!Find(frame, &page)) return "frame " + std::to_string(frame) + " is not a page of the guest";
  const std::string fault = FaultOfOwn(frame, page, is_large);
  if (!fault.empty()) return fault;
  known_.erase(frame);
  locked_.insert_or_assign(locked_.end(), page, frame);
  page_of_[frame] = page;
  next_page_ = page + 1;
  return {};
}

std::string GuestPages::Leave(uint32_t frame) {
  const auto at = page_of_.find(frame);
  if (at == page_of_.end()) return "frame " + std::to_string(frame) + " was not locked by this guest";
  const uint64_t page = at->second;
  const uint64_t entry = Read(page, 1) == 1 ? entries_[0] : 0;
  page_of_.erase(at);
  locked_.erase(page);
  return FaultOfEntry(entry, frame, page);
}

std::string GuestPages::CheckAll() {
  for (auto at = locked_.begin(); at != locked_.end();) {
    // Adjacent pages are read at once.
    const uint64_t first = at->first;
    auto end = at;
    size_t pages = 0;
    while (end != locked_.end() && end->first == first + pages && pages < kMostEntries) {
      ++end;
      ++pages;
    }
    const size_t got = Read(first, pages);
    for (size_t i = 0; at != end; ++at, ++i) {
      const std::string fault = FaultOfEntry(i < got ? entries_[i] : 0, at->second, at->first);
      if (!fault.empty()) return fault;
    }
  }
  return {};
}

bool GuestPages::ReadFrame(uint64_t frame, void* to, size_t bytes) {
  uint64_t page = 0;
  return frame <= UINT32_MAX && Find(static_cast<uint32_t>(frame), &page) &&
         pread(memory_.number(), to, bytes, static_cast<off_t>(page * kPageBytes)) == static_cast<ssize_t>(bytes);
}

bool GuestPages::WriteFrame(uint64_t frame, const void* from, size_t bytes) {
  uint64_t page = 0;
  return frame <= UINT32_MAX && Find(static_cast<uint32_t>(frame), &page) &&
         pwrite(memory_.number(), from, bytes, static_cast<off_t>(page * kPageBytes)) == static_cast<ssize_t>(bytes);
}

void GuestPages::Forget() {
  locked_.clear();
  page_of_.clear();
}

// Finds the page of the guest that a frame is mapped to now.
bool GuestPages::Find(uint32_t frame, uint64_t* page) {
  const auto is_there = [&] {
    const auto at = known_.find(frame);
    if (at == known_.end()) return false;
    *page = at->second;
    return Read(*page, 1) == 1 && (entries_[0] & kPresent) != 0 && (entries_[0] & kFrameBits) == frame;
  };
  if (is_there()) return true;
  Note(next_page_, kAhead);
  if (is_there()) return true;
  NoteAll();
  return is_there();
}

// Records the frames of some pages of the guest.
void GuestPages::Note(uint64_t first_page, size_t pages) {
  const size_t got = Read(first_page, pages);
  for (size_t i = 0; i < got; i++) {
    const uint64_t frame = entries_[i] & kFrameBits;
    if ((entries_[i] & kPresent) != 0 && frame != 0 && frame <= UINT32_MAX) {
      known_[static_cast<uint32_t>(frame)] = first_page + i;
    }
  }
}

// Records the frames of all memory that the guest can write to.
void GuestPages::NoteAll() {
  known_.clear();
  const std::string path = "/proc/" + std::to_string(process_) + "/maps";
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(std::fopen(path.c_str(), "re"), std::fclose);
  if (maps == nullptr) return;
  char line[4400];
  while (std::fgets(line, sizeof line, maps.get()) != nullptr) {
    uint64_t from = 0;
    uint64_t to = 0;
    char rights[5] = "";
    if (std::sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, rights) != 3 || rights[1] != 'w') continue;
    for (uint64_t page = from / kPageBytes; page < to / kPageBytes; page += kMostEntries) {
      Note(page, std::min<uint64_t>(kMostEntries, to / kPageBytes - page));
    }
  }
}

// Reads entries of the page table; returns their number.
size_t GuestPages::Read(uint64_t first_page, size_t pages) {
  const ssize_t got = pread(pagemap_.number(), entries_.data(), pages * sizeof(uint64_t),
                            static_cast<off_t>(first_page * sizeof(uint64_t)));
  const size_t entries = got < 0 ? 0 : static_cast<size_t>(got) / sizeof(uint64_t);
  looks_ += entries;
  return entries;
}

// Checks that a mapped page belongs to the guest alone; its entry was just read.
std::string GuestPages::FaultOfOwn(uint32_t frame, uint64_t page, bool is_large) {
  const uint64_t entry = entries_[0];
  const char* what = nullptr;
  if ((entry & kFile) != 0) what = "a page of a file";
  uint64_t flags = 0;
  const off_t at = static_cast<off_t>(frame * sizeof flags);
  if (what == nullptr && pread(page_flags_.number(), &flags, sizeof flags, at) == sizeof flags) {
    for (const Flag& flag : kForbidden) {
      if (is_large && flag.bit == kTransparentHuge) continue;
      if ((flags >> flag.bit & 1) != 0) what = flag.name;
    }
  }
  if (what == nullptr && (entry & kExclusive) == 0) what = "shared with another process";
  if (what == nullptr) return {};
  return Line(frame, page, std::string("is not the guest's own: it is ") + what);
}

}  // namespace balloon::emulation
