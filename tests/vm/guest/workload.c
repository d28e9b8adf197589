// SPDX-License-Identifier: MIT
// A process of the guest that makes exactly known events: it does one thing N times, checks that
// each ended as meant, and says so in one JSON line. Anything unexpected ends it with a message and
// exit code 1.
//
//   workload [--comm NAME] [--uid N] [--thread NAME] [--pid-file PATH] [--gate FIFO] DEED
//   ARGUMENTS…
//
// Everything but the deed (names, users, sockets that listen, files that must exist) is done before
// the gate; the gate is a FIFO that opens once the trace is attached. --thread does the deed in a
// second thread of that name.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// Seconds after which a process that hangs is ended by SIGALRM.
#define DEADLINE 60

static char **args;
static int times;
static int listener = -1, file = -1, sender = -1;
static char *buffer;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
	int error = errno;
	va_list list;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, ": %s\n", strerrorname_np(error));
	_exit(1);
}

static long number(int index)
{
	if (!args[index]) {
		errno = EINVAL;
		fail("argument %d is missing", index);
	}
	return strtol(args[index], NULL, 0);
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void expect(int result, int wanted, const char *what)
{
	if (wanted ? result != -1 || errno != wanted : result < 0)
		fail("%s: returned %d, wanted %s", what, result, strerrorname_np(wanted));
}

// connect N PORT: refused connections to 127.0.0.1.
static void do_connect(void)
{
	struct sockaddr_in to = loopback(number(1));

	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		expect(connect(fd, (void *)&to, sizeof(to)), ECONNREFUSED, "connect");
		close(fd);
	}
}

// connect6 N PORT: refused connections to ::1.
static void do_connect6(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(number(1))};

	to.sin6_addr = in6addr_loopback;
	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET6, SOCK_STREAM, 0);

		expect(connect(fd, (void *)&to, sizeof(to)), ECONNREFUSED, "connect");
		close(fd);
	}
}

// unix N PATH: connections to a socket that isn't there.
static void do_unix(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", args[1]);
	for (int i = 0; i < times; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		expect(connect(fd, (void *)&to, sizeof(to)), ENOENT, "connect");
		close(fd);
	}
}

static void listen_first(void)
{
	struct sockaddr_in at = loopback(number(1));
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	expect(bind(listener, (void *)&at, sizeof(at)), 0, "bind");
	expect(listen(listener, 128), 0, "listen");
}

// accept N PORT: connections to 127.0.0.1 that are accepted.
static void do_accept(void)
{
	struct sockaddr_in to = loopback(number(1));

	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), peer;

		expect(connect(fd, (void *)&to, sizeof(to)), 0, "connect");
		expect(peer = accept(listener, NULL, NULL), 0, "accept");
		close(fd);
		close(peer);
	}
}

static void connect_first(void)
{
	struct sockaddr_in to = loopback(number(1));

	listen_first();
	sender = socket(AF_INET, SOCK_STREAM, 0);
	expect(connect(sender, (void *)&to, sizeof(to)), 0, "connect");
	expect(file = accept(listener, NULL, NULL), 0, "accept");
	buffer = calloc(1, number(2));
}

// send N PORT BYTES: messages over one established TCP connection, read by the same process.
static void do_send(void)
{
	int size = number(2);

	for (int i = 0; i < times; i++) {
		if (send(sender, buffer, size, 0) != size)
			fail("send");
		if (recv(file, buffer, size, MSG_WAITALL) != size)
			fail("recv");
	}
}

// udp N PORT BYTES: datagrams to 127.0.0.1, each from a fresh socket, as nobody listens.
static void do_udp(void)
{
	struct sockaddr_in to = loopback(number(1));
	int size = number(2);

	buffer = calloc(1, size);
	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		if (sendto(fd, buffer, size, 0, (void *)&to, sizeof(to)) != size)
			fail("sendto");
		close(fd);
	}
}

// A resolver of its own process: answers every question with the code that is its second argument,
// or none at all when that is below zero.
static void resolve_first(void)
{
	struct sockaddr_in at = loopback(53), from;
	socklen_t size = sizeof(from);
	unsigned char message[512];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), code = number(2);

	expect(bind(fd, (void *)&at, sizeof(at)), 0, "bind");
	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int got = recvfrom(fd, message, sizeof(message), 0, (void *)&from, &size);

		if (got < 12 || code < 0)
			continue;
		message[2] |= 0x80;
		message[3] = code;
		sendto(fd, message, got, 0, (void *)&from, size);
	}
}

// dns N NAME CODE: questions for the address of NAME, each from a fresh socket; with a code below
// zero nobody waits for an answer.
static void do_dns(void)
{
	struct sockaddr_in to = loopback(53);
	unsigned char question[300] = {0, 0, 1, 0, 0, 1}, answer[512];
	char *label = args[1];
	int size = 12, code = number(2);

	while (*label) {
		int length = strcspn(label, ".");

		question[size++] = length;
		memcpy(question + size, label, length);
		size += length;
		label += length + (label[length] == '.');
	}
	question[size + 2] = question[size + 4] = 1;
	size += 5;
	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		question[1] = i;
		if (sendto(fd, question, size, 0, (void *)&to, sizeof(to)) != size)
			fail("sendto");
		if (code >= 0 && recv(fd, answer, sizeof(answer), 0) != size)
			fail("recv");
		if (code >= 0)
			close(fd);
	}
}

