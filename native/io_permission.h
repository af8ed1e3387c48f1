// Permission to use the backdoor's port.
#pragma once

#include "failure.h"
#include "host_port.h"

namespace balloon {

enum class IoPermission { kIoperm, kNone, kAuto };

// Gets permission for this thread, and tests the port. `*used` is the method: kIoperm or kNone. Hypervisors differ in
// whether user programs may access this port without permission, so kAuto tries that first.
Outcome AcquirePort(HostPort& port, IoPermission wanted, IoPermission* used);

}  // namespace balloon
