// SPDX-License-Identifier: MIT
/* A name server on 127.0.0.1:53 that answers late, or that the name does not exist, or never. */
#include "scenario.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER 12

/* The answer to the question in `message`; returns its length. */
static size_t answer(unsigned char *message, size_t length, int exists)
{
	static const unsigned char address[] = {0xc0, HEADER, 0, 1, 0,	 1, 0, 0,
						0,    30,     0, 4, 127, 0, 0, 1};

	message[2] = 0x81;
	message[3] = exists ? 0x80 : 0x83;
	message[7] = exists;
	memset(message + 8, 0, 4);
	if (!exists)
		return length;
	memcpy(message + length, address, sizeof(address));
	return length + sizeof(address);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(53),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
			   from;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), late = argc > 2 ? atoi(argv[2]) : 0;
	unsigned char message[1024];

	if (argc < 2)
		return usage("resolver late|nxdomain|silent [MILLISECONDS]");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return failed("resolver");
	tell();
	for (;;) {
		struct pollfd in[2] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
		socklen_t size = sizeof(from);
		ssize_t n;

		poll(in, 2, -1);
		if (in[1].revents)
			return 0;
		n = recvfrom(fd, message, 512, 0, (struct sockaddr *)&from, &size);
		if (n < HEADER || argv[1][0] == 's')
			continue;
		/* The length of the question alone: additional records are not answered. */
		size_t end = HEADER;

		while (end < (size_t)n && message[end])
			end += message[end] + 1;
		usleep(late * 1000);
		sendto(fd, message, answer(message, end + 5, argv[1][0] == 'l'), 0,
		       (struct sockaddr *)&from, size);
	}
}
