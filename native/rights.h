// Drops capabilities that a daemon needs only at its start.
#pragma once

#include "failure.h"

namespace balloon {

// Removes all capabilities, and the ability to gain any by executing a program, from all threads of this process,
// permanently. The port, frame numbers and locked memory that were opened before stay usable: the permission for the
// port belongs to the thread, that for frame numbers to the open file, and RLIMIT_MEMLOCK is raised first, which
// replaces CAP_IPC_LOCK. If raising it is not permitted, CAP_IPC_LOCK is kept. `low_ports`: keeps the permission to
// listen on a port below 1024.
//
// Takes a second at most. A thread that does not handle signals, because it waits for a file system that does not answer, drops
// them when its call returns, before it executes anything else; until then this is reported as a failure, and glibc's way to
// change the user of all threads (setuid and its like) can't be used. It is also a failure if the threads can't be listed in
// /proc/self/task, or one does not show its capabilities there.
Outcome DropRights(bool low_ports);

}  // namespace balloon
