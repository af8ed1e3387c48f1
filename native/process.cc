#include "process.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "file.h"

#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

namespace balloon {

bool Notify(const std::string& state) {
  const char* const path = getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return false;
  memcpy(address.sun_path, path, length);
  // An abstract address begins with a zero byte, and has none at its end.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const FileDescriptor socket_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_fd.valid()) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A manager that does not read must not make the event loop wait.
  const ssize_t sent = sendto(socket_fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&address), size);
  return sent == static_cast<ssize_t>(state.size());
}

Outcome LockOwnMemory() {
  // Not MCL_FUTURE: V8 reserves more address space than may be locked, and ends the process where it can't.
  if (mlockall(MCL_CURRENT | MCL_ONFAULT) == 0) return std::nullopt;
  const int error = errno;
  const bool limit = error == ENOMEM || error == EAGAIN;
  return Failure{limit ? code::kMemlockLimit : error == EPERM ? code::kPinDenied : code::kSystem,
                 SystemText("can't lock this process in memory", error) +
                     ": raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK=infinity), or run with CAP_IPC_LOCK"};
}

Outcome LockFile(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return Failure{code::kSystem, SystemText("can't open the lock " + path, errno)};
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    // Stays open, and so locked, until the process ends, however it ends.
    file.Release();
    return std::nullopt;
  }
  if (errno == EWOULDBLOCK) return Failure{code::kLocked, path + " is locked: another instance is running"};
  return Failure{code::kSystem, SystemText("can't lock " + path, errno)};
}

}  // namespace balloon
