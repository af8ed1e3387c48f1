#include "io_permission.h"

#include <cerrno>

#include "check.h"
#include "support.h"

using balloon::IoPermission;

namespace {

// A port that nobody catches.
class DeadPort : public balloon::HostPort {
 public:
  balloon::PortAnswer Send(balloon::Command, uint32_t) override { return {0, 0, true}; }
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

TEST(APermissionThatDoesNotHelpIsTold) {
  // As if ioperm had gone well.
  std::string message;
  CHECK_EQ(CodeWith(0, &message), "NO_BACKDOOR");
  CHECK(message.find("no VMware virtual machine") != std::string::npos);
}
