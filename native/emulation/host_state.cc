#include "host_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "protocol.h"

namespace balloon::emulation {
namespace {

// One bit for each frame, and one for each page of 2 MiB: 513 MiB of address space, of which only written pages take memory.
constexpr size_t kBytes = kHeaderBytes + kFrames / 8 + kFrames / kLargeFrames / 8;

void Fill(HostState& state, const Script& script) {
  state.digest = script.digest;
  state.random = script.seed;
  state.override_us = -1;
  state.lowest_word = kLastWord;
  for (size_t i = 0; i < script.rules.size(); i++) {
    state.rules[i] = {script.rules[i].count, script.rules[i].every - 1};
  }
  // Written last, so that a state that a kill has cut short can be recognized.
  state.magic = kStateMagic;
}

// Opens the file for exclusive use by this host; -1 on an error.
int OpenFile(const std::string& path, std::string* problem) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    *problem = "state " + path + ": " + std::strerror(errno);
    return -1;
  }
  const off_t found = lseek(file, 0, SEEK_END);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    *problem = "state " + path + ": in use by another host";
  } else if (found > 0 && found != static_cast<off_t>(kBytes)) {
    // A user's file that is named by mistake must not be overwritten.
    *problem = "state " + path + ": the file exists and is not the state of a host; name another file";
  } else if (ftruncate(file, kBytes) != 0) {
    *problem = "state " + path + ": " + std::strerror(errno);
  } else {
    return file;
  }
  close(file);
  return -1;
}

}  // namespace

std::unique_ptr<StateMapping> StateMapping::Open(const Script& script, std::string* problem) {
  int file = -1;
  if (!script.state_file.empty() && (file = OpenFile(script.state_file, problem)) < 0) return nullptr;
  const int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void* const base = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (base == MAP_FAILED) {
    *problem = std::string("the host's book: ") + std::strerror(errno);
    if (file >= 0) close(file);
    return nullptr;
  }
  madvise(base, kBytes, MADV_DONTDUMP);
  madvise(base, kBytes, MADV_DONTFORK);
  std::unique_ptr<StateMapping> mapping(new StateMapping(base, file));
  HostState& state = mapping->header();
  if (state.magic != kStateMagic) {
    Fill(state, script);
  } else if (state.digest != script.digest) {
    *problem = "state " + script.state_file + ": belongs to another script; remove it to start again";
    return nullptr;
  }
  return mapping;
}

StateMapping::~StateMapping() {
  munmap(base_, kBytes);
  if (file_ >= 0) close(file_);
}

}  // namespace balloon::emulation
