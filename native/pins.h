// Keeps pages where they are: their frames belong to the host, so the kernel must neither swap nor move them.
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

  // Pins pages that are there. 0, or an errno value; none of them is pinned then.
  virtual int Pin(Run run) = 0;

  struct Unpinned {
    RunList done;
    // Pinned still, because the kernel had no memory to keep their neighbours otherwise.
    RunList waiting;
  };

  // Takes the pins off these pages, all of which are pinned; no other page is without its pin for a moment.
  virtual Unpinned Unpin(std::vector<Run> runs) = 0;

  virtual PinKind kind() const = 0;
};

// Pins as buffers that are registered with io_uring, which keep pages in place for as long as they are registered.
// `slot_pages` is the most that one buffer spans. Null, and why, where the kernel does not let us.
std::unique_ptr<Pins> OpenUringPins(const Arena& arena, uint64_t slot_pages, Failure* failure);

// What moves pages that are only locked, on a machine with these settings of the kernel (`proc` is where /proc is): a clause
// that names the setting, or nothing where neither compaction nor NUMA balancing does. Memory that is taken offline,
// contiguous allocations (CMA, huge pages) and move_pages(2) move locked pages in any case.
std::string WhatMovesLockedPages(const std::string& proc);

// Pins by mlock, which keeps pages in memory, but not from being moved.
std::unique_ptr<Pins> OpenMlockPins(const Arena& arena);

}  // namespace balloon
