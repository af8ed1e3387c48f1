#include "script.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "protocol.h"

namespace balloon::emulation {
namespace {

constexpr std::string_view kFirstLine = "balloon-host 1";

struct Name {
  std::string_view text;
  uint32_t number;
};
constexpr Name kCommandNames[] = {{"start", kStart},
                                  {"guest-id", kGuestId},
                                  {"get-target", kGetTarget},
                                  {"lock", kLock},
                                  {"unlock", kUnlock},
                                  {"batched-lock", kBatchedLock},
                                  {"batched-unlock", kBatchedUnlock},
                                  {"batched-2m-lock", kBatched2mLock},
                                  {"batched-2m-unlock", kBatched2mUnlock}};
constexpr Name kCapabilityNames[] = {{"batched", kBatched}, {"batched-2m", kBatched2m}, {"64-bit-target", kTarget64}};

template <size_t N>
const Name* FindName(const Name (&names)[N], std::string_view text) {
  const Name* const found = std::find_if(names, names + N, [text](const Name& name) { return name.text == text; });
  return found == names + N ? nullptr : found;
}

template <size_t N>
std::string ListOf(const Name (&names)[N]) {
  std::string list;
  for (const Name& name : names) list += (list.empty() ? "" : ", ") + std::string(name.text);
  return list;
}

// The words of a line, taken one after the other. The first error is reported, and all words after it are ignored.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view Next() {
    const size_t from = rest_.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) return rest_ = {};
    rest_.remove_prefix(from);
    const size_t end = std::min(rest_.find_first_of(" \t\r"), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }

  // The rest of the line, without surrounding blanks.
  std::string_view Rest() {
    const size_t from = rest_.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) return {};
    const size_t last = rest_.find_last_not_of(" \t\r");
    return rest_.substr(from, last - from + 1);
  }

  uint64_t Number(const char* what, uint64_t least, uint64_t most) {
    const std::string_view word = Next();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < least || value > most) {
      Fault(what, std::to_string(least) + ".." + std::to_string(most), word);
    }
    return value;
  }

  uint64_t NumberOrForever(const char* what, uint64_t least) {
    Words ahead = *this;
    if (ahead.Next() != "-") return Number(what, least, kForever - 1);
    *this = ahead;
    return kForever;
  }

  uint64_t Pages(const char* what) { return Number(what, 0, kMostPages); }
  uint64_t Time(const char* what) { return Number(what, 0, kForever - 1); }

  uint32_t CommandBits(bool any) {
    const std::string_view word = Next();
    if (any && word == "any") return (1u << kCommands) - 1;
    if (const Name* const name = FindName(kCommandNames, word)) return 1u << name->number;
    Fault("command", ListOf(kCommandNames) + (any ? ", any" : ""), word);
    return 0;
  }

  // One capability or more.
  uint32_t Capabilities() {
    uint32_t capabilities = kBasic;
    do {
      const std::string_view word = Next();
      if (const Name* const name = FindName(kCapabilityNames, word)) {
        capabilities |= name->number;
      } else {
        Fault("capability", ListOf(kCapabilityNames), word);
      }
    } while (!Rest().empty());
    return capabilities;
  }

  uint32_t Status() {
    Words ahead = *this;
    if (ahead.Next() != "-1") return static_cast<uint32_t>(Number("status", 0, UINT32_MAX));
    *this = ahead;
    return UINT32_MAX;
  }

  double Chance() {
    const std::string word(Next());
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (word.empty() || *end != '\0' || !(value > 0 && value <= 1)) {
      Fault("chance", "a fraction above 0, at most 1", word);
    }
    return value;
  }

  void Fault(const char* what, const std::string& expected, std::string_view found) {
    if (!problem_.empty()) return;
    problem_ = std::string(what) + ": expected " + expected + ", found " +
               (found.empty() ? std::string("nothing") : '"' + std::string(found) + '"');
  }

  std::string Problem() {
    const std::string_view more = Rest();
    if (problem_.empty() && !more.empty()) problem_ = "unexpected \"" + std::string(more) + '"';
    return problem_;
  }

 private:
  std::string_view rest_;
  std::string problem_;
};

