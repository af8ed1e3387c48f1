#include "process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <memory>

#include "check.h"
#include "support.h"

namespace {

// A manager's socket; an address that begins with @ is abstract.
int Listen(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  CHECK_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  return fd;
}

std::string Heard(int fd) {
  char text[100];
  const ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
  return length < 0 ? "" : std::string(text, static_cast<size_t>(length));
}

}  // namespace

TEST(AManagerIsToldByPathAndByName) {
  const std::string name = "balloon-test-" + std::to_string(getpid());
  for (const std::string& address : {"/tmp/" + name, "@" + name}) {
    const int fd = Listen(address);
    setenv("NOTIFY_SOCKET", address.c_str(), 1);
    CHECK(balloon::Notify("READY=1\nSTATUS=2 pages"));
    CHECK_EQ(Heard(fd), "READY=1\nSTATUS=2 pages");
    close(fd);
  }
  unlink(("/tmp/" + name).c_str());
}

TEST(NobodyToTellIsNoFailure) {
  unsetenv("NOTIFY_SOCKET");
  CHECK(!balloon::Notify("READY=1"));
  for (const char* address : {"", "relative", "/tmp/balloon-no-listener-here", "vsock:2:3"}) {
    setenv("NOTIFY_SOCKET", address, 1);
    CHECK(!balloon::Notify("READY=1"));
  }
  setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
  CHECK(!balloon::Notify("READY=1"));
}

TEST(ALockIsOneProcesssUntilItEnds) {
  const std::string path = "/tmp/balloon-lock-" + std::to_string(getpid());
  CHECK(!balloon::LockFile(path).has_value());
  const pid_t other = fork();
  if (other == 0) {
    // A lock goes over to a child; what tells them apart is another open.
    const balloon::Outcome refused = balloon::LockFile(path);
    _exit(refused.has_value() && std::string(refused->code) == "LOCKED" ? 0 : 1);
  }
  int status = 0;
  waitpid(other, &status, 0);
  CHECK_EQ(status, 0);
  unlink(path.c_str());
  const balloon::Outcome nowhere = balloon::LockFile("/no/such/directory/lock");
  CHECK_EQ(std::string(nowhere->code), "SYSTEM");
}

TEST(MemoryThatIsSharedIsNotLocked) {
  const std::string path = "/tmp/balloon-shared-" + std::to_string(getpid());
  const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  unlink(path.c_str());
  CHECK_EQ(ftruncate(file, 4096), 0);
  void* const shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(shared != MAP_FAILED);
  CHECK(!balloon::LockOwnMemory().has_value());
  CHECK_EQ(support::MappingFlags(shared).find(" lo "), std::string::npos);
}

TEST(OwnMemoryIsLockedOnceTouched) {
  CHECK(!balloon::LockOwnMemory().has_value());
  const auto locked = [](const void* address) {
    return support::MappingFlags(address).find(" lo ") != std::string::npos;
  };
  const int on_stack = 0;
  CHECK(locked(reinterpret_cast<const void*>(&balloon::LockOwnMemory)));
  CHECK(locked(&on_stack));
  const auto mapped = std::make_unique<char[]>(1 << 20);
  CHECK(!locked(mapped.get()));
}

TEST(AMissingRightToLockMemoryIsTold) {
  support::DropCapability(14 /* CAP_IPC_LOCK */);
  rlimit limit{4096, 4096};
  CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
  CHECK_EQ(std::string(balloon::LockOwnMemory()->code), "MEMLOCK_LIMIT");
  limit = {0, 0};
  CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
  CHECK_EQ(std::string(balloon::LockOwnMemory()->code), "PIN_DENIED");
}
