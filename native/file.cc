#include "file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace balloon {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) close(fd_);
  fd_ = other.Release();
  return *this;
}

int FileDescriptor::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

KernelFile::KernelFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

std::string_view KernelFile::Read() {
  // Such files have no size; the kernel generates the text for each read that begins at 0.
  size_t length = 0;
  for (;;) {
    if (text_.size() - length < 4096) text_.resize(text_.size() * 2 + 8192);
    const ssize_t got = pread(fd_.get(), &text_[length], text_.size() - length, static_cast<off_t>(length));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) return std::string_view(text_).substr(0, length);
    length += static_cast<size_t>(got);
  }
}

}  // namespace balloon
