#include "port_trap.h"

#include <pthread.h>
#include <ucontext.h>

#include <mutex>

#include "../pass_on.h"
#include "protocol.h"

#if !defined(__x86_64__) || !defined(__linux__)
#error "the backdoor's port instruction is that of x86-64, and how it is caught that of Linux"
#endif

namespace balloon::emulation {
namespace {

// They use the initial-exec model, because the handler must not allocate at its first access.
thread_local Host* t_host __attribute__((tls_model("initial-exec"))) = nullptr;
thread_local FrameAccess* t_frames __attribute__((tls_model("initial-exec"))) = nullptr;

struct sigaction g_before;

bool IsPortInstruction(const siginfo_t* info, const greg_t* registers) {
  // A port instruction without permission causes a general protection fault, which the kernel reports without an
  // address.
  return info->si_code == SI_KERNEL &&
         *reinterpret_cast<const uint8_t*>(registers[REG_RIP]) == kPortInstruction &&
         (registers[REG_RDX] & 0xffff) == kPort && static_cast<uint32_t>(registers[REG_RAX]) == kMagic;
}

void Handle(int signal, siginfo_t* info, void* context) {
  greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  Host* const host = t_host;
  if (host == nullptr || !IsPortInstruction(info, registers)) {
    PassOn(g_before, signal, info, context);
    return;
  }
  const Answer answer =
      host->Command(static_cast<uint32_t>(registers[REG_RCX]) & 0xffff, static_cast<uint64_t>(registers[REG_RBX]),
                    static_cast<uint32_t>(registers[REG_RSI]), *t_frames);
  registers[REG_RAX] = answer.status;
  registers[REG_RBX] = static_cast<greg_t>(answer.result);
  registers[REG_RCX] = answer.ecx;
  registers[REG_RDX] = kOverwritten;
  registers[REG_RIP] += 1;
}

void Install() {
  struct sigaction action {};
  action.sa_sigaction = Handle;
  // On the thread's alternative stack, if it has one: the handler to which a fault is passed on may rely on it.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, nullptr, &g_before);
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

PortTrap::PortTrap(Host& host, FrameAccess& frames) {
  static std::once_flag installed;
  std::call_once(installed, Install);
  t_host = &host;
  t_frames = &frames;
  // A fault whose signal is blocked would end the process.
  sigset_t fault;
  sigemptyset(&fault);
  sigaddset(&fault, SIGSEGV);
  pthread_sigmask(SIG_UNBLOCK, &fault, &signals_before_);
}

PortTrap::~PortTrap() {
  pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
  t_host = nullptr;
}

}  // namespace balloon::emulation
