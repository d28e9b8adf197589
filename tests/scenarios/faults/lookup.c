// SPDX-License-Identifier: MIT
/* Asks the name server at 127.0.0.1:53 for a name's address, as a stub resolver does: over UDP,
 * from a connected socket, again after a timeout. */
#include "scenario.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

static size_t question(unsigned char *message, const char *name, unsigned short id)
{
	unsigned char *at = message + 12, *length;

	memset(message, 0, 12);
	message[0] = id >> 8;
	message[1] = id;
	message[2] = 1;
	message[5] = 1;
	while (*name) {
		length = at++;
		while (*name && *name != '.')
			*at++ = *name++;
		*length = at - length - 1;
		name += *name == '.';
	}
	memcpy(at, "\0\0\1\0\1", 5);
	return at + 5 - message;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(53),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned char message[512], reply[1024];
	unsigned short id = getpid();

	if (argc < 2)
		return usage("lookup NAME");
	do {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		struct pollfd in = {.fd = fd, .events = POLLIN};
		size_t length = question(message, argv[1], ++id);

		connect(fd, (struct sockaddr *)&to, sizeof(to));
		for (int tries = 0; tries < 2; tries++) {
			tell();
			if (send(fd, message, length, MSG_NOSIGNAL) > 0 && poll(&in, 1, 2000) > 0 &&
			    recv(fd, reply, sizeof(reply), 0) > 0)
				break;
		}
		close(fd);
	} while (go_on());
	return 0;
}
