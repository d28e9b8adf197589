/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Questions to name servers. A send towards port 53 keeps its payload; once it has returned, its
 * record waits under the socket and the question's id until the process reads the answer from that
 * socket. What is never answered is in flight at the window's end.
 */
#ifndef SONDE_DNS_H
#define SONDE_DNS_H

#define DNS_PORT 0x3500 /* 53 in network order */
#define DNS_HEADER 12
#define DNS_REPLY 0x80 /* in the third byte of the header */
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* What the system calls take: iovec, msghdr and mmsghdr of 64-bit processes. */
struct user_vector {
	__u64 base;
	__u64 length;
};

struct user_message {
	__u64 name;
	__u64 name_length;
	__u64 vectors;
	__u64 vector_count;
	__u64 control[3];
};

struct user_messages {
	struct user_message message;
	__u64 length;
};

/*
 * Where each question that waits has its record. The socket's memory may be another's by the time
 * that an answer comes, and questions count up from few numbers: its inode's number tells them
 * apart.
 */
struct dns_key {
	__u64 socket;
	__u32 inode;
	__u32 id;
};

struct dns_place {
	struct sonde_call_key record;
	__u64 slot;
};

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct dns_key));
	__uint(value_size, sizeof(struct dns_place));
} questions SEC(".maps");

static __always_inline struct dns_key key_of_question(__u64 socket, __u16 id)
{
	struct dns_key key = {.socket = socket, .id = id};

	key.inode = BPF_CORE_READ((struct sock *)socket, sk_socket, file, f_inode, i_ino);
	return key;
}

static __always_inline struct sonde_dns *dns_of(struct sonde_record *record)
{
	return (struct sonde_dns *)((char *)(record + 1) + plan.dns.out);
}

static __always_inline __u32 read_vector(__u8 *to, __u32 room, __u64 base, __u64 length)
{
	__u32 size = length < room ? length : room;

	KEEP_BOUND(size);
	if (size > room || bpf_probe_read_user(to, size, (void *)base))
		return 0;
	return size;
}

/* What one vector or two begin with: the first may be nothing but the length that TCP needs. */
static __always_inline void read_vectors(struct sonde_question *question, __u64 vectors,
					 __u64 count, bool in_kernel)
{
	struct user_vector vector[2] = {};
	__u32 size = count > 1 ? sizeof(vector) : sizeof(vector[0]);

	if (in_kernel ? bpf_probe_read_kernel(vector, size, (void *)vectors)
		      : bpf_probe_read_user(vector, size, (void *)vectors))
		return;
	question->length =
	    read_vector(question->payload, SONDE_DNS_SIZE, vector[0].base, vector[0].length);
	if (question->length == 2 && count > 1)
		question->length += read_vector(question->payload + 2, SONDE_DNS_SIZE - 2,
						vector[1].base, vector[1].length);
}

static __always_inline bool is_dns_name(__u64 name, bool in_kernel)
{
	__u16 address[2] = {};

	if (!name)
		return false;
	if (in_kernel)
		bpf_probe_read_kernel(address, sizeof(address), (void *)name);
	else
		bpf_probe_read_user(address, sizeof(address), (void *)name);
	return address[1] == DNS_PORT;
}

/* One message of sendmsg and sendmmsg. */
static __always_inline void read_message(struct sonde_question *question, __u64 at,
					 bool is_connected)
{
	struct user_message message = {};

	if (bpf_probe_read_user(&message, sizeof(message), (void *)at))
		return;
	if (is_connected || is_dns_name(message.name, false))
		read_vectors(question, message.vectors, message.vector_count, false);
}

/* The kernel's own message: its iterator is over one buffer or over vectors. */
static __always_inline void read_kernel_message(struct sonde_question *question, __u64 at,
						__u64 length, bool is_connected)
{
	__u64 name = 0, memory = 0;
	__u8 type = 0;

	bpf_probe_read_kernel(&name, sizeof(name), (void *)(at + plan.dns.name_at));
	if (!is_connected && !is_dns_name(name, true))
		return;
	bpf_probe_read_kernel(&type, sizeof(type), (void *)(at + plan.dns.type_at));
	if (plan.dns.has_buffers && type == plan.dns.buffer_type) {
		bpf_probe_read_kernel(&memory, sizeof(memory), (void *)(at + plan.dns.buffer_at));
		question->length = read_vector(question->payload, SONDE_DNS_SIZE, memory, length);
	} else if ((type & plan.dns.vectors_mask) == plan.dns.vectors_type) {
		bpf_probe_read_kernel(&memory, sizeof(memory), (void *)(at + plan.dns.vectors_at));
		read_vectors(question, memory, 1, true);
	}
}

/* The id, behind the length that TCP puts in front. False for what is no question. */
static __always_inline bool settle(struct sonde_question *question, bool is_stream)
{
	__u32 length = question->payload[0] << 8 | question->payload[1];

	question->at = is_stream && length + 2 == question->length ? 2 : 0;
	if (question->length < question->at + DNS_HEADER)
		return false;
	if (question->at) {
		question->id = *(__u16 *)(question->payload + 2);
		return !(question->payload[4] & DNS_REPLY);
	}
	question->id = *(__u16 *)question->payload;
	return !(question->payload[2] & DNS_REPLY);
}

