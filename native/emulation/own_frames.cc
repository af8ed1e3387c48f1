#include "own_frames.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace balloon::emulation {
namespace {

constexpr uint64_t kPageBytes = 4096;
// An entry of /proc/self/pagemap.
constexpr uint64_t kFrameBits = (uint64_t{1} << 55) - 1;
constexpr uint64_t kPresent = uint64_t{1} << 63;

constexpr size_t kEntriesAtOnce = 512;
// A larger mapping is address space of a sanitizer, whose page table would take minutes to read.
constexpr uint64_t kLargestMapping = uint64_t{1} << 40;

// The mappings of this process, one after the other, without memory of its own.
class Mappings {
 public:
  Mappings() : file_(open("/proc/self/maps", O_RDONLY | O_CLOEXEC)) {}
  ~Mappings() {
    if (file_ >= 0) close(file_);
  }

  // The next mapping that can be written to; false at the end.
  bool Next(uint64_t* from, uint64_t* to) {
    while (!AtEnd()) {
      *from = Hex();
      *to = Hex();
      Byte();
      const bool is_writable = Byte() == 'w';
      while (!AtEnd() && Byte() != '\n') {
      }
      if (is_writable) return true;
    }
    return false;
  }

 private:
  bool AtEnd() {
    if (at_ < got_) return false;
    at_ = 0;
    got_ = std::max<ssize_t>(read(file_, text_, sizeof text_), 0);
    return got_ == 0;
  }

  char Byte() { return AtEnd() ? '\0' : text_[at_++]; }

  // A number, and the character after it.
  uint64_t Hex() {
    uint64_t value = 0;
    for (char digit = Byte();; digit = Byte()) {
      if (digit >= '0' && digit <= '9') {
        value = value * 16 + static_cast<uint64_t>(digit - '0');
      } else if (digit >= 'a' && digit <= 'f') {
        value = value * 16 + static_cast<uint64_t>(digit - 'a' + 10);
      } else {
        return value;
      }
    }
  }

  const int file_;
  char text_[1024];
  ssize_t at_ = 0;
  ssize_t got_ = 0;
};

}  // namespace

OwnFrames::OwnFrames() : pagemap_(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {}

OwnFrames::~OwnFrames() {
  if (pagemap_ >= 0) close(pagemap_);
}

bool OwnFrames::Read(uint64_t frame, void* to, size_t bytes) noexcept {
  const char* const page = Find(frame);
  if (page == nullptr) return false;
  std::memcpy(to, page, bytes);
  return true;
}

bool OwnFrames::Write(uint64_t frame, const void* from, size_t bytes) noexcept {
  char* const page = Find(frame);
  if (page == nullptr) return false;
  std::memcpy(page, from, bytes);
  return true;
}

char* OwnFrames::Find(uint64_t frame) noexcept {
  const uint64_t last = reinterpret_cast<uint64_t>(last_);
  if (last_ != nullptr && FindIn(last, last + kPageBytes, frame) != nullptr) return last_;
  last_ = nullptr;
  uint64_t from = 0;
  uint64_t to = 0;
  for (Mappings mappings; last_ == nullptr && mappings.Next(&from, &to);) {
    if (to - from <= kLargestMapping) last_ = FindIn(from, to, frame);
  }
  return last_;
}

// The page of a frame in this range of addresses; null if it is not there.
char* OwnFrames::FindIn(uint64_t from, uint64_t to, uint64_t frame) noexcept {
  uint64_t entries[kEntriesAtOnce];
  for (uint64_t page = from / kPageBytes; page < to / kPageBytes; page += kEntriesAtOnce) {
    const uint64_t wanted = std::min<uint64_t>(kEntriesAtOnce, to / kPageBytes - page);
    const ssize_t got =
        pread(pagemap_, entries, wanted * sizeof(uint64_t), static_cast<off_t>(page * sizeof(uint64_t)));
    for (uint64_t index = 0; got > 0 && index < static_cast<uint64_t>(got) / sizeof(uint64_t); index++) {
      const bool is_frame = (entries[index] & kPresent) != 0 && (entries[index] & kFrameBits) == frame;
      if (is_frame && frame != 0) return reinterpret_cast<char*>((page + index) * kPageBytes);
    }
  }
  return nullptr;
}

}  // namespace balloon::emulation
