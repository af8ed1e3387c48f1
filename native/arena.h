// Reserved address space in which the balloon's pages lie.
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
  // Reserves address space for so many pages; none of them is there yet.
  static std::unique_ptr<Arena> Reserve(uint64_t pages, Failure* failure);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // A place for up to `count` pages: the lowest that holds them all, or else the largest. Nothing where the arena is full.
  std::optional<Run> Take(uint64_t count);

  // Populates the pages of a range. May reclaim, and sleep. 0, or an errno value; none of them is there then.
  int Populate(Run run);

  // Gives the pages of a place back to the kernel, those that are there, and the place to the arena.
  void GiveBack(Run run);

  char* Address(uint64_t page) const { return base_ + page * kPageSize; }
  uint64_t pages() const { return pages_; }
  uint64_t taken() const { return taken_; }

 private:
  Arena(char* base, uint64_t pages);
  bool OpenUpTo(uint64_t page);
  void CloseEmptyEnd();
  void Advise(char* from, size_t length);

  char* const base_;
  const uint64_t pages_;
  uint64_t taken_ = 0;
  // Pages below it may be written; those above have no access, so that they count for nothing where memory must not be
  // overcommitted.
  uint64_t open_ = 0;
  // Free places, joined where they touch: first page, number.
  std::map<uint64_t, uint64_t> free_;
};

}  // namespace balloon
