// LOCK and UNLOCK of pages by the commands that the host grants: one for each page, or one for a batch of pages.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "arena.h"
#include "failure.h"
#include "frames.h"
#include "host_port.h"
#include "pins.h"

namespace balloon {

class Offers {
 public:
  enum class Kind { kLock, kUnlock };

  // `commands` counts port instructions; `capabilities` are those in use, which other threads read. All arguments must
  // outlive this object.
  Offers(const Arena& arena, Frames& frames, std::atomic<uint64_t>& commands, std::atomic<uint64_t>& capabilities)
      : arena_(arena), frames_(frames), commands_(commands), capabilities_(capabilities) {}

  // Permits batches: `page` is a pinned page of the arena for their entries, whose frame number is known. The host writes
  // to this frame, so the page must stay pinned as long as this object exists.
  void UseForBatches(uint64_t page);

  // The host has accepted START: from now on the commands of these capabilities are used.
  void Grant(uint32_t capabilities);

  // Maximum number of pages of a call of Send.
  uint64_t most() const;

  // Offers pages to the host, in this order. Returns the answers to the first of them, at least one, in `*statuses`: those
  // of a whole batch, or without batches those of pages until one is refused. If it fails, the other pages were not
  // offered, or, if the port instruction of a batch has faulted, none was.
  Outcome Send(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, std::vector<int64_t>* statuses);

 private:
  bool batched() const;
  Outcome SendEach(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, size_t count,
                   std::vector<int64_t>* statuses);
  Outcome SendBatch(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, std::vector<int64_t>* statuses,
                    uint32_t* status);

  const Arena& arena_;
  Frames& frames_;
  std::atomic<uint64_t>& commands_;
  std::atomic<uint64_t>& capabilities_;
  // The entries of a batch, in the arena; null: no batches.
  volatile uint64_t* entries_ = nullptr;
  uint64_t entries_page_ = 0;
  // Batches that have failed, one after the other, although the host accepted a page of them by a command of its own.
  int failed_batches_ = 0;
};

}  // namespace balloon
