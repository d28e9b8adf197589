// SPDX-License-Identifier: MIT
/* Connects to an address again and again, waiting for the answer or not, as the client of a service
 * in trouble does. */
#include "scenario.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int wait = argc < 4 || strcmp(argv[3], "nonblocking") != 0;

	if (argc < 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || atoi(argv[2]) < 1)
		return usage("connects ADDRESS PORT [nonblocking]");
	to.sin_port = htons(atoi(argv[2]));

	do {
		int fd =
		    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);
		struct pollfd out = {.fd = fd, .events = POLLOUT};

		tell();
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && !wait)
			poll(&out, 1, PAUSE_MS);
		close(fd);
	} while (go_on());
	return 0;
}
