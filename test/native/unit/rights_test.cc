#include "rights.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "check.h"

namespace {

std::atomic<bool> g_released{false};

// Of another process than this one, which shares the memory.
int UntilReleased(void*) {
  // A test that fails leaves no process.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (!g_released.load()) usleep(1000);
  return 0;
}

// A system call that handles no signal until it is released, as one on a frozen file system.
void Hang(std::atomic<pid_t>* tid) {
  alignas(16) static thread_local char stack[1 << 16];
  tid->store(gettid());
  clone(UntilReleased, stack + sizeof stack, CLONE_VM | CLONE_VFORK, nullptr);
}

uint64_t Effective(pid_t tid) {
  std::ifstream status("/proc/self/task/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("CapEff:", 0) == 0) return std::strtoull(line.c_str() + 7, nullptr, 16);
  }
  return 0;
}

char StateOf(pid_t tid) {
  std::ifstream stat("/proc/self/task/" + std::to_string(tid) + "/stat");
  std::string text;
  std::getline(stat, text);
  return text[text.rfind(')') + 2];
}

}  // namespace

// The capabilities that remain where the limit of locked memory can't be raised.
constexpr uint64_t kIpcLock = uint64_t{1} << 14;

TEST(ThreadsThatHandleNoSignalsDropTheirRightsWhenTheyDoAgain) {
  std::atomic<pid_t> tids[3]{};
  std::vector<std::thread> threads;
  for (std::atomic<pid_t>& tid : tids) threads.emplace_back(Hang, &tid);
  for (std::atomic<pid_t>& tid : tids) {
    while (tid.load() == 0 || StateOf(tid.load()) != 'D') usleep(1000);
  }
  std::thread other([] {
    while (!g_released.load()) usleep(1000);
  });
  const auto began = std::chrono::steady_clock::now();
  const balloon::Outcome outcome = balloon::DropRights(false);
  // All are waited for at once. The limit is far above the time that this takes.
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(9));
  CHECK(outcome.has_value());
  CHECK_EQ(outcome->message,
           "capabilities are not dropped everywhere yet: 3 threads have not responded (they may wait for a file system), and drop "
           "them before they execute anything else");
  CHECK_EQ(Effective(gettid()) & ~kIpcLock, 0U);
  for (std::atomic<pid_t>& tid : tids) CHECK((Effective(tid.load()) & ~kIpcLock) != 0);
  g_released.store(true);
  for (std::thread& thread : threads) thread.join();
  other.join();
  CHECK(!balloon::DropRights(false).has_value());
}

TEST(AThreadThatIsReleasedHasDroppedItsRightsBeforeItRunsOn) {
  std::atomic<pid_t> tid{0};
  std::atomic<uint64_t> left{~uint64_t{0}};
  std::thread thread([&] {
    Hang(&tid);
    left.store(Effective(gettid()));
  });
  while (tid.load() == 0 || StateOf(tid.load()) != 'D') usleep(1000);
  const balloon::Outcome outcome = balloon::DropRights(false);
  CHECK(outcome.has_value());
  CHECK_EQ(outcome->message,
           "capabilities are not dropped everywhere yet: 1 thread has not responded (it may wait for a file system), and drops them "
           "before it executes anything else");
  g_released.store(true);
  thread.join();
  CHECK_EQ(left.load() & ~kIpcLock, 0U);
}

TEST(ThreadsThatCantBeListedAreAFailure) {
  std::thread other([] {
    while (!g_released.load()) usleep(1000);
  });
  rlimit limit{};
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none{0, limit.rlim_max};
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const balloon::Outcome outcome = balloon::DropRights(false);
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  g_released.store(true);
  other.join();
  CHECK(outcome.has_value());
  CHECK_EQ(outcome->message,
           "can't drop capabilities: the threads can't be listed in /proc/self/task, and the daemon continues with the capabilities "
           "that they have");
}

// Hides what is below a directory of /proc from this thread.
void Hide(const std::string& path) {
  CHECK(unshare(CLONE_NEWNS) == 0);
  CHECK(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  CHECK(mount("none", path.c_str(), "tmpfs", 0, nullptr) == 0);
}

TEST(AListOfThreadsWithoutTheOwnOneIsAFailure) {
  // In a thread of its own: the leak sanitizer needs the list at the end.
  std::thread([] {
    Hide("/proc/self/task");
    CHECK(balloon::DropRights(false).has_value());
  }).join();
}

TEST(AThreadThatDoesNotShowItsCapabilitiesCountsAsOneThatHasSome) {
  std::atomic<pid_t> tid{0};
  std::thread other([&] {
    tid.store(gettid());
    while (!g_released.load()) usleep(1000);
  });
  while (tid.load() == 0) usleep(1000);
  Hide("/proc/self/task/" + std::to_string(tid.load()));
  const balloon::Outcome outcome = balloon::DropRights(false);
  g_released.store(true);
  other.join();
  CHECK(outcome.has_value());
  CHECK(outcome->message.find("a thread still has some") != std::string::npos);
}
