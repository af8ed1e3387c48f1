// SPDX-License-Identifier: GPL-2.0-only
// hostctl VERB …: speaks to the emulated host (vmware_balloon.c) from inside the guest.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

enum { PORT = 0x5670, MAGIC = 0x6c6162 };
enum { TARGET = 1, RESET, REFUSE, CAPS, EVERY, FREEZE, SNAPSHOT, RESET_AFTER };
enum { LOCKED, VIOLATIONS, COMMANDS, HOST_TARGET };

static void tell(uint32_t op, uint32_t value)
{
	outl(op << 28 | value, PORT);
}

static uint32_t ask(uint32_t what)
{
	uint32_t answer, b, c, d;
	__asm__ volatile("inl (%%dx)"
			 : "=a"(answer), "=b"(b), "=c"(c), "=d"(d)
			 : "0"(MAGIC), "1"(0), "2"(what), "3"(PORT)
			 : "memory");
	return answer;
}

static int usage(void)
{
	fputs("usage: hostctl target PAGES | reset | refuse COUNT STATUS | caps BITS | every N | reset-after N | freeze SECONDS | snapshot | show\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	uint32_t first = argc > 2 ? strtoul(argv[2], 0, 0) : 0;
	uint32_t second = argc > 3 ? strtoul(argv[3], 0, 0) : 0;
	if (ioperm(PORT, 4, 1)) {
		perror("hostctl: ioperm");
		return 1;
	}
	if (!strcmp(verb, "target"))
		tell(TARGET, first);
	else if (!strcmp(verb, "reset"))
		tell(RESET, 0);
	else if (!strcmp(verb, "refuse"))
		tell(REFUSE, first << 8 | (second & 255));
	else if (!strcmp(verb, "caps"))
		tell(CAPS, first);
	else if (!strcmp(verb, "every"))
		tell(EVERY, first);
	else if (!strcmp(verb, "reset-after"))
		tell(RESET_AFTER, first);
	else if (!strcmp(verb, "freeze"))
		tell(FREEZE, first);
	else if (!strcmp(verb, "snapshot"))
		tell(SNAPSHOT, 0);
	else if (!strcmp(verb, "show"))
		printf("locked %u violations %u commands %u target %u\n", ask(LOCKED), ask(VIOLATIONS), ask(COMMANDS),
		       ask(HOST_TARGET));
	else
		return usage();
	return 0;
}
