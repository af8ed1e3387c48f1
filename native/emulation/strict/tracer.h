// The strict host's main loop: intercepts the port instruction of a traced guest, answers it, and checks the rules.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "../host.h"
#include "guest_pages.h"

namespace balloon::emulation {

// The result of a guest's run, and the cost of tracing it.
struct Outcome {
  int wait_status = 0;    // of its first process, as waitpid tells it
  std::string violation;  // the rule that it broke, empty for none
  uint64_t commands = 0;
  uint64_t answer_ns = 0;  // between the stops of commands and the ends of them, altogether
  uint64_t checks = 0;     // of all locked pages
  uint64_t looks = 0;      // at entries of the guest's page table
};

class Tracer {
 public:
  Tracer(Host& host, pid_t guest) : host_(host), guest_(guest) {}

  // Runs the guest until it exits, or until it breaks a rule.
  Outcome Run();

 private:
  void Stopped(pid_t thread, int status);
  void Exiting(pid_t thread);
  bool AnswerCommand(pid_t thread);
  struct Transfer;
  static const Transfer* TransferOf(uint32_t command);
  void Judge(pid_t process, uint32_t command, uint32_t argument, uint32_t status, uint64_t violations_before);
  void Move(const Transfer& transfer, uint32_t frame);
  void CheckAll();
  void Break(const std::string& rule);

  Host& host_;
  const pid_t guest_;
  // Pages of the process that has sent START; only this process may lock and unlock.
  std::unique_ptr<GuestPages> pages_;
  // The thread of the last command, and its process.
  pid_t last_thread_ = 0;
  pid_t last_process_ = 0;
  // Whether the last START was refused.
  bool told_in_vain_ = false;
  Outcome outcome_;
};

}  // namespace balloon::emulation
