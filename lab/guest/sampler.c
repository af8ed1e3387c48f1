// SPDX-License-Identifier: GPL-2.0-only
// sampler SECONDS [huge [mainline|virtio|balloon-hw]]: a CSV row a second of what the driver and the kernel say of themselves, -1
// where they do not. With `huge`, further columns: free blocks of 2 MiB, anonymous huge pages, what compaction and the
// splitting of huge pages have done. With `mainline`, the counters of vmw_balloon's statistics, which begin with the first
// row. virtio_balloon has no statistics: with `virtio`, the target is what start.sh has noted, and the size what the kernel
// counts. With `balloon-hw`, both are what the VM lab's host says. The last two columns are what the workloads have done: pages
// that hogs have touched again, and rounds of reading or writing a file (start.sh).
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

static char text[1 << 16];

static void read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	text[f ? fread(text, 1, sizeof text - 1, f) : 0] = 0;
	if (f)
		fclose(f);
}

// The number after KEY in the text last read, -1 where there is none.
static long value(const char *key)
{
	char *at = strstr(text, key);
	return at ? strtol(at + strlen(key), 0, 10) : -1;
}

// The number behind the colon of the first line from AT on that begins with KEY. The drivers differ in the spaces before the
// colon.
static long line_from(char *at, const char *key)
{
	size_t length = strlen(key);
	for (; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : 0) {
		if (strncmp(at, key, length))
			continue;
		char *colon = at + length + strspn(at + length, " ");
		if (*colon == ':')
			return strtol(colon + 1, 0, 10);
	}
	return -1;
}

static long line(const char *key)
{
	return line_from(text, key);
}

// Free blocks of 2 MiB in all zones, of /proc/buddyinfo: `Node 0, zone DMA32 COUNT-OF-ORDER-0 COUNT-OF-ORDER-1 …`. Larger
// blocks are counted as what they hold.
static long free_blocks(void)
{
	enum { ORDER_2M = 9 };
	long blocks = 0;
	char *rest_of_text, *rest;
	for (char *row = strtok_r(text, "\n", &rest_of_text); row; row = strtok_r(0, "\n", &rest_of_text)) {
		char *zone = strstr(row, "zone");
		if (!zone)
			continue;
		strtok_r(zone, " ", &rest);
		strtok_r(0, " ", &rest); // its name
		char *count;
		for (int order = 0; (count = strtok_r(0, " ", &rest)); order++)
			if (order >= ORDER_2M)
				blocks += strtol(count, 0, 10) << (order - ORDER_2M);
	}
	return blocks;
}

// The number in the parenthesis behind KEY's value: the driver's count of failures.
static long failed(const char *key)
{
	char *at = strstr(text, key);
	at = at ? strchr(at, '(') : 0;
	return at ? strtol(at + 1, 0, 10) : -1;
}

// The sum over all counters whose names begin with PREFIX.
static long sum(const char *prefix)
{
	long total = 0;
	for (char *at = text; (at = strstr(at, prefix)); at++)
		total += strtol(strchr(at, ' '), 0, 10);
	return total;
}

// The target that the guest's script asked the host for, and the pages that virtio_balloon has taken and not given back.
static void print_virtio(void)
{
	read_file("/tmp/target");
	printf(",%ld", strtol(text, 0, 10));
	read_file("/proc/vmstat");
	printf(",%ld,-1,-1,-1,-1,-1,-1", value("balloon_inflate ") - value("balloon_deflate "));
}

// What the VM lab's host answers to hostctl's magic number (vmware_balloon.c): 0 the pages locked, 3 the target.
static unsigned ask_host(unsigned what)
{
	unsigned answer, b, c, d;
	__asm__ volatile("inl (%%dx)"
			 : "=a"(answer), "=b"(b), "=c"(c), "=d"(d)
			 : "0"(0x6c6162), "1"(0), "2"(what), "3"(0x5670)
			 : "memory");
	return answer;
}

static void print_daemon(void)
{
	printf(",%u,%u,-1,-1,-1,-1,-1,-1", ask_host(3), ask_host(0));
}

static void print_driver(void)
{
	read_file("/sys/kernel/debug/vmmemctl");
	printf(",%ld,%ld", line("target"), line("current"));
	printf(",%ld,%ld", value("rateSleepAlloc: "), value("rateFree: "));
	printf(",%ld,%ld", value("primNoSleepAlloc: "), failed("primNoSleepAlloc: "));
	printf(",%ld,%ld", value("primCanSleepAlloc: "), failed("primCanSleepAlloc: "));
}

