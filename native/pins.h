// Pins keep pages in place: their frames belong to the host, so the kernel must neither swap nor move them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arena.h"
#include "failure.h"
#include "runs.h"

namespace balloon {

enum class PinKind { kIoUring, kMlock };

class Pins {
 public:
  virtual ~Pins() = default;

  // Pins populated pages. Returns 0, or an errno value; none of them is pinned then.
  virtual int Pin(Run run) = 0;

  struct Unpinned {
    RunList done;
    // Still pinned, because the kernel had no memory to keep their neighbours pinned otherwise.
    RunList waiting;
  };

  // Unpins these pages, all of which must be pinned; all other pages stay pinned throughout.
  virtual Unpinned Unpin(std::vector<Run> runs) = 0;

  virtual PinKind kind() const = 0;
};

// Pins by buffers registered with io_uring, which keep pages in place while they are registered. `slot_pages` is the
// maximum size of a buffer. Returns null, and a failure, if the kernel does not permit it.
std::unique_ptr<Pins> OpenUringPins(const Arena& arena, uint64_t slot_pages, Failure* failure);

// The setting of this kernel by which locked pages may be moved (`proc` is the path of /proc), as a clause; none if
// neither compaction nor NUMA balancing moves them. Offlining of memory, contiguous allocations (CMA, huge pages) and
// move_pages(2) move locked pages in any case.
std::string WhatMovesLockedPages(const std::string& proc);

// Pins by mlock, which keeps pages in memory, but does not prevent moving them.
std::unique_ptr<Pins> OpenMlockPins(const Arena& arena);

}  // namespace balloon
