// SPDX-License-Identifier: MIT
// Calls that make the kernel do one known thing inside: enter, allocate, free, switch.
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define VECTORS 20

static int file = -1;

// getppid N: the cheapest system call.
static void do_getppid(void)
{
	for (int i = 0; i < times; i++)
		syscall(SYS_getppid);
}

// mmap N: mappings of no length, each refused with EINVAL.
static void do_mmap(void)
{
	for (int i = 0; i < times; i++)
		expect(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
			   ? -1
			   : 0,
		       EINVAL, "mmap");
}

static void open_memory_first(void)
{
	expect(file = open("/proc/self/mem", O_RDONLY), 0, "/proc/self/mem");
}

// pages N: reads of this process's own memory through /proc; the kernel takes one page for each and
// gives it back (fs/proc/base.c's mem_rw).
static void do_pages(void)
{
	char from = 7, to;

	for (int i = 0; i < times; i++)
		if (pread(file, &to, 1, (off_t)&from) != 1 || to != from)
			fail("pread /proc/self/mem");
}

static void open_null_first(void)
{
	expect(file = open("/dev/null", O_WRONLY), 0, "/dev/null");
}

// vectors N: writes of 20 pieces each; the kernel copies their 320 bytes of addresses into memory
// of its own (more than 8 don't fit its stack).
static void do_vectors(void)
{
	struct iovec pieces[VECTORS];
	char byte = 0;

	for (int i = 0; i < VECTORS; i++)
		pieces[i] = (struct iovec){&byte, 1};
	for (int i = 0; i < times; i++)
		if (writev(file, pieces, VECTORS) != VECTORS)
			fail("writev");
}

// sleep N: sleeps of a millisecond; each gives the processor away once.
static void do_sleep(void)
{
	struct timespec millisecond = {.tv_nsec = 1000000};

	for (int i = 0; i < times; i++)
		expect(nanosleep(&millisecond, NULL), 0, "nanosleep");
}

const struct deed kernel_deeds[] = {
    {"getppid", 1, NULL, do_getppid},
    {"mmap", 1, NULL, do_mmap},
    {"pages", 1, open_memory_first, do_pages},
    {"vectors", 1, open_null_first, do_vectors},
    {"sleep", 1, NULL, do_sleep},
    {},
};
