#include "worker.h"

#include <pthread.h>

#include "backdoor.h"
#include "emulation/in_process.h"

namespace balloon {
namespace {

Answer Closed() { return {Failure{code::kClosed, "the balloon's worker is closed"}, 0, 0}; }

}  // namespace

// The resources of the thread while it is open. Created and destroyed on that thread, because the permission for the
// port and the trap of an emulated host belong to the thread.
class Worker::Session {
 public:
  Outcome Open(const WorkerOptions& options, Worker& worker);
  Answer Do(const Task& task);

 private:
  Answer Say(Command command, uint64_t argument);
  Answer Offer(const Task& task);

  Counters* counters_ = nullptr;
  GuestMemory memory_;
  std::optional<Backdoor> backdoor_;
  std::unique_ptr<emulation::InProcessHost> emulated_;
  std::unique_ptr<Balloon> balloon_;
};

Outcome Worker::Session::Open(const WorkerOptions& options, Worker& worker) {
  counters_ = &worker.counters_;
  backdoor_.emplace();
  if (options.backdoor == BackdoorKind::kEmulated) {
    // A port instruction that the trap does not catch reaches the hypervisor, which may hold the frames of a real
    // balloon.
    if (!backdoor_->Send(Command::kTrial, 0).fault) {
      return Failure{code::kPortAnswered,
                     "the port instruction is answered here, by the hypervisor or by another emulated host, so an emulated "
                     "host's commands would go to it"};
    }
    std::string problem;
    emulated_ = emulation::InProcessHost::Install(options.script, &problem);
    if (emulated_ == nullptr) return Failure{code::kScript, "the emulated host's script: " + problem};
  } else if (Outcome refused = AcquirePort(*backdoor_, options.io_permission, &worker.io_permission_)) {
    return refused;
  }
  Failure failure{};
  balloon_ = Balloon::Open(options.balloon, memory_, worker.limits_, worker.counters_, &failure);
  if (balloon_ == nullptr) return failure;
  worker.pin_kind_ = balloon_->pin_kind();
  return std::nullopt;
}

Answer Worker::Session::Do(const Task& task) {
  switch (task.kind) {
    case Task::Kind::kTotalPages: return {std::nullopt, static_cast<double>(GuestMemory::TotalPages()), 0};
    case Task::Kind::kStart: return Say(Command::kStart, task.count);
    case Task::Kind::kGuestId: return Say(Command::kGuestId, task.count);
    case Task::Kind::kGetTarget:
      // The first command of a cycle.
      balloon_->BeginCycle();
      return Say(Command::kGetTarget, task.count);
    case Task::Kind::kLock:
    case Task::Kind::kUnlock: return Offer(task);
    case Task::Kind::kRelease: return {std::nullopt, static_cast<double>(balloon_->Release()), 0};
    case Task::Kind::kFree: {
      uint64_t freed = 0;
      Outcome failure = balloon_->Free(task.count, static_cast<Custody>(task.value), &freed);
      if (failure.has_value()) return {failure, 0, 0};
      return {std::nullopt, static_cast<double>(freed), 0};
    }
    case Task::Kind::kAllocate: {
      Balloon::Allocated allocated{0, false};
      Outcome failure = balloon_->Allocate(task.count, task.value != 0, &allocated);
      if (failure.has_value()) return {failure, 0, 0};
      return {std::nullopt, static_cast<double>(allocated.pages), allocated.failed ? 1.0 : 0.0};
    }
    case Task::Kind::kOpen:
    case Task::Kind::kClose: break;
  }
  return {};
}

Answer Worker::Session::Say(Command command, uint64_t argument) {
  const PortAnswer answer = backdoor_->Send(command, argument);
  counters_->commands.fetch_add(1, std::memory_order_relaxed);
  if (answer.fault) return {PortFault(), 0, 0};
  uint64_t result = 0;
  if (command == Command::kStart) {
    if (answer.status == kSuccess || answer.status == kSuccessWithCapabilities) {
      const bool has_capabilities = answer.status == kSuccessWithCapabilities;
      const uint32_t granted = has_capabilities ? answer.capabilities & static_cast<uint32_t>(argument) : kBasicCommands;
      counters_->granted.store(granted, std::memory_order_relaxed);
      balloon_->Grant(granted);
    }
    result = counters_->capabilities;
  } else if (command == Command::kGetTarget) {
    const bool all = (counters_->capabilities & kTargets64) != 0;
    result = all ? answer.result : static_cast<uint32_t>(answer.result);
  }
  return {std::nullopt, static_cast<double>(answer.status), static_cast<double>(result)};
}

Answer Worker::Session::Offer(const Task& task) {
  Balloon::Offered offered{0, 0};
  Outcome failure = task.kind == Task::Kind::kLock ? balloon_->Lock(*backdoor_, task.count, &offered)
                                                   : balloon_->Unlock(*backdoor_, task.count, &offered);
  if (failure.has_value()) return {failure, 0, 0};
  return {std::nullopt, static_cast<double>(offered.accepted), static_cast<double>(offered.status)};
}

Worker::Worker(WorkerOptions options, std::function<void()> wake)
    : options_(std::move(options)), wake_(std::move(wake)) {}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  Submit({Task::Kind::kClose});
  thread_.join();
}

void Worker::Begin() { thread_ = std::thread([this] { Work(); }); }

void Worker::Submit(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!ended_) {
      tasks_.push_back(task);
      has_task_.notify_one();
      return;
    }
    answers_.push_back(Closed());
  }
  wake_();
}

std::deque<Answer> Worker::TakeAnswers() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(answers_, {});
}

Task Worker::Next() {
  std::unique_lock<std::mutex> lock(mutex_);
  has_task_.wait(lock, [this] { return !tasks_.empty(); });
  const Task task = tasks_.front();
  tasks_.pop_front();
  return task;
}

void Worker::Reply(Answer answer) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  wake_();
}

// Sends the last answer of the thread; tasks still in the queue are answered with CLOSED.
void Worker::End(Answer answer) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    answers_.push_back(std::move(answer));
    answers_.insert(answers_.end(), tasks_.size(), Closed());
    tasks_.clear();
  }
  wake_();
}

void Worker::Work() {
  pthread_setname_np(pthread_self(), "balloon-worker");
  Outcome refused;
  {
    Session session;
    refused = session.Open(options_, *this);
    if (!refused.has_value()) {
      Reply({});
      for (Task task = Next(); task.kind != Task::Kind::kClose; task = Next()) Reply(session.Do(task));
    }
  }
  counters_.pinned_pages = 0;
  counters_.deferred_pages = 0;
  End({std::move(refused), 0, 0});
}

Outcome TryPort(BackdoorKind backdoor, IoPermission permission) {
  if (backdoor == BackdoorKind::kEmulated) return std::nullopt;
  Outcome outcome;
  // The permission must not stay with the calling thread.
  std::thread([&outcome, permission] {
    Backdoor port;
    IoPermission used;
    outcome = AcquirePort(port, permission, &used);
  }).join();
  return outcome;
}

}  // namespace balloon
