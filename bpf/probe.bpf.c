// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One probe, of any kind, on any target: the generic programs that a plan
 * specialises. User space loads only those that a probe needs; the verifier
 * knows the plan's values and drops what they don't use.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "wire.h"
#include "arch.h"
#include "compat.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct sonde_plan plan = {};
volatile struct sonde_control control = {};

/* Shared by all programs of a session: user space puts its own in place. */
struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_counters));
} counters SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, SONDE_SECONDS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64));
} per_second SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_process_count));
} by_process SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 256);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64));
} errors SEC(".maps");

/* By the plan's key. User space sizes both; what finds no room is the rest of `matched`. */
struct {
	__uint(type, MAP_PERCPU_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct sonde_key));
	__uint(value_size, sizeof(struct sonde_key_count));
} by_key SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct sonde_key));
	__uint(value_size, sizeof(__u64));
} key_errors SEC(".maps");

/*
 * What is in flight, each a whole record but for its end. Some entries stay
 * for their thread's next call: finding one costs a tenth of making one. User
 * space sizes these three to the plan's record.
 */
struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct sonde_call_key));
	__uint(value_size, sizeof(struct sonde_record) + SONDE_MAX_DATA);
} calls SEC(".maps");

/* Zeros, to make a new call's entry from. Never written. */
struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_record) + SONDE_MAX_DATA);
} blank SEC(".maps");

/* Where a record's key is gathered that may not travel. Two: an interrupt may come in between. */
struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_record) + SONDE_MAX_DATA);
} scratch SEC(".maps");

#define EFAULT 14

#include "filter.h"
#include "pair.h"
#include "path.h"
#include "packet.h"
#include "fetch.h"
#include "count.h"
#include "emit.h"
#include "stack.h"
#include "dns.h"

enum origin { FROM_TRACEPOINT, FROM_REGISTERS, FROM_TRAMPOLINE };

#define COPY_WORD(index, word)                                                                     \
	do {                                                                                       \
		if (plan.argument_mask & (1 << (index)))                                           \
			to[index] = (word);                                                        \
	} while (0)

/* The words that fetches start from: the tracepoint's record, or the function's arguments. */
static __always_inline void copy_base(struct sonde_record *record, void *ctx, enum origin origin)
{
	__u64 *to = (__u64 *)(record + 1);

	if (origin == FROM_TRACEPOINT) {
		if (plan.base_size)
			bpf_probe_read_kernel(to, plan.base_size, ctx);
	} else if (origin == FROM_REGISTERS) {
		struct pt_regs *regs = ctx;

		COPY_WORD(0, REG_ARG0(regs));
		COPY_WORD(1, REG_ARG1(regs));
		COPY_WORD(2, REG_ARG2(regs));
		COPY_WORD(3, REG_ARG3(regs));
		COPY_WORD(4, REG_ARG4(regs));
		COPY_WORD(5, REG_ARG5(regs));
	} else {
		COPY_WORD(0, CONTEXT_WORD(ctx, 0));
		COPY_WORD(1, CONTEXT_WORD(ctx, 1));
		COPY_WORD(2, CONTEXT_WORD(ctx, 2));
		COPY_WORD(3, CONTEXT_WORD(ctx, 3));
		COPY_WORD(4, CONTEXT_WORD(ctx, 4));
		COPY_WORD(5, CONTEXT_WORD(ctx, 5));
	}
}

/* A function pairs by its first argument, a tracepoint by the fields that the plan names. */
static __always_inline struct sonde_call_key key_at_entry(void *ctx, enum origin origin,
							  __u64 frame, __u32 part)
{
	struct sonde_call_key key = {.part = part};

	if (plan.pair.kind != SONDE_PAIR_FIELDS)
		return key_of_call(frame, part);
	if (origin == FROM_TRACEPOINT)
		return key_of(plan.pair.entry, ctx);
	if (origin == FROM_REGISTERS)
		key.thread = REG_ARG0((struct pt_regs *)ctx);
	else
		key.thread = CONTEXT_WORD(ctx, 0);
	return key;
}

/* A call that found no room in `calls`: its end will go unseen. */
static __always_inline void give_up(struct sonde_counters *mine, const struct who *who, __u64 now)
{
	if (is_judged_at_exit()) {
		ADD(mine->unjudged, 1);
		return;
	}
	count_match(mine, now, who->pid);
	ADD(mine->lost, 1);
}

