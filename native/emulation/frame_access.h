// Access of an emulated host to the memory of its guest, by frame numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace balloon::emulation {

class FrameAccess {
 public:
  virtual ~FrameAccess() = default;
  // Copies the beginning of a frame, or to it. Returns false if it is not a page that the guest can write to.
  virtual bool Read(uint64_t frame, void* to, size_t bytes) noexcept = 0;
  virtual bool Write(uint64_t frame, const void* from, size_t bytes) noexcept = 0;
};

}  // namespace balloon::emulation
