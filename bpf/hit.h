/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every hit goes through: is it wanted, is it counted, what does its record hold. */
#ifndef SONDE_HIT_H
#define SONDE_HIT_H

/* FROM_SYSCALL is a tracepoint too, of a call whose exit is sure to come. */
enum origin { FROM_TRACEPOINT, FROM_SYSCALL, FROM_REGISTERS, FROM_TRAMPOLINE };

static __always_inline bool is_tracepoint(enum origin origin)
{
	return origin == FROM_TRACEPOINT || origin == FROM_SYSCALL;
}

#define COPY_WORD(index, word)                                                                     \
	do {                                                                                       \
		if (plan.argument_mask & (1 << (index)))                                           \
			to[index] = (word);                                                        \
	} while (0)

#define LOAD_FIELD(index)                                                                          \
	do {                                                                                       \
		if ((index) * 8 + 8 <= plan.base_size)                                             \
			to[index] = CONTEXT_WORD(ctx, index);                                      \
		else if ((index) * 8 + 4 <= plan.base_size)                                        \
			to[index] = CONTEXT_HALF(ctx, index);                                      \
	} while (0)

#define MOST_LOADED 64

/* A small tracepoint's record, from behind the header that the kernel keeps to itself. */
static __always_inline void load_fields(__u64 *to, void *ctx)
{
	to[0] = 0;
	LOAD_FIELD(1);
	LOAD_FIELD(2);
	LOAD_FIELD(3);
	LOAD_FIELD(4);
	LOAD_FIELD(5);
	LOAD_FIELD(6);
	LOAD_FIELD(7);
}

/* The words that fetches start from: the tracepoint's record, or the function's arguments. */
static __always_inline void copy_base(struct sonde_record *record, void *ctx, enum origin origin)
{
	__u64 *to = (__u64 *)(record + 1);

	if (is_tracepoint(origin)) {
		if (plan.base_size > MOST_LOADED || plan.base_size % 4)
			bpf_probe_read_kernel(to, plan.base_size, ctx);
		else if (plan.base_size)
			load_fields(to, ctx);
	} else if (origin == FROM_REGISTERS) {
		struct pt_regs *regs = ctx;

		COPY_WORD(0, REG_ARG0(regs));
		COPY_WORD(1, REG_ARG1(regs));
		COPY_WORD(2, REG_ARG2(regs));
		COPY_WORD(3, REG_ARG3(regs));
		COPY_WORD(4, REG_ARG4(regs));
		COPY_WORD(5, REG_ARG5(regs));
	} else {
		COPY_WORD(0, CONTEXT_WORD(ctx, 0));
		COPY_WORD(1, CONTEXT_WORD(ctx, 1));
		COPY_WORD(2, CONTEXT_WORD(ctx, 2));
		COPY_WORD(3, CONTEXT_WORD(ctx, 3));
		COPY_WORD(4, CONTEXT_WORD(ctx, 4));
		COPY_WORD(5, CONTEXT_WORD(ctx, 5));
	}
}

/* A function pairs by its first argument, a tracepoint by the fields that the plan names. */
static __always_inline struct sonde_call_key key_at_entry(void *ctx, enum origin origin,
							  const struct who *who, __u64 frame)
{
	struct sonde_call_key key = {.thread = who->thread, .frame = frame, .part = who->part};

	if (origin == FROM_SYSCALL || plan.pair.kind != SONDE_PAIR_FIELDS)
		return key;
	if (origin == FROM_TRACEPOINT)
		return key_of(plan.pair.entry, ctx);
	key.frame = 0;
	if (origin == FROM_REGISTERS)
		key.thread = REG_ARG0((struct pt_regs *)ctx);
	else
		key.thread = CONTEXT_WORD(ctx, 0);
	return key;
}

/* A call that found no room in `calls`: its end will go unseen. */
static __always_inline void give_up(struct sonde_counters *mine, const struct who *who, __u64 now)
{
	if (is_judged_at_exit()) {
		ADD(mine->unjudged, 1);
		return;
	}
	count_match(mine, now, who->pid, NULL);
	ADD(mine->lost, 1);
}

static __always_inline struct sonde_record *new_call(const struct sonde_call_key *key)
{
	void *none = zeros();
	struct sonde_record *record;

	if (!none)
		return NULL;
	bpf_map_update_elem(&calls, key, none, UPDATE_ANY);
	record = bpf_map_lookup_elem(&calls, key);
	if (record && plan.pair.kind == SONDE_PAIR_CALL && control.kept < plan.most_kept) {
		ADD_SHARED(control.kept, 1);
		record->flags = SONDE_RECORD_KEPT;
	}
	return record;
}

