// An emulated host inside the process, which the addon can use instead of VMware's host.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "host.h"
#include "own_frames.h"
#include "port_trap.h"

namespace balloon::emulation {

class InProcessHost {
 public:
  // Reads the script and answers the port instruction of this thread until the object is destroyed, by the same thread.
  // Returns null on an error, which `error` describes in one line.
  static std::unique_ptr<InProcessHost> Install(const std::string& script, std::string* error);

  const Host& host() const { return *host_; }

 private:
  explicit InProcessHost(std::unique_ptr<Host> host) : host_(std::move(host)), trap_(*host_, frames_) {}

  const std::unique_ptr<Host> host_;
  OwnFrames frames_;
  const PortTrap trap_;
};

}  // namespace balloon::emulation
