// The thread that owns the balloon and the permission for the port, and does all work that may block.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "balloon.h"
#include "failure.h"
#include "io_permission.h"

namespace balloon {

enum class BackdoorKind { kVmware, kEmulated };

struct WorkerOptions {
  BackdoorKind backdoor;
  IoPermission io_permission;
  Balloon::Options balloon;
  // Of the emulated host.
  std::string script;
};

// A task for the thread; the numbers are the engine's, see src/engine/ports.ts.
struct Task {
  // kOpen is the first task of the thread.
  enum class Kind { kOpen, kTotalPages, kAllocate, kFree, kStart, kGuestId, kGetTarget, kLock, kUnlock, kRelease, kClose };
  Kind kind;
  // A number of pages, or the argument of a command to the host.
  uint64_t count = 0;
  // Whether an allocation may sleep, or the custody of the pages to free.
  uint32_t value = 0;
};

struct Answer {
  Outcome failure;
  double first = 0;
  double second = 0;
};

class Worker {
 public:
  // `wake` is called when there are answers to take: on the worker's thread, or on a thread that submits to a closed
  // worker.
  Worker(WorkerOptions options, std::function<void()> wake);
  // Frees everything, unless that has been done, and waits for the thread.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Limits& limits() { return limits_; }
  const Counters& counters() const { return counters_; }

  // Starts opening. The first answer is its result.
  void Begin();

  // Tasks are answered one by one, in order; those after kClose with CLOSED.
  void Submit(Task task);

  // The answers since the last call.
  std::deque<Answer> TakeAnswers();

  // Valid once the worker is open.
  PinKind pin_kind() const { return pin_kind_; }
  IoPermission io_permission() const { return io_permission_; }

 private:
  class Session;

  void Work();
  Task Next();
  void Reply(Answer answer);
  void End(Answer answer);

  const WorkerOptions options_;
  const std::function<void()> wake_;
  Limits limits_;
  Counters counters_;
  PinKind pin_kind_ = PinKind::kIoUring;
  IoPermission io_permission_ = IoPermission::kNone;

  std::mutex mutex_;
  std::condition_variable has_task_;
  std::deque<Task> tasks_;
  std::deque<Answer> answers_;
  bool ended_ = false;
  std::thread thread_;
};

// Tests the port once, on a separate thread.
Outcome TryPort(BackdoorKind backdoor, IoPermission permission);

}  // namespace balloon