void ReadTarget(Words& words, bool ramp, Script& script) {
  TargetPiece piece{};
  piece.at_us = words.Time("time");
  piece.pages = words.Pages("target");
  piece.until_us = ramp ? words.Time("end") : piece.at_us;
  piece.until_pages = ramp ? words.Pages("target at the end") : piece.pages;
  if (piece.until_us < piece.at_us) words.Fault("end", "a time after the beginning", std::to_string(piece.until_us));
  if (!script.targets.empty() && script.targets.back().until_us > piece.at_us) {
    words.Fault("time", "at least " + std::to_string(script.targets.back().until_us), std::to_string(piece.at_us));
  }
  script.targets.push_back(piece);
}

void ReadRule(Words& words, Script& script) {
  Rule rule{};
  rule.commands = words.CommandBits(true);
  rule.from_us = words.Time("from");
  rule.until_us = words.NumberOrForever("until", 0);
  rule.count = words.NumberOrForever("count", 1);
  rule.every = words.Number("every", 1, kForever - 1);
  rule.chance = words.Chance();
  rule.status = words.Status();
  if (rule.until_us <= rule.from_us) words.Fault("until", "a time after the beginning", std::to_string(rule.until_us));
  if (script.rules.size() == kMaxRules) words.Fault("rule", "at most " + std::to_string(kMaxRules), "one more");
  script.rules.push_back(rule);
}

// Reads the name of a command; returns its number.
uint32_t ReadCommand(Words& words) {
  const uint32_t bits = words.CommandBits(false);
  uint32_t command = 0;
  while (bits >> (command + 1) != 0) command++;
  return command;
}

std::string ReadLine(Words& words, Script& script) {
  const std::string_view kind = words.Next();
  if (kind == "target" || kind == "ramp") {
    ReadTarget(words, kind == "ramp", script);
  } else if (kind == "target-at") {
    const uint32_t command = ReadCommand(words);
    const uint64_t nth = words.Number("position", 0, kForever - 1);
    script.targets_at.push_back({command, nth, words.Pages("target")});
  } else if (kind == "rule") {
    ReadRule(words, script);
  } else if (kind == "capabilities") {
    script.capabilities = words.Capabilities();
  } else if (kind == "seed") {
    script.seed = words.Number("seed", 0, UINT64_MAX);
  } else if (kind == "state") {
    script.state_file = words.Rest();
    words = Words({});
    if (script.state_file.empty()) words.Fault("state", "a file", {});
  } else {
    words.Fault("line", "target, ramp, target-at, rule, capabilities, seed or state", kind);
  }
  return words.Problem();
}

// FNV-1a.
uint64_t Digest(uint64_t digest, std::string_view line) {
  for (const char byte : line) digest = (digest ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return (digest ^ '\n') * 0x100000001b3;
}

}  // namespace

std::optional<Script> ParseScript(std::string_view text, std::string* problem) {
  Script script;
  script.digest = 0xcbf29ce484222325;
  size_t number = 0;
  do {
    const size_t end = std::min(text.find('\n'), text.size());
    Words words(text.substr(0, end));
    const std::string_view line = words.Rest();
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string fault;
    if (++number == 1) {
      if (line != kFirstLine) fault = "expected \"" + std::string(kFirstLine) + '"';
    } else if (!line.empty() && line.front() != '#') {
      fault = ReadLine(words, script);
      // The location of the state does not affect the behaviour of the host.
      if (line.substr(0, 6) != "state ") script.digest = Digest(script.digest, line);
    }
    if (!fault.empty()) {
      *problem = "line " + std::to_string(number) + ": " + fault;
      return std::nullopt;
    }
  } while (!text.empty());
  return script;
}

}  // namespace balloon::emulation
