// test-guest [--in-process SCRIPT]
//
// A guest for tests of the emulated hosts: executes the lines of its standard input, correct and incorrect ones, with
// the real port instruction, and prints the result of each. Pages are identified by small numbers.
#include <fcntl.h>
#include <signal.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "in_process.h"
#include "protocol.h"

namespace {

constexpr size_t kPageBytes = 4096;

struct Answer {
  uint32_t status;
  uint64_t result;
  // The values of the other registers after the command.
  uint32_t ecx;
  uint32_t edx;
};

Answer Send(uint32_t command, uint64_t argument, uint32_t count = 0) {
  uint32_t status = balloon::emulation::kMagic;
  uint64_t result = argument;
  uint32_t port = balloon::emulation::kPort;
  asm volatile("inl %%dx, %%eax" : "+a"(status), "+b"(result), "+c"(command), "+d"(port) : "S"(count) : "memory");
  return {status, result, command, port};
}

void Print(const Answer& answer) {
  std::printf("%" PRId32 " %" PRIu64 "\n", static_cast<int32_t>(answer.status), answer.result);
}

uint64_t FrameOf(const void* page) {
  const int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  uint64_t entry = 0;
  const off_t at = static_cast<off_t>(reinterpret_cast<uintptr_t>(page) / kPageBytes * sizeof entry);
  const bool known = pread(file, &entry, sizeof entry, at) == sizeof entry;
  close(file);
  return known && (entry >> 63) != 0 ? entry & ((uint64_t{1} << 55) - 1) : 0;
}

class Guest {
 public:
  void Do(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    uint32_t number = 0;
    uint64_t argument = 0;
    words >> what >> number >> argument;
    if (what == "send") {
      Print(Send(number, argument));
    } else if (what == "registers") {
      const Answer answer = Send(number, argument);
      std::printf("%" PRIx32 " %" PRIx32 "\n", answer.ecx, answer.edx);
    } else if (what == "page") {
      // `page N KIND`: a populated page, of ordinary memory by default.
      std::string kind;
      std::istringstream(line) >> what >> number >> kind;
      pages_[number] = New(kind);
      std::printf("page\n");
    } else if (what == "lock" || what == "unlock") {
      const uint32_t frame = static_cast<uint32_t>(FrameOf(pages_[number]));
      Print(Send(what == "lock" ? balloon::emulation::kLock : balloon::emulation::kUnlock, frame));
    } else if (what == "batch") {
      // `batch COMMAND ENTRIES N…`: a command for pages, with the entries in page ENTRIES; then the status of each.
      Batch(number, static_cast<uint32_t>(argument), words);
    } else if (what == "lock-in-thread") {
      const uint32_t frame = static_cast<uint32_t>(FrameOf(pages_[number]));
      Answer answer{};
      std::thread([&] { answer = Send(balloon::emulation::kLock, frame); }).join();
      Print(answer);
    } else if (what == "remember") {
      remembered_ = static_cast<uint32_t>(FrameOf(pages_[number]));
      std::printf("remembered\n");
    } else if (what == "unlock-remembered") {
      Print(Send(balloon::emulation::kUnlock, remembered_));
    } else if (what == "sleep") {
      usleep(number * 1000);
      return;
    } else if (what == "ioperm") {
      // The strict host makes ioperm fail with ENOSYS, as on a kernel without this system call.
      const bool permitted = ioperm(balloon::emulation::kPort, 4, 1) == 0;
      std::printf("%s\n", permitted ? "permitted" : errno == ENOSYS ? "ENOSYS" : std::strerror(errno));
    } else if (what == "move") {
      Move(static_cast<char*>(pages_[number]));
    } else if (what == "swap-out") {
      std::printf("%s\n", madvise(pages_[number], kPageBytes, MADV_PAGEOUT) == 0 ? "swapped" : std::strerror(errno));
    } else if (what == "fragment") {
      Fragment(number);
    } else if (what == "drop") {
      std::printf("%s\n", munmap(pages_[number], kPageBytes) == 0 ? "dropped" : "not dropped");
    } else if (what == "fork") {
      // The child keeps its inherited pages until the guest has exited.
      if (fork() == 0) {
        pause();
        _exit(0);
      }
      std::printf("forked\n");
    } else if (what == "time") {
      Time(number);
    } else if (what == "crash") {
      // A fault that the port instruction did not cause.
      volatile char* volatile nowhere = nullptr;
      *nowhere = 1;
    } else if (what == "kill") {
      kill(getpid(), static_cast<int>(number));
      std::printf("alive\n");
    } else if (what == "exit") {
      std::fflush(stdout);
      _exit(static_cast<int>(number));
    }
    std::fflush(stdout);
  }

