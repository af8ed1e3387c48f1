#include "backdoor.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "emulation/in_process.h"
#include "io_permission.h"

using balloon::Backdoor;
using balloon::Command;
using balloon::IoPermission;

namespace {

// What a signal does to a process that has a backdoor open: the signal that ends it, or 0.
int EndOf(void (*act)()) {
  const pid_t child = fork();
  if (child == 0) {
    // The sanitizer's own handlers would tell it otherwise.
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL}) ::signal(signal, SIG_DFL);
    Backdoor backdoor;
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

volatile sig_atomic_t g_seen = 0;

}  // namespace

TEST(APortWithoutAHostIsAFaultAndNoCrash) {
  Backdoor backdoor;
  for (int turn = 0; turn < 3; turn++) CHECK(backdoor.Send(Command::kTrial, 0).fault);
}

TEST(OtherFaultsEndTheProcessAsEver) {
  CHECK_EQ(EndOf([] { asm volatile("movl $1, 0"); }), SIGSEGV);
  CHECK_EQ(EndOf([] { asm volatile("ud2"); }), SIGILL);
  CHECK_EQ(EndOf([] { raise(SIGBUS); }), SIGBUS);
}

TEST(HandlersThatWereThereAreAsked) {
  signal(SIGSEGV, [](int) { g_seen = 1; });
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) { g_seen = info->si_signo; };
  sigaction(SIGILL, &action, nullptr);
  Backdoor backdoor;
  raise(SIGSEGV);
  CHECK_EQ(g_seen, 1);
  raise(SIGILL);
  CHECK_EQ(g_seen, SIGILL);
  CHECK(backdoor.Send(Command::kTrial, 0).fault);
}

TEST(AnEmulatedHostAnswersTheInstruction) {
  Backdoor backdoor;
  std::string problem;
  {
    const auto host = balloon::emulation::InProcessHost::Install("balloon-host 1\ntarget 0 77\n", &problem);
    CHECK_EQ(problem, "");
    const balloon::PortAnswer answer = backdoor.Send(Command::kStart, 2);
    CHECK_EQ(answer.fault, false);
    CHECK_EQ(answer.status, 0u);
    CHECK_EQ(backdoor.Send(Command::kGetTarget, 1 << 20).result, 77u);
  }
  CHECK(backdoor.Send(Command::kGetTarget, 1 << 20).fault);
}

TEST(APortThatFaultsWithoutPermissionIsTold) {
  Backdoor backdoor;
  IoPermission used;
  const balloon::Outcome none = balloon::AcquirePort(backdoor, IoPermission::kNone, &used);
  CHECK(none.has_value());
  CHECK_EQ(std::string(none->code), "NO_BACKDOOR");
  CHECK(none->message.find("--io-permission ioperm") != std::string::npos);
}

TEST(APortThatNeedsNoPermissionTakesNone) {
  Backdoor backdoor;
  std::string problem;
  const auto host = balloon::emulation::InProcessHost::Install("balloon-host 1\n", &problem);
  IoPermission used = IoPermission::kIoperm;
  CHECK(!balloon::AcquirePort(backdoor, IoPermission::kAuto, &used).has_value());
  CHECK(used == IoPermission::kNone);
}
