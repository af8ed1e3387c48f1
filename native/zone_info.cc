#include "zone_info.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace balloon {
namespace {

// Maximum number of batches by which a list is refilled (since Linux 6.8, 2 to the power of
// CONFIG_PCP_BATCH_SCALE_MAX).
constexpr uint64_t kMostBatches = 32;

struct Zone {
  bool movable = false;
  uint64_t free = 0;
  uint64_t low = 0;
  // The list of this processor: its pages, its maximum, and its batch size.
  uint64_t in_list = 0;
  uint64_t list_high = 0;
  uint64_t list_batch = 0;
  // Pages that allocations must leave free if they could use a higher zone, by the index of that zone.
  std::vector<uint64_t> protection;
};

bool TakeLine(std::string_view* text, std::string_view* line) {
  if (text->empty()) return false;
  const size_t end = text->find('\n');
  *line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return true;
}

std::string_view WithoutIndent(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

// The next whole number of a line, which is shortened to the text after it; none if there is none.
std::optional<uint64_t> NextNumber(std::string_view* line) {
  line->remove_prefix(std::min(line->find_first_of("0123456789"), line->size()));
  if (line->empty()) return std::nullopt;
  uint64_t number = 0;
  while (!line->empty() && line->front() >= '0' && line->front() <= '9') {
    number = number * 10 + static_cast<uint64_t>(line->front() - '0');
    line->remove_prefix(1);
  }
  return number;
}

bool StartsWith(std::string_view line, std::string_view prefix) { return line.substr(0, prefix.size()) == prefix; }

uint64_t NumberAfter(std::string_view line, std::string_view prefix) {
  line.remove_prefix(prefix.size());
  return NextNumber(&line).value_or(0);
}

// The pages of one node that a user's allocation can take above the low watermarks: it may use every zone up to
// Movable.
uint64_t FreeAboveLowOfNode(const std::vector<Zone>& zones) {
  size_t highest = zones.size();
  for (size_t index = 0; index < zones.size(); index++) {
    if (zones[index].movable) highest = index;
  }
  uint64_t sum = 0;
  for (const Zone& zone : zones) {
    const uint64_t protection = highest < zone.protection.size() ? zone.protection[highest] : 0;
    const uint64_t mark = zone.low + protection;
    // The kernel checks only the zone's free pages before it allocates one, from a list or not: if they are at the
    // watermark already, the list is of no use. And the last refill may leave unused pages in a list.
    const uint64_t refill = std::min(zone.list_batch * kMostBatches,
                                     std::max(zone.list_batch, zone.list_high - std::min(zone.in_list, zone.list_high)));
    if (zone.free > mark + refill) sum += zone.free - mark - refill + zone.in_list;
  }
  return sum;
}

}  // namespace

uint64_t FreeAboveLow(std::string_view zoneinfo, unsigned cpu) {
  uint64_t sum = 0;
  uint64_t node = 0;
  bool this_cpu = false;
  std::vector<Zone> zones;
  for (std::string_view line; TakeLine(&zoneinfo, &line);) {
    if (StartsWith(line, "Node ")) {
      const uint64_t next = NumberAfter(line, "Node ");
      if (next != node) {
        sum += FreeAboveLowOfNode(zones);
        zones.clear();
        node = next;
      }
      zones.emplace_back();
      zones.back().movable = line.find("Movable") != std::string_view::npos;
      this_cpu = false;
      continue;
    }
    if (zones.empty()) continue;
    Zone& zone = zones.back();
    line = WithoutIndent(line);
    if (StartsWith(line, "pages free ")) {
      zone.free = NumberAfter(line, "pages free ");
    } else if (StartsWith(line, "low ")) {
      zone.low = NumberAfter(line, "low ");
    } else if (StartsWith(line, "protection: ")) {
      while (const std::optional<uint64_t> pages = NextNumber(&line)) zone.protection.push_back(*pages);
    } else if (StartsWith(line, "cpu: ")) {
      this_cpu = NumberAfter(line, "cpu: ") == cpu;
    } else if (this_cpu && StartsWith(line, "count: ")) {
      zone.in_list = NumberAfter(line, "count: ");
    } else if (this_cpu && StartsWith(line, "high: ")) {
      zone.list_high = NumberAfter(line, "high: ");
    } else if (this_cpu && StartsWith(line, "batch: ")) {
      zone.list_batch = NumberAfter(line, "batch: ");
    }
  }
  return sum + FreeAboveLowOfNode(zones);
}

std::optional<uint64_t> AvailablePages(std::string_view meminfo) {
  for (std::string_view line; TakeLine(&meminfo, &line);) {
    if (StartsWith(line, "MemAvailable:")) return NumberAfter(line, "MemAvailable:") / 4;
  }
  return std::nullopt;
}

std::optional<double> PressureFull(std::string_view pressure) {
  for (std::string_view line; TakeLine(&pressure, &line);) {
    if (!StartsWith(line, "full avg10=")) continue;
    line.remove_prefix(sizeof "full avg10=" - 1);
    const uint64_t whole = NextNumber(&line).value_or(0);
    // Always two decimals.
    return static_cast<double>(whole) + static_cast<double>(NextNumber(&line).value_or(0)) / 100;
  }
  return std::nullopt;
}

}  // namespace balloon
