// The memory of this machine, and how much of it the balloon may allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "file.h"

namespace balloon {

class GuestMemory {
 public:
  // `proc` is the path of /proc; tests use their own.
  explicit GuestMemory(const std::string& proc = "/proc");

  // Pages of RAM that the kernel manages (MemTotal).
  static uint64_t TotalPages();

  // Pages that can be allocated without reclaim, see zone_info.h; none if the kernel's file can't be read.
  std::optional<uint64_t> WithoutReclaim();

  // Free blocks of 2 MiB; 0 if the kernel's file can't be read.
  uint64_t LargeBlocks();

  // Pages that can be allocated without swapping; none if the kernel's file can't be read.
  std::optional<uint64_t> Available();

  // Memory pressure, 0 to 100; none if the kernel does not measure it.
  std::optional<double> Pressure();

 private:
  KernelFile zoneinfo_;
  KernelFile buddyinfo_;
  KernelFile meminfo_;
  KernelFile pressure_;
};

}  // namespace balloon
