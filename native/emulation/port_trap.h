// Answers the port instruction inside the process that executes it: where the processor refuses it, the kernel sends
// SIGSEGV, whose handler plays the host and lets the thread go on behind the instruction. The instruction is the real
// one; who answers it is all that differs.
#pragma once

#include <signal.h>

#include "host.h"

namespace balloon::emulation {

// While it lives, the port instruction of the thread that made it is answered by `host`. To be ended by that thread.
// The handler stays for the life of the process and passes on any other signal.
class PortTrap {
 public:
  explicit PortTrap(Host& host);
  ~PortTrap();
  PortTrap(const PortTrap&) = delete;
  PortTrap& operator=(const PortTrap&) = delete;

 private:
  sigset_t signals_before_;
};

}  // namespace balloon::emulation
