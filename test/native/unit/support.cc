#include "support.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "check.h"

namespace support {

uint64_t StatusPages(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stoull(line.substr(name.size() + 1)) / 4;
  }
  return 0;
}

void CheckPinned(uint64_t pages, const char* file, int line) {
  for (int tries = 0; tries < 50 && StatusPages("VmPin") > pages; tries++) usleep(100'000);
  check::Equal(StatusPages("VmPin"), pages, "VmPin", file, line);
}

bool KernelIsAtLeast(int major, int minor) {
  utsname system{};
  CHECK_EQ(uname(&system), 0);
  int here[2] = {};
  CHECK_EQ(std::sscanf(system.release, "%d.%d", &here[0], &here[1]), 2);
  return here[0] > major || (here[0] == major && here[1] >= minor);
}

std::vector<uint64_t> FramesOf(const void* address, uint64_t pages) {
  const int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  std::vector<uint64_t> entries(pages);
  const size_t length = pages * sizeof(uint64_t);
  const auto place = static_cast<off_t>(reinterpret_cast<uintptr_t>(address) / 4096 * sizeof(uint64_t));
  CHECK_EQ(pread(file, entries.data(), length, place), static_cast<ssize_t>(length));
  close(file);
  for (uint64_t& entry : entries) entry = (entry >> 63) != 0 ? entry & ((uint64_t{1} << 55) - 1) : 0;
  return entries;
}

uint64_t FrameOf(const void* address) { return FramesOf(address, 1).front(); }

std::string MappingFlags(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    uintptr_t from = 0;
    uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) inside = from <= wanted && wanted < to;
    if (inside && line.rfind("VmFlags:", 0) == 0) return line + " ";
  }
  return "";
}

std::map<uintptr_t, uint64_t> MappingsWithoutHugePages() {
  std::map<uintptr_t, uint64_t> mappings;
  std::ifstream smaps("/proc/self/smaps");
  uintptr_t from = 0;
  uintptr_t to = 0;
  uint64_t rss_kib = 0;
  for (std::string line; std::getline(smaps, line);) {
    std::sscanf(line.c_str(), "%lx-%lx ", &from, &to);
    std::sscanf(line.c_str(), "Rss: %lu kB", &rss_kib);
    if (line.rfind("VmFlags:", 0) == 0 && (line + " ").find(" nh ") != std::string::npos) mappings[to] = rss_kib / 4;
  }
  return mappings;
}

std::set<uint64_t> FramesOfArenas() {
  std::set<uint64_t> frames;
  std::ifstream smaps("/proc/self/smaps");
  uintptr_t from = 0;
  uintptr_t to = 0;
  uint64_t rss_kib = 0;
  for (std::string line; std::getline(smaps, line);) {
    uintptr_t first = 0;
    uintptr_t end = 0;
    // Names of figures begin with letters that are digits, too.
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &end) == 2) {
      from = first;
      to = end;
    }
    std::sscanf(line.c_str(), "Rss: %lu kB", &rss_kib);
    // That of an arena is not copied to children.
    if (line.rfind("VmFlags:", 0) != 0 || rss_kib == 0 || (line + " ").find(" dc ") == std::string::npos) continue;
    for (const uint64_t frame : FramesOf(reinterpret_cast<void*>(from), (to - from) / 4096)) frames.insert(frame);
  }
  return frames;
}

void DropCapability(unsigned number) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  CHECK_EQ(syscall(SYS_capget, &header, data), 0);
  for (auto* set : {&data[number / 32].effective, &data[number / 32].permitted}) *set &= ~(1u << number % 32);
  CHECK_EQ(syscall(SYS_capset, &header, data), 0);
}

namespace {

void Forbid(unsigned call, int error) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof code / sizeof *code, code};
  CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

}  // namespace

void ForbidIoUring(int error) { Forbid(425, error); }

void ForbidIoperm(int error) { Forbid(SYS_ioperm, error); }

FakeProc::FakeProc() {
  char path[] = "/tmp/balloon-proc-XXXXXX";
  CHECK(mkdtemp(path) != nullptr);
  path_ = path;
  mkdir((path_ + "/pressure").c_str(), 0700);
  Zone(1'000'000, 1'000);
  Available(1'000'000);
  PressureFull("0.00");
  // No free blocks of 2 MiB.
  Blank("/buddyinfo");
}

FakeProc::~FakeProc() {
  std::filesystem::remove_all(path_);
}

void FakeProc::Write(const std::string& name, const std::string& text) {
  // In place, because readers keep the file open.
  std::ofstream(path_ + name, std::ios::trunc) << text;
}

void FakeProc::Setting(const std::string& name, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path_ + name).parent_path());
  Write(name, text);
}

