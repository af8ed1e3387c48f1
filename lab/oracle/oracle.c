/* SPDX-License-Identifier: GPL-2.0-only
 * Replays a plan, a line per work cycle, through the reference driver's own text, and prints the driver's state after
 * each cycle. README.md describes the plan and what is printed.
 */
#include "kernel.h"
#include "driver.gen.h"

#include <time.h>

enum {
	MAX_ENTRIES = 4096,  /* of a lock_plan or unlock_plan */
	MAX_LINE = 1 << 18,
	MAX_WORD = 1 << 17,  /* scan_cycle() has MAX_WORD - 1 in its format */
	BAD_PLAN = 2,        /* exit status */
};

static const long NO_LIMIT = -1;

/* Which commands of one kind, counted from 0 in each cycle, are answered with something else than success. */
struct answers {
	struct {
		long at;
		unsigned long status;
	} entry[MAX_ENTRIES];
	int entries;
	int next;
	long seen;
};

/* The scripted host and the guest's memory: what the current line of the plan says. */
static struct {
	unsigned long target, target_status;
	unsigned long start_status, guest_id_status;
	struct answers lock, unlock;
	long nosleep_left, sleep_left;
	unsigned long total_ram;
} script;

/* The benchmark's host: every refuse_every-th LOCK is refused, none if 0. */
static unsigned long refuse_every;
static unsigned long locks;

unsigned long yields;

/* Pages that the driver has freed are allocated again, the last one first; frame numbers count up from 1. */
static struct {
	struct page **free;
	size_t count, capacity;
	unsigned long next_pfn;
} pool = { .next_pfn = 1 };

