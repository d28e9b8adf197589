/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counting and sending. What is added to per-CPU counters is added atomically:
 * an interrupt may hit the same program between a load and its store. */
#ifndef SONDE_EMIT_H
#define SONDE_EMIT_H

/* A cold target's bursts go whole; a hot one sends this many a second on each CPU. */
#define TOKEN_BURST 2048
#define TOKEN_NS 1000000

#define ADD(counter, amount) __sync_fetch_and_add(&(counter), (amount))

static __always_inline struct sonde_counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline bool take_token(struct sonde_counters *mine, __u64 now)
{
	if (plan.send == SONDE_SEND_ALL)
		return true;
	if (plan.send == SONDE_SEND_NONE)
		return false;
	if (!mine->tokens) {
		__u64 earned = (now - mine->refilled_ns) / TOKEN_NS;

		if (!earned)
			return false;
		mine->tokens = earned < TOKEN_BURST ? earned : TOKEN_BURST;
		mine->refilled_ns = now;
	}
	mine->tokens--;
	return true;
}

static __always_inline void count_process(struct sonde_counters *mine, __u32 pid,
					  struct task_struct *task)
{
	struct sonde_process_count *found = bpf_map_lookup_elem(&by_process, &pid);

	if (!found) {
		struct sonde_process_count first = {};

		BPF_CORE_READ_INTO(&first.comm, task, group_leader, comm);
		bpf_map_update_elem(&by_process, &pid, &first, UPDATE_NOEXIST);
		found = bpf_map_lookup_elem(&by_process, &pid);
		if (!found) {
			ADD(mine->other_processes, 1);
			return;
		}
		/* Another CPU made the entry: its name is there, this CPU's slot has none yet. */
		if (!found->comm[0])
			__builtin_memcpy(found->comm, first.comm, sizeof(first.comm));
	}
	ADD(found->count, 1);
}

static __always_inline void count_match(struct sonde_counters *mine, __u64 began, __u32 part,
					__u32 pid, struct task_struct *task)
{
	__u32 second = (began - control.start_ns) / 1000000000ULL;
	__u64 *slot;

	ADD(mine->matched, 1);
	if (plan.parts > 1) {
		slot = bpf_map_lookup_elem(&by_part, &part);
		if (slot)
			ADD(*slot, 1);
	}
	if (second >= SONDE_SECONDS)
		second = SONDE_SECONDS - 1;
	slot = bpf_map_lookup_elem(&per_second, &second);
	if (slot)
		ADD(*slot, 1);
	count_process(mine, pid, task);
}

static __always_inline void count_latency(struct sonde_counters *mine, __u64 ns)
{
	__u32 slot = 0;
	__u64 rest = ns;

	/* floor(log2): six halvings, no loop. */
	if (rest >> 32) {
		slot += 32;
		rest >>= 32;
	}
	if (rest >> 16) {
		slot += 16;
		rest >>= 16;
	}
	if (rest >> 8) {
		slot += 8;
		rest >>= 8;
	}
	if (rest >> 4) {
		slot += 4;
		rest >>= 4;
	}
	if (rest >> 2) {
		slot += 2;
		rest >>= 2;
	}
	if (rest >> 1)
		slot += 1;

	ADD(mine->latency[slot & (SONDE_LATENCY_SLOTS - 1)], 1);
	ADD(mine->latency_count, 1);
	ADD(mine->latency_sum_ns, ns);
	if (!mine->latency_min_ns || ns + 1 < mine->latency_min_ns)
		mine->latency_min_ns = ns + 1;
	if (ns > mine->latency_max_ns)
		mine->latency_max_ns = ns;
}

static __always_inline void count_error(__u32 number)
{
	__u64 *found = bpf_map_lookup_elem(&errors, &number);

	if (!found) {
		__u64 none = 0;

		bpf_map_update_elem(&errors, &number, &none, UPDATE_NOEXIST);
		found = bpf_map_lookup_elem(&errors, &number);
		if (!found)
			return;
	}
	ADD(*found, 1);
}

static __always_inline void fill_header(struct sonde_record *record, const struct who *who,
					__u64 now)
{
	record->time_ns = now;
	record->duration_ns = 0;
	record->ret = 0;
	record->cgroup = bpf_get_current_cgroup_id();
	record->pid = who->pid;
	record->tid = who->tid;
	record->host_pid = who->host_pid;
	record->uid = who->uid;
	record->program = plan.program;
	record->flags = 0;
	record->cpu = bpf_get_smp_processor_id();
	record->part = who->part;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

/* What begins anew before it ended is sent as it is. */
static __always_inline void send_superseded(struct sonde_counters *mine, struct sonde_call_key *key,
					    __u64 now)
{
	struct sonde_record *record = bpf_map_lookup_elem(&calls, key);

	if (!record)
		return;
	record->flags |= SONDE_RECORD_SUPERSEDED;
	if (!take_token(mine, now))
		ADD(mine->sampled_out, 1);
	else if (bpf_ringbuf_output(&ring, record, plan.record_size, RINGBUF_NO_WAKEUP))
		ADD(mine->lost, 1);
}

#endif
