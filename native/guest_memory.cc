#include "guest_memory.h"

#include <sched.h>
#include <sys/sysinfo.h>

#include "runs.h"
#include "zone_info.h"

namespace balloon {

GuestMemory::GuestMemory(const std::string& proc)
    : zoneinfo_(proc + "/zoneinfo"), meminfo_(proc + "/meminfo"), pressure_(proc + "/pressure/memory") {}

uint64_t GuestMemory::TotalPages() {
  struct sysinfo info;
  sysinfo(&info);
  return uint64_t{info.totalram} * info.mem_unit / kPageSize;
}

uint64_t GuestMemory::WithoutReclaim() {
  const int cpu = sched_getcpu();
  return FreeAboveLow(zoneinfo_.Read(), cpu < 0 ? 0 : static_cast<unsigned>(cpu));
}

uint64_t GuestMemory::Available() { return AvailablePages(meminfo_.Read()).value_or(0); }

std::optional<double> GuestMemory::Pressure() { return PressureFull(pressure_.Read()); }

}  // namespace balloon
