// The right to use the backdoor's port.
#pragma once

#include "failure.h"
#include "host_port.h"

namespace balloon {

enum class IoPermission { kIoperm, kNone, kAuto };

// Gets this thread the right, and tries the port. `*used` says what it took: kIoperm or kNone. Whether user programs may
// touch this port without permission differs between hypervisors, so kAuto tries that first.
Outcome AcquirePort(HostPort& port, IoPermission wanted, IoPermission* used);

}  // namespace balloon
