// VMware's backdoor: one port instruction that the hypervisor intercepts.
#pragma once

#include "host_port.h"

namespace balloon {

// The instruction accesses four bytes, so four ports.
constexpr unsigned kBackdoorPort = 0x5670;
constexpr unsigned kBackdoorPorts = 4;

class Backdoor : public HostPort {
 public:
  // From now on a fault of the port instruction, in any thread, is reported as an answer and not as a signal. An
  // emulation or a tracer that intercepts the instruction takes precedence.
  Backdoor();

  PortAnswer Send(Command command, uint64_t argument, uint32_t count) override;
  using HostPort::Send;
};

}  // namespace balloon
