// What several of the tests need.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "balloon.h"
#include "emulation/own_frames.h"

namespace support {

// A line of /proc/self/status in pages: "VmPin" are the pages that io_uring holds for this process.
uint64_t StatusPages(const std::string& name);

// Fails unless so many pages are pinned, now or in a moment: kernels before 6.4 take pins off a second later.
void CheckPinned(uint64_t pages, const char* file, int line);
#define CHECK_PINNED(pages) support::CheckPinned((pages), __FILE__, __LINE__)

// Whether Linux is of this version or a later one.
bool KernelIsAtLeast(int major, int minor);

// The frames of pages of this process as the kernel tells them; 0 for one that is not there.
std::vector<uint64_t> FramesOf(const void* address, uint64_t pages);
uint64_t FrameOf(const void* address);

// Flags of the mapping that holds an address, as in /proc/self/smaps.
std::string MappingFlags(const void* address);

// Mappings of this process without huge pages by where they end, which differs from all others: pages of each that are there.
std::map<uintptr_t, uint64_t> MappingsWithoutHugePages();

// The frames of the pages of this process in arenas.
std::set<uint64_t> FramesOfArenas();

// A right that this process gives up.
void DropCapability(unsigned number);

// io_uring_setup fails from here on with this errno value, as where an administrator has switched it off.
void ForbidIoUring(int error);

// ioperm fails from here on with this errno value; 0 lets it succeed, without any effect.
void ForbidIoperm(int error);

// A directory that looks like /proc, with memory to the test's liking.
class FakeProc {
 public:
  FakeProc();
  ~FakeProc();

  // One zone with so many free pages and such a low watermark.
  void Zone(uint64_t free, uint64_t low);
  void Available(uint64_t pages);
  void PressureFull(const std::string& avg10);
  // A file that has nothing in it, such as "/meminfo".
  void Blank(const std::string& name) { Write(name, ""); }
  // A setting of the kernel's, such as /sys/vm/swappiness.
  void Setting(const std::string& name, const std::string& text);
  const std::string& path() const { return path_; }

 private:
  void Write(const std::string& name, const std::string& text);
  std::string path_;
};

// A host that accepts everything but what a test says, and remembers what it was told. It fails the test if a frame is locked
// twice, or unlocked without being locked.
class FakeHost : public balloon::HostPort {
 public:
  struct Said {
    balloon::Command command;
    // A frame number; of a batch, the number of its entries.
    uint32_t argument;
  };

  balloon::PortAnswer Send(balloon::Command command, uint64_t argument, uint32_t count) override;

  std::vector<Said> said;
  // Says the status of a command by how many came before; nothing refuses nothing.
  std::function<uint32_t(const Said&, size_t)> refuse;
  // Says the status of an entry of a batch by its position; nothing refuses nothing.
  std::function<uint32_t(size_t)> refuse_entry;
  // The entries of the last batch are answered for other frames.
  bool answers_others = false;
  // The frames that are locked, and the first ones of pages of 2 MiB that are locked as a whole.
  std::set<uint64_t> locked;
  std::set<uint64_t> large;
  // The number of the command whose port instruction faults.
  size_t fault_at = SIZE_MAX;

 private:
  uint32_t Move(bool is_lock, uint64_t frame, uint64_t frames);
  uint32_t MoveBatch(bool is_lock, uint64_t page, uint32_t count, uint64_t frames);

  balloon::emulation::OwnFrames frames_;
};

// A balloon with plenty of memory, and all that belongs to it.
// Time of a call of the balloon that no machine is too busy for.
inline constexpr uint64_t kAnHourNs = 3'600'000'000'000;

struct Rig {
  explicit Rig(uint64_t arena_pages, std::optional<balloon::PinKind> pin = std::nullopt, uint64_t slot_pages = 512,
               uint32_t capabilities = balloon::kBasicCommands, uint64_t patience_ns = kAnHourNs);

  // Allocates; fails the test unless it gets them all.
  void Allocate(uint64_t count);
  // Allocates and locks.
  void Inflate(uint64_t count);
  // Fails unless all locked pages are in place and pinned: `also` pages are pinned besides.
  void CheckLockedPages(uint64_t also, const char* file, int line);
#define CHECK_LOCKED_PAGES(rig, also) (rig).CheckLockedPages((also), __FILE__, __LINE__)
  // What the host was told since the last call.
  std::vector<uint32_t> TakeFrames();

  FakeProc proc;
  balloon::GuestMemory memory;
  balloon::Limits limits;
  balloon::Counters counters;
  balloon::Failure failure{};
  FakeHost host;
  std::unique_ptr<balloon::Balloon> balloon;
};

}  // namespace support
