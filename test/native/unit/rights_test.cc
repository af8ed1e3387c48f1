#include "rights.h"

#include <dirent.h>
#include <sched.h>
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
           "capabilities are not dropped everywhere yet: 3 threads wait for a file system, and will drop them as soon as it answers");
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
  CHECK(balloon::DropRights(false).has_value());
  g_released.store(true);
  thread.join();
  CHECK_EQ(left.load() & ~kIpcLock, 0U);
}
