#include "uring.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <numeric>

// The part of the kernel's interface (linux/io_uring.h) that is used here: distributions ship headers that are older
// than their kernels.
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_io_uring_register
#define SYS_io_uring_register 427
#endif

namespace balloon {
namespace {

constexpr unsigned kRegisterBuffers = 0;
constexpr unsigned kUnregisterBuffers = 1;
constexpr unsigned kRegisterBuffersUpdate = 16;

// struct io_uring_params; its fields only matter to programs that submit requests.
struct SetupParameters {
  uint32_t fields[30];
};
static_assert(sizeof(SetupParameters) == 120, "the kernel's size");

// struct io_uring_rsrc_update2
struct BufferUpdate {
  uint32_t offset;
  uint32_t reserved;
  uint64_t buffers;
  uint64_t tags;
  uint32_t count;
  uint32_t reserved2;
};
static_assert(sizeof(BufferUpdate) == 32, "the kernel's size");

long RegisterCall(int fd, unsigned what, const void* argument, unsigned count) {
  long result;
  do {
    result = syscall(SYS_io_uring_register, fd, what, argument, count);
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

Uring::~Uring() {
  // Closing the descriptor alone would unpin the pages only some time later.
  if (fd_.valid()) RegisterCall(fd_.get(), kUnregisterBuffers, nullptr, 0);
}

int Uring::Open() {
  SetupParameters parameters{};
  FileDescriptor fd(static_cast<int>(syscall(SYS_io_uring_setup, 1, &parameters)));
  if (!fd.valid()) return errno;
  // Since Linux 5.13 a slot may be empty, and be filled later.
  const std::vector<iovec> empty(kSlots, iovec{nullptr, 0});
  if (RegisterCall(fd.get(), kRegisterBuffers, empty.data(), kSlots) < 0) return errno == EFAULT ? ENOSYS : errno;
  fd_ = std::move(fd);
  free_.resize(kSlots);
  // The lowest are taken first.
  std::iota(free_.rbegin(), free_.rend(), 0u);
  return 0;
}

int Uring::Register(void* from, size_t length, unsigned* slot) {
  const int error = Update(free_.back(), from, length);
  if (error != 0) return error;
  *slot = free_.back();
  free_.pop_back();
  return 0;
}

void Uring::Clear(unsigned slot) {
  stale_.push_back(slot);
  while (!stale_.empty() && ClearNow(stale_.back())) stale_.pop_back();
}

bool Uring::ClearNow(unsigned slot) {
  if (Update(slot, nullptr, 0) != 0) return false;
  free_.push_back(slot);
  return true;
}

int Uring::Update(unsigned slot, void* from, size_t length) {
  const iovec buffer{from, length};
  const BufferUpdate update{slot, 0, reinterpret_cast<uint64_t>(&buffer), 0, 1, 0};
  return RegisterCall(fd_.get(), kRegisterBuffersUpdate, &update, sizeof update) == 1 ? 0 : errno;
}

}  // namespace balloon
