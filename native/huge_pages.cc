#include "huge_pages.h"

#include <charconv>

#include "file.h"

namespace balloon {
namespace {

// A block of this order has 2 MiB.
constexpr int kLargeOrder = 9;

}  // namespace

HugePagesSetting HugePages(const std::string& sys) {
  KernelFile file(sys + "/kernel/mm/transparent_hugepage/enabled");
  const std::string_view text = file.Read();
  if (text.find("[always]") != std::string_view::npos) return HugePagesSetting::kAlways;
  return text.find("[madvise]") != std::string_view::npos ? HugePagesSetting::kOnAdvice : HugePagesSetting::kNever;
}

// "Node 0, zone   Normal      5      3 ...": the number of free blocks of each order, from 0 on.
uint64_t FreeLargeBlocks(std::string_view buddyinfo) {
  uint64_t blocks = 0;
  while (!buddyinfo.empty()) {
    const size_t end = buddyinfo.find('\n');
    std::string_view line = buddyinfo.substr(0, end);
    buddyinfo.remove_prefix(end == std::string_view::npos ? buddyinfo.size() : end + 1);
    const size_t zone = line.find("zone");
    if (zone == std::string_view::npos) continue;
    line.remove_prefix(zone + 4);
    // The name of the zone, then the orders.
    for (int order = -1;; order++) {
      const size_t from = line.find_first_not_of(' ');
      if (from == std::string_view::npos) break;
      line.remove_prefix(from);
      const std::string_view word = line.substr(0, line.find(' '));
      line.remove_prefix(word.size());
      uint64_t count = 0;
      if (order >= kLargeOrder && std::from_chars(word.data(), word.data() + word.size(), count).ec == std::errc()) {
        blocks += count << (order - kLargeOrder);
      }
    }
  }
  return blocks;
}

}  // namespace balloon
