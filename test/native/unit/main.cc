#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "check.h"

namespace check {
namespace {

Test* g_first = nullptr;

bool Wanted(const Test& test, int count, char** names) {
  for (int index = 0; index < count; index++) {
    if (std::strcmp(test.name, names[index]) == 0) return true;
  }
  return count == 0;
}

bool Passes(const Test& test) {
  const pid_t child = fork();
  if (child == 0) {
    test.run();
    // Not _exit: leaks are looked for at the end.
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Test::Test(const char* test_name, void (*test)()) : name(test_name), run(test), next(g_first) { g_first = this; }

}  // namespace check

int main(int count, char** arguments) {
  int failed = 0;
  for (const check::Test* test = check::g_first; test != nullptr; test = test->next) {
    if (!check::Wanted(*test, count - 1, arguments + 1)) continue;
    const bool passed = check::Passes(*test);
    std::printf("%s %s\n", passed ? "ok" : "FAILED", test->name);
    std::fflush(stdout);
    if (!passed) failed++;
  }
  return failed == 0 ? 0 : 1;
}
