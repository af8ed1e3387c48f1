#include "tracer.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "../protocol.h"

namespace balloon::emulation {
namespace {

// By Violation.
constexpr const char* kViolations[] = {"", " was locked twice", " was unlocked but not locked",
                                       " does not begin a page of 2 MiB"};

uint64_t MonotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void Continue(pid_t thread, int signal) { ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(signal)); }

// The process of a thread.
pid_t ProcessOf(pid_t thread) {
  const std::string path = "/proc/" + std::to_string(thread) + "/status";
  const std::unique_ptr<FILE, int (*)(FILE*)> status(std::fopen(path.c_str(), "re"), std::fclose);
  char line[200];
  int process = 0;
  while (status != nullptr && std::fgets(line, sizeof line, status.get()) != nullptr) {
    if (std::sscanf(line, "Tgid: %d", &process) == 1) break;
  }
  return process;
}

// The pages of the guest, if there are any, for the entries of batches.
class GuestFrames : public FrameAccess {
 public:
  explicit GuestFrames(GuestPages* pages) : pages_(pages) {}

  bool Read(uint64_t frame, void* to, size_t bytes) noexcept override {
    return pages_ != nullptr && pages_->ReadFrame(frame, to, bytes);
  }

  bool Write(uint64_t frame, const void* from, size_t bytes) noexcept override {
    return pages_ != nullptr && pages_->WriteFrame(frame, from, bytes);
  }

 private:
  GuestPages* const pages_;
};

// Whether a thread has stopped at the port instruction; `registers` then contains its registers.
bool AtPortInstruction(pid_t thread, user_regs_struct* registers) {
  siginfo_t info{};
  // A port instruction without permission causes a general protection fault, which the kernel reports without an
  // address.
  if (ptrace(PTRACE_GETSIGINFO, thread, nullptr, &info) != 0 || info.si_code != SI_KERNEL) return false;
  if (ptrace(PTRACE_GETREGS, thread, nullptr, registers) != 0) return false;
  if ((registers->rdx & 0xffff) != kPort || static_cast<uint32_t>(registers->rax) != kMagic) return false;
  errno = 0;
  const long text = ptrace(PTRACE_PEEKTEXT, thread, registers->rip, nullptr);
  return errno == 0 && static_cast<uint8_t>(text) == kPortInstruction;
}

}  // namespace

// A command for pages.
struct Tracer::Transfer {
  uint32_t command;
  const char* name;
  bool is_lock;
  uint64_t frames;
};

const Tracer::Transfer* Tracer::TransferOf(uint32_t command) {
  static constexpr Transfer kTransfers[] = {{kLock, "LOCK", true, 1},
                                            {kUnlock, "UNLOCK", false, 1},
                                            {kBatchedLock, "BATCHED_LOCK", true, 1},
                                            {kBatchedUnlock, "BATCHED_UNLOCK", false, 1},
                                            {kBatched2mLock, "BATCHED_2M_LOCK", true, kLargeFrames},
                                            {kBatched2mUnlock, "BATCHED_2M_UNLOCK", false, kLargeFrames}};
  for (const Transfer& transfer : kTransfers) {
    if (transfer.command == command) return &transfer;
  }
  return nullptr;
}

Outcome Tracer::Run() {
  for (;;) {
    int status = 0;
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (WIFSTOPPED(status)) {
      Stopped(thread, status);
    } else if (thread == guest_) {
      outcome_.wait_status = status;
      // A guest that broke a rule is killed when the host exits.
      if (!outcome_.violation.empty()) break;
    }
  }
  if (pages_ != nullptr) outcome_.looks += pages_->looks();
  return outcome_;
}

void Tracer::Stopped(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_EXIT) {
    Exiting(thread);
  } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
    // The guest was stopped as by a shell's job control, and stays stopped until it is continued.
    ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
    return;
  } else if (event == 0 && !(signal == SIGSEGV && AnswerCommand(thread))) {
    Continue(thread, signal);
    return;
  }
  Continue(thread, 0);
}

