/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tells that two hits belong together. */
#ifndef SONDE_PAIR_H
#define SONDE_PAIR_H

static __always_inline __u64 field_of(const volatile struct sonde_field *field, const void *ctx)
{
	__u64 value = 0;

	if (field->size)
		bpf_probe_read_kernel(&value, field->size, (const char *)ctx + field->offset);
	return value;
}

/* The key by fields of a tracepoint's record. */
static __always_inline struct sonde_call_key key_of(const volatile struct sonde_field *fields,
						    const void *ctx)
{
	struct sonde_call_key key = {.thread = field_of(&fields[0], ctx),
				     .frame = field_of(&fields[1], ctx),
				     .part = plan.part};

	if (plan.pair.by_cpu)
		key.frame |= (__u64)bpf_get_smp_processor_id() << 32;
	return key;
}

/* What the completing tracepoint says of how it went: below zero for an error. */
static __always_inline __u64 result_of(const void *ctx)
{
	__u64 value = field_of(&plan.pair.result, ctx);
	__u32 number = 0;

	if (!plan.pair.result_size)
		return value;
	bpf_probe_read_kernel(&number, plan.pair.result_size,
			      (const char *)value + plan.pair.result_at);
	return -(__u64)number;
}

/* The key of a call: its thread, and its frame where a thread may be in several at once. */
static __always_inline struct sonde_call_key key_of_call(__u64 frame, __u32 part)
{
	struct sonde_call_key key = {
	    .thread = bpf_get_current_pid_tgid(), .frame = frame, .part = part};

	return key;
}

#endif