// open N PATH ERRNO: opens of PATH for reading; ERRNO 0 when they succeed.
static void do_open(void)
{
	int wanted = number(2);

	for (int i = 0; i < times; i++) {
		int fd = open(args[1], O_RDONLY | O_CLOEXEC);

		expect(fd, wanted, args[1]);
		if (fd >= 0)
			close(fd);
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

// exec N PATH STATUS: children that execute PATH with the argument "marked"; those that cannot exit
// with 127.
static void do_exec(void)
{
	for (int i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0) {
			execl(args[1], args[1], "marked", NULL);
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

// hang N: a read of a pipe that nobody writes to; it never ends by itself.
static void do_hang(void)
{
	int ends[2];
	char byte;

	expect(pipe(ends), 0, "pipe");
	while (read(ends[0], &byte, 1) != 0)
		;
}

static const struct {
	const char *name;
	int arguments;
	void (*before_the_gate)(void);
	void (*run)(void);
} deeds[] = {
    {"connect", 2, NULL, do_connect},
    {"connect6", 2, NULL, do_connect6},
    {"unix", 2, NULL, do_unix},
    {"accept", 2, listen_first, do_accept},
    {"send", 3, connect_first, do_send},
    {"udp", 3, NULL, do_udp},
    {"dns", 3, resolve_first, do_dns},
    {"open", 3, NULL, do_open},
    {"read", 3, make_file_first, do_read},
    {"write", 3, make_file_first, do_write},
    {"fork", 2, NULL, do_fork},
    {"kill", 2, NULL, do_kill},
    {"exec", 3, NULL, do_exec},
    {"thread", 1, NULL, do_thread},
    {"getppid", 1, NULL, do_getppid},
    {"mmap", 1, NULL, do_mmap},
    {"hang", 1, NULL, do_hang},
};

static void *run_named(void *which)
{
	const void **pair = which;

	prctl(PR_SET_NAME, pair[0]);
	((void (*)(void))pair[1])();
	return NULL;
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
	const char *comm = NULL, *thread_comm = NULL, *pid_file = NULL, *gate = NULL;
	unsigned deed = 0;
	long uid = 0;

	for (argv++; argv[0] && argv[0][0] == '-' && argv[1]; argv += 2) {
		if (!strcmp(argv[0], "--comm"))
			comm = argv[1];
		else if (!strcmp(argv[0], "--uid"))
			uid = strtol(argv[1], NULL, 10);
		else if (!strcmp(argv[0], "--thread"))
			thread_comm = argv[1];
		else if (!strcmp(argv[0], "--pid-file"))
			pid_file = argv[1];
		else if (!strcmp(argv[0], "--gate"))
			gate = argv[1];
	}
	if (argv[0] && argv[1] && !strcmp(argv[0], "execute"))
		execute(argv + 1);
	while (argv[0] && deed < sizeof(deeds) / sizeof(*deeds) &&
	       strcmp(argv[0], deeds[deed].name))
		deed++;
	for (args = argv + 1, count = 0; argv[0] && args[count];)
		count++;
	if (!argv[0] || deed == sizeof(deeds) / sizeof(*deeds) || count != deeds[deed].arguments) {
		errno = EINVAL;
		fail("no such deed, or not its arguments: %s", argv[0] ? argv[0] : "none");
	}
	alarm(DEADLINE);
	times = number(0);
	if (deeds[deed].before_the_gate)
		deeds[deed].before_the_gate();
	if (comm)
		prctl(PR_SET_NAME, comm);
	if (pid_file) {
		// Complete once it has its name: whoever waits for it never reads half a number.
		char half[256];
		snprintf(half, sizeof(half), "%s.half", pid_file);
		FILE *out = fopen(half, "w");
		if (!out || fprintf(out, "%d", getpid()) < 0 || fclose(out) ||
		    rename(half, pid_file))
			fail("%s", pid_file);
	}
	if (uid && setresuid(uid, uid, uid))
		fail("setresuid %ld", uid);
	if (gate && open(gate, O_RDONLY) < 0)
		fail("%s", gate);
	if (thread_comm) {
		const void *pair[] = {thread_comm, (void *)deeds[deed].run};
		pthread_t thread;

		if (pthread_create(&thread, NULL, run_named, pair) != 0)
			fail("pthread_create");
		pthread_join(thread, NULL);
	} else {
		deeds[deed].run();
	}
	printf("{\"pid\": %d, \"uid\": %d, \"deed\": \"%s\", \"times\": %d}\n", getpid(), getuid(),
	       deeds[deed].name, times);
	return 0;
}
