/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One probe, of any kind, on any target: the generic programs that a plan
 * specialises. User space loads only those that a probe needs; the verifier
 * knows the plan's values and drops what they don't use. Each object has those
 * of one kind of target, and all the ends: what another hit completes.
 */
#ifndef SONDE_PROBE_H
#define SONDE_PROBE_H

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
#include "key.h"
#include "emit.h"
#include "stack.h"
#include "socket.h"
#include "dns.h"
#include "hit.h"
#include "finish.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct received {
	__u64 base;
	__u64 length;
};

/*
 * Where a call that reads puts what it gets. `base` is its second argument to begin with. A
 * function of its own: its structures are off the stack before the record is completed.
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

#endif
