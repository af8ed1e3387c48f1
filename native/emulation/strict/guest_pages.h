// What the guest's own page table says of the frames that it has handed over.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace balloon::emulation {

// A descriptor that is closed in the end.
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

// The locked pages of one process, by address. What breaks a rule is answered as a line that says so, empty for none.
class GuestPages {
 public:
  explicit GuestPages(pid_t process);

  // Notes a frame that was locked: it has to be a page of the guest's own, which no other process shares, now.
  std::string Enter(uint32_t frame);
  // Strikes a frame out: up to now it must have stayed where it was.
  std::string Leave(uint32_t frame);
  // Looks at every locked page: none may have moved, been swapped out or gone.
  std::string CheckAll();
  // The host has forgotten its book.
  void Forget();

  pid_t process() const { return process_; }
  // Page table entries that were looked at.
  uint64_t looks() const { return looks_; }

 private:
  bool Find(uint32_t frame, uint64_t* page);
  void Note(uint64_t first_page, size_t pages);
  void NoteAll();
  size_t Read(uint64_t first_page, size_t pages);
  std::string FaultOfOwn(uint32_t frame, uint64_t page);

  const pid_t process_;
  const Descriptor pagemap_;
  const Descriptor page_flags_;
  // Where frames were that were come across and are not locked.
  std::unordered_map<uint32_t, uint64_t> known_;
  // Locked pages in the order of their addresses, and where a locked frame is.
  std::map<uint64_t, uint32_t> locked_;
  std::unordered_map<uint32_t, uint64_t> page_of_;
  std::vector<uint64_t> entries_;
  uint64_t next_page_ = 0;
  uint64_t looks_ = 0;
};

}  // namespace balloon::emulation