// Called at the last moment at which the guest's memory can be read.
void Tracer::Exiting(pid_t thread) {
  if (pages_ == nullptr || thread != pages_->process()) return;
  unsigned long status = 0;
  ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &status);
  // A guest that was killed is not checked: the host forgets its frames when the next guest sends START.
  if (WIFEXITED(static_cast<int>(status))) {
    CheckAll();
    const uint64_t locked = host_.state().locked;
    if (locked > 0 && !told_in_vain_) Break("the guest ended with " + std::to_string(locked) + " frames locked, without START");
  }
  outcome_.looks += pages_->looks();
  pages_.reset();
}

bool Tracer::AnswerCommand(pid_t thread) {
  const uint64_t began = MonotonicNs();
  user_regs_struct registers{};
  if (!AtPortInstruction(thread, &registers)) return false;
  if (thread != last_thread_) {
    last_thread_ = thread;
    last_process_ = ProcessOf(thread);
  }
  const uint32_t command = static_cast<uint32_t>(registers.rcx) & 0xffff;
  // Once per cycle, and before the host forgets the locked frames.
  if (command == kGetTarget || command == kStart) CheckAll();
  const uint64_t violations = host_.state().violations;
  const uint32_t count = static_cast<uint32_t>(registers.rsi);
  // A guest that has not sent START has no pages for the host.
  GuestFrames frames(pages_ != nullptr && pages_->process() == last_process_ ? pages_.get() : nullptr);
  const Answer answer = host_.Command(command, registers.rbx, count, frames);
  Judge(last_process_, command, static_cast<uint32_t>(registers.rbx), answer.status, violations);
  registers.rax = answer.status;
  registers.rbx = answer.result;
  registers.rcx = answer.ecx;
  registers.rdx = kOverwritten;
  registers.rip += 1;
  ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
  outcome_.commands++;
  outcome_.answer_ns += MonotonicNs() - began;
  return true;
}

// Reports a command that violates the rules.
void Tracer::Judge(pid_t process, uint32_t command, uint32_t argument, uint32_t status, uint64_t violations_before) {
  if (host_.state().violations > violations_before) {
    // It is the first one, because it ends the guest.
    Break("frame " + std::to_string(host_.state().violation_frame) + kViolations[host_.state().violation]);
    return;
  }
  // A host that demands a reset has forgotten all locked frames.
  if (status == kReset && pages_ != nullptr) pages_->Forget();
  const bool is_start = status == kSuccess || status == kSuccessWithCapabilities;
  if (command == kStart && !is_start) {
    // The guest has announced a restart; this holds even if the host refused it.
    told_in_vain_ = true;
    if (pages_ != nullptr) pages_->Forget();
  }
  if (!is_start) return;
  if (command == kStart) {
    told_in_vain_ = false;
    if (pages_ != nullptr) outcome_.looks += pages_->looks();
    pages_ = std::make_unique<GuestPages>(process);
    return;
  }
  const Transfer* const transfer = TransferOf(command);
  if (transfer == nullptr) return;
  if (pages_ == nullptr || pages_->process() != process) {
    Break(std::string("the guest sent ") + transfer->name + " before START");
    return;
  }
  if (command == kLock || command == kUnlock) Move(*transfer, argument);
  for (uint32_t index = 0; index < host_.entry_count(); index++) {
    const uint64_t entry = host_.entries()[index];
    if ((entry & kEntryStatus) == kSuccess) Move(*transfer, static_cast<uint32_t>(entry >> kEntryFrameShift));
  }
}

// Follows a page that the host has locked or unlocked.
void Tracer::Move(const Transfer& transfer, uint32_t frame) {
  for (uint32_t each = frame; each < frame + transfer.frames; each++) {
    const std::string fault =
        transfer.is_lock ? pages_->Enter(each, transfer.frames == kLargeFrames) : pages_->Leave(each);
    if (!fault.empty()) Break(fault);
  }
}

void Tracer::CheckAll() {
  if (pages_ == nullptr) return;
  outcome_.checks++;
  const std::string fault = pages_->CheckAll();
  if (!fault.empty()) Break(fault);
}

// Reports the first broken rule, and ends the guest.
void Tracer::Break(const std::string& rule) {
  if (!outcome_.violation.empty()) return;
  outcome_.violation = rule;
  kill(guest_, SIGKILL);
  if (pages_ != nullptr && pages_->process() != guest_) kill(pages_->process(), SIGKILL);
}

}  // namespace balloon::emulation
