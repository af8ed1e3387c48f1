#include "worker.h"

#include <condition_variable>
#include <filesystem>

#include "check.h"
#include "support.h"

using balloon::Answer;
using balloon::BackdoorKind;
using balloon::IoPermission;
using balloon::Task;
using balloon::Worker;

namespace {

long Threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

// A worker whose answers can be waited for.
class Rig {
 public:
  explicit Rig(const std::string& script = "balloon-host 1\ntarget 0 77\n", uint64_t arena_pages = 4096)
      : worker_({BackdoorKind::kEmulated, IoPermission::kAuto, {arena_pages, 512, std::nullopt}, script}, [this] { Wake(); }) {
    worker_.Begin();
  }

  Worker& operator*() { return worker_; }

  Answer Next() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (answers_.empty()) {
      CHECK(woken_.wait_for(lock, std::chrono::seconds(60), [this] { return wakes_ > 0; }));
      wakes_ = 0;
      for (Answer& answer : worker_.TakeAnswers()) answers_.push_back(std::move(answer));
    }
    const Answer answer = answers_.front();
    answers_.pop_front();
    return answer;
  }

  Answer Ask(Task task) {
    worker_.Submit(task);
    return Next();
  }

  // Asks for `task.count` pages in as many calls as it takes: each ends after some ten milliseconds with what it has done.
  void AskForAll(Task task) {
    uint64_t done = 0;
    for (const uint64_t wanted = task.count; done < wanted; task.count = wanted - done) {
      const Answer answer = Ask(task);
      CHECK(!answer.failure.has_value());
      CHECK(answer.first > 0);
      done += static_cast<uint64_t>(answer.first);
    }
  }

 private:
  void Wake() {
    const std::lock_guard<std::mutex> lock(mutex_);
    wakes_++;
    woken_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
  std::deque<Answer> answers_;
  Worker worker_;
};

std::string Code(const Answer& answer) { return answer.failure.has_value() ? answer.failure->code : ""; }

}  // namespace

TEST(AnswersComeInTheOrderOfTasks) {
  Rig rig;
  CHECK_EQ(Code(rig.Next()), "");
  (*rig).Submit({Task::Kind::kStart, 2});
  (*rig).Submit({Task::Kind::kGetTarget, 1 << 20});
  // One step each, which no call ends before.
  (*rig).Submit({Task::Kind::kAllocate, 500, 1});
  (*rig).Submit({Task::Kind::kAllocate, 7, 0});
  CHECK_EQ(rig.Next().first, 0);
  CHECK_EQ(rig.Next().second, 77);
  CHECK_EQ(rig.Next().first, 500);
  CHECK_EQ(rig.Next().first, 7);
  rig.AskForAll({Task::Kind::kAllocate, 500, 1});
  rig.AskForAll({Task::Kind::kLock, 1007});
  rig.AskForAll({Task::Kind::kUnlock, 1000});
  CHECK_EQ((*rig).counters().commands.load(), 2u + 1007 + 1000);
  CHECK_PINNED(1007u);
  CHECK_EQ(Code(rig.Ask({Task::Kind::kClose})), "");
  CHECK_PINNED(0u);
  CHECK_EQ((*rig).counters().pinned_pages.load(), 0u);
}

TEST(AClosedWorkerSaysSo) {
  Rig rig;
  rig.Next();
  (*rig).Submit({Task::Kind::kClose});
  (*rig).Submit({Task::Kind::kTotalPages});
  CHECK_EQ(Code(rig.Next()), "");
  CHECK_EQ(Code(rig.Next()), "CLOSED");
  CHECK_EQ(Code(rig.Ask({Task::Kind::kAllocate, 1})), "CLOSED");
}

TEST(AWorkerThatIsDroppedFreesEverything) {
  const long threads = Threads();
  for (int turn = 0; turn < 20; turn++) {
    Rig rig;
    rig.Next();
    rig.Ask({Task::Kind::kAllocate, 500});
    CHECK_PINNED(500u);
  }
  CHECK_PINNED(0u);
  CHECK_EQ(Threads(), threads);
}

TEST(ABadScriptIsAFailureOfOpening) {
  Rig rig("balloon-host 1\nno such line\n");
  const Answer answer = rig.Next();
  CHECK_EQ(Code(answer), "SCRIPT");
  CHECK(answer.failure->message.find("line 2") != std::string::npos);
  CHECK_EQ(Code(rig.Ask({Task::Kind::kTotalPages})), "CLOSED");
}

TEST(AnArenaThatCannotBeReservedIsAFailureOfOpening) {
  Rig rig("balloon-host 1\n", uint64_t{1} << 35);
  CHECK_EQ(Code(rig.Next()), "ARENA");
}

TEST(ATrialOfAPortWithoutAHostIsNoCrash) {
  const balloon::Outcome refused = balloon::TryPort(BackdoorKind::kVmware, IoPermission::kNone);
  CHECK_EQ(std::string(refused->code), "NO_BACKDOOR");
  CHECK(!balloon::TryPort(BackdoorKind::kEmulated, IoPermission::kNone).has_value());
}
