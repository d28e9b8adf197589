/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where matches come from: whole stacks, kept once each and counted by process.
 * User frames come as build id and offset, which outlive the process; where the
 * kernel can't read a build id at that moment, as plain addresses. User space
 * creates these maps only for a probe that was asked for stacks.
 */
#ifndef SONDE_STACK_H
#define SONDE_STACK_H

/* Two stacks that hash alike exclude each other: twice as many places keep that rare. */
struct {
	__uint(type, MAP_STACK_TRACE);
	__uint(max_entries, SONDE_STACKS * 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, SONDE_STACK_DEPTH * sizeof(__u64));
} kernel_stacks SEC(".maps");

struct {
	__uint(type, MAP_STACK_TRACE);
	__uint(map_flags, STACK_BUILD_ID);
	__uint(max_entries, SONDE_STACKS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, SONDE_STACK_DEPTH * sizeof(struct sonde_user_frame));
} user_stacks SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_HASH);
	__uint(max_entries, SONDE_STACKS);
	__uint(key_size, sizeof(struct sonde_stack_key));
	__uint(value_size, sizeof(struct sonde_process_count));
} by_stack SEC(".maps");

/* What finds no room is the rest of `matched`. */
static __always_inline void count_stack(void *ctx, __u32 pid)
{
	struct sonde_stack_key key = {.pid = pid};
	struct sonde_process_count *found;

	if (!plan.stacks)
		return;
	key.kernel = bpf_get_stackid(ctx, &kernel_stacks, 0);
	key.user = bpf_get_stackid(ctx, &user_stacks, GET_USER_STACK);
	found = bpf_map_lookup_elem(&by_stack, &key);
	if (!found) {
		struct task_struct *task = (struct task_struct *)bpf_get_current_task();
		struct sonde_process_count first = {};

		BPF_CORE_READ_INTO(&first.comm, task, group_leader, comm);
		bpf_map_update_elem(&by_stack, &key, &first, UPDATE_NOEXIST);
		found = bpf_map_lookup_elem(&by_stack, &key);
		if (!found)
			return;
		/* Another CPU made the entry: its name is there, this CPU's slot has none yet. */
		if (!found->comm[0])
			__builtin_memcpy(found->comm, first.comm, sizeof(first.comm));
	}
	ADD(found->count, 1);
}

#endif