static __always_inline struct sonde_record *new_call(const struct sonde_call_key *key)
{
	__u32 zero = 0;
	void *zeros = bpf_map_lookup_elem(&blank, &zero);
	struct sonde_record *record;

	if (!zeros)
		return NULL;
	bpf_map_update_elem(&calls, key, zeros, UPDATE_ANY);
	record = bpf_map_lookup_elem(&calls, key);
	if (record && plan.pair.kind == SONDE_PAIR_CALL && control.kept < plan.most_kept) {
		ADD(control.kept, 1);
		record->flags = SONDE_RECORD_KEPT;
	}
	return record;
}

/* Keeps the record until its end, or until the window's end finds it in flight. It is counted then.
 */
static __always_inline void remember(struct sonde_counters *mine, void *ctx, enum origin origin,
				     const struct who *who, __u64 frame)
{
	struct sonde_call_key key = key_at_entry(ctx, origin, frame, who->part);
	struct sonde_record *record = bpf_map_lookup_elem(&calls, &key);
	__u64 now = bpf_ktime_get_ns();

	if (!record)
		record = new_call(&key);
	if (!record) {
		give_up(mine, who, now);
		return;
	}
	/* Where only the end tells a match, the kernel's own count of what it skipped has to do. */
	if (record->flags & SONDE_RECORD_IN_FLIGHT && !is_judged_at_exit())
		send_superseded(mine, record, now);
	record->flags = (record->flags & SONDE_RECORD_KEPT) | SONDE_RECORD_IN_FLIGHT;
	fill_ids(record, who, now);
	/* What another thread may end is named by the one that began it. */
	if (plan.pair.kind == SONDE_PAIR_FIELDS || plan.dns.from || is_token_left(mine, now)) {
		record->flags |= SONDE_RECORD_NAMED;
		fill_names(record);
	}
	copy_base(record, ctx, origin);
	if (plan.dns.from)
		note_questions(record);
	fetch_at_entry(record, ctx, plan.fetch_mask);
}

/* Counts a match under its key, whose bytes are gathered without a place in the ring. */
static __always_inline bool count_new_key(struct sonde_counters *mine, void *ctx,
					  enum origin origin, const struct who *who)
{
	struct sonde_record *record;
	__u32 free = !(mine->scratch & 1) ? 0 : 1;
	bool rare;

	if (!plan.key.set || mine->scratch & (1 << free))
		return false;
	record = bpf_map_lookup_elem(&scratch, &free);
	if (!record)
		return false;
	mine->scratch |= 1 << free;
	record->pid = who->pid;
	record->part = who->part;
	record->flags = 0;
	copy_base(record, ctx, origin);
	fetch_at_entry(record, ctx, plan.key.fetches);
	rare = count_key(record, 0, 0);
	mine->scratch &= ~(1ULL << free);
	return rare;
}

static __always_inline void send_new(struct sonde_counters *mine, void *ctx, enum origin origin,
				     const struct who *who, bool telling)
{
	struct sonde_record *record;

	if (!take_token(mine, coarse_now(mine), telling)) {
		ADD(mine->sampled_out, 1);
		return;
	}
	record = bpf_ringbuf_reserve(&ring, plan.record_size, 0);
	if (!record) {
		ADD(mine->lost, 1);
		return;
	}
	fill_ids(record, who, bpf_ktime_get_ns());
	record->duration_ns = 0;
	record->ret = 0;
	record->flags = SONDE_RECORD_NAMED;
	fill_names(record);
	copy_base(record, ctx, origin);
	fetch_at_entry(record, ctx, plan.fetch_mask);
	bpf_ringbuf_submit(record, RINGBUF_NO_WAKEUP);
}

static __always_inline int on_hit(void *ctx, enum origin origin, __u64 frame, __u32 part)
{
	struct sonde_counters *mine;
	struct who who;

	if (!control.open)
		return 0;
	mine = my_counters();
	if (!mine)
		return 0;
	if (origin == FROM_TRACEPOINT && !conditions_hold(plan.conditions, ctx))
		return 0;
	if (!socket_is_wanted(ctx))
		return 0;
	identify(&who);
	who.part = part;
	if (!is_wanted(&who)) {
		ADD(mine->filtered, 1);
		return 0;
	}
	if (!is_judged_at_exit())
		count_stack(ctx, who.pid);
	if (plan.pair.kind) {
		remember(mine, ctx, origin, &who, frame);
	} else {
		count_match(mine, coarse_now(mine), who.pid);
		send_new(mine, ctx, origin, &who, count_new_key(mine, ctx, origin, &who));
	}
	return 0;
}

/* The return value at its own width, sign-extended: what a 32-bit function leaves above is noise.
 */
