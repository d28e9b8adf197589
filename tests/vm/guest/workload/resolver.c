// SPDX-License-Identifier: MIT
// Name servers and those who ask them (RFC 1035), both in this file so that every answer is known
// beforehand.
#define _GNU_SOURCE
#include "workload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 53
#define HEADER 12
#define LATE_MS 200
#define PATIENCE_MS 500
#define MESSAGE 512

static socklen_t server_address(struct sockaddr_storage *at, int domain)
{
	memset(at, 0, sizeof(*at));
	if (domain == AF_INET) {
		*(struct sockaddr_in *)at =
		    (struct sockaddr_in){.sin_family = AF_INET,
					 .sin_port = htons(PORT),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		return sizeof(struct sockaddr_in);
	}
	*(struct sockaddr_in6 *)at = (struct sockaddr_in6){
	    .sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = in6addr_loopback};
	return sizeof(struct sockaddr_in6);
}

// Turns a query into its answer; false for a name that begins with "silent". "late" is answered
// after a while, "absent" is no name, anything else is 192.0.2.1.
static int answer(unsigned char *message, int *size)
{
	static const unsigned char record[] = {0xc0, HEADER, 0, 1, 0,	1, 0, 0,
					       0,    60,     0, 4, 192, 0, 2, 1};
	const char *name = (char *)message + HEADER + 1;

	if (!strncmp(name, "silent", 6))
		return 0;
	if (!strncmp(name, "late", 4))
		usleep(LATE_MS * 1000);
	message[2] |= 0x80;
	message[3] = 0x80;
	if (!strncmp(name, "absent", 6)) {
		message[3] |= 3;
	} else if (message[*size - 3] == 1) {
		message[7] = 1;
		memcpy(message + *size, record, sizeof(record));
		*size += sizeof(record);
	}
	return 1;
}

static void answer_stream(int fd)
{
	unsigned char message[MESSAGE];
	int size = recv(fd, message, sizeof(message) - 32, 0) - 2;

	if (size > HEADER && answer(message + 2, &size)) {
		message[0] = size >> 8;
		message[1] = size & 0xff;
		send(fd, message, size + 2, 0);
	}
	// The peer closes first, whether it was answered or lost patience.
	recv(fd, message, sizeof(message), 0);
	close(fd);
}

static void answer_datagram(int fd)
{
	unsigned char message[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	int size = recvfrom(fd, message, sizeof(message) - 32, 0, (void *)&from, &length);

	if (size > HEADER && answer(message, &size))
		sendto(fd, message, size, 0, (void *)&from, length);
}

static void __attribute__((noreturn)) serve(struct pollfd *sockets)
{
	prctl(PR_SET_NAME, "resolver");
	for (;;) {
		if (poll(sockets, 4, -1) < 0)
			fail("poll");
		for (int i = 0; i < 4; i++) {
			if (!(sockets[i].revents & POLLIN))
				continue;
			if (i < 2)
				answer_datagram(sockets[i].fd);
			else
				answer_stream(accept(sockets[i].fd, NULL, NULL));
		}
	}
}

// A socket that gives its place to the next one at once.
static int listen_at(int domain, int type)
{
	struct sockaddr_storage at;
	socklen_t length = server_address(&at, domain);
	int fd = socket(domain, type, 0);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (domain == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	expect(bind(fd, (void *)&at, length), 0, "bind to port 53");
	if (type == SOCK_STREAM)
		expect(listen(fd, 16), 0, "listen");
	return fd;
}

// Another process is the server: filters by process tell the two apart. It lives as long as the
// deed, as others want the port before and after.
static pid_t start_server(void)
{
	struct pollfd sockets[4];
	pid_t child;

	for (int i = 0; i < 4; i++)
		sockets[i] = (struct pollfd){
		    listen_at(i % 2 ? AF_INET6 : AF_INET, i < 2 ? SOCK_DGRAM : SOCK_STREAM), POLLIN,
		    0};
	expect(child = fork(), 0, "fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(sockets);
	}
	for (int i = 0; i < 4; i++)
		close(sockets[i].fd);
	return child;
}

static int write_query(unsigned char *message, int id, const char *name, int type)
{
	unsigned char *at = message + HEADER;

	memset(message, 0, HEADER);
	message[0] = id >> 8;
	message[1] = id & 0xff;
	message[2] = 1;
	message[5] = 1;
	while (*name) {
		int length = strcspn(name, ".");

		*at++ = length;
		memcpy(at, name, length);
		at += length;
		name += length + (name[length] == '.');
	}
	memcpy(at, (unsigned char[]){0, 0, type, 0, 1}, 5);
	return at + 5 - message;
}

// By the call that HOW asks for.
static int ask(int fd, void *message, int size, struct sockaddr_storage *to, socklen_t length)
{
	struct iovec piece = {message, size};
	struct mmsghdr one = {.msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1}};

	if (strstr(args[3], "many"))
		return sendmmsg(fd, &one, 1, 0) == 1 ? (int)one.msg_len : -1;
	return to ? sendto(fd, message, size, 0, (void *)to, length) : send(fd, message, size, 0);
}

// dns N NAME TYPE HOW CODE: queries for NAME, of TYPE by its number; each is answered with CODE, or
// never where it is -1. HOW is `udp4`, `udp6`, `tcp4`, `tcp6`, `udp4-connected` or
// `udp6-connected`, or `udp4-connected-many`, by the call that sends many.
static void do_dns(void)
{
	int family = strchr(args[3], '6') ? AF_INET6 : AF_INET;
	int kind = strncmp(args[3], "tcp", 3) ? SOCK_DGRAM : SOCK_STREAM;
	int connected = kind == SOCK_STREAM || strstr(args[3], "connected");
	struct timeval patience = {.tv_usec = PATIENCE_MS * 1000};
	unsigned char message[MESSAGE];
	struct sockaddr_storage to;
	socklen_t length = server_address(&to, family);
	int prefix = kind == SOCK_STREAM ? 2 : 0;
	pid_t server = start_server();

	for (int i = 0; i < times; i++) {
		int fd = socket(family, kind, 0);
		int size =
		    write_query(message + prefix, getpid() * 16 + i, args[1], number(2)) + prefix;

		if (prefix) {
			message[0] = (size - 2) >> 8;
			message[1] = (size - 2) & 0xff;
		}
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (connected)
			expect(connect(fd, (void *)&to, length), 0, "connect");
		if (ask(fd, message, size, connected ? NULL : &to, length) != size)
			fail("send");
		size = recv(fd, message, sizeof(message), 0);
		expect(size, number(4) < 0 ? EAGAIN : 0, "recv");
		if (size > 0 && (message[prefix + 3] & 15) != number(4))
			fail("answered with code %d", message[prefix + 3] & 15);
		close(fd);
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

// dns-reused N NAME: N queries that nobody answers, each from a socket that is closed at once, then
// as many for NAME that are; all have one id, and the kernel may give the sockets' memory again.
static void do_dns_reused(void)
{
	unsigned char message[MESSAGE];
	struct sockaddr_storage to;
	socklen_t length = server_address(&to, AF_INET);
	pid_t server = start_server();

	for (int i = 0; i < 2 * times; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);
		int size =
		    write_query(message, getpid(), i < times ? "silent.example.org" : args[1], 1);

		if (sendto(fd, message, size, 0, (void *)&to, length) != size)
			fail("sendto");
		if (i >= times)
			expect(recv(fd, message, sizeof(message), 0), 0, "recv");
		close(fd);
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

const struct deed resolver_deeds[] = {
    {"dns", 5, NULL, do_dns},
    {"dns-reused", 2, NULL, do_dns_reused},
    {},
};
