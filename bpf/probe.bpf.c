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
#include "maps.h"
#include "filter.h"
#include "pair.h"
#include "path.h"
#include "packet.h"
#include "fetch.h"
#include "count.h"
#include "emit.h"
#include "stack.h"
#include "dns.h"
#include "hit.h"
#include "finish.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct received {
	__u64 base;
	__u64 length;
};

/*
 * Where a call that reads puts what it gets. `base` is its second argument to begin with. A function
 * of its own: its structures are off the stack before the record is completed.
 */
static __noinline void find_received(__u64 number, struct received *received)
{
	struct user_messages message = {};
	struct user_vector vector = {};
	__u64 at = received->base;

	if (number == SYSCALL_READ || number == SYSCALL_RECVFROM)
		return;
	if (number != SYSCALL_READV) {
		bpf_probe_read_user(&message, sizeof(message), (void *)at);
		at = message.message.vectors;
	}
	if (number == SYSCALL_RECVMMSG)
		received->length = (__u32)message.length;
	bpf_probe_read_user(&vector, sizeof(vector), (void *)at);
	received->base = vector.base;
}

/* Every system call's exit: those that read from a socket may have read an answer. */
SEC("raw_tp")
int on_answer(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
	__s64 result = ctx->args[1];
	struct received received = {.length = result};
	__u64 number, descriptor, socket;

	if (!control.open || result <= 0)
		return 0;
	bpf_probe_read_kernel(&number, sizeof(number), &SYSCALL_NUMBER(regs));
	if (number != SYSCALL_READ && number != SYSCALL_READV && number != SYSCALL_RECVFROM &&
	    number != SYSCALL_RECVMSG && number != SYSCALL_RECVMMSG)
		return 0;
	bpf_probe_read_kernel(&descriptor, sizeof(descriptor), &SYSCALL_ARG0(regs));
	socket = socket_of(descriptor);
	if (!socket)
		return 0;
	bpf_probe_read_kernel(&received.base, sizeof(received.base), &SYSCALL_ARG1(regs));
	find_received(number, &received);
	on_received(ctx, socket, received.base, received.length);
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
