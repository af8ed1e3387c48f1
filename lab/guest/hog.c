// SPDX-License-Identifier: GPL-2.0-only
// hog MIB [RATE [DELAY]]: after DELAY seconds, touches MIB MiB of anonymous memory (every page different), then touches
// RATE MiB/s of it again, in order, forever. Creates /tmp/hogready once the memory is in place.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: hog MIB [RATE [DELAY]]\n", stderr);
		return 2;
	}
	size_t size = (size_t)atol(argv[1]) << 20, at = 0;
	double rate = argc > 2 ? atof(argv[2]) * 1048576 : 0;
	if (argc > 3)
		sleep(atoi(argv[3]));
	char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("hog");
		return 1;
	}
	for (size_t i = 0; i < size; i += 4096)
		*(uint64_t *)(memory + i) = i * 2654435761u;
	fclose(fopen("/tmp/hogready", "w"));
	while (rate == 0)
		pause();
	for (uint64_t bursts = 1;; bursts++) {
		double start = now();
		for (size_t touched = 0; touched < rate / 10; touched += 4096) {
			// A store alone. To add to the page would be a load and a store under emulation, so two faults, of
			// which the first one keeps the page's slot of swap; on a real processor it is one write fault.
			*(volatile uint64_t *)(memory + at) = at * 2654435761u + bursts;
			at = (at + 4096) % size;
		}
		double rest = 0.1 - (now() - start);
		if (rest > 0)
			usleep(rest * 1e6);
	}
}