/* Keeps the record until its end, or until the window's end finds it in flight. It is counted then.
 */
static __always_inline void remember(struct sonde_counters *mine, void *ctx, enum origin origin,
				     const struct who *who, __u64 frame)
{
	struct sonde_call_key key = key_at_entry(ctx, origin, who, frame);
	struct sonde_record *record = bpf_map_lookup_elem(&calls, &key);
	__u64 now = bpf_ktime_get_ns();

	if (!record)
		record = new_call(&key);
	if (!record) {
		give_up(mine, who, now);
		return;
	}
	/* Where only the end tells a match, the kernel's own count of what it skipped has to do. */
	if (record->flags & SONDE_RECORD_IN_FLIGHT && !is_judged_at_exit())
		send_superseded(mine, record, now);
	record->flags = (record->flags & SONDE_RECORD_KEPT) | SONDE_RECORD_IN_FLIGHT;
	fill_ids(record, who, now);
	/* What another thread may end is named by the one that began it. */
	if (plan.pair.kind == SONDE_PAIR_FIELDS || plan.dns.from || is_token_left(mine, now)) {
		record->flags |= SONDE_RECORD_NAMED;
		fill_names(record);
	}
	copy_base(record, ctx, origin);
	/* Only calls send: the other programs go without the code for it. */
	if (origin != FROM_TRACEPOINT && plan.dns.from)
		note_questions(record);
	fetch_at_entry(record, ctx, plan.fetch_mask);
}

/* Counts a match under its key, whose bytes are gathered without a place in the ring. */
static __always_inline bool count_new_key(struct sonde_counters *mine, void *ctx,
					  enum origin origin, const struct who *who)
{
	struct sonde_record *record;
	__u32 free = !(mine->scratch & 1) ? 0 : 1;
	bool rare;

	if (!plan.key.set || mine->scratch & (1 << free))
		return false;
	record = bpf_map_lookup_elem(&scratch, &free);
	if (!record)
		return false;
	mine->scratch |= 1 << free;
	record->pid = who->pid;
	record->part = who->part;
	record->flags = 0;
	copy_base(record, ctx, origin);
	fetch_at_entry(record, ctx, plan.key.fetches);
	rare = count_key(record, 0, 0);
	mine->scratch &= ~(1ULL << free);
	return rare;
}

static __always_inline void send_new(struct sonde_counters *mine, void *ctx, enum origin origin,
				     const struct who *who, bool telling)
{
	struct sonde_record *record;

	if (!take_token(mine, coarse_now(mine), telling)) {
		ADD(mine->sampled_out, 1);
		return;
	}
	record = bpf_ringbuf_reserve(&ring, plan.record_size, 0);
	if (!record) {
		ADD(mine->lost, 1);
		return;
	}
	fill_ids(record, who, bpf_ktime_get_ns());
	record->duration_ns = 0;
	record->ret = 0;
	record->flags = SONDE_RECORD_NAMED;
	fill_names(record);
	copy_base(record, ctx, origin);
	fetch_at_entry(record, ctx, plan.fetch_mask);
	bpf_ringbuf_submit(record, RINGBUF_NO_WAKEUP);
}

/* A thread's last call. Remembered, it would keep its place in `calls` to the window's end. */
static __always_inline bool never_returns(void *ctx, enum origin origin)
{
	__u64 number;

	if (origin != FROM_TRACEPOINT || !plan.any_call)
		return false;
	number = CONTEXT_WORD(ctx, 1);
	return number == SYSCALL_EXIT || number == SYSCALL_EXIT_GROUP;
}

static __always_inline int on_hit(void *ctx, enum origin origin, __u64 frame, __u32 part)
{
	struct sonde_counters *mine;
	struct who who;

	if (!control.open)
		return 0;
	mine = my_counters();
	if (!mine)
		return 0;
	if (is_tracepoint(origin) && !conditions_hold(plan.conditions, ctx))
		return 0;
	if (!socket_is_wanted(ctx))
		return 0;
	identify(&who);
	who.part = part;
	if (!is_wanted(&who)) {
		ADD(mine->filtered, 1);
		return 0;
	}
	if (!is_judged_at_exit())
		count_stack(ctx, who.pid);
	if (origin == FROM_SYSCALL || (plan.pair.kind && !never_returns(ctx, origin))) {
		remember(mine, ctx, origin, &who, frame);
	} else if (is_judged_at_exit()) {
		ADD(mine->filtered, 1);
	} else {
		count_match(mine, coarse_now(mine), who.pid, NULL);
		send_new(mine, ctx, origin, &who, count_new_key(mine, ctx, origin, &who));
	}
	return 0;
}

#endif
