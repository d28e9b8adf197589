// SPDX-License-Identifier: MIT
/* Connects to a port of the loopback address where nothing listens, waiting for the answer or not,
 * as a client of a dead service does. */
#include "scenario.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int wait = argc < 3 || strcmp(argv[2], "nonblocking") != 0;

	if (argc < 2 || atoi(argv[1]) < 1 || atoi(argv[1]) > 65535)
		return usage("refused PORT [nonblocking]");
	to.sin_port = htons(atoi(argv[1]));

	do {
		int fd =
		    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);
		struct pollfd out = {.fd = fd, .events = POLLOUT};

		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && !wait)
			poll(&out, 1, PAUSE_MS);
		close(fd);
	} while (go_on());
	return 0;
}
