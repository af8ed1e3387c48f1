// What CPUID says of the hypervisor.
#pragma once

#include <string>

namespace balloon {

struct CpuFacts {
  // The hypervisor bit: leaf 1, ecx, bit 31.
  bool is_virtual;
  // Signature at leaf 0x40000000, such as "VMwareVMware"; empty where there is none.
  std::string vendor;
};

CpuFacts ReadCpuFacts();

}  // namespace balloon
