// An emulated host: follows its script, answers the balloon protocol, and keeps the set of frames that the guest has
// locked.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "host_state.h"
#include "script.h"

namespace balloon::emulation {

// The answer in the guest's registers eax and ebx.
struct Answer {
  uint32_t status;
  uint32_t result;
};

class Host {
 public:
  // Returns null on an error, which `problem` describes.
  static std::unique_ptr<Host> Open(Script script, std::string* problem);

  // Answers a command. Async-signal-safe, and safe from any thread.
  Answer Command(uint32_t command, uint32_t argument) noexcept;

  const HostState& state() const { return mapping_->header(); }

 private:
  Host(Script script, std::unique_ptr<StateMapping> mapping)
      : script_(std::move(script)), mapping_(std::move(mapping)) {}

  uint64_t NowUs() noexcept;
  uint32_t Target(uint64_t now_us) noexcept;
  bool RuleAnswers(uint32_t command, uint64_t now_us, uint32_t* status) noexcept;
  bool Chance(double chance) noexcept;
  uint32_t Lock(uint32_t frame) noexcept;
  uint32_t Unlock(uint32_t frame) noexcept;
  void Violate(Violation violation, uint32_t frame) noexcept;
  void ForgetBook() noexcept;

  const Script script_;
  const std::unique_ptr<StateMapping> mapping_;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  size_t piece_ = 0;  // of the target that is in force; time only goes forward
};

}  // namespace balloon::emulation
