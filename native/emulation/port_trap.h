// Answers the port instruction inside the process that executes it: the processor rejects it, the kernel sends SIGSEGV,
// and the signal handler acts as the host and lets the thread continue after the instruction. The instruction is the
// same as on VMware; only the answering party differs.
#pragma once

#include <signal.h>

#include "frame_access.h"
#include "host.h"

namespace balloon::emulation {

// During its lifetime, `host` answers the port instruction of the thread that created it; `frames` are its pages. The same thread must destroy
// it. The handler stays installed for the life of the process and passes on all other signals.
class PortTrap {
 public:
  PortTrap(Host& host, FrameAccess& frames);
  ~PortTrap();
  PortTrap(const PortTrap&) = delete;
  PortTrap& operator=(const PortTrap&) = delete;

 private:
  sigset_t signals_before_;
};

}  // namespace balloon::emulation
