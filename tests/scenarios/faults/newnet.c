// SPDX-License-Identifier: MIT
/* Runs a program in a network namespace of its own, with its loopback up. --sink ADDRESS adds an
 * interface with that address whose packets nobody reads: a network that swallows everything.
 * --ports "FIRST LAST" sets the range of local ports. The namespace goes with its last process. */
#define _GNU_SOURCE
#include "scenario.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int set_up(int control, const char *name, const char *address, const char *mask)
{
	struct ifreq ifr = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (address) {
		in->sin_family = AF_INET;
		inet_pton(AF_INET, address, &in->sin_addr);
		if (ioctl(control, SIOCSIFADDR, &ifr))
			return -1;
		inet_pton(AF_INET, mask, &in->sin_addr);
		if (ioctl(control, SIOCSIFNETMASK, &ifr))
			return -1;
	}
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(control, SIOCSIFFLAGS, &ifr);
}

static int add_sink(int control, const char *address)
{
	/* Inherited by the program, so that the interface stays. */
	int tun = open("/dev/net/tun", O_RDWR);
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	strcpy(ifr.ifr_name, "sink0");
	if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr))
		return -1;
	return set_up(control, "sink0", address, "255.255.255.0");
}

static int set_ports(const char *range)
{
	int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);

	return fd < 0 || write(fd, range, strlen(range)) < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	int control, at = 1;

	if (unshare(CLONE_NEWNET))
		return failed("newnet: unshare");
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (control < 0 || set_up(control, "lo", NULL, NULL))
		return failed("newnet: lo");
	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		if (!strcmp(argv[at], "--sink") && add_sink(control, argv[at + 1]))
			return failed("newnet: sink");
		if (!strcmp(argv[at], "--ports") && set_ports(argv[at + 1]))
			return failed("newnet: ports");
	}
	if (at >= argc)
		return usage(
		    "newnet [--sink ADDRESS] [--ports \"FIRST LAST\"] PROGRAM ARGUMENTS...");
	execv(argv[at], argv + at);
	return failed(argv[at]);
}
