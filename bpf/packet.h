/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets: what their headers say, as far as they are known when the probe is hit. */
#ifndef SONDE_PACKET_H
#define SONDE_PACKET_H

#define NO_HEADER 0xffff

/* A struct sonde_packet from a struct sk_buff. Each part is zero where it can't be read. */
static __always_inline long fetch_packet(struct sonde_packet *to, __u64 address)
{
	struct sk_buff *packet = (struct sk_buff *)address;
	__u64 head = (__u64)BPF_CORE_READ(packet, head);
	__u16 network = BPF_CORE_READ(packet, network_header);
	__u16 transport = BPF_CORE_READ(packet, transport_header);

	__builtin_memset(to, 0, sizeof(*to));
	if (!head)
		return -EFAULT;
	to->length = BPF_CORE_READ(packet, len);
	to->protocol = BPF_CORE_READ(packet, protocol);
	if (network && network != NO_HEADER)
		bpf_probe_read_kernel(to->network, sizeof(to->network), (void *)(head + network));
	if (transport != NO_HEADER && transport > network)
		bpf_probe_read_kernel(to->ports, sizeof(to->ports), (void *)(head + transport));
	return sizeof(*to);
}

#endif
