#include "runs.h"

#include "check.h"

using balloon::Run;
using balloon::RunList;

TEST(AppendedRunsThatTouchAreOne) {
  RunList list;
  list.Append({10, 5});
  list.Append({15, 5});
  list.Append({30, 1});
  list.Append({40, 0});
  CHECK_EQ(list.pages(), 11u);
  CHECK_EQ(list.runs().size(), 2u);
  CHECK((list.runs().front() == Run{10, 10}));
}

TEST(OldestPagesComeFromTheFront) {
  RunList list;
  list.Append({10, 5});
  list.Append({30, 5});
  CHECK((list.TakeOldest(3) == Run{10, 3}));
  CHECK((list.TakeOldest(9) == Run{13, 2}));
  CHECK((list.TakeOldest(9) == Run{30, 5}));
  CHECK_EQ(list.pages(), 0u);
}

TEST(NewestPagesComeFromTheEnd) {
  RunList list;
  list.Append({10, 5});
  list.Append({30, 5});
  CHECK((list.TakeNewest(2) == Run{33, 2}));
  CHECK((list.TakeNewest(9) == Run{30, 3}));
  CHECK((list.TakeNewest(1) == Run{14, 1}));
  CHECK_EQ(list.pages(), 4u);
  const auto rest = list.TakeAll();
  CHECK_EQ(rest.size(), 1u);
  CHECK((rest.front() == Run{10, 4}));
  CHECK_EQ(list.pages(), 0u);
}
