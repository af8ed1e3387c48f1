// Starts the guest: a program that runs under ptrace and can't get permission for the port.
#pragma once

#include <sys/types.h>

#include <string>

namespace balloon::emulation {

// Starts a program, searched for like a shell does, and stops it before its first instruction. Returns -1 on an error,
// which `problem` describes. A program that can't be executed exits with 127.
pid_t StartGuest(char* const arguments[], std::string* problem);

}  // namespace balloon::emulation