static void *checked(void *memory)
{
	if (memory == NULL) {
		fputs("oracle: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

struct page *alloc_page(gfp_t flags)
{
	long *left = flags == VMW_PAGE_ALLOC_CANSLEEP ? &script.sleep_left : &script.nosleep_left;
	if (*left == 0)
		return NULL;
	if (*left > 0)
		--*left;
	if (pool.count > 0)
		return pool.free[--pool.count];
	struct page *page = checked(malloc(sizeof *page));
	page->pfn = pool.next_pfn++;
	return page;
}

void __free_page(struct page *page)
{
	if (pool.count == pool.capacity) {
		pool.capacity = pool.capacity ? 2 * pool.capacity : 1024;
		pool.free = checked(realloc(pool.free, pool.capacity * sizeof *pool.free));
	}
	pool.free[pool.count++] = page;
}

void si_meminfo(struct sysinfo *info)
{
	info->totalram = script.total_ram;
}

static unsigned long answer(struct answers *answers)
{
	long number = answers->seen++;
	while (answers->next < answers->entries && answers->entry[answers->next].at < number)
		answers->next++;
	bool is_scripted = answers->next < answers->entries && answers->entry[answers->next].at == number;
	return is_scripted ? answers->entry[answers->next].status : VMW_BALLOON_SUCCESS;
}

unsigned long host_command(int command, unsigned long argument, unsigned long *result)
{
	(void)argument;
	*result = 0;
	switch (command) {
	case VMW_BALLOON_CMD_START:
		return script.start_status;
	case VMW_BALLOON_CMD_GUEST_ID:
		return script.guest_id_status;
	case VMW_BALLOON_CMD_GET_TARGET:
		*result = script.target;
		return script.target_status;
	case VMW_BALLOON_CMD_LOCK:
		if (refuse_every != 0 && ++locks % refuse_every == 0)
			return VMW_BALLOON_ERROR_PPN_PINNED;
		return answer(&script.lock);
	case VMW_BALLOON_CMD_UNLOCK:
		return answer(&script.unlock);
	default:
		return VMW_BALLOON_ERROR_CMD_INVALID;
	}
}

/* `-`, or `k:status,k:status,…`; an entry of another form is skipped. */
static void read_answers(char *text, struct answers *answers)
{
	answers->entries = answers->next = 0;
	answers->seen = 0;
	if (strcmp(text, "-") == 0)
		return;
	for (char *word = strtok(text, ","); word && answers->entries < MAX_ENTRIES; word = strtok(NULL, ",")) {
		long at;
		unsigned long status;
		if (sscanf(word, "%ld:%lu", &at, &status) != 2)
			continue;
		answers->entry[answers->entries].at = at;
		answers->entry[answers->entries].status = status;
		answers->entries++;
	}
}

static bool scan_cycle(const char *line)
{
	static char lock_plan[MAX_WORD], unlock_plan[MAX_WORD];
	int fields = sscanf(line, "C %lu %lu %ld %ld %131071s %131071s %lu %lu %lu",
			    &script.target, &script.target_status, &script.nosleep_left, &script.sleep_left,
			    lock_plan, unlock_plan, &script.start_status, &script.guest_id_status, &script.total_ram);
	if (fields != 9)
		return false;
	read_answers(lock_plan, &script.lock);
	read_answers(unlock_plan, &script.unlock);
	return true;
}

static void print_header(void)
{
	puts("cycle,size,target,rate_alloc,rate_free,slow,reset_required,refused,"
	     "timer,start,start_fail,guest_type,guest_type_fail,lock,lock_fail,unlock,unlock_fail,target_n,target_fail,"
	     "alloc,alloc_fail,sleep_alloc,sleep_alloc_fail,free,refused_alloc,refused_free,yields");
}

static void print_row(long cycle, bool with_text)
{
	struct vmballoon *b = &balloon;
	struct vmballoon_stats *s = &b->stats;
	printf("%ld,%u,%u,%u,%u,%u,%d,%u,", cycle, b->size, b->target, b->rate_alloc, b->rate_free,
	       b->slow_allocation_cycles, b->reset_required, b->n_refused_pages);
	printf("%u,%u,%u,%u,%u,", s->timer, s->start, s->start_fail, s->guest_type, s->guest_type_fail);
	printf("%u,%u,%u,%u,%u,%u,", s->lock, s->lock_fail, s->unlock, s->unlock_fail, s->target, s->target_fail);
	printf("%u,%u,%u,%u,%u,%u,%u,", s->alloc, s->alloc_fail, s->sleep_alloc, s->sleep_alloc_fail, s->free,
	       s->refused_alloc, s->refused_free);
	printf("%lu\n", yields);
	if (with_text) {
		struct seq_file file = { .private = b, .out = stdout };
		vmballoon_debug_show(&file, NULL);
	}
}

static int bad_line(long number, const char *expected)
{
	fflush(stdout);
	fprintf(stderr, "oracle: line %ld of the plan: expected %s\n", number, expected);
	return BAD_PLAN;
}

static int replay(bool with_text)
{
	static char line[MAX_LINE];
	if (!fgets(line, sizeof line, stdin) ||
	    sscanf(line, "INIT %lu %lu", &script.start_status, &script.guest_id_status) != 2)
		return bad_line(1, "INIT and two statuses");
	script.total_ram = 1 << 20;
	int error = vmballoon_init();
	printf("init,%d\n", error);
	if (error)
		return 0;
	print_header();
	long cycle = 0;
	for (long number = 2; fgets(line, sizeof line, stdin); number++) {
		if (line[0] == '\n' || line[0] == '#')
			continue;
		if (strncmp(line, "EXIT", 4) == 0) {
			vmballoon_exit();
			print_row(cycle, with_text);
			return 0;
		}
		if (!scan_cycle(line))
			return bad_line(number, "C and nine fields, or EXIT");
		vmballoon_work(&balloon.dwork.work);
		print_row(cycle++, with_text);
	}
	return 0;
}

/* The target flips between `pages` and 0 every `period` cycles; allocations always succeed. */
static int bench(long cycles, long period, unsigned long pages)
{
	script.total_ram = 1 << 22;
	script.nosleep_left = script.sleep_left = NO_LIMIT;
	if (vmballoon_init())
		return 1;
	struct timespec begin, end;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (long cycle = 0; cycle < cycles; cycle++) {
		script.target = (cycle / period) % 2 ? 0 : pages;
		vmballoon_work(&balloon.dwork.work);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	double seconds = (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("ticks %ld seconds %.6f ticks_per_s %.0f pages_locked %u\n", cycles, seconds, cycles / seconds,
	       balloon.stats.lock);
	print_row(cycles - 1, false);
	return 0;
}

static int usage(void)
{
	fputs("usage: oracle [--text] < PLAN\n"
	      "       oracle --bench CYCLES PERIOD PAGES [REFUSE_EVERY]\n", stderr);
	return BAD_PLAN;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return replay(false);
	if (argc == 2 && strcmp(argv[1], "--text") == 0)
		return replay(true);
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "--bench") == 0) {
		long cycles = atol(argv[2]), period = atol(argv[3]);
		if (cycles < 1 || period < 1)
			return usage();
		refuse_every = argc == 6 ? strtoul(argv[5], NULL, 0) : 0;
		return bench(cycles, period, strtoul(argv[4], NULL, 0));
	}
	return usage();
}
