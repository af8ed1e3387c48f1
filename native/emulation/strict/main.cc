// strict-host --script FILE [--report FILE] -- PROGRAM [ARGUMENT...]
//
// Starts a program under ptrace and answers its port instruction as the host of a balloon driver, according to a
// script. The program fails if a frame that it locks is not its own page, is already locked, moves, or is swapped out.
// Exit status: the program's own; 128 + N if signal N ended it; 3 if it broke a rule; 2 if it could not be started.
#include <signal.h>
#include <sys/wait.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "../../backdoor.h"
#include "../host.h"
#include "../script.h"
#include "start_guest.h"
#include "tracer.h"

namespace {

using balloon::emulation::Host;
using balloon::emulation::HostState;
using balloon::emulation::Outcome;

constexpr int kUsage = 2;
constexpr int kBrokenRule = 3;
constexpr const char* kHelp =
    "Usage: strict-host --script FILE [--report FILE] -- PROGRAM [ARGUMENT...]\n\n"
    "Runs a program as the guest of an emulated host that checks all rules; docs/emulation.md describes scripts.\n\n"
    "  --script FILE   the script of the host\n"
    "  --report FILE   write the results, as JSON\n\n"
    "Exit status: the program's own; 128 + N if signal N ended it; 3 if it broke a rule of the host; 2 if it could not\n"
    "be started.\n";

volatile pid_t g_guest = 0;

// A signal sent to the host by a user or a program is meant for the guest; a terminal sends it to both.
void PassOn(int signal, siginfo_t* info, void*) {
  if (info->si_code <= 0 && g_guest > 0) kill(g_guest, signal);
}

void PassSignalsOn() {
  struct sigaction action {};
  action.sa_sigaction = PassOn;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaction(signal, &action, nullptr);
}

int Fail(const std::string& what) {
  std::fprintf(stderr, "strict-host: %s\n", what.c_str());
  return kUsage;
}

std::optional<std::string> ReadFile(const char* path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path, "re"), std::fclose);
  if (file == nullptr) return std::nullopt;
  std::string text;
  char part[65536];
  for (size_t got = 0; (got = std::fread(part, 1, sizeof part, file.get())) > 0;) text.append(part, got);
  return text;
}

bool WriteReport(const char* path, const HostState& state, const Outcome& outcome, int exit) {
  FILE* const file = std::fopen(path, "we");
  if (file == nullptr) return false;
  // The texts of broken rules contain no character that JSON must escape.
  std::fprintf(file,
               "{\n  \"exit\": %d,\n  \"violation\": %s%s%s,\n  \"commands\": %" PRIu64
               ",\n  \"nsPerCommand\": %" PRIu64 ",\n  \"checksOfAllPages\": %" PRIu64 ",\n  \"entriesRead\": %" PRIu64
               ",\n  \"resets\": %" PRIu64 ",\n  \"mostLocked\": %" PRIu64 ",\n  \"locked\": %" PRIu64 "\n}\n",
               exit, outcome.violation.empty() ? "" : "\"",
               outcome.violation.empty() ? "null" : outcome.violation.c_str(), outcome.violation.empty() ? "" : "\"",
               outcome.commands, outcome.commands > 0 ? outcome.answer_ns / outcome.commands : 0, outcome.checks,
               outcome.looks, state.resets, state.most_locked, state.locked);
  return std::fclose(file) == 0;
}

int ExitStatus(const Outcome& outcome) {
  if (!outcome.violation.empty()) return kBrokenRule;
  return WIFSIGNALED(outcome.wait_status) ? 128 + WTERMSIG(outcome.wait_status) : WEXITSTATUS(outcome.wait_status);
}

}  // namespace

int main(int count, char** arguments) {
  const char* script_file = nullptr;
  const char* report_file = nullptr;
  int next = 1;
  for (; next < count && std::strcmp(arguments[next], "--") != 0; next++) {
    const std::string name = arguments[next];
    if (name == "--help" || name == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    const char** const value = name == "--script" ? &script_file : name == "--report" ? &report_file : nullptr;
    if (value == nullptr) return Fail("unexpected argument " + name + " (strict-host --help)");
    if (next + 1 == count) return Fail(name + ": a file is missing");
    *value = arguments[++next];
  }
  if (script_file == nullptr) return Fail("--script FILE is missing (strict-host --help)");
  if (next + 1 >= count) return Fail("the program is missing: strict-host --script FILE -- PROGRAM");

  const std::optional<std::string> text = ReadFile(script_file);
  if (!text) return Fail(std::string(script_file) + ": " + std::strerror(errno));
  std::string problem;
  std::optional<balloon::emulation::Script> script = balloon::emulation::ParseScript(*text, &problem);
  if (!script) return Fail(std::string(script_file) + ": " + problem);
  const std::unique_ptr<Host> host = Host::Open(std::move(*script), &problem);
  if (host == nullptr) return Fail(problem);

  // The hypervisor, or an outer emulated host, would receive the commands before this host sees them.
  if (!balloon::Backdoor().Send(balloon::Command::kTrial, 0).fault) {
    return Fail("the port instruction is answered here already, by the hypervisor or by another emulated host");
  }
  PassSignalsOn();
  const pid_t guest = balloon::emulation::StartGuest(arguments + next + 1, &problem);
  if (guest < 0) return Fail(problem);
  g_guest = guest;
  const Outcome outcome = balloon::emulation::Tracer(*host, guest).Run();
  const int exit = ExitStatus(outcome);
  if (!outcome.violation.empty()) {
    std::fprintf(stderr, "strict-host: the guest broke a rule: %s\n", outcome.violation.c_str());
  }
  if (report_file != nullptr && !WriteReport(report_file, host->state(), outcome, exit)) {
    return Fail(std::string(report_file) + ": " + std::strerror(errno));
  }
  return exit;
}
