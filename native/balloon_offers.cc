// LOCK and UNLOCK of Balloon.
//
// A page that the host has locked leaves `balloon_` and `large_balloon_` only if its UNLOCK has succeeded, or, in Free and
// Release, after a reset or START, by which the host has forgotten it. Only lists of other pages are given back here.

#include <algorithm>
#include <utility>

#include "balloon.h"

namespace balloon {
namespace {

// Most pages of 2 MiB of a command.
constexpr uint64_t kMostLarge = 512;

}  // namespace

Outcome Balloon::Lock(HostPort& host, uint64_t count, Offered* offered) {
  if (count > spare_.pages() + large_spare_.size() * kLargePages + missing_ + refusals_.size()) return Misuse("lock");
  const uint64_t deadline_ns = Deadline();
  *offered = {0, kSuccess};
  while (refusals_.empty() && offered->accepted < count) {
    const Outcome failure = LockSome(host, count - offered->accepted, &offered->accepted);
    CountLarge();
    if (failure.has_value()) return failure;
    if (IsOver(deadline_ns)) break;
  }
  if (refusals_.empty()) return std::nullopt;
  // The policy may end its cycle after some refusals, and must know of a reset.
  const auto reset = std::find(refusals_.begin(), refusals_.end(), int64_t{kReset});
  if (reset != refusals_.end()) std::iter_swap(refusals_.begin(), reset);
  offered->status = refusals_.front();
  refusals_.pop_front();
  return std::nullopt;
}

// Offers up to `count` pages by one command or a few; or prepares that.
Outcome Balloon::LockSome(HostPort& host, uint64_t count, uint64_t* accepted) {
  if (!large_spare_.empty() && count >= kLargePages && offers_.large() && !host_refuses_large_) {
    return LockLarge(host, count, accepted);
  }
  if (spare_.pages() > 0) return LockSmall(host, count, accepted);
  if (!large_spare_.empty()) {
    const uint64_t page = large_spare_.front();
    large_spare_.pop_front();
    return Split(page);
  }
  // No memory is left of a page that was split: no command is sent.
  missing_--;
  missing_reported_++;
  refusals_.push_back(kFrameTooLarge);
  return std::nullopt;
}

Outcome Balloon::LockSmall(HostPort& host, uint64_t count, uint64_t* accepted) {
  spare_.CopyOldest(std::min({count, spare_.pages(), offers_.most()}), &pages_);
  const Outcome failure = offers_.Send(host, Offers::Kind::kLock, pages_, &statuses_);
  for (const int64_t status : statuses_) {
    const Run page = spare_.TakeOldest(1);
    if (status == kSuccess) {
      balloon_.Append(page);
      ++*accepted;
    } else {
      refused_.Append(page);
      refusals_.push_back(status);
    }
  }
  if (failed_large_ != kSuccess && !statuses_.empty() && statuses_.front() == kSuccess) {
    offers_.NoteFailedLarge(failed_large_);
    failed_large_ = kSuccess;
  }
  return failure;
}

Outcome Balloon::LockLarge(HostPort& host, uint64_t count, uint64_t* accepted) {
  const uint64_t most = std::min({count / kLargePages, uint64_t{large_spare_.size()}, kMostLarge});
  pages_.assign(large_spare_.begin(), large_spare_.begin() + static_cast<std::ptrdiff_t>(most));
  uint32_t status = kSuccess;
  if (Outcome failure = offers_.SendLarge(host, Offers::Kind::kLock, pages_, &statuses_, &status)) return failure;
  if (status == kReset) {
    refusals_.push_back(kReset);
    return std::nullopt;
  }
  if (status != kSuccess) {
    // Either the host refuses pages now, or it refuses those of 2 MiB: the next ones are offered in parts.
    host_refuses_large_ = true;
    failed_large_ = status;
    return std::nullopt;
  }
  for (const int64_t answer : statuses_) {
    const uint64_t page = large_spare_.front();
    large_spare_.pop_front();
    if (answer == kSuccess) {
      large_balloon_.push_back(page);
      *accepted += kLargePages;
      continue;
    }
    host_refuses_large_ = true;
    counters_.large_refusals++;
    if (answer == kReset) {
      large_refused_.push_back(page);
      refusals_.push_back(kReset);
    } else if (Outcome failure = Split(page)) {
      return failure;
    }
  }
  return std::nullopt;
}

// Frees a page of 2 MiB that the host has not locked, and allocates pages of 4 KiB instead, which can be freed one by one.
Outcome Balloon::Split(uint64_t page) {
  large_pool_->GiveBack({{page, kLargePages}});
  uint64_t got = 0;
  Stop stop = Stop::kNot;
  const Outcome failure = AllocateSmall(kLargePages, Effort::kNoSleep, UINT64_MAX, &got, &stop);
  missing_ += kLargePages - got;
  return failure;
}

Outcome Balloon::Unlock(HostPort& host, uint64_t count, Offered* offered) {
  if (count > balloon_.pages() - surplus_ + large_balloon_.size() * kLargePages) return Misuse("unlock");
  const uint64_t deadline_ns = Deadline();
  *offered = {0, kSuccess};
  if (surplus_ > 0) {
    const uint64_t pages = surplus_;
    surplus_ = 0;
    if (Outcome failure = TakeBack(host, pages)) return failure;
  }
  while (offered->status == kSuccess && offered->accepted < count) {
    // As in the kernel's drivers, pages of 2 MiB leave last.
    const uint64_t left = count - offered->accepted;
    const uint64_t small = balloon_.pages() - surplus_;
    const Outcome failure = small > 0             ? UnlockSmall(host, std::min(left, small), offered)
                            : left >= kLargePages ? UnlockLarge(host, left / kLargePages, offered)
                                                  : UnlockPartOfLarge(host, left, offered);
    CountLarge();
    if (failure.has_value()) return failure;
    if (IsOver(deadline_ns)) break;
  }
  return std::nullopt;
}

Outcome Balloon::UnlockSmall(HostPort& host, uint64_t count, Offered* offered) {
  balloon_.CopyNewest(std::min(count, offers_.most()), &pages_);
  const Outcome failure = offers_.Send(host, Offers::Kind::kUnlock, pages_, &statuses_);
  std::vector<Run> kept;
  for (const int64_t status : statuses_) {
    const Run page = balloon_.TakeNewest(1);
    if (status == kSuccess) {
      unlocked_.Join(page);
      offered->accepted++;
    } else {
      kept.push_back(page);
      if (offered->status == kSuccess || status == kReset) offered->status = status;
    }
  }
  // The refused ones are the newest ones again: the next ones that are offered.
  for (; !kept.empty(); kept.pop_back()) balloon_.Append(kept.back());
  return failure;
}

// Unlocks up to `count` pages of 2 MiB.
Outcome Balloon::UnlockLarge(HostPort& host, uint64_t count, Offered* offered) {
  const uint64_t most = std::min({count, uint64_t{large_balloon_.size()}, kMostLarge});
  pages_.assign(large_balloon_.rbegin(), large_balloon_.rbegin() + static_cast<std::ptrdiff_t>(most));
  uint32_t whole = kSuccess;
  if (Outcome failure = offers_.SendLarge(host, Offers::Kind::kUnlock, pages_, &statuses_, &whole)) return failure;
  offered->status = whole;
  std::vector<uint64_t> kept;
  for (const int64_t status : statuses_) {
    const uint64_t page = large_balloon_.back();
    large_balloon_.pop_back();
    if (status == kSuccess) {
      large_unlocked_.push_back(page);
      offered->accepted += kLargePages;
    } else {
      kept.push_back(page);
      if (offered->status == kSuccess || status == kReset) offered->status = status;
    }
  }
  large_balloon_.insert(large_balloon_.end(), kept.rbegin(), kept.rend());
  return std::nullopt;
}

// Unlocks a page of 2 MiB of which only `count` pages are to leave: the others are first replaced by pages of 4 KiB, so that the
// balloon is at no time smaller than the policy wants.
Outcome Balloon::UnlockPartOfLarge(HostPort& host, uint64_t count, Offered* offered) {
  const uint64_t replaced = kLargePages - count;
  // What the host has kept of an exchange that failed serves the next one, so that it never has more than one of them.
  const uint64_t reused = std::min(surplus_, replaced);
  const uint64_t wanted = replaced - reused;
  uint64_t got = 0;
  Stop stop = Stop::kNot;
  // All of them or none: otherwise the guest would lose its last pages for nothing.
  if (wanted > 0 && memory_.Available().value_or(0) < wanted + kMargin) {
    counters_.exchange_shortages++;
    stop = Stop::kFailed;
  }
  if (Outcome failure = AllocateSmall(wanted, Effort::kExchange, UINT64_MAX, &got, &stop)) return failure;
  uint64_t locked = 0;
  while (got == wanted && locked < wanted && refusals_.empty()) {
    if (Outcome failure = LockSmall(host, wanted - locked, &locked)) return failure;
  }
  int64_t status = got < wanted ? kFrameTooLarge : refusals_.empty() ? kSuccess : refusals_.front();
  // A reset concerns all pages, and kFrameTooLarge is no answer of the host.
  if (status != kSuccess && status != kReset && status != kFrameTooLarge) counters_.exchange_refusals++;
  refusals_.clear();
  if (status == kSuccess) {
    uint32_t whole = kSuccess;
    pages_.assign(1, large_balloon_.back());
    if (Outcome failure = offers_.SendLarge(host, Offers::Kind::kUnlock, pages_, &statuses_, &whole)) return failure;
    status = whole != kSuccess ? whole : statuses_.front();
  }
  if (status == kSuccess) {
    large_unlocked_.push_back(large_balloon_.back());
    large_balloon_.pop_back();
    offered->accepted += count;
    surplus_ -= reused;
    exchanged_ = replaced;
    return std::nullopt;
  }
  // It stays as a whole. What was to replace it was never offered, is refused, or is locked.
  offered->status = status;
  for (RunList* list : {&spare_, &refused_}) {
    while (list->pages() > 0) GiveBackSome(*list, UINT64_MAX);
  }
  return TakeBack(host, locked);
}

// Unlocks the newest `count` pages of 4 KiB, which the caller does not count, and frees them. Those that the host does not
// unlock stay.
Outcome Balloon::TakeBack(HostPort& host, uint64_t count) {
  surplus_ += count;
  Offered back{0, kSuccess};
  RunList unlocked = std::exchange(unlocked_, {});
  Outcome failure;
  while (surplus_ > 0 && back.status == kSuccess && !failure.has_value()) {
    const uint64_t before = back.accepted;
    failure = UnlockSmall(host, surplus_, &back);
    surplus_ -= back.accepted - before;
  }
  while (unlocked_.pages() > 0) GiveBackSome(unlocked_, UINT64_MAX);
  unlocked_ = std::move(unlocked);
  return failure;
}

}  // namespace balloon
