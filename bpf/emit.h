/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which matches travel as single events, and what their headers say. A cold
 * target's bursts go whole; a hot one sends a trickle, and keeps a reserve for
 * the telling ones.
 */
#ifndef SONDE_EMIT_H
#define SONDE_EMIT_H

#define COMMON_BURST 2048
#define COMMON_PERIOD_NS 1000000
#define RESERVE_BURST 256
#define RESERVE_PERIOD_NS 10000000

static __always_inline bool spend(struct sonde_bucket *bucket, __u64 now, __u64 burst, __u64 period)
{
	/* One load: an interrupt between two of them could take the last token below zero. */
	__u64 left = bucket->tokens;

	if (!left) {
		/* Divided only where there is something to have: hot targets mostly find nothing.
		 */
		if (now - bucket->refilled_ns < period)
			return false;
		left = (now - bucket->refilled_ns) / period;
		if (left > burst)
			left = burst;
		bucket->refilled_ns = now;
	}
	bucket->tokens = left - 1;
	return true;
}

static __always_inline bool take_token(struct sonde_counters *mine, __u64 now, bool telling)
{
	if (plan.send == SONDE_SEND_NONE || control.quiet)
		return false;
	if (plan.send == SONDE_SEND_ALL)
		return true;
	return spend(&mine->common, now, COMMON_BURST, COMMON_PERIOD_NS) ||
	       (telling && spend(&mine->reserve, now, RESERVE_BURST, RESERVE_PERIOD_NS));
}

/* Whether a call that begins now is likely to travel: then its header is filled at once. */
static __always_inline bool is_token_left(const struct sonde_counters *mine, __u64 now)
{
	if (plan.send == SONDE_SEND_NONE || control.quiet)
		return false;
	return plan.send == SONDE_SEND_ALL || mine->common.tokens ||
	       now - mine->common.refilled_ns >= COMMON_PERIOD_NS;
}

static __always_inline void fill_ids(struct sonde_record *record, const struct who *who, __u64 now)
{
	record->time_ns = now;
	record->pid = who->pid;
	record->tid = who->tid;
	record->host_pid = who->host_pid;
	record->program = plan.program;
	record->cpu = bpf_get_smp_processor_id();
	record->part = who->part;
}

static __always_inline void fill_names(struct sonde_record *record)
{
	record->cgroup = bpf_get_current_cgroup_id();
	record->uid = (__u32)bpf_get_current_uid_gid();
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

/* Whether only the end tells if it matches. */
static __always_inline bool is_judged_at_exit(void)
{
	return plan.filter.set & (SONDE_FILTER_MIN_LATENCY | SONDE_FILTER_ERRORS);
}

/* The record under a key; null where the window didn't see it begin. */
static __always_inline struct sonde_record *in_flight(const struct sonde_call_key *key)
{
	struct sonde_record *record = bpf_map_lookup_elem(&calls, key);

	return record && record->flags & SONDE_RECORD_IN_FLIGHT ? record : NULL;
}

/* What begins anew before its end was seen is counted and sent as it is. */
static __always_inline void send_superseded(struct sonde_counters *mine,
					    struct sonde_record *record, __u64 now)
{
	bool is_call = plan.pair.kind == SONDE_PAIR_CALL && !(record->flags & SONDE_RECORD_SENT);

	if (!(record->flags & SONDE_RECORD_NAMED))
		fill_names(record);
	record->flags &= ~SONDE_RECORD_IN_FLIGHT;
	record->flags |= is_call ? SONDE_RECORD_RETURN_MISSED : SONDE_RECORD_SUPERSEDED;
	count_match(mine, record->time_ns, record->pid, record);
	if (!take_token(mine, now, count_key(record, 0, 0)))
		ADD(mine->sampled_out, 1);
	else if (bpf_ringbuf_output(&ring, record, plan.record_size, RINGBUF_NO_WAKEUP))
		ADD(mine->lost, 1);
}

#endif
