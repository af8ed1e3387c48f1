#include "io_permission.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "check.h"
#include "support.h"

using balloon::IoPermission;

namespace {

// A port that no handler catches.
class DeadPort : public balloon::HostPort {
 public:
  balloon::PortAnswer Send(balloon::Command, uint64_t, uint32_t) override { return {0, 0, 0, true}; }
};

std::string CodeWith(int ioperm_error, std::string* message) {
  support::ForbidIoperm(ioperm_error);
  DeadPort port;
  IoPermission used;
  const balloon::Outcome refused = balloon::AcquirePort(port, IoPermission::kAuto, &used);
  CHECK(refused.has_value());
  *message = refused->message;
  return refused->code;
}

}  // namespace

TEST(AKernelWithoutIopermIsTold) {
  std::string message;
  CHECK_EQ(CodeWith(ENOSYS, &message), "IOPERM_MISSING");
  CHECK(message.find("CONFIG_X86_IOPL_IOPERM") != std::string::npos);
}

TEST(AMissingRightToPortsIsTold) {
  support::DropCapability(17 /* CAP_SYS_RAWIO */);
  std::string message;
  CHECK_EQ(CodeWith(EPERM, &message), "IOPERM_DENIED");
  CHECK(message.find("CAP_SYS_RAWIO") != std::string::npos);
}

namespace {

void LockDown() {
  // For this process alone /sys/kernel is another directory.
  CHECK_EQ(unshare(CLONE_NEWNS), 0);
  CHECK_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  CHECK_EQ(mount("balloon-test", "/sys/kernel", "tmpfs", 0, nullptr), 0);
  CHECK_EQ(mkdir("/sys/kernel/security", 0700), 0);
  std::ofstream("/sys/kernel/security/lockdown") << "none [integrity] confidentiality\n";
}

}  // namespace

TEST(WithoutTheRightToPortsALockedDownKernelIsNotToBlame) {
  LockDown();
  support::DropCapability(17 /* CAP_SYS_RAWIO */);
  std::string message;
  CHECK_EQ(CodeWith(EPERM, &message), "IOPERM_DENIED");
}

TEST(ALockedDownKernelIsTold) {
  LockDown();
  std::string message;
  CHECK_EQ(CodeWith(EPERM, &message), "LOCKDOWN");
  CHECK(message.find("Secure Boot") != std::string::npos);
}

TEST(APermissionThatDoesNotHelpIsTold) {
  // As if ioperm had gone well.
  std::string message;
  CHECK_EQ(CodeWith(0, &message), "NO_BACKDOOR");
  CHECK(message.find("not a VMware virtual machine") != std::string::npos);
}
