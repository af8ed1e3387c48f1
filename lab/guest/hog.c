// SPDX-License-Identifier: GPL-2.0-only
// hog MIB [RATE [DELAY]]: after DELAY seconds, touches MIB MiB of anonymous memory (every page different), then touches
// RATE MiB/s of it again, in order, forever. Creates /tmp/hogready once the memory is in place, and keeps in /tmp/hog.PID how
// many pages it has touched again.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"

// The count of pages touched again, in a file that the sampler reads.
static volatile uint64_t *shared_count(void)
{
	char path[32];
	snprintf(path, sizeof path, "/tmp/hog.%d", getpid());
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	void *count = file < 0 || ftruncate(file, sizeof(uint64_t)) ? MAP_FAILED
		: mmap(0, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (count == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	return count;
}

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
	volatile uint64_t *count = shared_count();
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
			++*count;
		}
		double rest = 0.1 - (now() - start);
		if (rest > 0)
			usleep(rest * 1e6);
	}
}
