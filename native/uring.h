// An io_uring without any input or output: only its table of registered buffers is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "file.h"

namespace balloon {

class Uring {
 public:
  // The most buffers that the kernel takes (IORING_MAX_REG_BUFFERS).
  static constexpr unsigned kSlots = 1 << 14;

  Uring() = default;
  ~Uring();
  Uring(Uring&&) = default;
  Uring& operator=(Uring&&) = default;

  // Makes the ring, with a table of empty slots. 0, or an errno value.
  int Open();

  bool full() const { return free_.empty(); }

  // Registers memory in a free slot, which must be there, and says which one. 0, or an errno value.
  int Register(void* from, size_t length, unsigned* slot);

  // Empties a slot: now, or if the kernel has no memory for that, with the next one.
  void Clear(unsigned slot);

 private:
  int Update(unsigned slot, void* from, size_t length);
  bool ClearNow(unsigned slot);

  FileDescriptor fd_;
  std::vector<unsigned> free_;
  // To be emptied; they hold nothing that anybody counts on.
  std::vector<unsigned> stale_;
};

}  // namespace balloon
