/**
 * The addon's operations on a run of pages as bare system calls, without bookkeeping: populate, pin as a buffer of
 * io_uring, read the frame numbers, lock each page by the port instruction, which a minimal handler answers with
 * success.
 *
 * bare PAGES ROUNDS      prints one line per round: nanoseconds for memory and for locking, and processor time of both
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096
#define MADV_POPULATE_WRITE_ 23
#define REGISTER_BUFFERS 0
#define REGISTER_BUFFERS_UPDATE 16

struct update {
  uint32_t offset, reserved;
  uint64_t buffers, tags;
  uint32_t count, reserved2;
};

static int ring;

static void must(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(1);
}

static void answer(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  registers[REG_RAX] = 0;
  registers[REG_RIP] += 1;
}

static void fill_slot(void *from, size_t length) {
  struct iovec buffer = {from, length};
  struct update update = {0, 0, (uint64_t)&buffer, 0, 1, 0};
  must(syscall(SYS_io_uring_register, ring, REGISTER_BUFFERS_UPDATE, &update, sizeof update) == 1, "register");
}

static uint32_t lock_page(uint32_t frame) {
  uint32_t status = 0x456c6d6f;
  uint32_t argument = frame;
  __asm__ volatile("inl %%dx, %%eax" : "+a"(status), "+b"(argument) : "c"(2), "d"(0x5670) : "memory");
  return status;
}

static uint64_t ns_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int count, char **arguments) {
  must(count == 3, "usage: bare PAGES ROUNDS");
  const size_t pages = strtoul(arguments[1], NULL, 10);
  const size_t length = pages * PAGE;
  struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO};
  must(sigaction(SIGSEGV, &action, NULL) == 0, "sigaction");
  const int pagemap = open("/proc/self/pagemap", O_RDONLY);
  must(pagemap >= 0, "pagemap");
  char parameters[120] = {0};
  ring = (int)syscall(SYS_io_uring_setup, 1, parameters);
  must(ring >= 0, "io_uring_setup");
  struct iovec empty = {NULL, 0};
  must(syscall(SYS_io_uring_register, ring, REGISTER_BUFFERS, &empty, 1) == 0, "table of buffers");
  char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  must(memory != MAP_FAILED, "mmap");
  madvise(memory, length, MADV_NOHUGEPAGE);
  uint64_t *entries = malloc(pages * sizeof *entries);

  for (unsigned long round = strtoul(arguments[2], NULL, 10); round > 0; round--) {
    const uint64_t cpu = ns_of(CLOCK_PROCESS_CPUTIME_ID);
    const uint64_t began = ns_of(CLOCK_MONOTONIC);
    must(madvise(memory, length, MADV_POPULATE_WRITE_) == 0, "populate");
    fill_slot(memory, length);
    const off_t at = (off_t)((uintptr_t)memory / PAGE * sizeof *entries);
    must(pread(pagemap, entries, pages * sizeof *entries, at) == (ssize_t)(pages * sizeof *entries), "frame numbers");
    const uint64_t pinned = ns_of(CLOCK_MONOTONIC);
    for (size_t page = 0; page < pages; page++) must(lock_page((uint32_t)entries[page]) == 0, "lock");
    const uint64_t locked = ns_of(CLOCK_MONOTONIC);
    printf("%llu %llu %llu\n", (unsigned long long)(pinned - began), (unsigned long long)(locked - pinned),
           (unsigned long long)(ns_of(CLOCK_PROCESS_CPUTIME_ID) - cpu));
    fill_slot(NULL, 0);
    madvise(memory, length, MADV_DONTNEED);
  }
  return 0;
}
