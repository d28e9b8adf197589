/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of what a hit began: by the call's return, by another hit, by an answer that is read. */
#ifndef SONDE_FINISH_H
#define SONDE_FINISH_H

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
	count_match(mine, record->time_ns, record->pid, record);
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

#endif
