#include "in_process.h"

#include <utility>

namespace balloon::emulation {

std::unique_ptr<InProcessHost> InProcessHost::Install(const std::string& script, std::string* error) {
  std::optional<Script> parsed = ParseScript(script, error);
  if (!parsed) return nullptr;
  std::unique_ptr<Host> host = Host::Open(std::move(*parsed), error);
  if (host == nullptr) return nullptr;
  return std::unique_ptr<InProcessHost>(new InProcessHost(std::move(host)));
}

}  // namespace balloon::emulation
