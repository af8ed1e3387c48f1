// What a daemon says to the system about itself, and Node has no call for.
#pragma once

#include <string>

#include "failure.h"

namespace balloon {

// Tells the service manager something, such as "READY=1"; false where there is none, or it does not listen.
bool Notify(const std::string& state);

// Whether a descriptor takes a line without blocking on its reader.
bool IsWritable(int fd);

// Keeps the program, its libraries and its data in memory once they are there; not what V8 has, see process.cc.
Outcome LockOwnMemory();

// Takes a lock that is this process's until it ends, by a file; LOCKED where another process has it.
Outcome LockFile(const std::string& path);

}  // namespace balloon
