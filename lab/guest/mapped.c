// SPDX-License-Identifier: GPL-2.0-only
// mapped FILE MIB RATE: maps the first MIB MiB of a file, shared and read-only, as programs and libraries are, and reads its
// pages in order, RATE MiB a second, forever.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: mapped FILE MIB RATE\n", stderr);
		return 2;
	}
	size_t size = (size_t)atol(argv[2]) << 20, at = 0;
	double rate = atof(argv[3]) * 1048576;
	int file = open(argv[1], O_RDONLY);
	char *memory = file < 0 ? MAP_FAILED : mmap(0, size, PROT_READ, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		double start = now();
		for (size_t read = 0; read < rate / 10; read += 4096) {
			(void)*(volatile uint64_t *)(memory + at);
			at = (at + 4096) % size;
		}
		double rest = 0.1 - (now() - start);
		if (rest > 0)
			usleep(rest * 1e6);
	}
}
