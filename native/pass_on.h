// Passes on signals that a fault handler does not handle.
#pragma once

#include <signal.h>

namespace balloon {

// Does with the signal what `before`, the replaced handler, would have done. Async-signal-safe.
inline void PassOn(const struct sigaction& before, int signal, siginfo_t* info, void* context) {
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, info, context);
    return;
  }
  const bool sent = info->si_code <= 0;
  if (before.sa_handler == SIG_IGN && sent) return;
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
    return;
  }
  // A fault is raised again when the instruction is executed again; a signal that was sent must be sent again.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  if (sent) raise(signal);
}

}  // namespace balloon
