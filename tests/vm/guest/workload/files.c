// SPDX-License-Identifier: MIT
// Files: opened in every way, read, written; a block device.
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK 4096

static int file = -1;
static char *buffer;

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

// open N PATH ERRNO: opens of PATH for reading; ERRNO 0 when they succeed.
static void do_open(void)
{
	int wanted = number(2);

	for (int i = 0; i < times; i++) {
		int fd = open(args[1], O_RDONLY | O_CLOEXEC);

		expect(fd, wanted, args[1]);
		close_if_open(fd);
	}
}

static void make_file_first(void)
{
	int size = number(2);

	buffer = calloc(1, size);
	expect(file = open(args[1], O_RDWR | O_CREAT | O_TRUNC, 0600), 0, args[1]);
	if (write(file, buffer, size) != size)
		fail("write %s", args[1]);
}

// read N PATH BYTES: reads of that many bytes from the start of a file.
static void do_read(void)
{
	int size = number(2);

	for (int i = 0; i < times; i++)
		if (pread(file, buffer, size, 0) != size)
			fail("pread");
}

// write N PATH BYTES: writes of that many bytes to the start of a file.
static void do_write(void)
{
	int size = number(2);

	for (int i = 0; i < times; i++)
		if (pwrite(file, buffer, size, 0) != size)
			fail("pwrite");
}

// open-old N PATH ERRNO: the same by the open system call, which libc no longer uses.
static void do_open_old(void)
{
	for (int i = 0; i < times; i++) {
		int fd = syscall(SYS_open, args[1], O_RDONLY | O_CLOEXEC);

		expect(fd, number(2), args[1]);
		close_if_open(fd);
	}
}

// open2 N PATH ERRNO: the same by openat2.
static void do_open2(void)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};

	for (int i = 0; i < times; i++) {
		int fd = syscall(SYS_openat2, AT_FDCWD, args[1], &how, sizeof(how));

		expect(fd, number(2), args[1]);
		close_if_open(fd);
	}
}

// create N PATH MODE: a file created and removed.
static void do_create(void)
{
	for (int i = 0; i < times; i++) {
		int fd = open(args[1], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)number(2));

		expect(fd, 0, args[1]);
		close(fd);
		expect(unlink(args[1]), 0, "unlink");
	}
}

static void open_device_first(void)
{
	buffer = aligned_alloc(BLOCK, BLOCK);
	expect(file = open(args[1], O_RDONLY | O_DIRECT), 0, args[1]);
}

// block N DEVICE: reads of 4096 bytes, one after another, each a request of its own.
static void do_block(void)
{
	for (int i = 0; i < times; i++)
		if (pread(file, buffer, BLOCK, (off_t)i * BLOCK) != BLOCK)
			fail("pread %s", args[1]);
}

const struct deed file_deeds[] = {
    {"open", 3, NULL, do_open},
    {"open-old", 3, NULL, do_open_old},
    {"open2", 3, NULL, do_open2},
    {"create", 3, NULL, do_create},
    {"read", 3, make_file_first, do_read},
    {"write", 3, make_file_first, do_write},
    {"block", 2, open_device_first, do_block},
    {},
};
