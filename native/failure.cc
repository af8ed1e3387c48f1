#include "failure.h"

#include <cerrno>
#include <cstring>

namespace balloon {
namespace {

// The names of errors of the system calls used here; other errors are given by number.
const char* Name(int error) {
  switch (error) {
    case EPERM: return "EPERM";
    case ENOENT: return "ENOENT";
    case EIO: return "EIO";
    case EAGAIN: return "EAGAIN";
    case ENOMEM: return "ENOMEM";
    case EACCES: return "EACCES";
    case EFAULT: return "EFAULT";
    case EINVAL: return "EINVAL";
    case EMFILE: return "EMFILE";
    case ENOSYS: return "ENOSYS";
    case EOPNOTSUPP: return "EOPNOTSUPP";
    default: return nullptr;
  }
}

}  // namespace

Failure PortFault() {
  return {code::kNoBackdoor, "the backdoor's port faulted during operation: the host has disabled it"};
}

std::string SystemText(const std::string& what, int error) {
  const char* const name = Name(error);
  return what + ": " + strerror(error) + " (" + (name != nullptr ? name : std::to_string(error).c_str()) + ")";
}

}  // namespace balloon