 private:
  void Batch(uint32_t command, uint32_t entries_page, std::istringstream& words) {
    volatile uint64_t* const entries = static_cast<volatile uint64_t*>(pages_[entries_page]);
    uint32_t count = 0;
    for (uint32_t number = 0; words >> number;) entries[count++] = FrameOf(pages_[number]) << 12;
    Print(Send(command, FrameOf(pages_[entries_page]), count));
    for (uint32_t index = 0; index < count; index++) std::printf("%" PRIu64 "\n", entries[index] & 31);
  }

  static void* New(const std::string& kind) {
    const bool shared = kind == "file";
    const int file = shared ? memfd_create("page", MFD_CLOEXEC) : -1;
    if (shared && ftruncate(file, kPageBytes) != 0) std::abort();
    const int flags = shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    char* const page = static_cast<char*>(mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, flags, file, 0));
    if (kind == "zero") {
      // Read but never written: the shared zero page.
      static_cast<void>(*static_cast<volatile char*>(page));
    } else {
      *page = 1;
    }
    return page;
  }

  // Replaces the frame of a page, as compaction would.
  static void Move(char* page) {
    char* const other = static_cast<char*>(New(""));
    const bool moved = mremap(other, kPageBytes, kPageBytes, MREMAP_MAYMOVE | MREMAP_FIXED, page) == page;
    std::printf("%s\n", moved ? "moved" : "not moved");
  }

  // Allocates `mib` MiB and frees every other page: later allocations lie between the remaining pages.
  static void Fragment(uint32_t mib) {
    const size_t bytes = size_t{mib} << 20;
    char* const memory = static_cast<char*>(
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < bytes; at += kPageBytes) memory[at] = 1;
    for (size_t at = 0; at < bytes; at += 2 * kPageBytes) madvise(memory + at, kPageBytes, MADV_DONTNEED);
    std::printf("fragmented\n");
  }

  static int64_t NowNs(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
  }

  // Measures the cost of a command: elapsed time, and processor time of this thread, which other load does not affect.
  static void Time(uint32_t commands) {
    const int64_t began = NowNs(CLOCK_MONOTONIC);
    const int64_t spent = NowNs(CLOCK_THREAD_CPUTIME_ID);
    for (uint32_t i = 0; i < commands; i++) Send(balloon::emulation::kGetTarget, 1);
    std::printf("%" PRId64 " %" PRId64 "\n", (NowNs(CLOCK_MONOTONIC) - began) / commands,
                (NowNs(CLOCK_THREAD_CPUTIME_ID) - spent) / commands);
  }

  std::map<uint32_t, void*> pages_;
  uint32_t remembered_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  std::unique_ptr<balloon::emulation::InProcessHost> host;
  if (count == 3 && std::string(arguments[1]) == "--in-process") {
    std::ifstream file(arguments[2]);
    std::stringstream script;
    script << file.rdbuf();
    std::string error;
    host = balloon::emulation::InProcessHost::Install(script.str(), &error);
    if (host == nullptr) {
      std::fprintf(stderr, "test-guest: %s\n", error.c_str());
      return 2;
    }
  }
  Guest guest;
  char line[200];
  while (std::fgets(line, sizeof line, stdin) != nullptr) guest.Do(line);
  return 0;
}
