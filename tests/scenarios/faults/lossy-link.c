// SPDX-License-Identifier: MIT
/* A client and a server in network namespaces of their own, and between them a link that loses some
 * of the packets: this process carries each one from one TUN device to the other, or forgets it. */
#define _GNU_SOURCE
#include "scenario.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define CLIENT "10.77.0.1"
#define SERVER "10.77.0.2"

static int end_of_link(const char *address)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;
	int tun, control;

	if (unshare(CLONE_NEWNET))
		return -1;
	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	control = socket(AF_INET, SOCK_DGRAM, 0);
	strcpy(ifr.ifr_name, "link0");
	if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr))
		return -1;
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	ioctl(control, SIOCSIFADDR, &ifr);
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	ioctl(control, SIOCSIFNETMASK, &ifr);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	ioctl(control, SIOCSIFFLAGS, &ifr);
	close(control);
	return tun;
}

static void stream(int port, const char *name, int serve)
{
	static char data[4096];
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	inet_pton(AF_INET, SERVER, &at.sin_addr);
	if (serve) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		bind(fd, (struct sockaddr *)&at, sizeof(at));
		listen(fd, 8);
		for (;;) {
			int client = accept(fd, NULL, NULL);

			while (read(client, data, sizeof(data)) > 0)
				;
			close(client);
		}
	}
	while (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		usleep(100000);
	while (write(fd, data, sizeof(data)) > 0)
		usleep(10000);
	_exit(1);
}

int main(int argc, char **argv)
{
	unsigned long packets = 0;
	char packet[65536];
	int ends[2], port, every;

	if (argc < 4)
		return usage("lossy-link PORT LOSE-ONE-IN CLIENT-NAME");
	port = atoi(argv[1]);
	every = atoi(argv[2]);
	if ((ends[0] = end_of_link(CLIENT)) < 0)
		return failed("lossy-link");
	if (fork() == 0)
		stream(port, argv[3], 0);
	if ((ends[1] = end_of_link(SERVER)) < 0)
		return failed("lossy-link");
	if (fork() == 0)
		stream(port, "receiver", 1);

	for (;;) {
		struct pollfd in[3] = {
		    {ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};

		poll(in, 3, -1);
		if (in[2].revents)
			return 0;
		for (int side = 0; side < 2; side++) {
			ssize_t n = in[side].revents & POLLIN
					? read(ends[side], packet, sizeof(packet))
					: 0;

			/* Not in step with the sender, or the same segment would be lost again. */
			if (n <= 0 || (packets++ * 2654435761u >> 7) % every == 0)
				continue;
			if (write(ends[!side], packet, n) < 0)
				continue;
			if (packets > 300)
				tell();
		}
	}
}
