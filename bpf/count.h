/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is counted of every match. Programs that trace_call_bpf runs (kernel/trace/bpf_trace.c)
 * are alone on their CPU from beginning to end: it skips, and counts as missed, whatever hits
 * meanwhile. Of others an interrupt's hit may come between a load and its store: they add
 * atomically.
 */
#ifndef SONDE_COUNT_H
#define SONDE_COUNT_H

/* To what is this CPU's own. */
#define ADD(counter, amount)                                                                       \
	do {                                                                                       \
		if (plan.alone)                                                                    \
			(counter) += (amount);                                                     \
		else                                                                               \
			ADD_SHARED(counter, amount);                                               \
	} while (0)

/* To what all CPUs add to. */
#define ADD_SHARED(counter, amount) __sync_fetch_and_add(&(counter), (amount))

#define SECOND_NS 1000000000ULL

#define RENAME_MATCHES 256

static __always_inline struct sonde_counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Reading the clock costs more than all counters together: once a tick is enough to tell seconds.
 */
static __always_inline __u64 coarse_now(struct sonde_counters *mine)
{
	__u64 jiffies = bpf_jiffies64();

	if (mine->jiffies != jiffies) {
		mine->coarse_ns = bpf_ktime_get_ns();
		mine->jiffies = jiffies;
	}
	return mine->coarse_ns;
}

/* For new entries: where programs call one another, 5.10 gives them 512 bytes of stack together. */
static __always_inline void *zeros(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&blank, &zero);
}

/* A process's own count; null where the table has no room for it. */
static __always_inline struct sonde_process_count *find_process(__u32 pid)
{
	struct sonde_process_count *found = bpf_map_lookup_elem(&by_process, &pid);
	void *none;

	if (found)
		return found;
	none = zeros();
	if (!none)
		return NULL;
	bpf_map_update_elem(&by_process, &pid, none, UPDATE_NOEXIST);
	return bpf_map_lookup_elem(&by_process, &pid);
}

/* The matches of a second. */
static __always_inline void count_second(__u32 second, __u64 matches)
{
	__u64 *slot = bpf_map_lookup_elem(&per_second, &second);

	if (slot)
		ADD(*slot, matches);
}

/* What another hit completes may end in any process: then the record says whose it is. */
static __always_inline void name_process(struct sonde_process_count *process,
					 const struct sonde_record *record)
{
	struct task_struct *task = current_task();

	if (record && record->flags & SONDE_RECORD_NAMED && plan.pair.kind == SONDE_PAIR_FIELDS)
		__builtin_memcpy(process->comm, record->comm, sizeof(process->comm));
	else
		BPF_CORE_READ_INTO(&process->comm, task, group_leader, comm);
}

static __always_inline void end_run(struct sonde_counters *mine)
{
	struct sonde_process_count *process;
	__u64 count = mine->run.count;

	if (!count)
		return;
	mine->matched += count;
	mine->run.count = 0;
	count_second(mine->run.second, count);
	process = find_process(mine->run.pid);
	if (process)
		process->count += count;
	else
		mine->other_processes += count;
}

/* `record`: the match's, where it has one by now. */
static __always_inline void count_match(struct sonde_counters *mine, __u64 began, __u32 pid,
					const struct sonde_record *record)
{
	struct sonde_process_count *process;
	__u64 since = began - control.start_ns;
	__u64 second, counted = 0;

	/* A hot process hits again and again: only now and then do the tables hear of it. */
	if (plan.alone) {
		if (mine->run.pid == pid && began - mine->run.began_ns < SECOND_NS &&
		    mine->run.count < mine->run.most) {
			mine->run.count++;
			return;
		}
		end_run(mine);
	}
	/* A coarse clock may say that it began just before the window. */
	second = (__s64)since < 0 ? 0 : since / SECOND_NS;
	if (second >= SONDE_SECONDS)
		second = SONDE_SECONDS - 1;
	ADD(mine->matched, 1);
	count_second(second, 1);
	process = find_process(pid);
	if (process) {
		counted = process->count % RENAME_MATCHES;
		/* Not only at the first: a shell becomes what it runs. */
		if (!counted)
			name_process(process, record);
		ADD(process->count, 1);
	} else {
		ADD(mine->other_processes, 1);
	}
	if (plan.alone) {
		mine->run.pid = pid;
		mine->run.second = second;
		mine->run.began_ns = control.start_ns + second * SECOND_NS;
		mine->run.most = process ? RENAME_MATCHES - 1 - counted : 0;
	}
}

static __always_inline void count_latency(struct sonde_counters *mine, __u64 ns)
{
	/*
	 * floor(log2): six halvings, no loop. It begins with a zero that the verifier doesn't
	 * know, to which all ways through them are alike then; else it would follow each of the
	 * 64 to the end.
	 */
	__u32 slot = control.zero;
	__u64 rest = ns;

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
	ADD(mine->latency_sum_ns, ns);
	if (!mine->latency_min_ns || ns + 1 < mine->latency_min_ns)
		mine->latency_min_ns = ns + 1;
	if (ns > mine->latency_max_ns)
		mine->latency_max_ns = ns;
}

static __always_inline void count_in(void *map, const void *key)
{
	__u64 *found = bpf_map_lookup_elem(map, key);

	if (!found) {
		void *none = zeros();

		if (!none)
			return;
		bpf_map_update_elem(map, key, none, UPDATE_NOEXIST);
		found = bpf_map_lookup_elem(map, key);
		if (!found)
			return;
	}
	ADD_SHARED(*found, 1);
}

#endif
