#include "backdoor.h"

#include <signal.h>
#include <ucontext.h>

#include <mutex>

#include "pass_on.h"

#if !defined(__x86_64__) || !defined(__linux__)
#error "VMware's backdoor, and so balloon-hw, is there on x86-64 Linux only; balloon-sim needs no addon"
#endif

namespace balloon {
namespace {

constexpr uint32_t kMagic = 0x456c6d6f;

// Registers of the instruction; afterwards eax, rbx and ecx contain the answer.
struct Registers {
  uint64_t rbx;
  uint32_t eax;
  uint32_t ecx;
  uint32_t edx;
  uint32_t esi;
};

// Returns 0, or 1 if the instruction faulted. Written in assembly, so that there is one instruction at one known
// address, which the hypervisor or an emulation handles: a fault at this address is turned into a jump.
extern "C" int balloon_port_command(Registers* registers);
extern "C" const char balloon_port_instruction[];
extern "C" const char balloon_port_refused[];
asm(R"(
  .pushsection .text
  .hidden balloon_port_command
  .hidden balloon_port_instruction
  .hidden balloon_port_refused
  .globl balloon_port_command
  .globl balloon_port_instruction
  .globl balloon_port_refused
  .type balloon_port_command, @function
balloon_port_command:
  .cfi_startproc
  push %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  push %rdi
  .cfi_adjust_cfa_offset 8
  movq 0(%rdi), %rbx
  movl 8(%rdi), %eax
  movl 12(%rdi), %ecx
  movl 16(%rdi), %edx
  movl 20(%rdi), %esi
balloon_port_instruction:
  inl %dx, %eax
  movq (%rsp), %rdi
  movq %rbx, 0(%rdi)
  movl %eax, 8(%rdi)
  movl %ecx, 12(%rdi)
  xorl %eax, %eax
balloon_port_return:
  .cfi_remember_state
  pop %rdi
  .cfi_adjust_cfa_offset -8
  pop %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  ret
  .cfi_restore_state
balloon_port_refused:
  movl $1, %eax
  jmp balloon_port_return
  .cfi_endproc
  .size balloon_port_command, . - balloon_port_command
  .popsection
)");

// Signals of a faulting instruction: the first on bare Linux, the others under hypervisors that reject it.
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL};
struct sigaction g_before[sizeof kSignals / sizeof *kSignals];

const struct sigaction& Before(int signal) {
  size_t index = 0;
  while (kSignals[index] != signal) index++;
  return g_before[index];
}

void Handle(int signal, siginfo_t* info, void* context) {
  greg_t& instruction = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  if (instruction == reinterpret_cast<greg_t>(balloon_port_instruction)) {
    instruction = reinterpret_cast<greg_t>(balloon_port_refused);
    return;
  }
  PassOn(Before(signal), signal, info, context);
}

void InstallGuard() {
  struct sigaction action {};
  action.sa_sigaction = Handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t index = 0; index < sizeof kSignals / sizeof *kSignals; index++) {
    sigaction(kSignals[index], nullptr, &g_before[index]);
    sigaction(kSignals[index], &action, nullptr);
  }
}

}  // namespace

Backdoor::Backdoor() {
  static std::once_flag installed;
  std::call_once(installed, InstallGuard);
}

PortAnswer Backdoor::Send(Command command, uint64_t argument, uint32_t count) {
  Registers registers{argument, kMagic, static_cast<uint32_t>(command), kBackdoorPort, count};
  const bool fault = balloon_port_command(&registers) != 0;
  return {registers.eax, registers.rbx, registers.ecx, fault};
}

}  // namespace balloon
