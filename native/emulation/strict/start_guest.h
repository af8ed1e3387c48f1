// The guest's beginning: a program that runs under ptrace and can't get the right to the port.
#pragma once

#include <sys/types.h>

#include <string>

namespace balloon::emulation {

// Starts a program, found as a shell finds it, and stops it before its first instruction. -1 on a fault, which `problem`
// tells. A program that can't be executed ends with 127.
pid_t StartGuest(char* const arguments[], std::string* problem);

}  // namespace balloon::emulation