static __always_inline __s64 at_width(__u64 value)
{
	switch (plan.return_bits) {
	case 8:
		return (__s8)value;
	case 16:
		return (__s16)value;
	case 32:
		return (__s32)value;
	default:
		return value;
	}
}

static __always_inline void send_returned(struct sonde_counters *mine, void *ctx,
					  struct sonde_record *record, bool telling)
{
	if (!take_token(mine, record->time_ns + record->duration_ns, telling)) {
		ADD(mine->sampled_out, 1);
		return;
	}
	if (!(record->flags & SONDE_RECORD_NAMED))
		fill_names(record);
	if (!plan.key.fetches)
		fetch_at_exit(record, ctx);
	if (bpf_ringbuf_output(&ring, record, plan.record_size, RINGBUF_NO_WAKEUP))
		ADD(mine->lost, 1);
}

/* The end of what began with the record: it is counted with its time and its result, and sent. */
static __always_inline int complete(void *ctx, struct sonde_call_key *key,
				    struct sonde_record *record, __u64 value)
{
	struct sonde_counters *mine = my_counters();
	__u32 error = 0;
	bool telling;

	if (!mine)
		return 0;

	record->duration_ns = bpf_ktime_get_ns() - record->time_ns;
	record->ret = at_width(value);
	record->flags &= ~SONDE_RECORD_IN_FLIGHT;
	record->flags |= SONDE_RECORD_RETURNED;
	if (plan.return_bits >= 32 && record->ret < 0 && record->ret >= -4095)
		error = -record->ret;

	if ((plan.filter.set & SONDE_FILTER_MIN_LATENCY &&
	     record->duration_ns < plan.filter.min_latency_ns) ||
	    (plan.filter.set & SONDE_FILTER_ERRORS && !error)) {
		ADD(mine->filtered, 1);
		goto done;
	}
	/* What fields pair may end in another process: its stack would tell nothing. */
	if (is_judged_at_exit() && bpf_get_current_pid_tgid() >> 32 == record->host_pid)
		count_stack(ctx, record->pid);
	count_match(mine, record->time_ns, record->pid);
	telling = error || record->duration_ns > mine->latency_max_ns ||
		  (control.slow_ns && record->duration_ns >= control.slow_ns);
	count_latency(mine, record->duration_ns);
	if (error)
		count_in(&errors, &error);
	if (plan.key.fetches)
		fetch_at_exit(record, ctx);
	telling |= count_key(record, record->duration_ns, error);
	send_returned(mine, ctx, record, telling);
done:
	if (!(record->flags & SONDE_RECORD_KEPT))
		bpf_map_delete_elem(&calls, key);
	return 0;
}

static __always_inline int on_return(void *ctx, __u64 frame, __u32 part, __u64 value)
{
	struct sonde_call_key key = key_of_call(frame, part);
	struct sonde_record *record;

	/* After the window's end a call stays in flight, as user space is about to report it. */
	if (!control.open)
		return 0;
	record = in_flight(&key);
	if (!record)
		return 0;
	if (plan.dns.from) {
		struct sonde_counters *mine = my_counters();

		if (mine && awaits_answers(mine, &key, record, at_width(value), bpf_ktime_get_ns()))
			return 0;
	}
	return complete(ctx, &key, record, value);
}

static __always_inline void on_received(void *ctx, __u64 socket, __u64 base, __u64 length)
{
	struct sonde_record *record = NULL;
	struct sonde_call_key key = {.part = plan.part};
	__u8 header[16] = {};
	__u64 now;

	if (length < DNS_HEADER || bpf_probe_read_user(header, DNS_HEADER, (void *)base))
		return;
	now = bpf_ktime_get_ns();
	record = take_answer(socket, header, &key, now);
	/* Behind its length, where a stream's reader takes both at once. */
	if (!record && length >= DNS_HEADER + 2 &&
	    !bpf_probe_read_user(header, DNS_HEADER, (void *)(base + 2)))
		record = take_answer(socket, header, &key, now);
	if (record)
		complete(ctx, &key, record, record->ret);
}

