// SPDX-License-Identifier: MIT
/* Opens connections to its own listener, one after another, and never closes one. */
#include "scenario.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct rlimit many = {8192, 8192};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), pause = 0;

	if (argc < 2)
		return usage("hoard PORT");
	at.sin_port = htons(atoi(argv[1]));
	setrlimit(RLIMIT_NOFILE, &many);
	if (bind(server, (struct sockaddr *)&at, sizeof(at)) || listen(server, 4096))
		return failed("hoard");
	do {
		int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (client < 0 || connect(client, (struct sockaddr *)&at, sizeof(at))) {
			if (errno != EADDRNOTAVAIL)
				return failed("hoard");
			tell();
			pause = PAUSE_MS;
			close(client);
			continue;
		}
		accept(server, NULL, NULL);
	} while (go_on_after(pause));
	return 0;
}
