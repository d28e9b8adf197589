// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The least that can be done at a tracepoint: count, read the clock, or send
 * a record of 64 bytes. What the product's programs cost is compared with the
 * first two, and both ring readers read what the last sends.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MOST_BURST 64

struct record {
	__u64 number;
	__u64 rest[7];
};

struct totals {
	__u64 hits;
	__u64 sent;
	__u64 lost;
	__u64 clock_ns; /* the last time that was read */
};

/* Records a hit. */
const volatile __u32 burst = 1;

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct totals));
} totals SEC(".maps");

static __always_inline struct totals *mine(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}

SEC("tracepoint")
int count(void *ctx)
{
	struct totals *total = mine();

	if (total)
		total->hits++;
	return 0;
}

SEC("tracepoint")
int count_and_time(void *ctx)
{
	struct totals *total = mine();

	if (total) {
		total->hits++;
		total->clock_ns = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("tracepoint")
int emit(void *ctx)
{
	struct totals *total = mine();

	if (!total)
		return 0;
	total->hits++;
	for (__u32 i = 0; i < MOST_BURST; i++) {
		struct record *record;

		if (i >= burst)
			break;
		record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
		if (!record) {
			total->lost++;
			continue;
		}
		record->number = total->sent++;
		for (int word = 0; word < 7; word++)
			record->rest[word] = i;
		bpf_ringbuf_submit(record, RINGBUF_NO_WAKEUP);
	}
	return 0;
}
