// Checks frames that the guest has locked against its page table.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace balloon::emulation {

// A file descriptor that is closed by the destructor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

// The locked pages of one process, by address. A violated rule is returned as a line of text, empty if there is none.
class GuestPages {
 public:
  explicit GuestPages(pid_t process);

  // Adds a locked frame: it must be a page of the guest that no other process shares now; part of a huge page only if it was
  // locked as part of a page of 2 MiB.
  std::string Enter(uint32_t frame, bool is_large);
  // Removes a frame: it must have stayed at its page until now.
  std::string Leave(uint32_t frame);
  // Checks every locked page: none may have moved, been swapped out or disappeared.
  std::string CheckAll();
  // Copies the beginning of a frame, or to it. Returns false if it is not a page of the guest.
  bool ReadFrame(uint64_t frame, void* to, size_t bytes);
  bool WriteFrame(uint64_t frame, const void* from, size_t bytes);
  // Removes all frames, after the host has forgotten them.
  void Forget();

  pid_t process() const { return process_; }
  // Number of page table entries read.
  uint64_t looks() const { return looks_; }

 private:
  bool Find(uint32_t frame, uint64_t* page);
  void Note(uint64_t first_page, size_t pages);
  void NoteAll();
  size_t Read(uint64_t first_page, size_t pages);
  std::string FaultOfOwn(uint32_t frame, uint64_t page, bool is_large);

  const pid_t process_;
  const Descriptor pagemap_;
  const Descriptor page_flags_;
  const Descriptor memory_;
  // Known pages of frames that are not locked.
  std::unordered_map<uint32_t, uint64_t> known_;
  // Locked pages in the order of their addresses, and the page of each locked frame.
  std::map<uint64_t, uint32_t> locked_;
  std::unordered_map<uint32_t, uint64_t> page_of_;
  std::vector<uint64_t> entries_;
  uint64_t next_page_ = 0;
  uint64_t looks_ = 0;
};

}  // namespace balloon::emulation
