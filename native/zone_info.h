// What the kernel's /proc files say about memory, as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace balloon {

// Pages that can be had before a zone's free pages fall to its low watermark, from a text of /proc/zoneinfo. Pages in the
// lists of `cpu`, on which the caller runs, count as free; those in the lists of others can't be had from here.
uint64_t FreeAboveLow(std::string_view zoneinfo, unsigned cpu);

// Pages that can be had without swapping (MemAvailable), from a text of /proc/meminfo.
std::optional<uint64_t> AvailablePages(std::string_view meminfo);

// Share of the last ten seconds in which all tasks waited for memory, 0 to 100, from a text of /proc/pressure/memory.
std::optional<double> PressureFull(std::string_view pressure);

}  // namespace balloon
