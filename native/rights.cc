#include "rights.h"

#include <dirent.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <set>
#include <string>

#include "file.h"

namespace balloon {
namespace {

// A thread can change only its own capabilities, so each thread must do it, in a signal handler. Node's threads may
// block every signal except those that glibc reserves: this is the one by which glibc changes the user of all threads,
// and it is used here for a moment. (Its number is the same in all versions; glibc's functions refuse it, the kernel
// does not.)
constexpr int kSignal = 33;

constexpr unsigned kCapabilities = 64;
constexpr unsigned kIpcLock = 14;
constexpr unsigned kNetBindService = 10;

// How long threads may take to drop their capabilities. One that waits for a file system that does not answer handles signals
// only when that call returns.
constexpr int kPatienceMs = 1000;
// More answers than threads of a daemon.
constexpr size_t kAnswers = 1024;

std::atomic<uint64_t> g_kept{0};
// The threads that have handled the signal.
std::atomic<long> g_answers[kAnswers];
std::atomic<size_t> g_answered{0};

// Async-signal-safe.
void DropHere() {
  const uint64_t kept = g_kept.load();
  const int error = errno;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // Fails without CAP_SETPCAP; the bounding set then only affects executed programs, which gain nothing.
  for (unsigned number = 0; number < kCapabilities; number++) {
    if ((kept >> number & 1) == 0) prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) == 0) {
    for (unsigned half = 0; half < _LINUX_CAPABILITY_U32S_3; half++) {
      const auto mask = static_cast<uint32_t>(kept >> (32 * half));
      data[half] = {data[half].effective & mask, data[half].permitted & mask, 0};
    }
    syscall(SYS_capset, &header, data);
  }
  errno = error;
}

void Handle(int) {
  DropHere();
  g_answers[g_answered.fetch_add(1) % kAnswers].store(syscall(SYS_gettid));
}

// The kernel's struct sigaction; glibc's functions do not accept this signal.
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};
constexpr unsigned long kRestorer = 0x04000000;

extern "C" void balloon_return_from_signal();
asm(R"(
  .pushsection .text
  .hidden balloon_return_from_signal
  .type balloon_return_from_signal, @function
balloon_return_from_signal:
  movl $15, %eax
  syscall
  .size balloon_return_from_signal, . - balloon_return_from_signal
  .popsection
)");

pid_t OwnThread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

// All threads of this process; nothing if they can't be listed.
std::optional<std::set<pid_t>> Threads() {
  DIR* const directory = opendir("/proc/self/task");
  if (directory == nullptr) return std::nullopt;
  std::set<pid_t> threads;
  while (const dirent* const entry = readdir(directory)) {
    const int tid = atoi(entry->d_name);
    if (tid > 0) threads.insert(tid);
  }
  closedir(directory);
  // A list without this thread is not one of this process.
  if (threads.count(OwnThread()) == 0) return std::nullopt;
  return threads;
}

bool HasAnswered(pid_t tid) {
  for (const std::atomic<long>& answer : g_answers) {
    if (answer.load() == tid) return true;
  }
  return false;
}

bool Signal(pid_t tid, int signal) { return syscall(SYS_tgkill, getpid(), tid, signal) == 0; }

// Makes all other threads drop their capabilities. `waiting`: those that have neither answered in time nor ended. False if the
// threads can't be listed.
bool DropInOthers(std::set<pid_t>& waiting) {
  for (std::atomic<long>& answer : g_answers) answer.store(0);
  g_answered.store(0);
  std::set<pid_t> asked{OwnThread()};
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  do {
    // Again and again until no new thread is found: a thread may have started others before it dropped its capabilities.
    bool found = false;
    const std::optional<std::set<pid_t>> threads = Threads();
    if (!threads.has_value()) return false;
    for (const pid_t tid : *threads) {
      if (!asked.insert(tid).second) continue;
      found = true;
      if (Signal(tid, kSignal)) waiting.insert(tid);
    }
    for (auto tid = waiting.begin(); tid != waiting.end();) {
      tid = HasAnswered(*tid) || !Signal(*tid, 0) ? waiting.erase(tid) : std::next(tid);
    }
    if (!found && waiting.empty()) break;
    usleep(100);
  } while (std::chrono::steady_clock::now() < end);
  return true;
}

// Whether a thread still has capabilities that it should have dropped. If it lives and does not show them, it has.
bool HasMore(pid_t tid) {
  KernelFile status("/proc/self/task/" + std::to_string(tid) + "/status");
  const std::string text(status.Read());
  uint64_t left = 0;
  for (const char* name : {"CapPrm:", "CapEff:", "CapAmb:"}) {
    const size_t at = text.find(name);
    if (at == std::string::npos) return Signal(tid, 0);
    left |= strtoull(text.c_str() + at + strlen(name), nullptr, 16);
  }
  return (left & ~g_kept.load()) != 0;
}

}  // namespace

Outcome DropRights(bool low_ports) {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  // Without CAP_SYS_RESOURCE this fails if it would raise the hard limit.
  setrlimit(RLIMIT_MEMLOCK, &limit);
  const bool unlimited = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
  g_kept.store((unlimited ? 0 : uint64_t{1} << kIpcLock) | (low_ports ? uint64_t{1} << kNetBindService : 0));

  const KernelAction ours{Handle, kRestorer | SA_RESTART | SA_ONSTACK, balloon_return_from_signal, ~0ul};
  KernelAction before{};
  if (syscall(SYS_rt_sigaction, kSignal, &ours, &before, sizeof ours.mask) != 0) {
    return Failure{code::kSystem, SystemText("can't drop capabilities: rt_sigaction", errno)};
  }
  DropHere();
  std::set<pid_t> waiting;
  const bool all_asked = DropInOthers(waiting);
  // A thread that has not answered drops its capabilities by this handler later, before it executes anything else; the handler of
  // glibc would crash.
  if (waiting.empty()) syscall(SYS_rt_sigaction, kSignal, &before, nullptr, sizeof before.mask);
  const std::optional<std::set<pid_t>> threads = Threads();
  if (!all_asked || !threads.has_value()) {
    return Failure{code::kSystem,
                   "can't drop capabilities: the threads can't be listed in /proc/self/task, and the daemon continues with the "
                   "capabilities that they have"};
  }
  for (const pid_t tid : *threads) {
    if (waiting.count(tid) != 0 || !HasMore(tid)) continue;
    return Failure{code::kSystem,
                   "can't drop capabilities: a thread still has some, and the daemon continues with them; let the system call "
                   "filter permit capset"};
  }
  if (!waiting.empty()) {
    return Failure{code::kSystem,
                   "capabilities are not dropped everywhere yet: " + std::to_string(waiting.size()) +
                       (waiting.size() == 1 ? " thread has not responded (it may wait for a file system), and drops"
                                            : " threads have not responded (they may wait for a file system), and drop") +
                       " them before " + (waiting.size() == 1 ? "it executes" : "they execute") + " anything else"};
  }
  return std::nullopt;
}

}  // namespace balloon
