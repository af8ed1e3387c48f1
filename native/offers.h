// LOCK and UNLOCK of pages by the commands that the host grants: one for each page, or one for a batch of pages.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "failure.h"
#include "host_port.h"
#include "page_pool.h"

namespace balloon {

class Offers {
 public:
  enum class Kind { kLock, kUnlock };

  // `commands` counts port instructions; `capabilities` are those in use, which other threads read. `large` are the pages of
  // 2 MiB; null without them. All arguments must outlive this object.
  Offers(PagePool& pool, PagePool* large, std::atomic<uint64_t>& commands, std::atomic<uint64_t>& capabilities)
      : pool_(pool), large_(large), commands_(commands), capabilities_(capabilities) {}

  // Permits batches: `page` is a pinned page of the arena for their entries, whose frame number is known. The host writes
  // to this frame, so the page must stay pinned as long as this object exists.
  void UseForBatches(uint64_t page);

  // The host has accepted START: from now on the commands of these capabilities are used.
  void Grant(uint32_t capabilities);

  // Maximum number of pages of a call of Send.
  uint64_t most() const;

  // Whether pages of 2 MiB can be offered.
  bool large() const;

  // Offers pages to the host, in this order. Returns the answers to the first of them, at least one, in `*statuses`: those
  // of a whole batch, or without batches those of pages until one is refused. If it fails, the other pages were not
  // offered, or, if the port instruction of a batch has faulted, none was.
  Outcome Send(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, std::vector<int64_t>* statuses);

  // Offers pages of 2 MiB by one command, each by its first page of 4 KiB. If `*status` is another one than kSuccess, the host
  // has accepted none of them, and there are no `*statuses`.
  Outcome SendLarge(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, std::vector<int64_t>* statuses,
                    uint32_t* status);

  // A command for pages of 2 MiB has failed as a whole with this status although the host accepted pages of 4 KiB afterwards.
  void NoteFailedLarge(uint32_t status);

 private:
  bool has(uint64_t capabilities) const;
  bool batched() const { return has(kBatchedCommands); }
  void GiveUp(uint64_t capabilities);
  Outcome SendEach(HostPort& host, Kind kind, const std::vector<uint64_t>& pages, size_t count,
                   std::vector<int64_t>* statuses);
  Outcome SendBatch(HostPort& host, Command command, const Frames& frames, const std::vector<uint64_t>& pages,
                    std::vector<int64_t>* statuses, uint32_t* status);

  PagePool& pool_;
  PagePool* const large_;
  std::atomic<uint64_t>& commands_;
  std::atomic<uint64_t>& capabilities_;
  // The entries of a batch, in the arena; null: no batches.
  volatile uint64_t* entries_ = nullptr;
  uint64_t entries_page_ = 0;
  // Batches that have failed, one after the other, although the host accepted a page of them by a command of its own.
  int failed_batches_ = 0;
  int failed_large_ = 0;
};

}  // namespace balloon
