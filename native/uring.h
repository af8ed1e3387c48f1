// An io_uring without input or output: only its table of registered buffers is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "file.h"

namespace balloon {

class Uring {
 public:
  // The kernel's maximum number of buffers (IORING_MAX_REG_BUFFERS).
  static constexpr unsigned kSlots = 1 << 14;

  Uring() = default;
  ~Uring();
  Uring(Uring&&) = default;
  Uring& operator=(Uring&&) = default;

  // Creates the ring, with a table of empty slots. Returns 0, or an errno value.
  int Open();

  bool full() const { return free_.empty(); }

  // Registers memory in a free slot, of which there must be one, and returns its number in `*slot`. Returns 0, or an
  // errno value.
  int Register(void* from, size_t length, unsigned* slot);

  // Clears a slot: now, or if the kernel has no memory for that, with the next one.
  void Clear(unsigned slot);

 private:
  int Update(unsigned slot, void* from, size_t length);
  bool ClearNow(unsigned slot);

  FileDescriptor fd_;
  std::vector<unsigned> free_;
  // Slots to be cleared; their pages no longer need to be pinned.
  std::vector<unsigned> stale_;
};

}  // namespace balloon