void FakeProc::Zone(uint64_t free, uint64_t low) {
  std::ostringstream text;
  text << "Node 0, zone   Normal\n  pages free     " << free << "\n        low      " << low << "\n";
  Write("/zoneinfo", text.str());
}

void FakeProc::Available(uint64_t pages) {
  Write("/meminfo", "MemTotal: 8000000 kB\nMemAvailable: " + std::to_string(pages * 4) + " kB\n");
}

void FakeProc::PressureFull(const std::string& avg10) {
  Write("/pressure/memory", "some avg10=99.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=" + avg10 +
                                " avg60=99.00 avg300=0.00 total=0\n");
}

balloon::PortAnswer FakeHost::Send(balloon::Command command, uint64_t argument, uint32_t count) {
  using balloon::Command;
  const size_t before = said.size();
  said.push_back({command, count > 0 ? count : static_cast<uint32_t>(argument)});
  if (before == fault_at) return {0, 0, 0, true};
  uint32_t status = refuse ? refuse(said.back(), before) : 0;
  if (status == balloon::kReset) {
    locked.clear();
    large.clear();
  }
  if (status != 0) return {status, 0, 0, false};
  if (command == Command::kLock || command == Command::kUnlock) {
    status = Move(command == Command::kLock, argument, 1);
  } else if (command == Command::kBatchedLock || command == Command::kBatchedUnlock) {
    status = MoveBatch(command == Command::kBatchedLock, argument, count, 1);
  } else if (command == Command::kBatched2mLock || command == Command::kBatched2mUnlock) {
    status = MoveBatch(command == Command::kBatched2mLock, argument, count, 512);
  }
  return {status, 0, 0, false};
}

uint32_t FakeHost::Move(bool is_lock, uint64_t frame, uint64_t frames) {
  CHECK_EQ(frame % frames, 0u);
  // A page is unlocked as it was locked.
  if (!is_lock) CHECK_EQ(large.count(frame / 512 * 512), frames > 1 ? 1u : 0u);
  for (uint64_t each = frame; each < frame + frames; each++) {
    CHECK_EQ(is_lock ? static_cast<size_t>(locked.insert(each).second) : locked.erase(each), 1u);
  }
  if (frames > 1 && is_lock) large.insert(frame);
  if (frames > 1 && !is_lock) large.erase(frame);
  return 0;
}

uint32_t FakeHost::MoveBatch(bool is_lock, uint64_t page, uint32_t count, uint64_t frames) {
  std::vector<uint64_t> entries(count);
  CHECK(count <= 512);
  CHECK(frames_.Read(page, entries.data(), count * sizeof(uint64_t)));
  for (size_t index = 0; index < count; index++) {
    CHECK_EQ(entries[index] & 0xfff, 0u);
    const uint32_t refused = refuse_entry ? refuse_entry(index) : 0;
    const uint32_t status = refused != 0 ? refused : Move(is_lock, entries[index] >> 12, frames);
    entries[index] |= status;
    if (answers_others) entries[index] += 1 << 12;
  }
  CHECK(frames_.Write(page, entries.data(), count * sizeof(uint64_t)));
  return 0;
}

Rig::Rig(uint64_t arena_pages, std::optional<balloon::PinKind> pin, uint64_t slot_pages, uint32_t capabilities,
         uint64_t patience_ns)
    : memory(proc.path()) {
  balloon = balloon::Balloon::Open({arena_pages, slot_pages, pin, false, proc.path(), capabilities, patience_ns}, memory, limits, counters,
                                   &failure);
  if (balloon != nullptr) balloon->Grant(capabilities);
}

void Rig::CheckLockedPages(uint64_t also, const char* file, int line) {
  const std::set<uint64_t> present = FramesOfArenas();
  for (const uint64_t frame : host.locked) {
    if (present.count(frame) == 0) check::Fail(file, line, "frame " + std::to_string(frame) + " is locked, and not there");
  }
  CheckPinned(host.locked.size() + also, file, line);
}

void Rig::Allocate(uint64_t count) {
  while (count > 0) {
    balloon::Balloon::Allocated allocated{};
    const balloon::Outcome refused = balloon->Allocate(count, false, &allocated);
    if (refused.has_value()) check::Fail(__FILE__, __LINE__, refused->message);
    CHECK_EQ(allocated.failed, false);
    count -= allocated.pages;
  }
}

void Rig::Inflate(uint64_t count) {
  Allocate(count);
  while (count > 0) {
    balloon::Balloon::Offered offered{};
    CHECK(!balloon->Lock(host, count, &offered).has_value());
    CHECK_EQ(offered.status, 0);
    count -= offered.accepted;
  }
}

std::vector<uint32_t> Rig::TakeFrames() {
  std::vector<uint32_t> frames;
  for (const FakeHost::Said& said : host.said) frames.push_back(said.argument);
  host.said.clear();
  return frames;
}

}  // namespace support
