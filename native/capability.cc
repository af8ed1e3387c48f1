#include "capability.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace balloon {

bool HasCapability(Capability capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  const unsigned number = static_cast<unsigned>(capability);
  return (data[number / 32].effective >> number % 32 & 1) != 0;
}

}  // namespace balloon
