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

Answer Host::Command(uint32_t command, uint64_t argument, uint32_t count, FrameAccess& memory) noexcept {
  const Turn turn(busy_);
  HostState& state = mapping_->header();
  entry_count_ = 0;
  if (command >= kCommands || command == kUnused) {
    // A test of the port sends such a command; the script's time does not begin with it.
    state.unknown++;
    return {kCommandInvalid, 0, kOverwritten};
  }
  const bool is_batch = command >= kBatchedLock;
  const uint64_t now_us = NowUs();
  const uint64_t nth = is_batch ? state.batches[command - kBatchedLock]++ : state.commands[command]++;
  for (const TargetAtCommand& change : script_.targets_at) {
    if (change.command != command || change.nth != nth) continue;
    state.override_us = static_cast<int64_t>(now_us);
    state.override_pages = change.pages;
  }

  const uint64_t target = Target(now_us);
  uint32_t status = kSuccess;
  if (state.reset_pending != 0 && command != kStart) {
    status = kReset;
  } else {
    if (!RuleAnswers(command, now_us, &status) || status == kSuccess) {
      status = Do(command, argument, count, memory, now_us);
    }
    if (status == kReset) {
      // A host that demands a reset has forgotten all locked pages.
      state.reset_pending = 1;
      state.resets++;
      ForgetBook();
    }
  }
  if (status == kSuccessWithCapabilities) return {status, 0, static_cast<uint32_t>(state.granted)};
  if (status != kSuccess) (is_batch ? state.refused_batches[command - kBatchedLock] : state.refused[command])++;
  const bool tells_target = command != kStart && command != kGuestId && status == kSuccess;
  if (command == kGetTarget && status == kSuccess) state.target = target;
  return {status, tells_target ? target : 0, kOverwritten};
}

// Carries out a command; returns its status.
uint32_t Host::Do(uint32_t command, uint64_t argument, uint32_t count, FrameAccess& memory, uint64_t now_us) noexcept {
  HostState& state = mapping_->header();
  switch (command) {
    case kStart:
      // At a restart the host forgets all locked pages.
      state.reset_pending = 0;
      ForgetBook();
      state.granted = argument & script_.capabilities;
      return (state.granted & ~uint64_t{kBasic}) == 0 ? kSuccess : kSuccessWithCapabilities;
    case kGetTarget:
      state.limit = (state.granted & kTarget64) != 0 ? argument : static_cast<uint32_t>(argument);
      return kSuccess;
    case kLock: return Lock(static_cast<uint32_t>(argument), 1);
    case kUnlock: return Unlock(static_cast<uint32_t>(argument), 1);
    case kGuestId: return kSuccess;
    default: return DoBatch(command, argument, count, memory, now_us);
  }
}

// The rules for single commands answer the entries, too. An entry that is answered with RESET makes the command fail.
uint32_t Host::DoBatch(uint32_t command, uint64_t page, uint32_t count, FrameAccess& memory, uint64_t now_us) noexcept {
  const bool is_large = command == kBatched2mLock || command == kBatched2mUnlock;
  const bool is_lock = command == kBatchedLock || command == kBatched2mLock;
  const uint64_t needed = is_large ? kBatched | kBatched2m : kBatched;
  if ((mapping_->header().granted & needed) != needed || count == 0 || count > kBatchEntries ||
      !memory.Read(page, entries_, count * sizeof(uint64_t))) {
    return kCommandInvalid;
  }
  for (uint32_t index = 0; index < count; index++) {
    const uint64_t frame = entries_[index] >> kEntryFrameShift;
    uint32_t status = kSuccess;
    if (!RuleAnswers(is_lock ? kLock : kUnlock, now_us, &status) || status == kSuccess) {
      const uint64_t frames = is_large ? kLargeFrames : 1;
      status = is_lock ? Lock(frame, frames) : Unlock(frame, frames);
    }
    if (status == kReset) return kReset;
    entries_[index] = frame << kEntryFrameShift | status;
  }
  memory.Write(page, entries_, count * sizeof(uint64_t));
  entry_count_ = count;
  return kSuccess;
}