static void print_memory(void)
{
	read_file("/proc/meminfo");
	printf(",%ld,%ld,%ld", value("MemFree:"), value("\nCached:"), value("Buffers:"));
	printf(",%ld,%ld", value("AnonPages:"), value("SwapFree:"));
	read_file("/proc/vmstat");
	printf(",%ld,%ld,%ld", value("pswpout "), value("pswpin "), value("pgmajfault "));
	printf(",%ld,%ld,%ld", sum("allocstall_"), value("pgscan_kswapd "), value("pgscan_direct "));
	printf(",%ld", value("oom_kill "));
}

static void print_pressure(void)
{
	read_file("/proc/pressure/memory");
	long some = value("total=");
	char *full = strstr(text, "full");
	printf(",%ld,%ld", some, full ? strtol(strstr(full, "total=") + 6, 0, 10) : -1);
}

static void print_huge_pages(void)
{
	read_file("/proc/buddyinfo");
	printf(",%ld", free_blocks());
	read_file("/proc/meminfo");
	printf(",%ld", value("AnonHugePages:"));
	read_file("/proc/vmstat");
	printf(",%ld,%ld", value("compact_migrate_scanned "), value("thp_split_page "));
}

// The counters of vmw_balloon's statistics: names of columns, and the lines that they are read from.
static const struct {
	const char *column, *line;
} COUNTERS[] = {
	{ "timer", "timer" },
	{ "get_target", "target" },
	{ "lock", "lock" },
	{ "unlock", "unlock" },
	{ "batch_lock", "batchLock" },
	{ "batch_unlock", "batchUnlock" },
	{ "lock_2m", "2m-lock" },
	{ "unlock_2m", "2m-unlock" },
	{ "alloc_4k", "alloc             (4k)" },
	{ "alloc_2m", "alloc             (2M)" },
	{ "alloc_fail_4k", "allocFail         (4k)" },
	{ "alloc_fail_2m", "allocFail         (2M)" },
	{ "refused_4k", "errAlloc          (4k)" },
	{ "refused_2m", "errAlloc          (2M)" },
	{ "freed_4k", "free              (4k)" },
	{ "freed_2m", "free              (2M)" },
};
enum { COUNTERS_END = sizeof COUNTERS / sizeof *COUNTERS };

static void print_counters(void)
{
	read_file("/sys/kernel/debug/vmmemctl");
	// The number of GET_TARGET commands has the same label as the target, which comes before START's number.
	char *commands = strstr(text, "\nstart");
	for (int i = 0; i < COUNTERS_END; i++)
		printf(",%ld", line_from(commands ? commands + 1 : 0, COUNTERS[i].line));
}

// The sum of the counts that the hogs keep.
static unsigned long touched(void)
{
	unsigned long sum = 0;
	glob_t files;
	if (glob("/tmp/hog.*", 0, 0, &files))
		return 0;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		uint64_t count = 0;
		int file = open(files.gl_pathv[i], O_RDONLY);
		if (file >= 0 && read(file, &count, sizeof count) == sizeof count)
			sum += count;
		close(file);
	}
	globfree(&files);
	return sum;
}

static void print_work(void)
{
	struct stat rounds;
	printf(",%lu,%lld", touched(), stat("/tmp/rounds", &rounds) ? 0LL : (long long)rounds.st_size);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: sampler SECONDS [huge [mainline|virtio|balloon-hw]]\n", stderr);
		return 2;
	}
	int seconds = atoi(argv[1]);
	int huge = argc > 2 && !strcmp(argv[2], "huge");
	const char *driver = argc > 3 ? argv[3] : "";
	int counts = !strcmp(driver, "mainline");
	int is_virtio = !strcmp(driver, "virtio");
	int is_daemon = !strcmp(driver, "balloon-hw");
	if (is_daemon && ioperm(0x5670, 4, 1)) {
		perror("sampler: ioperm");
		return 1;
	}
	printf("t_s,target,size,rate_alloc,rate_free,nosleep,nosleep_fail,sleep,sleep_fail,free_kB,cached_kB,buffers_kB,anon_kB,"
	       "swapfree_kB,pswpout,pswpin,pgmajfault,allocstall,pgscan_kswapd,pgscan_direct,oom_kill,psi_some_us,psi_full_us");
	printf(huge ? ",free_2m,anon_huge_kB,compact_migrate,thp_split" : "");
	for (int i = 0; counts && i < COUNTERS_END; i++)
		printf(",%s", COUNTERS[i].column);
	puts(",touched,rounds");
	double zero = now();
	for (int i = 0; i < seconds; i++, sleep(1)) {
		printf("%.3f", now() - zero);
		if (is_virtio)
			print_virtio();
		else if (is_daemon)
			print_daemon();
		else
			print_driver();
		print_memory();
		print_pressure();
		if (huge)
			print_huge_pages();
		if (counts)
			print_counters();
		print_work();
		puts("");
		fflush(stdout);
	}
	return 0;
}
