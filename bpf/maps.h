/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables that the programs of a probe share, and the plan that they read. */
#ifndef SONDE_MAPS_H
#define SONDE_MAPS_H

const volatile struct sonde_plan plan = {};
volatile struct sonde_control control = {};

/* Shared by all programs of a session: user space puts its own in place. */
struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_counters));
} counters SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, SONDE_SECONDS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64));
} per_second SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_process_count));
} by_process SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 256);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64));
} errors SEC(".maps");

/* By the plan's key. User space sizes both; what finds no room is the rest of `matched`. */
struct {
	__uint(type, MAP_PERCPU_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct sonde_key));
	__uint(value_size, sizeof(struct sonde_key_count));
} by_key SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct sonde_key));
	__uint(value_size, sizeof(__u64));
} key_errors SEC(".maps");

/*
 * What is in flight, each a whole record but for its end. Some entries stay
 * for their thread's next call: finding one costs a tenth of making one. User
 * space sizes these three to the plan's record.
 */
struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct sonde_call_key));
	__uint(value_size, sizeof(struct sonde_record) + SONDE_MAX_DATA);
} calls SEC(".maps");

/* Zeros, to make new entries from. Never written. */
struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_record) + SONDE_MAX_DATA);
} blank SEC(".maps");

/* Where a record's key is gathered that may not travel. Two: an interrupt may come in between. */
struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct sonde_record) + SONDE_MAX_DATA);
} scratch SEC(".maps");

#endif
