// Calls of a daemon to the system that Node does not offer.
#pragma once

#include <string>

#include "failure.h"

namespace balloon {

// Sends a message such as "READY=1" to the service manager; false if there is none, or it does not receive.
bool Notify(const std::string& state);

// Whether a line can be written to a descriptor without blocking.
bool IsWritable(int fd);

// Locks the program, its libraries and its data in memory as soon as they are present; without V8's memory, see
// process.cc.
Outcome LockOwnMemory();

// Ends this process without waiting for its threads.
[[noreturn]] void ExitNow(int code);

// Locks a file for this process until it ends; fails with LOCKED if another process holds the lock.
Outcome LockFile(const std::string& path);

}  // namespace balloon
