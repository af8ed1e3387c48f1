#include "host.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol.h"

namespace balloon::emulation {
namespace {

int64_t MonotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Locks a host for the duration of a command. A thread cannot deadlock with itself: no signal handler sends a command.
class Turn {
 public:
  explicit Turn(std::atomic_flag& busy) noexcept : busy_(busy) {
    while (busy_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Turn() { busy_.clear(std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic_flag& busy_;
};

}  // namespace

std::unique_ptr<Host> Host::Open(Script script, std::string* problem) {
  std::unique_ptr<StateMapping> mapping = StateMapping::Open(script, problem);
  if (mapping == nullptr) return nullptr;
  return std::unique_ptr<Host>(new Host(std::move(script), std::move(mapping)));
}

Answer Host::Command(uint32_t command, uint32_t argument) noexcept {
  const Turn turn(busy_);
  HostState& state = mapping_->header();
  if (command >= kCommands) {
    // A test of the port sends such a command; the script's time does not begin with it.
    state.unknown++;
    return {kCommandInvalid, 0};
  }
  const uint64_t now_us = NowUs();
  const uint64_t nth = state.commands[command]++;
  for (const TargetAtCommand& change : script_.targets_at) {
    if (change.command != command || change.nth != nth) continue;
    state.override_us = static_cast<int64_t>(now_us);
    state.override_pages = change.pages;
  }

  const uint32_t target = Target(now_us);
  uint32_t status = kSuccess;
  if (state.reset_pending != 0 && command != kStart) {
    status = kReset;
  } else if (!RuleAnswers(command, now_us, &status) || status == kSuccess) {
    if (command == kStart) {
      // At a restart the host forgets all locked pages.
      state.reset_pending = 0;
      ForgetBook();
    } else if (command == kGetTarget) {
      state.limit = argument;
      state.target = target;
    } else if (command == kLock) {
      status = Lock(argument);
    } else if (command == kUnlock) {
      status = Unlock(argument);
    }
  } else if (status == kReset) {
    // A host that demands a reset has forgotten all locked pages.
    state.reset_pending = 1;
    state.resets++;
    ForgetBook();
  }
  if (status != kSuccess) state.refused[command]++;
  const bool tells_target = command == kGetTarget || command == kLock || command == kUnlock;
  return {status, tells_target && status == kSuccess ? target : 0};
}

uint64_t Host::NowUs() noexcept {
  HostState& state = mapping_->header();
  const int64_t now = MonotonicNs();
  if (state.zero_ns == 0) state.zero_ns = now;
  return static_cast<uint64_t>(std::max<int64_t>(now - state.zero_ns, 0)) / 1000;
}

uint32_t Host::Target(uint64_t now_us) noexcept {
  const HostState& state = mapping_->header();
  const std::vector<TargetPiece>& pieces = script_.targets;
  while (piece_ + 1 < pieces.size() && pieces[piece_ + 1].at_us <= now_us) piece_++;
  const bool timed = piece_ < pieces.size() && pieces[piece_].at_us <= now_us;
  // Of target and override, the one that took effect last.
  if (state.override_us >= 0 && (!timed || static_cast<int64_t>(pieces[piece_].at_us) <= state.override_us)) {
    return static_cast<uint32_t>(state.override_pages);
  }
  if (!timed) return 0;
  const TargetPiece& piece = pieces[piece_];
  if (now_us >= piece.until_us) return piece.until_pages;
  const double share = static_cast<double>(now_us - piece.at_us) / static_cast<double>(piece.until_us - piece.at_us);
  return static_cast<uint32_t>(piece.pages + (static_cast<double>(piece.until_pages) - piece.pages) * share);
}

bool Host::RuleAnswers(uint32_t command, uint64_t now_us, uint32_t* status) noexcept {
  HostState& state = mapping_->header();
  for (size_t i = 0; i < script_.rules.size(); i++) {
    const Rule& rule = script_.rules[i];
    RuleState& counts = state.rules[i];
    if ((rule.commands >> command & 1) == 0 || now_us < rule.from_us || now_us >= rule.until_us) continue;
    if (counts.left == 0) continue;
    if (counts.pass > 0) {
      counts.pass--;
      continue;
    }
    counts.pass = rule.every - 1;
    if (rule.chance < 1 && !Chance(rule.chance)) continue;
    if (counts.left != kForever) counts.left--;
    *status = rule.status;
    return true;
  }
  return false;
}

// splitmix64: one step; 53 bits of its result form a fraction.
bool Host::Chance(double chance) noexcept {
  uint64_t& random = mapping_->header().random;
  random += 0x9e3779b97f4a7c15;
  uint64_t mixed = random;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  mixed ^= mixed >> 31;
  return static_cast<double>(mixed >> 11) * 0x1p-53 < chance;
}

uint32_t Host::Lock(uint32_t frame) noexcept {
  HostState& state = mapping_->header();
  uint64_t& word = mapping_->words()[frame / 64];
  const uint64_t bit = uint64_t{1} << frame % 64;
  if ((word & bit) != 0) {
    Violate(kLockedTwice, frame);
    return kPpnLocked;
  }
  word |= bit;
  state.lowest_word = std::min<uint64_t>(state.lowest_word, frame / 64);
  state.highest_word = std::max<uint64_t>(state.highest_word, frame / 64);
  state.locked++;
  state.most_locked = std::max(state.most_locked, state.locked);
  return kSuccess;
}

uint32_t Host::Unlock(uint32_t frame) noexcept {
  uint64_t& word = mapping_->words()[frame / 64];
  const uint64_t bit = uint64_t{1} << frame % 64;
  if ((word & bit) == 0) {
    Violate(kUnlockedUnknown, frame);
    return kPpnUnlocked;
  }
  word &= ~bit;
  mapping_->header().locked--;
  return kSuccess;
}

void Host::Violate(Violation violation, uint32_t frame) noexcept {
  HostState& state = mapping_->header();
  if (state.violations++ > 0) return;
  state.violation = violation;
  state.violation_frame = frame;
}

void Host::ForgetBook() noexcept {
  HostState& state = mapping_->header();
  if (state.lowest_word <= state.highest_word) {
    const uint64_t words = state.highest_word - state.lowest_word + 1;
    std::memset(mapping_->words() + state.lowest_word, 0, words * sizeof(uint64_t));
  }
  state.locked = 0;
  state.lowest_word = kLastWord;
  state.highest_word = 0;
}

}  // namespace balloon::emulation
