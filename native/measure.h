// What operations on pages cost on this machine, measured on memory and a file of this process's own.
//
// A pass maps a region, does each operation once for every page of it, and gives the region back. Work of the processor is
// measured in time of the thread, so that another program which takes the processor does not count (in elapsed time where the
// kernel counts that in ticks); waiting for a disk is measured in elapsed time. Memory and file are gone when a pass ends, also
// by a signal: the file has no name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "failure.h"

namespace balloon {

// A measured figure; NaN if the machine does not do the operation.
struct Figure {
  const char* name;
  double value;
};
using Figures = std::vector<Figure>;

// Anonymous memory in single pages: `faultNs` first touch, `touchNs` a store to a page that is there, `releaseNs`
// MADV_DONTNEED; each in nanoseconds a page.
Outcome MeasureMemory(uint64_t pages, Figures* figures);

// A new file in a directory: `writeNs` fsync of dirty pages, `readNs` sequential reading from the disk, `dropNs`
// POSIX_FADV_DONTNEED of clean pages, `reclaimNs` MADV_PAGEOUT of clean mapped pages (NaN before Linux 5.4); each in
// nanoseconds a page. Those whose pages stay in memory are NaN.
Outcome MeasureFile(const std::string& directory, uint64_t pages, Figures* figures);

// Anonymous memory to swap and back: `swapWriteNs` until all pages are written, `swapReadNs` until all have been touched
// in order, in nanoseconds a page. Both are NaN if pages stay in memory for `patience_ms` without a change.
Outcome MeasureSwap(uint64_t pages, uint64_t patience_ms, Figures* figures);

// Timer ticks a second of the kernel (CONFIG_HZ), from the resolution of its coarse clock; 0 if it has none.
unsigned TicksPerSecond();

}  // namespace balloon
