#include "offers.h"

#include <algorithm>

namespace balloon {
namespace {

// Entries of 8 bytes in a page.
constexpr uint64_t kBatchEntries = 512;
// An entry: the frame number, seven bits that are 0, the status in the answer.
constexpr unsigned kEntryFrameShift = 12;
constexpr uint64_t kEntryStatus = 31;

// Number of single commands to the host, each of which takes 1 to 73 us, after which the caller reads the clock.
constexpr uint64_t kCommandsPerLook = 16;

// Batches that may fail before single commands are used.
constexpr int kMostFailedBatches = 3;

}  // namespace

void Offers::UseForBatches(uint64_t page) {
  entries_page_ = page;
  entries_ = reinterpret_cast<volatile uint64_t*>(pool_.arena().Address(page));
}

void Offers::Grant(uint32_t capabilities) {
  failed_batches_ = 0;
  failed_large_ = 0;
  if (entries_ == nullptr) capabilities &= ~kBatchedCommands;
  // Pages of 2 MiB can only be offered in batches.
  if (large_ == nullptr || (capabilities & kBatchedCommands) == 0) capabilities &= ~kLargeCommands;
  capabilities_.store(capabilities | kBasicCommands, std::memory_order_relaxed);
}

bool Offers::has(uint64_t capabilities) const {
  return (capabilities_.load(std::memory_order_relaxed) & capabilities) == capabilities;
}

bool Offers::large() const { return has(kBatchedCommands | kLargeCommands); }

void Offers::GiveUp(uint64_t capabilities) { capabilities_.fetch_and(~capabilities, std::memory_order_relaxed); }

void Offers::NoteFailedLarge(uint32_t status) {
  failed_large_++;
  if (status == kCommandInvalid || failed_large_ >= kMostFailedBatches) GiveUp(kLargeCommands);
}

uint64_t Offers::most() const { return batched() ? kBatchEntries : kCommandsPerLook; }

Outcome Offers::Send(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, std::vector<int64_t>* statuses) {
  statuses->clear();
  if (!batched()) return SendEach(host, kind, pages, pages.size(), statuses);
  uint32_t status = kSuccess;
  const Command command = kind == Kind::kLock ? Command::kBatchedLock : Command::kBatchedUnlock;
  if (Outcome failure = SendBatch(host, command, pool_.frames(), pages, statuses, &status)) return failure;
  if (status == kSuccess) {
    failed_batches_ = 0;
    return std::nullopt;
  }
  if (status == kReset) {
    statuses->push_back(kReset);
    return std::nullopt;
  }
  // Either the host refuses pages now, or it refuses batches. A page offered alone shows which, and has an answer of its
  // own.
  if (Outcome failure = SendEach(host, kind, pages, 1, statuses)) return failure;
  if (statuses->front() != kSuccess) return std::nullopt;
  failed_batches_++;
  if (status == kCommandInvalid || failed_batches_ >= kMostFailedBatches) {
    GiveUp(kBatchedCommands);
  }
  return std::nullopt;
}

Outcome Offers::SendLarge(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, std::vector<int64_t>* statuses,
                          uint32_t* status) {
  statuses->clear();
  *status = kSuccess;
  const Command command = kind == Kind::kLock ? Command::kBatched2mLock : Command::kBatched2mUnlock;
  if (Outcome failure = SendBatch(host, command, large_->frames(), pages, statuses, status)) return failure;
  if (*status == kSuccess) failed_large_ = 0;
  return std::nullopt;
}

// Sends a command for each page, until the host refuses one.
Outcome Offers::SendEach(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, size_t count,
                         std::vector<int64_t>* statuses) {
  for (size_t index = 0; index < count; index++) {
    const uint32_t frame = pool_.frames()[pages[index]];
    if (frame == 0) {
      statuses->push_back(kFrameTooLarge);
      break;
    }
    const PortAnswer answer = host.Send(kind == Kind::kLock ? Command::kLock : Command::kUnlock, frame);
    commands_.fetch_add(1, std::memory_order_relaxed);
    if (answer.fault) return PortFault();
    statuses->push_back(answer.status);
    if (answer.status != kSuccess) break;
  }
  return std::nullopt;
}

// Sends one command for all pages. If `*status` is another one than kSuccess, the host has accepted none of them.
Outcome Offers::SendBatch(HostPort& host, Command command, const Frames& frames, const std::vector<uint64_t>& pages,
                          std::vector<int64_t>* statuses, uint32_t* status) {
  uint32_t count = 0;
  for (const uint64_t page : pages) {
    const uint64_t frame = frames[page];
    if (frame != 0) entries_[count++] = frame << kEntryFrameShift;
  }
  if (count > 0) {
    // Where pages are only locked in memory, this one may have moved since.
    if (Outcome hidden = pool_.frames().Learn({entries_page_, 1})) return hidden;
    const PortAnswer answer = host.Send(command, pool_.frames()[entries_page_], count);
    commands_.fetch_add(1, std::memory_order_relaxed);
    if (answer.fault) return PortFault();
    *status = answer.status;
    if (answer.status != kSuccess) return std::nullopt;
  }
  count = 0;
  for (const uint64_t page : pages) {
    const uint64_t frame = frames[page];
    if (frame == 0) {
      statuses->push_back(kFrameTooLarge);
      continue;
    }
    const uint64_t entry = entries_[count++];
    if (entry >> kEntryFrameShift != frame) {
      return Failure{code::kProtocol, "the host has answered a batch for other pages than those that it was asked for"};
    }
    statuses->push_back(static_cast<int64_t>(entry & kEntryStatus));
  }
  return std::nullopt;
}

}  // namespace balloon
