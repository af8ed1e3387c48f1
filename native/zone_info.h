// Memory figures from the kernel's /proc files.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace balloon {

// Pages that can be allocated before a zone's free pages fall to its low watermark, from a text of /proc/zoneinfo.
// Pages in the lists of `cpu`, on which the caller runs, count as free; pages in the lists of other processors are not
// available here.
uint64_t FreeAboveLow(std::string_view zoneinfo, unsigned cpu);

// Pages that can be allocated without swapping (MemAvailable), from a text of /proc/meminfo.
std::optional<uint64_t> AvailablePages(std::string_view meminfo);

// Percentage of the last ten seconds in which all non-idle tasks waited for memory, from a text of
// /proc/pressure/memory.
std::optional<double> PressureFull(std::string_view pressure);

}  // namespace balloon
