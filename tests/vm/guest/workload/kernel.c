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

#define PAGE 4096
// What a pipe holds unless told otherwise.
#define PIPE_PAGES 16
#define PIPES 32
#define FULL_PIPES 3

static int pipes[PIPES][2];
static _Alignas(PAGE) char pages[PIPE_PAGES * PAGE];

static void make_pipes(int count)
{
	for (int i = 0; i < count; i++)
		expect(pipe(pipes[i]), 0, "pipe");
}

static void move_pages(const int ends[2], size_t count)
{
	if (write(ends[1], pages, count * PAGE) != (ssize_t)(count * PAGE))
		fail("write");
	if (read(ends[0], pages, count * PAGE) != (ssize_t)(count * PAGE))
		fail("read");
}

static void make_pipes_first(void)
{
	if (times > PIPE_PAGES) {
		errno = E2BIG;
		fail("pages %d", times);
	}
	// Not one of its own pages is to be taken later.
	memset(pages, 1, sizeof(pages));
	make_pipes(FULL_PIPES);
}

// pages N: the kernel takes a page for each of N calls of mincore and gives it back at once
// (mm/mincore.c; 7.x has an object for that), and takes N pages for what is written to each of
// three new pipes. Of these it gives back, when they are read, all but the one or two that each
// pipe keeps (fs/pipe.c). Nothing else is freed meanwhile: a file or a pipe may give back a page of
// such objects too, which depends on what others did before.
static void do_pages(void)
{
	unsigned char resident;

	for (int i = 0; i < times; i++)
		expect(mincore(pages, PAGE, &resident), 0, "mincore");
	for (int i = 0; i < FULL_PIPES; i++)
		move_pages(pipes[i], times);
}

static void use_pipes_first(void)
{
	if (times > PIPES) {
		errno = E2BIG;
		fail("close-pipes %d", times);
	}
	make_pipes(times);
	for (int i = 0; i < times; i++)
		move_pages(pipes[i], 1);
}

// close-pipes N: pipes that keep a page each; the kernel gives it back with the pipe, and may give
// back pages of objects besides.
static void do_close_pipes(void)
{
	for (int i = 0; i < times; i++) {
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
    {"close-pipes", 1, use_pipes_first, do_close_pipes},
    {"vectors", 1, open_null_first, do_vectors},
    {"sleep", 1, NULL, do_sleep},
    {"waits", 2, NULL, do_waits},
    {},
};
