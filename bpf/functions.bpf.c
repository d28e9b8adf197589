// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Probes on the kernel's functions, by each way into them. */
#include "probe.h"

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
