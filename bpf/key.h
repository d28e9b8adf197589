/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is counted of a match under the plan's key: its destination, its path, its error. */
#ifndef SONDE_KEY_H
#define SONDE_KEY_H

/* A key that a CPU has seen less often is rare: its events are worth sending. */
#define RARE_MATCHES 3

/* One part of the key, as it stands in the record; how many bytes it took. */
static __always_inline __u32 copy_part(struct sonde_key *key, __u32 at,
				       const struct sonde_record *record, __u32 index)
{
	const char *from = (const char *)(record + 1) + plan.key.parts[index].offset;
	__u32 fetch = plan.key.parts[index].fetch;
	__u32 size = plan.key.parts[index].size;
	__u8 *to = key->bytes + at;

	if (fetch && fetch <= SONDE_MAX_FETCHES) {
		__s32 got = record->fetched[fetch - 1];

		if (got < 0) {
			key->fetched = got;
			return size;
		}
		if (plan.key.parts[index].varies) {
			got &= ~SONDE_PATH_CUT;
			if ((__u32)got < size)
				size = got;
			KEEP_BOUND(size);
			if (size > plan.key.parts[index].size)
				return 0;
			key->fetched = size;
			bpf_probe_read_kernel(to, size, from);
			return plan.key.parts[index].size;
		}
	}
	if (size == 8)
		*(__u64 *)to = *(const __u64 *)from;
	else if (size == 4)
		*(__u64 *)to = *(const __u32 *)from;
	else if (size == 2)
		*(__u64 *)to = *(const __u16 *)from;
	else if (size == 1)
		*(__u64 *)to = *(const __u8 *)from;
	else
		bpf_probe_read_kernel(to, size, from);
	return size;
}

static __always_inline void make_key(struct sonde_key *key, const struct sonde_record *record)
{
	__u32 at = 0;

	key->part = record->part;
	if (plan.key.by_process)
		key->pid = record->pid;
	for (__u32 i = 0; i < SONDE_KEY_PARTS; i++) {
		if (!plan.key.parts[i].size)
			break;
		at += (copy_part(key, at, record, i) + 7) & ~7u;
		if (at >= SONDE_MAX_KEY)
			break;
	}
}

/* Counts a match under its key; whether that is a rare one. `ns` and `error` are of a call that
 * returned. */
static __noinline bool count_key(const struct sonde_record *record, __u64 ns, __u32 error)
{
	struct sonde_key key = {};
	struct sonde_key_count *found;
	bool is_rare;

	if (!plan.key.set)
		return false;
	make_key(&key, record);
	found = bpf_map_lookup_elem(&by_key, &key);
	if (!found) {
		void *none = zeros();

		if (!none)
			return false;
		bpf_map_update_elem(&by_key, &key, none, UPDATE_NOEXIST);
		found = bpf_map_lookup_elem(&by_key, &key);
		/* No room: user space finds it under `other`, which is the rest. */
		if (!found)
			return false;
	}
	/* Before the addition: after it this would be an atomic fetch, which 5.10 doesn't know. */
	is_rare = found->count < RARE_MATCHES;
	ADD(found->count, 1);
	if (record->flags & SONDE_RECORD_RETURNED) {
		ADD(found->returned, 1);
		/* Adding a constant zero becomes an atomic OR, which 5.10 doesn't know. */
		if (ns)
			ADD(found->latency_sum_ns, ns);
		if (ns > found->latency_max_ns)
			found->latency_max_ns = ns;
	}
	if (error) {
		ADD(found->errors, 1);
		key.error = error;
		count_in(&key_errors, &key);
	}
	return is_rare;
}

#endif
