// What an emulated host does and when: the text that `balloon-sim show TRACE --host-script` prints. docs/emulation.md describes
// its lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace balloon::emulation {

// No end: a rule that applies for ever, or as often as it likes.
constexpr uint64_t kForever = UINT64_MAX;

// A stretch of the target over time: it leads straight from one value to another, and holds that one.
struct TargetPiece {
  uint64_t at_us;
  uint32_t pages;
  uint64_t until_us;
  uint32_t until_pages;
};

// A target that comes into force with the n-th command of a kind, at any time: changed in mid-cycle.
struct TargetAtCommand {
  uint32_t command;
  uint64_t nth;
  uint32_t pages;
};

// Commands that are answered by a status. The first rule that applies to a command decides.
struct Rule {
  uint32_t commands;  // a bit for each command
  uint64_t from_us;
  uint64_t until_us;
  uint64_t count;  // answers before it is used up
  uint64_t every;  // it answers each n-th matching command
  double chance;   // with which it answers one of those
  uint32_t status;
};

constexpr size_t kMaxRules = 200;

struct Script {
  uint64_t seed = 0;
  std::string state_file;  // empty: the host's book lives and dies with it
  std::vector<TargetPiece> targets;
  std::vector<TargetAtCommand> targets_at;
  std::vector<Rule> rules;
  uint64_t digest = 0;  // of the lines, to know a state that belongs to another script
};

// Reads a script; on a fault the answer is empty, and `problem` says in which line and what was expected.
std::optional<Script> ParseScript(std::string_view text, std::string* problem);

}  // namespace balloon::emulation
