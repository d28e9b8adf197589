// SPDX-License-Identifier: MIT
// Processes and threads: how they begin, what they become, how they end.
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(pid_t child, int exited, int signalled)
{
	int status;

	expect(child, 0, "fork");
	expect(waitpid(child, &status, 0), 0, "waitpid");
	if (signalled ? !WIFSIGNALED(status) || WTERMSIG(status) != signalled
		      : !WIFEXITED(status) || WEXITSTATUS(status) != exited) {
		errno = ECHILD;
		fail("a child ended with status %#x", status);
	}
}

// fork N STATUS: children that exit with STATUS.
static void do_fork(void)
{
	int exited = number(1);

	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(exited);
		reap(child, exited, 0);
	}
}

// kill N SIGNAL: children that die of SIGNAL.
static void do_kill(void)
{
	int sent = number(1);

	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0) {
			raise(sent);
			_exit(0);
		}
		reap(child, 0, sent);
	}
}

// In memory that a child of fork has as well: what lies in the executable itself it would have to
// fault in.
static char marked[] = "marked";

// exec N PATH STATUS: children that execute PATH with the argument "marked"; those that cannot exit
// with 127.
static void do_exec(void)
{
	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0) {
			execl(args[1], args[1], marked, NULL);
			_exit(127);
		}
		reap(child, number(2), 0);
	}
}

static void *idle(void *unused)
{
	return unused;
}

// thread N: threads that start and end.
static void do_thread(void)
{
	for (int i = 0; i < times; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, idle, NULL) != 0)
			fail("pthread_create");
		pthread_join(thread, NULL);
	}
}

// crash N SIGNAL: children that leave a core file in /tmp.
static void do_crash(void)
{
	struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};

	expect(chdir("/tmp"), 0, "/tmp");
	expect(setrlimit(RLIMIT_CORE, &any), 0, "setrlimit");
	do_kill();
}

// exec-at N PATH STATUS: the same as exec, by execveat.
static void do_exec_at(void)
{
	char *argv[] = {args[1], marked, NULL};

	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0) {
			execveat(AT_FDCWD, args[1], argv, environ, 0);
			_exit(127);
		}
		reap(child, number(2), 0);
	}
}

// exec-many N PATH: children that execute PATH with 20 arguments, the second of them 200 bytes
// long.
static void do_exec_many(void)
{
	char text[20][16], longest[201], *argv[22] = {args[1]};

	for (int i = 0; i < 20; i++) {
		snprintf(text[i], sizeof(text[i]), "argument-%02d", i + 1);
		argv[i + 1] = text[i];
	}
	memset(longest, 'x', 200);
	longest[200] = 0;
	argv[2] = longest;
	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0) {
			execv(args[1], argv);
			_exit(127);
		}
		reap(child, 0, 0);
	}
}

#define OOM_GROUP "/sys/fs/cgroup/workload-oom"

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	expect(fd, 0, path);
	if (write(fd, text, strlen(text)) < 0)
		fail("%s", path);
	close(fd);
}

static void make_group_first(void)
{
	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(OOM_GROUP, 0755) && errno != EEXIST)
		fail(OOM_GROUP);
	put(OOM_GROUP "/memory.max", args[1]);
}

// oom N BYTES: children that touch memory beyond their group's limit until the kernel kills them.
static void do_oom(void)
{
	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0) {
			size_t size = 2 * number(1);
			char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			put(OOM_GROUP "/cgroup.procs", "0");
			memset(memory, 1, size);
			_exit(0);
		}
		reap(child, 0, SIGKILL);
	}
	rmdir(OOM_GROUP);
}

// hang N: a read of a pipe that nobody writes to; it never ends by itself.
static void do_hang(void)
{
	int ends[2];
	char byte;

	expect(pipe(ends), 0, "pipe");
	while (read(ends[0], &byte, 1) != 0)
		;
}

const struct deed process_deeds[] = {
    {"fork", 2, NULL, do_fork},	      {"kill", 2, NULL, do_kill},
    {"crash", 2, NULL, do_crash},     {"exec", 3, NULL, do_exec},
    {"exec-at", 3, NULL, do_exec_at}, {"exec-many", 2, NULL, do_exec_many},
    {"thread", 1, NULL, do_thread},   {"oom", 2, make_group_first, do_oom},
    {"hang", 1, NULL, do_hang},	      {},
};
