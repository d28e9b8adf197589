// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Probes on tracepoints, and on system calls, which have one at each end. */
#include "probe.h"

SEC("tracepoint")
int on_tracepoint(void *ctx)
{
	return on_hit(ctx, FROM_TRACEPOINT, 0, plan.part);
}

SEC("tracepoint")
int on_syscall_entry(void *ctx)
{
	return on_hit(ctx, FROM_SYSCALL, 0, plan.part);
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
