// The script of an emulated host: the text that `balloon-sim show TRACE --host-script` prints. docs/emulation.md
// describes its lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol.h"

namespace balloon::emulation {

// No limit, for the time or the count of a rule.
constexpr uint64_t kForever = UINT64_MAX;

// A section of the target over time: it leads in a straight line from one value to another, and stays there.
struct TargetPiece {
  uint64_t at_us;
  uint64_t pages;
  uint64_t until_us;
  uint64_t until_pages;
};

// A target that takes effect with the n-th command of a kind, at any time: a change in the middle of a cycle.
struct TargetAtCommand {
  uint32_t command;
  uint64_t nth;
  uint64_t pages;
};

// Commands that are answered with a given status. The first rule that applies to a command determines its answer.
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

// Maximum of a target: the frame numbers of a batch have 52 bits.
constexpr uint64_t kMostPages = (uint64_t{1} << 52) - 1;

struct Script {
  uint64_t seed = 0;
  uint32_t capabilities = kBasic;  // that START may grant
  std::string state_file;  // empty: the host's book lives and dies with it
  std::vector<TargetPiece> targets;
  std::vector<TargetAtCommand> targets_at;
  std::vector<Rule> rules;
  uint64_t digest = 0;  // of the lines, to know a state that belongs to another script
};

// Parses a script. Returns nothing on an error; `problem` then contains the line and the expected syntax.
std::optional<Script> ParseScript(std::string_view text, std::string* problem);

}  // namespace balloon::emulation
