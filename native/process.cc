#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "file.h"

namespace balloon {

bool Notify(const std::string& state) {
  const char* const path = getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return false;
  memcpy(address.sun_path, path, length);
  // The address of an abstract socket begins with a zero byte, and is not zero-terminated.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const FileDescriptor socket_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_fd.valid()) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A service manager that does not read must not block the event loop.
  const ssize_t sent = sendto(socket_fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&address), size);
  return sent == static_cast<ssize_t>(state.size());
}

bool IsWritable(int fd) {
  // The kernel reports POLLOUT for a pipe with room for PIPE_BUF bytes, and for a socket whose queue is less than half
  // full.
  pollfd waiting{fd, POLLOUT, 0};
  return poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLOUT) != 0;
}

namespace {

// Whether a line of /proc/self/maps describes memory that may be locked: mappings of files, C's heap, the main stack.
// Not V8's heap and the stacks of threads: their owners release parts by madvise, which locked memory refuses; V8 then
// aborts.
bool MayBeLocked(std::string_view line) {
  const size_t permissions = line.find(' ') + 1;
  if (line[permissions] != 'r' || line[permissions + 3] != 'p') return false;
  const size_t name = line.find_first_of("/[");
  if (name == std::string_view::npos) return false;
  return line[name] == '/' || line.substr(name) == "[heap]" || line.substr(name) == "[stack]";
}

}  // namespace

Outcome LockOwnMemory() {
  KernelFile maps("/proc/self/maps");
  for (std::string_view text = maps.Read(); !text.empty();) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    uintptr_t from = 0;
    uintptr_t to = 0;
    if (!MayBeLocked(line) || sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &from, &to) != 2) continue;
    // Locks present pages now, and other pages when they are touched.
    if (mlock2(reinterpret_cast<void*>(from), to - from, MLOCK_ONFAULT) == 0) continue;
    const int error = errno;
    const char* const code = error == ENOMEM || error == EAGAIN ? code::kMemlockLimit
                             : error == EPERM                   ? code::kPinDenied
                                                                : code::kSystem;
    return Failure{code, SystemText("can't lock this process in memory", error) +
                             ": raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK=infinity), or run with CAP_IPC_LOCK"};
  }
  return std::nullopt;
}

void ExitNow(int code) { _exit(code); }

Outcome LockFile(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return Failure{code::kSystem, SystemText("can't open the lock " + path, errno)};
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    // The descriptor stays open, and the file locked, until the process ends.
    file.Release();
    return std::nullopt;
  }
  if (errno == EWOULDBLOCK) return Failure{code::kLocked, path + " is locked: another instance is running"};
  return Failure{code::kSystem, SystemText("can't lock " + path, errno)};
}

}  // namespace balloon
