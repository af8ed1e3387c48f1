// How much memory this machine has, and how much of it may be asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "file.h"

namespace balloon {

class GuestMemory {
 public:
  // `proc` is where /proc is; tests have one of their own.
  explicit GuestMemory(const std::string& proc = "/proc");

  // Pages of RAM that the kernel manages (MemTotal).
  static uint64_t TotalPages();

  // Pages that can be had without reclaim, see zone_info.h; nothing where the kernel's file can't be read.
  std::optional<uint64_t> WithoutReclaim();

  // Pages that can be had without swapping; nothing where the kernel's file can't be read.
  std::optional<uint64_t> Available();

  // Pressure, 0 to 100; nothing where the kernel does not measure it.
  std::optional<double> Pressure();

 private:
  KernelFile zoneinfo_;
  KernelFile meminfo_;
  KernelFile pressure_;
};

}  // namespace balloon
