// SPDX-License-Identifier: MIT
// Sockets: connections and how they end, messages, datagrams.
#define _GNU_SOURCE
#include "workload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listener = -1, sender = -1, receiver = -1;
static char *buffer;

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
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

static void listen_for(int backlog)
{
	struct sockaddr_in at = loopback(number(1));
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	expect(bind(listener, (void *)&at, sizeof(at)), 0, "bind");
	expect(listen(listener, backlog), 0, "listen");
}

static void listen_first(void)
{
	listen_for(128);
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
	expect(receiver = accept(listener, NULL, NULL), 0, "accept");
	buffer = calloc(1, number(2));
}

// send N PORT BYTES: messages over one established TCP connection, read by the same process.
static void do_send(void)
{
	int size = number(2);

	for (int i = 0; i < times; i++) {
		if (send(sender, buffer, size, 0) != size)
			fail("send");
		if (recv(receiver, buffer, size, MSG_WAITALL) != size)
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

// abort N PORT: accepted connections that the server resets while the client reads.
static void do_abort(void)
{
	struct sockaddr_in to = loopback(number(1));
	struct linger at_once = {.l_onoff = 1};

	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), peer;
		char byte;

		expect(connect(fd, (void *)&to, sizeof(to)), 0, "connect");
		expect(peer = accept(listener, NULL, NULL), 0, "accept");
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(peer);
		expect(recv(fd, &byte, 1, 0), ECONNRESET, "recv");
		close(fd);
	}
}

// A listener whose queue one connection fills: what comes next is dropped.
static void listen_full_first(void)
{
	struct sockaddr_in to = loopback(number(1));

	listen_for(0);
	sender = socket(AF_INET, SOCK_STREAM, 0);
	expect(connect(sender, (void *)&to, sizeof(to)), 0, "connect");
}

// drop N PORT: connections whose SYN, sent twice, nobody answers: timed out.
static void do_drop(void)
{
	struct sockaddr_in to = loopback(number(1));
	int retransmissions = 1;

	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &retransmissions, sizeof(retransmissions));
		expect(connect(fd, (void *)&to, sizeof(to)), ETIMEDOUT, "connect");
		close(fd);
	}
}

// pending N PORT: N connections begun, and one more that the process waits for; none is ever
// answered.
static void do_pending(void)
{
	struct sockaddr_in to = loopback(number(1));

	for (int i = 0; i < times; i++)
		expect(connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (void *)&to,
			       sizeof(to)),
		       EINPROGRESS, "connect");
	expect(connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof(to)), ETIMEDOUT,
	       "connect");
}

// The checksum of a TCP segment without data (RFC 9293).
static uint16_t checksum(const struct sockaddr_in *from, const struct sockaddr_in *to,
			 const struct tcphdr *segment)
{
	const uint16_t *words = (const void *)segment;
	uint32_t sum = htons(IPPROTO_TCP) + htons(sizeof(*segment));
	const uint32_t ends[] = {from->sin_addr.s_addr, to->sin_addr.s_addr};

	for (int i = 0; i < 2; i++)
		sum += (ends[i] & 0xffff) + (ends[i] >> 16);
	for (unsigned i = 0; i < sizeof(*segment) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

// reset N PORT: attempts that the peer seems to make too, at the same time: it answers the answer
// to that with a reset.
static void do_reset(void)
{
	struct sockaddr_in to = loopback(number(1)), from = loopback(number(1) + 1);
	struct tcphdr syn = {.source = to.sin_port,
			     .dest = from.sin_port,
			     .seq = htonl(1000),
			     .doff = sizeof(syn) / 4,
			     .syn = 1,
			     .window = htons(1000)};
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);

	syn.check = checksum(&to, &from, &syn);
	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0, on = 1;
		struct pollfd decided = {fd, POLLOUT, 0};
		socklen_t length = sizeof(error);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		expect(bind(fd, (void *)&from, sizeof(from)), 0, "bind");
		expect(connect(fd, (void *)&to, sizeof(to)), EINPROGRESS, "connect");
		expect(sendto(raw, &syn, sizeof(syn), 0, (void *)&from, sizeof(from)), 0, "sendto");
		poll(&decided, 1, -1);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
		if (error != ECONNRESET)
			fail("ended with %s", strerrorname_np(error));
		close(fd);
	}
	close(raw);
}

// udp-away N ADDRESS PORT BYTES: datagrams to another host.
static void do_udp_away(void)
{
	struct sockaddr_in to = loopback(number(2));
	int size = number(3);

	buffer = calloc(1, size);
	to.sin_addr.s_addr = inet_addr(args[1]);
	for (int i = 0; i < times; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		if (sendto(fd, buffer, size, 0, (void *)&to, sizeof(to)) != size)
			fail("sendto");
		close(fd);
	}
}

static void bind_two_first(void)
{
	struct sockaddr_in at = loopback(number(1)), from = loopback(number(1) + 1);

	receiver = socket(AF_INET, SOCK_DGRAM, 0);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	expect(bind(receiver, (void *)&at, sizeof(at)), 0, "bind");
	expect(bind(sender, (void *)&from, sizeof(from)), 0, "bind");
	buffer = calloc(1, number(2));
}

// receive N PORT BYTES: datagrams from PORT + 1 to PORT, as many by recvfrom as by recvmsg.
static void do_receive(void)
{
	struct sockaddr_in to = loopback(number(1)), from = {};
	struct iovec piece = {buffer, number(2)};
	struct msghdr message = {
	    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &piece, .msg_iovlen = 1};
	socklen_t length = sizeof(from);

	for (int i = 0; i < 2 * times; i++) {
		expect(sendto(sender, buffer, number(2), 0, (void *)&to, sizeof(to)), 0, "sendto");
		if (i % 2)
			expect(recvmsg(receiver, &message, 0), 0, "recvmsg");
		else
			expect(recvfrom(receiver, buffer, number(2), 0, (void *)&from, &length), 0,
			       "recvfrom");
	}
}

const struct deed connection_deeds[] = {
    {"connect", 2, NULL, do_connect},
    {"connect6", 2, NULL, do_connect6},
    {"unix", 2, NULL, do_unix},
    {"accept", 2, listen_first, do_accept},
    {"send", 3, connect_first, do_send},
    {"udp", 3, NULL, do_udp},
    {"abort", 2, listen_first, do_abort},
    {"drop", 2, listen_full_first, do_drop},
    {"pending", 2, listen_full_first, do_pending},
    {"reset", 2, listen_full_first, do_reset},
    {"udp-away", 4, NULL, do_udp_away},
    {"receive", 3, bind_two_first, do_receive},
    {},
};