/* At the entry, once the arguments stand in the record: the questions that the call sends. */
static __always_inline void note_questions(struct sonde_record *record)
{
	const __u64 *argument = (__u64 *)((char *)(record + 1) + plan.dns.arguments);
	struct sonde_dns *dns = dns_of(record);
	bool is_function = plan.dns.from == SONDE_DNS_FUNCTION;
	struct sock *socket;
	bool is_connected;

	dns->count = 0;
	dns->answered = 0;
	for (int i = 0; i < SONDE_DNS_QUESTIONS; i++) {
		dns->questions[i].length = 0;
		dns->questions[i].answered_ns = 0;
	}
	dns->socket = is_function ? argument[0] : socket_of(argument[0]);
	if (!dns->socket)
		return;
	socket = (struct sock *)dns->socket;
	dns->is_stream = BPF_CORE_READ(socket, sk_protocol) == PROTOCOL_TCP;
	is_connected = BPF_CORE_READ(socket, __sk_common.skc_dport) == DNS_PORT;

	if (plan.dns.from == SONDE_DNS_BUFFER) {
		if (is_connected || (plan.dns.has_name && is_dns_name(argument[4], false)))
			dns->questions[0].length = read_vector(
			    dns->questions[0].payload, SONDE_DNS_SIZE, argument[1], argument[2]);
	} else if (plan.dns.from == SONDE_DNS_VECTORS) {
		if (is_connected)
			read_vectors(&dns->questions[0], argument[1], argument[2], false);
	} else if (plan.dns.from == SONDE_DNS_MESSAGE) {
		read_message(&dns->questions[0], argument[1], is_connected);
	} else if (plan.dns.from == SONDE_DNS_MESSAGES) {
		read_message(&dns->questions[0], argument[1], is_connected);
		if (argument[2] > 1)
			read_message(&dns->questions[1], argument[1] + sizeof(struct user_messages),
				     is_connected);
	} else if (is_function) {
		read_kernel_message(&dns->questions[0], argument[1], argument[2], is_connected);
	}

	if (!settle(&dns->questions[0], dns->is_stream))
		return;
	dns->count = 1;
	if (plan.dns.from == SONDE_DNS_MESSAGES && settle(&dns->questions[1], dns->is_stream))
		dns->count = 2;
}

static __always_inline void await_answer(struct dns_key *question, __u32 slot,
					 const struct sonde_call_key *record)
{
	struct dns_place place = {.record = *record, .slot = slot};

	bpf_map_update_elem(&questions, question, &place, UPDATE_ANY);
}

/* Once a send has returned: whether its record waits for answers now, instead of being complete. */
static __always_inline bool awaits_answers(struct sonde_counters *mine, struct sonde_call_key *key,
					   struct sonde_record *record, __s64 result, __u64 now)
{
	struct sonde_dns *dns = dns_of(record);
	struct sonde_call_key place = {.part = key->part};
	struct sonde_record *earlier;
	struct dns_key question;

	if (!dns->count || result < 0)
		return false;
	question = key_of_question(dns->socket, dns->questions[0].id);
	place.thread = dns->socket;
	place.frame = (__u64)question.inode << 32 | question.id;
	record->ret = result;
	record->flags |= SONDE_RECORD_SENT;
	/* It waits under another key, once: the place of a call that comes again stays behind. */
	record->flags &= ~SONDE_RECORD_KEPT;
	/* The same question on the same socket: the process asks again. */
	earlier = in_flight(&place);
	if (earlier && !is_judged_at_exit())
		send_superseded(mine, earlier, now);
	if (bpf_map_update_elem(&calls, &place, record, UPDATE_ANY))
		return false;
	await_answer(&question, 0, &place);
	if (dns->count > 1) {
		question.id = dns->questions[1].id;
		await_answer(&question, 1, &place);
	}
	bpf_map_delete_elem(&calls, key);
	return true;
}

/* The record that this answer completes, its key in `key`; null while others of it wait. */
static __always_inline struct sonde_record *take_answer(__u64 socket, const __u8 *header,
							struct sonde_call_key *key, __u64 now)
{
	struct dns_place *place;
	struct sonde_record *record;
	struct dns_key question;
	struct sonde_dns *dns;
	__u32 slot;

	if (!(header[2] & DNS_REPLY))
		return NULL;
	question = key_of_question(socket, *(__u16 *)header);
	place = bpf_map_lookup_elem(&questions, &question);
	if (!place)
		return NULL;
	/* Another attachment's: it sees this read too. */
	if (place->record.part != key->part)
		return NULL;
	*key = place->record;
	slot = place->slot;
	bpf_map_delete_elem(&questions, &question);
	record = bpf_map_lookup_elem(&calls, key);
	if (!record)
		return NULL;
	dns = dns_of(record);
	if (slot) {
		dns->questions[1].answered_ns = now;
		dns->questions[1].flags = header[2] << 8 | header[3];
	} else {
		dns->questions[0].answered_ns = now;
		dns->questions[0].flags = header[2] << 8 | header[3];
	}
	dns->answered++;
	return dns->answered >= dns->count ? record : NULL;
}

#endif
