// Frame numbers of the arena's pages, read from the kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arena.h"
#include "failure.h"
#include "file.h"

namespace balloon {

// A frame number in the 32 bits of the protocol; 0, which is never a page's frame, if it needs more.
uint32_t FrameNumber(uint64_t frame);

class Frames {
 public:
  static std::unique_ptr<Frames> Open(const Arena& arena, Failure* failure);
  ~Frames();
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;

  // Reads the frame numbers of pinned pages: those of pages that are not pinned could change.
  Outcome Learn(Run run);

  // Frees the table's memory for these pages.
  void Forget(Run run);

  // The frame number of a page after Learn; 0, which is never a page's frame, if it needs more than 32 bits.
  uint32_t operator[](uint64_t page) const { return table_[page]; }

 private:
  Frames(const Arena& arena, FileDescriptor pagemap, uint32_t* table);

  const Arena& arena_;
  const FileDescriptor pagemap_;
  // One number per page, in a mapping of which only written parts take memory.
  uint32_t* const table_;
  std::vector<uint64_t> entries_;
};

}  // namespace balloon