uint64_t Host::NowUs() noexcept {
  HostState& state = mapping_->header();
  const int64_t now = MonotonicNs();
  if (state.zero_ns == 0) state.zero_ns = now;
  return static_cast<uint64_t>(std::max<int64_t>(now - state.zero_ns, 0)) / 1000;
}

// The target, within 32 bits unless the guest has the capability for more.
uint64_t Host::Target(uint64_t now_us) noexcept {
  const uint64_t most = (mapping_->header().granted & kTarget64) != 0 ? kMostPages : UINT32_MAX;
  return std::min(Wanted(now_us), most);
}

uint64_t Host::Wanted(uint64_t now_us) noexcept {
  const HostState& state = mapping_->header();
  const std::vector<TargetPiece>& pieces = script_.targets;
  while (piece_ + 1 < pieces.size() && pieces[piece_ + 1].at_us <= now_us) piece_++;
  const bool timed = piece_ < pieces.size() && pieces[piece_].at_us <= now_us;
  // Of target and override, the one that took effect last.
  if (state.override_us >= 0 && (!timed || static_cast<int64_t>(pieces[piece_].at_us) <= state.override_us)) {
    return state.override_pages;
  }
  if (!timed) return 0;
  const TargetPiece& piece = pieces[piece_];
  if (now_us >= piece.until_us) return piece.until_pages;
  const double share = static_cast<double>(now_us - piece.at_us) / static_cast<double>(piece.until_us - piece.at_us);
  const double from = static_cast<double>(piece.pages);
  return static_cast<uint64_t>(from + (static_cast<double>(piece.until_pages) - from) * share);
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

uint32_t Host::Lock(uint64_t frame, uint64_t frames) noexcept {
  if (frame + frames > kFrames) return kPpnInvalid;
  if (frame % frames != 0) {
    Violate(kNotALargePage, frame);
    return kPpnInvalid;
  }
  for (uint64_t each = frame; each < frame + frames; each++) {
    if ((mapping_->words()[each / 64] >> each % 64 & 1) == 0) continue;
    Violate(kLockedTwice, each);
    return kPpnLocked;
  }
  HostState& state = mapping_->header();
  Mark(frame, frames, true);
  state.lowest_word = std::min<uint64_t>(state.lowest_word, frame / 64);
  state.highest_word = std::max<uint64_t>(state.highest_word, (frame + frames - 1) / 64);
  state.locked += frames;
  state.most_locked = std::max(state.most_locked, state.locked);
  return kSuccess;
}

uint32_t Host::Unlock(uint64_t frame, uint64_t frames) noexcept {
  if (frame + frames > kFrames) return kPpnInvalid;
  const uint64_t block = frame / kLargeFrames;
  const bool is_large = (mapping_->large_words()[block / 64] >> block % 64 & 1) != 0;
  // A page is unlocked as it was locked: as a whole, or alone.
  if ((mapping_->words()[frame / 64] >> frame % 64 & 1) == 0 || frame % frames != 0 || is_large != (frames > 1)) {
    Violate(kUnlockedUnknown, frame);
    return kPpnUnlocked;
  }
  Mark(frame, frames, false);
  mapping_->header().locked -= frames;
  return kSuccess;
}

// Enters a page into the book of locked frames, or strikes it out.
void Host::Mark(uint64_t frame, uint64_t frames, bool is_locked) noexcept {
  const auto set = [is_locked](uint64_t* words, uint64_t index) {
    const uint64_t bit = uint64_t{1} << index % 64;
    words[index / 64] = is_locked ? words[index / 64] | bit : words[index / 64] & ~bit;
  };
  for (uint64_t each = frame; each < frame + frames; each++) set(mapping_->words(), each);
  if (frames == kLargeFrames) set(mapping_->large_words(), frame / kLargeFrames);
}

void Host::Violate(Violation violation, uint64_t frame) noexcept {
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
    const uint64_t lowest = state.lowest_word / kLargeFrames;
    std::memset(mapping_->large_words() + lowest, 0, (state.highest_word / kLargeFrames - lowest + 1) * sizeof(uint64_t));
  }
  state.locked = 0;
  state.lowest_word = kLastWord;
  state.highest_word = 0;
}

}  // namespace balloon::emulation
