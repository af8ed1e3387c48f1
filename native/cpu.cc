#include "cpu.h"

#include <cpuid.h>

#include <cstring>

namespace balloon {

CpuFacts ReadCpuFacts() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  __cpuid(1, eax, ebx, ecx, edx);
  const bool is_virtual = (ecx >> 31 & 1) != 0;
  if (!is_virtual) return {false, ""};
  __cpuid(0x40000000, eax, ebx, ecx, edx);
  char vendor[13] = {};
  std::memcpy(vendor, &ebx, 4);
  std::memcpy(vendor + 4, &ecx, 4);
  std::memcpy(vendor + 8, &edx, 4);
  return {true, vendor};
}

}  // namespace balloon