/* Every system call's exit: those that read from a socket may have read an answer. */
SEC("raw_tp")
int on_answer(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
	__s64 result = ctx->args[1];
	struct user_messages message = {};
	struct user_vector vector = {};
	__u64 number, at, socket;

	if (!control.open || result <= 0)
		return 0;
	bpf_probe_read_kernel(&number, sizeof(number), &SYSCALL_NUMBER(regs));
	if (number != SYSCALL_READ && number != SYSCALL_READV && number != SYSCALL_RECVFROM &&
	    number != SYSCALL_RECVMSG && number != SYSCALL_RECVMMSG)
		return 0;
	bpf_probe_read_kernel(&at, sizeof(at), &SYSCALL_ARG0(regs));
	socket = socket_of(at);
	if (!socket)
		return 0;
	bpf_probe_read_kernel(&at, sizeof(at), &SYSCALL_ARG1(regs));
	if (number == SYSCALL_READ || number == SYSCALL_RECVFROM) {
		on_received(ctx, socket, at, result);
		return 0;
	}
	if (number != SYSCALL_READV) {
		bpf_probe_read_user(&message, sizeof(message), (void *)at);
		at = message.message.vectors;
	}
	if (number == SYSCALL_RECVMMSG)
		result = (__u32)message.length;
	bpf_probe_read_user(&vector, sizeof(vector), (void *)at);
	on_received(ctx, socket, vector.base, result);
	return 0;
}

/* The tracepoint that ends what another hit began. */
SEC("tracepoint")
int on_completion(void *ctx)
{
	struct sonde_call_key key;
	struct sonde_record *record;
	__u64 result;

	if (!control.open || !conditions_hold(plan.pair.conditions, ctx))
		return 0;
	key = key_of(plan.pair.exit, ctx);
	record = in_flight(&key);
	if (!record)
		return 0;
	result = result_of(ctx);
	bpf_probe_read_kernel((char *)(record + 1) + plan.pair.out, plan.pair.size, ctx);
	return complete(ctx, &key, record, result);
}

/* The tracepoint in between: only its time is of interest. */
SEC("tracepoint")
int on_mark(void *ctx)
{
	struct sonde_call_key key;
	struct sonde_record *record;

	if (!control.open)
		return 0;
	key = key_of(plan.pair.mark, ctx);
	record = in_flight(&key);
	if (record)
		*(__u64 *)((char *)(record + 1) + plan.pair.mark_out) = bpf_ktime_get_ns();
	return 0;
}

SEC("tracepoint")
int on_tracepoint(void *ctx)
{
	return on_hit(ctx, FROM_TRACEPOINT, 0, plan.part);
}

/* A system call's exit: a number, then the return value. */
struct syscall_exit {
	__u64 common;
	__s64 number;
	__s64 ret;
};

SEC("tracepoint")
int on_syscall_exit(struct syscall_exit *ctx)
{
	return on_return(ctx, 0, plan.part, ctx->ret);
}

SEC("kprobe")
int on_kprobe(struct pt_regs *regs)
{
	return on_hit(regs, FROM_REGISTERS, FRAME_AT_ENTRY(regs), plan.part);
}

SEC("kretprobe")
int on_kretprobe(struct pt_regs *regs)
{
	return on_return(regs, FRAME_AT_RETURN(regs), plan.part, REG_RETURN(regs));
}

/* One program on many functions: each attachment's cookie says which of the parts it is. */
SEC("kprobe.multi")
int on_kprobe_multi(struct pt_regs *regs)
{
	return on_hit(regs, FROM_REGISTERS, FRAME_AT_ENTRY(regs), bpf_get_attach_cookie(regs));
}

SEC("kretprobe.multi")
int on_kretprobe_multi(struct pt_regs *regs)
{
	__u32 part = bpf_get_attach_cookie(regs);
	struct sonde_call_key key = key_of_call(FRAME_AT_RETURN(regs), part);

	if (!in_flight(&key))
		key.frame = FRAME_AT_GRAPH_RETURN(regs);
	return on_return(regs, key.frame, part, REG_RETURN(regs));
}

/* The trampoline's context is the call's own place on the stack: entry and exit see the same one.
 */
SEC("fentry")
int on_fentry(void *ctx)
{
	return on_hit(ctx, FROM_TRAMPOLINE, (__u64)ctx, plan.part);
}

SEC("fexit")
int on_fexit(void *ctx)
{
	__u64 value = 0;

	if (plan.return_index == 0)
		value = CONTEXT_WORD(ctx, 0);
	else if (plan.return_index == 1)
		value = CONTEXT_WORD(ctx, 1);
	else if (plan.return_index == 2)
		value = CONTEXT_WORD(ctx, 2);
	else if (plan.return_index == 3)
		value = CONTEXT_WORD(ctx, 3);
	else if (plan.return_index == 4)
		value = CONTEXT_WORD(ctx, 4);
	else if (plan.return_index == 5)
		value = CONTEXT_WORD(ctx, 5);
	else if (plan.return_index == 6)
		value = CONTEXT_WORD(ctx, 6);
	return on_return(ctx, (__u64)ctx, plan.part, value);
}
