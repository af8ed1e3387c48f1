// The hypervisor according to CPUID.
#pragma once

#include <string>

namespace balloon {

struct CpuFacts {
  // The hypervisor bit: leaf 1, ecx, bit 31.
  bool is_virtual;
  // Signature at leaf 0x40000000, such as "VMwareVMware"; empty without a hypervisor.
  std::string vendor;
};

CpuFacts ReadCpuFacts();

}  // namespace balloon
