// An emulated host inside the process: what the addon uses in place of VMware's.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "host.h"
#include "port_trap.h"

namespace balloon::emulation {

class InProcessHost {
 public:
  // Reads the script and answers the port instruction of this thread from here on, until it is destroyed by the same
  // thread. Null on a fault, which `error` tells in one line.
  static std::unique_ptr<InProcessHost> Install(const std::string& script, std::string* error);

  const Host& host() const { return *host_; }

 private:
  explicit InProcessHost(std::unique_ptr<Host> host) : host_(std::move(host)), trap_(*host_) {}

  const std::unique_ptr<Host> host_;
  const PortTrap trap_;
};

}  // namespace balloon::emulation
