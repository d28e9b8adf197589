// SPDX-License-Identifier: MIT
/* Listens with a short queue and never accepts, while clients keep connecting. */
#include "scenario.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 3)
		return usage("stalled-server PORT BACKLOG");
	at.sin_port = htons(atoi(argv[1]));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, atoi(argv[2])))
		return failed("stalled-server");
	if (fork() == 0) {
		prctl(PR_SET_NAME, "client");
		close(fd);
		do {
			int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

			/* Clients that hang: each stays open for as long as this process does. */
			connect(client, (struct sockaddr *)&at, sizeof(at));
		} while (go_on_after(150));
		return 0;
	}
	while (go_on())
		;
	return 0;
}
