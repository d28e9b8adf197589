// SPDX-License-Identifier: MIT
// A process that makes exactly known events: it does one thing N times, checks that each ended as
// meant, and says so in one JSON line. Anything unexpected ends it with a message and exit code 1.
//
//   workload [OPTION VALUE]… DEED N ARGUMENTS…
//
//   --comm NAME        its name from before the gate
//   --during NAME      its name while it does the deed, and no longer
//   --thread NAME      the deed is done in a second thread of that name
//   --uid N            its user
//   --cpu N            the processor it runs on
//   --pid-file PATH    written once everything before the gate is done
//   --gate FIFO        opens once the trace is attached
//
// Everything but the deed (names, users, sockets that listen, files that must exist) is done before
// the gate.
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// Seconds after which a process that hangs is ended by SIGALRM.
#define DEADLINE 120

char **args;
int times;

static const char *comm, *during, *thread_comm, *uid, *cpu, *pid_file, *gate;
static const struct deed *deed;
static struct rusage before, after;

void fail(const char *format, ...)
{
	int error = errno;
	va_list list;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, ": %s\n", strerrorname_np(error));
	_exit(1);
}

long number(int index)
{
	if (!args[index]) {
		errno = EINVAL;
		fail("argument %d is missing", index);
	}
	return strtol(args[index], NULL, 0);
}

void expect(int result, int wanted, const char *what)
{
	if (wanted ? result != -1 || errno != wanted : result < 0)
		fail("%s: returned %d, wanted %s", what, result, strerrorname_np(wanted));
}

static const struct {
	const char *name;
	const char **value;
} options[] = {
    {"--comm", &comm}, {"--during", &during},	  {"--thread", &thread_comm}, {"--uid", &uid},
    {"--cpu", &cpu},   {"--pid-file", &pid_file}, {"--gate", &gate},
};

static char **read_options(char **argv)
{
	for (; argv[0] && argv[0][0] == '-' && argv[1]; argv += 2)
		for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++)
			if (!strcmp(argv[0], options[i].name))
				*options[i].value = argv[1];
	return argv;
}

static const struct deed *find(const char *name, int arguments)
{
	const struct deed *lists[] = {connection_deeds, resolver_deeds, file_deeds, process_deeds,
				      kernel_deeds};

	for (unsigned i = 0; name && i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct deed *one = lists[i]; one->name; one++)
			if (!strcmp(name, one->name) && arguments == one->arguments)
				return one;
	errno = EINVAL;
	fail("no such deed, or not its arguments: %s", name ? name : "none");
}

// Complete once it has its name: whoever waits for it never reads half a number.
static void write_pid(void)
{
	char half[256];

	snprintf(half, sizeof(half), "%s.half", pid_file);

	FILE *out = fopen(half, "w");

	if (!out || fprintf(out, "%d", getpid()) < 0 || fclose(out) || rename(half, pid_file))
		fail("%s", pid_file);
}

// What processes left to RCU when they ended (from 6.14 on, their page tables) is freed in the
// context of whoever a timer interrupts later, and would count under that name: it is waited
// for. 5.10 neither does that nor has the file.
static void let_rcu_finish(void)
{
	int barrier = open("/sys/module/rcutree/parameters/do_rcu_barrier", O_WRONLY);

	if (barrier < 0)
		return;
	if (write(barrier, "1", 1) != 1)
		fail("do_rcu_barrier");
	close(barrier);
}

static void *run(void *unused)
{
	char own[16];

	if (thread_comm)
		prctl(PR_SET_NAME, thread_comm);
	prctl(PR_GET_NAME, own);
	if (during)
		let_rcu_finish();
	getrusage(RUSAGE_THREAD, &before);
	if (during)
		prctl(PR_SET_NAME, during);
	deed->run();
	if (during)
		prctl(PR_SET_NAME, own);
	getrusage(RUSAGE_THREAD, &after);
	return unused;
}

// execute COMMAND…: becomes COMMAND with the default signal handling that a background job of a
// shell lacks, and a deadline that survives the exec.
static void execute(char **command)
{
	alarm(DEADLINE);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	execvp(command[0], command);
	fail("%s", command[0]);
}

int main(int count, char **argv)
{
	argv = read_options(argv + 1);
	if (argv[0] && argv[1] && !strcmp(argv[0], "execute"))
		execute(argv + 1);
	for (args = argv + 1, count = 0; argv[0] && args[count];)
		count++;
	deed = find(argv[0], count);
	alarm(DEADLINE);
	times = number(0);
	if (deed->before_the_gate)
		deed->before_the_gate();
	if (comm)
		prctl(PR_SET_NAME, comm);
	if (cpu) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(atoi(cpu), &set);
		expect(sched_setaffinity(0, sizeof(set), &set), 0, "sched_setaffinity");
	}
	if (pid_file)
		write_pid();
	if (uid && setresuid(atoi(uid), atoi(uid), atoi(uid)))
		fail("setresuid %s", uid);
	if (gate && open(gate, O_RDONLY) < 0)
		fail("%s", gate);
	if (thread_comm) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, run, NULL) != 0)
			fail("pthread_create");
		pthread_join(thread, NULL);
	} else {
		run(NULL);
	}
	printf("{\"pid\": %d, \"uid\": %d, \"deed\": \"%s\", \"times\": %d, \"switches\": %ld}\n",
	       getpid(), getuid(), deed->name, times,
	       after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw);
	return 0;
}
