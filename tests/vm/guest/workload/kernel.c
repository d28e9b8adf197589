// SPDX-License-Identifier: MIT
// Calls that make the kernel do one known thing inside: enter, allocate, free, switch.
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
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

#define PIPES 32
#define PAGE 4096

static int pipes[PIPES][2];
static char two_pages[2 * PAGE];

static void make_pipes_first(void)
{
	// Not one of its own pages is to be taken later.
	memset(two_pages, 1, sizeof(two_pages));
	for (int i = 0; i < times && i < PIPES; i++)
		expect(pipe(pipes[i]), 0, "pipe");
}

// pages N: pipes through which two pages pass. The kernel takes a page for each, keeps both when
// they have been read, and gives them back with the pipe (fs/pipe.c).
static void do_pages(void)
{
	for (int i = 0; i < times && i < PIPES; i++) {
		if (write(pipes[i][1], two_pages, sizeof(two_pages)) != sizeof(two_pages))
			fail("write");
		if (read(pipes[i][0], two_pages, sizeof(two_pages)) != sizeof(two_pages))
			fail("read");
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
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

static int word;

static void *wait_for_nobody(void *unused)
{
	struct timespec limit = {.tv_sec = number(1) / 1000, .tv_nsec = number(1) % 1000 * 1000000};

	expect(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &limit, NULL, 0), ETIMEDOUT, "futex");
	for (;;)
		pause();
	return unused;
}

// waits N MILLISECONDS: as many threads, each of which waits that long for a word that nobody
// wakes: N calls under way at once. They live on, and so does the process.
static void do_waits(void)
{
	pthread_t thread;

	for (int i = 0; i < times; i++)
		if (pthread_create(&thread, NULL, wait_for_nobody, NULL))
			fail("pthread_create");
	for (;;)
		pause();
}

const struct deed kernel_deeds[] = {
    {"getppid", 1, NULL, do_getppid},
    {"mmap", 1, NULL, do_mmap},
    {"pages", 1, make_pipes_first, do_pages},
    {"vectors", 1, open_null_first, do_vectors},
    {"sleep", 1, NULL, do_sleep},
    {"waits", 2, NULL, do_waits},
    {},
};
