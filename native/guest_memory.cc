#include "guest_memory.h"

#include <sched.h>
#include <sys/sysinfo.h>

#include "huge_pages.h"
#include "runs.h"
#include "zone_info.h"

namespace balloon {

GuestMemory::GuestMemory(const std::string& proc)
    : zoneinfo_(proc + "/zoneinfo"),
      buddyinfo_(proc + "/buddyinfo"),
      meminfo_(proc + "/meminfo"),
      pressure_(proc + "/pressure/memory") {}

uint64_t GuestMemory::TotalPages() {
  struct sysinfo info;
  sysinfo(&info);
  return uint64_t{info.totalram} * info.mem_unit / kPageSize;
}

std::optional<uint64_t> GuestMemory::WithoutReclaim() {
  const int cpu = sched_getcpu();
  const std::string_view zones = zoneinfo_.Read();
  if (zones.empty()) return std::nullopt;
  return FreeAboveLow(zones, cpu < 0 ? 0 : static_cast<unsigned>(cpu));
}

uint64_t GuestMemory::LargeBlocks() { return FreeLargeBlocks(buddyinfo_.Read()); }

std::optional<uint64_t> GuestMemory::Available() { return AvailablePages(meminfo_.Read()); }

std::optional<double> GuestMemory::Pressure() { return PressureFull(pressure_.Read()); }

}  // namespace balloon
