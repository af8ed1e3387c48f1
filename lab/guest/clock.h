// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

// Seconds of a clock that is never set.
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
