// Capabilities of this thread.
#pragma once

namespace balloon {

// Numbers from linux/capability.h.
enum class Capability : unsigned { kIpcLock = 14, kSysRawio = 17, kSysAdmin = 21 };

bool HasCapability(Capability capability);

}  // namespace balloon
