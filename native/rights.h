// Giving up what a daemon needs at its start only.
#pragma once

#include "failure.h"

namespace balloon {

// Takes all capabilities, and the possibility to get any by executing a program, away from all threads of this process, for
// good. The port, frame numbers and locked memory that were opened before stay usable: the right to the port is in the
// thread, that to frame numbers in the open file, and RLIMIT_MEMLOCK is raised first, which replaces CAP_IPC_LOCK. Where that is
// not permitted CAP_IPC_LOCK is kept. `low_ports`: keeps the right to listen on a port below 1024.
Outcome DropRights(bool low_ports);

}  // namespace balloon
