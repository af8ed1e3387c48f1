// The frames of this process, for a host inside it.
#pragma once

#include "frame_access.h"

namespace balloon::emulation {

// Opened while the process may read frame numbers; used afterwards in the handler of a signal.
class OwnFrames : public FrameAccess {
 public:
  OwnFrames();
  ~OwnFrames() override;
  OwnFrames(const OwnFrames&) = delete;
  OwnFrames& operator=(const OwnFrames&) = delete;

  bool Read(uint64_t frame, void* to, size_t bytes) noexcept override;
  bool Write(uint64_t frame, const void* from, size_t bytes) noexcept override;

 private:
  char* Find(uint64_t frame) noexcept;
  char* FindIn(uint64_t from, uint64_t to, uint64_t frame) noexcept;

  const int pagemap_;
  // The page that was found last: guests have one page for batches.
  char* last_ = nullptr;
};

}  // namespace balloon::emulation
