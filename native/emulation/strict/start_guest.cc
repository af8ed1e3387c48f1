#include "start_guest.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace balloon::emulation {
namespace {

constexpr long kOptions = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                          PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;

constexpr sock_filter Statement(uint16_t code, uint32_t value) { return {code, 0, 0, value}; }
constexpr sock_filter Unless(uint32_t value, uint8_t skip) { return {BPF_JMP | BPF_JEQ | BPF_K, 0, skip, value}; }

// Makes ioperm and iopl fail as on a kernel without them. A thread with permission for the port would execute the
// instruction without a fault, and no emulated host could answer it.
bool DenyPorts() {
  sock_filter filter[] = {
      Statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      Unless(AUDIT_ARCH_X86_64, 4),
      Statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_ioperm},
      Unless(SYS_iopl, 1),
      Statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      Statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof filter / sizeof filter[0], filter};
  // With CAP_SYS_ADMIN the filter can be installed without no_new_privs, so executed programs can still gain
  // privileges.
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return true;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// The child's part. Only calls that are safe after fork in a single-threaded program, which this is.
[[noreturn]] void Become(char* const arguments[], int go) {
  char byte = 0;
  // Wait until the parent traces this process.
  if (read(go, &byte, 1) != 1) _exit(127);
  close(go);
  if (DenyPorts()) execvp(arguments[0], arguments);
  const char* const why = std::strerror(errno);
  const auto say = [](const char* text) { return write(STDERR_FILENO, text, std::strlen(text)) >= 0; };
  static_cast<void>(say("strict-host: ") && say(arguments[0]) && say(": ") && say(why) && say("\n"));
  _exit(127);
}

}  // namespace

pid_t StartGuest(char* const arguments[], std::string* problem) {
  int go[2];
  if (pipe(go) != 0) {
    *problem = std::string("pipe: ") + std::strerror(errno);
    return -1;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(go[1]);
    Become(arguments, go[0]);
  }
  close(go[0]);
  if (child < 0) {
    *problem = std::string("fork: ") + std::strerror(errno);
  } else if (ptrace(PTRACE_SEIZE, child, nullptr, kOptions) != 0) {
    *problem = std::string("ptrace: ") + std::strerror(errno) + "; the strict host has to be allowed to trace its guest";
    close(go[1]);
    waitpid(child, nullptr, 0);
    return -1;
  } else if (write(go[1], "", 1) != 1) {
    *problem = std::string("pipe: ") + std::strerror(errno);
  }
  close(go[1]);
  return problem->empty() ? child : -1;
}

}  // namespace balloon::emulation
