#include "io_permission.h"

#include <sys/io.h>

#include <cerrno>

#include "backdoor.h"
#include "capability.h"
#include "file.h"

namespace balloon {
namespace {

bool InLockdown() {
  // "none [integrity] confidentiality": the active mode is in brackets.
  KernelFile lockdown("/sys/kernel/security/lockdown");
  const std::string_view text = lockdown.Read();
  return !text.empty() && text.find("[none]") == std::string_view::npos;
}

Outcome Refused(int error) {
  if (error == ENOSYS) {
    return Failure{code::kIopermMissing,
                   "this kernel has no ioperm (CONFIG_X86_IOPL_IOPERM is off) and the backdoor's port can't be used without it: "
                   "boot a kernel that has it"};
  }
  if (error == EPERM && HasCapability(Capability::kSysRawio) && InLockdown()) {
    return Failure{code::kLockdown,
                   "the kernel is locked down and denies programs access to ports: turn Secure Boot's lockdown off, or use the "
                   "kernel's own driver vmw_balloon"};
  }
  if (error == EPERM) {
    return Failure{code::kIopermDenied,
                   "no permission for the backdoor's port: run as root, or with CAP_SYS_RAWIO (systemd: "
                   "AmbientCapabilities=CAP_SYS_RAWIO)"};
  }
  return Failure{code::kSystem, SystemText("ioperm", error)};
}

}  // namespace

Outcome AcquirePort(HostPort& port, IoPermission wanted, IoPermission* used) {
  if (wanted != IoPermission::kIoperm) {
    *used = IoPermission::kNone;
    if (!port.Send(Command::kTrial, 0).fault) return std::nullopt;
    if (wanted == IoPermission::kNone) {
      return Failure{code::kNoBackdoor,
                     "the backdoor's port can't be used without permission: try --io-permission ioperm, and check that "
                     "this is a VMware virtual machine"};
    }
  }
  *used = IoPermission::kIoperm;
  if (ioperm(kBackdoorPort, kBackdoorPorts, 1) != 0) return Refused(errno);
  if (!port.Send(Command::kTrial, 0).fault) return std::nullopt;
  return Failure{code::kNoBackdoor,
                 "the backdoor's port faults although permission was granted: this is not a VMware virtual machine, or its "
                 "backdoor is switched off"};
}

}  // namespace balloon
