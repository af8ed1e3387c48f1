// VMware's backdoor: one port instruction that the hypervisor catches.
#pragma once

#include "host_port.h"

namespace balloon {

// Ports that an instruction of four bytes touches.
constexpr unsigned kBackdoorPort = 0x5670;
constexpr unsigned kBackdoorPorts = 4;

class Backdoor : public HostPort {
 public:
  // From now on a fault of the port instruction, in any thread, is an answer and no signal. An emulation or a
  // tracer that catches the instruction comes first.
  Backdoor();

  PortAnswer Send(Command command, uint32_t argument) override;
};

}  // namespace balloon
