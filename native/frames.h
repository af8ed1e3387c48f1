// Frame numbers of the arena's pages, as the kernel tells them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arena.h"
#include "failure.h"
#include "file.h"

namespace balloon {

// A frame as the protocol carries it, in 32 bits; 0, which is no page's frame, for one that needs more.
uint32_t FrameNumber(uint64_t frame);

class Frames {
 public:
  static std::unique_ptr<Frames> Open(const Arena& arena, Failure* failure);
  ~Frames();
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;

  // Learns the frames of pages that are pinned: what was read before that could change.
  Outcome Learn(Run run);

  // Forgets them, with the memory that this took.
  void Forget(Run run);

  // The frame of a page that was learned; 0, which is no page's frame, where its number needs more than 32 bits.
  uint32_t operator[](uint64_t page) const { return table_[page]; }

 private:
  Frames(const Arena& arena, FileDescriptor pagemap, uint32_t* table);

  const Arena& arena_;
  const FileDescriptor pagemap_;
  // One number a page, in a mapping that is there only where it was written to.
  uint32_t* const table_;
  std::vector<uint64_t> entries_;
};

}  // namespace balloon
