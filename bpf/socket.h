/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The socket that a system call is about. */
#ifndef SONDE_SOCKET_H
#define SONDE_SOCKET_H

#define FORMAT_MASK 0170000
#define FORMAT_SOCKET 0140000

/* The socket behind a descriptor of the current task; 0 where it is none. */
static __always_inline __u64 socket_of(__u32 descriptor)
{
	struct file *file = (struct file *)file_of(descriptor);
	struct socket *socket;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & FORMAT_MASK) != FORMAT_SOCKET)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	return (__u64)BPF_CORE_READ(socket, sk);
}

/* Whether a system call's first argument is a socket of the protocol that the plan asks for. */
static __always_inline bool socket_is_wanted(const void *ctx)
{
	__u64 descriptor = 0;
	struct sock *socket;

	if (!plan.socket_protocol)
		return true;
	bpf_probe_read_kernel(&descriptor, sizeof(descriptor),
			      (const char *)ctx + plan.dns.arguments);
	socket = (struct sock *)socket_of(descriptor);
	return socket && BPF_CORE_READ(socket, sk_protocol) == plan.socket_protocol;
}

#endif
