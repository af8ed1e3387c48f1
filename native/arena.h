// Reserved address space for the balloon's pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "failure.h"
#include "runs.h"

namespace balloon {

class Arena {
 public:
  // Whether pages of 4 KiB are populated, or huge pages of 2 MiB: those begin at each multiple of kLargePages, and take the
  // place of pages of 4 KiB if the kernel has any.
  enum class Kind { kSmall, kHuge };

  // Reserves address space for `pages` pages; none of them is populated yet.
  static std::unique_ptr<Arena> Reserve(uint64_t pages, Failure* failure, Kind kind = Kind::kSmall);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // An address range for up to `count` pages: the lowest free range of that size, or else the largest. None if the
  // arena is full.
  std::optional<Run> Take(uint64_t count);

  // Populates the pages of a range. May reclaim and sleep. Returns 0, or an errno value; no page is populated then.
  int Populate(Run run);

  // Returns the populated pages of a range to the kernel, and the range to the arena.
  void GiveBack(Run run);

  char* Address(uint64_t page) const { return base_ + page * kPageSize; }
  uint64_t pages() const { return pages_; }
  uint64_t taken() const { return taken_; }

 private:
  Arena(char* base, uint64_t pages, Kind kind);
  bool OpenUpTo(uint64_t page);
  void CloseEmptyEnd();
  void Advise(char* from, size_t length);

  char* const base_;
  const uint64_t pages_;
  const Kind kind_;
  uint64_t taken_ = 0;
  // Pages below it are writable; pages above it have no access rights, so that they do not count as committed memory.
  uint64_t open_ = 0;
  // Free ranges, merged if adjacent: first page, number of pages.
  std::map<uint64_t, uint64_t> free_;
};

}  // namespace balloon
