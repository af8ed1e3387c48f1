// What a handler of faults does with a signal that is not its own.
#pragma once

#include <signal.h>

namespace balloon {

// Does what would have happened to the signal without the handler that took the place of `before`. Async-signal-safe.
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
  // A fault comes again when the instruction is tried again; a signal that was sent has to be sent once more.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  if (sent) raise(signal);
}

}  // namespace balloon
