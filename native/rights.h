// Drops capabilities that a daemon needs only at its start.
#pragma once

#include "failure.h"

namespace balloon {

// Removes all capabilities, and the ability to gain any by executing a program, from all threads of this process,
// permanently. The port, frame numbers and locked memory that were opened before stay usable: the permission for the
// port belongs to the thread, that for frame numbers to the open file, and RLIMIT_MEMLOCK is raised first, which
// replaces CAP_IPC_LOCK. If raising it is not permitted, CAP_IPC_LOCK is kept. `low_ports`: keeps the permission to
// listen on a port below 1024.
Outcome DropRights(bool low_ports);

}  // namespace balloon
