// Transparent huge pages of this machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace balloon {

// The setting of the kernel (/sys/kernel/mm/transparent_hugepage/enabled); kNever also if it has none.
enum class HugePagesSetting { kNever, kOnAdvice, kAlways };
HugePagesSetting HugePages(const std::string& sys);

// Free blocks of 2 MiB, those in larger ones included, from the text of /proc/buddyinfo.
uint64_t FreeLargeBlocks(std::string_view buddyinfo);

}  // namespace balloon
