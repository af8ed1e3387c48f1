// A file descriptor that closes itself, and files of the kernel that are read repeatedly.
#pragma once

#include <string>
#include <string_view>

namespace balloon {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release();

 private:
  int fd_;
};

// A file of /proc or /sys that is kept open: reading it must work, and quickly, when memory is short.
class KernelFile {
 public:
  explicit KernelFile(const std::string& path);

  // The current text, valid until the next call; empty if it can't be read.
  std::string_view Read();

 private:
  FileDescriptor fd_;
  std::string text_;
};

}  // namespace balloon
