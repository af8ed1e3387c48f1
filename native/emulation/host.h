// An emulated host: follows its script, answers the balloon protocol, and keeps the set of frames that the guest has
// locked.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "frame_access.h"
#include "host_state.h"
#include "protocol.h"
#include "script.h"

namespace balloon::emulation {

// The answer in the guest's registers eax, rbx and ecx.
struct Answer {
  uint32_t status;
  uint64_t result;
  uint32_t ecx;
};

class Host {
 public:
  // Returns null on an error, which `problem` describes.
  static std::unique_ptr<Host> Open(Script script, std::string* problem);

  // Answers a command; `count` is the number of entries of a batch in the guest's memory. Async-signal-safe if `memory` is,
  // and safe from any thread.
  Answer Command(uint32_t command, uint64_t argument, uint32_t count, FrameAccess& memory) noexcept;

  // The entries of the last command as it has answered them, if it was a batch that succeeded.
  const uint64_t* entries() const { return entries_; }
  uint32_t entry_count() const { return entry_count_; }

  const HostState& state() const { return mapping_->header(); }

 private:
  Host(Script script, std::unique_ptr<StateMapping> mapping)
      : script_(std::move(script)), mapping_(std::move(mapping)) {}

  uint64_t NowUs() noexcept;
  uint64_t Target(uint64_t now_us) noexcept;
  uint64_t Wanted(uint64_t now_us) noexcept;
  uint32_t Do(uint32_t command, uint64_t argument, uint32_t count, FrameAccess& memory, uint64_t now_us) noexcept;
  uint32_t DoBatch(uint32_t command, uint64_t page, uint32_t count, FrameAccess& memory, uint64_t now_us) noexcept;
  bool RuleAnswers(uint32_t command, uint64_t now_us, uint32_t* status) noexcept;
  bool Chance(double chance) noexcept;
  uint32_t Lock(uint64_t frame, uint64_t frames) noexcept;
  uint32_t Unlock(uint64_t frame, uint64_t frames) noexcept;
  void Mark(uint64_t frame, uint64_t frames, bool is_locked) noexcept;
  void Violate(Violation violation, uint64_t frame) noexcept;
  void ForgetBook() noexcept;

  const Script script_;
  const std::unique_ptr<StateMapping> mapping_;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  size_t piece_ = 0;  // of the target that is in force; time only goes forward
  uint64_t entries_[kBatchEntries] = {};
  uint32_t entry_count_ = 0;
};

}  // namespace balloon::emulation
