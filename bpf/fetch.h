/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The plan's fetches: from a word of the record through pointers to bytes in the record. */
#ifndef SONDE_FETCH_H
#define SONDE_FETCH_H

/* Kernel addresses are the upper half on every processor served. */
static __always_inline bool is_user(__u32 flags, __u64 address)
{
	return flags & SONDE_FETCH_USER || (flags & SONDE_FETCH_EITHER && (__s64)address >= 0);
}

static __always_inline long read_bytes(void *to, __u32 size, __u64 from, __u32 flags)
{
	if (is_user(flags, from))
		return bpf_probe_read_user(to, size, (void *)from);
	return bpf_probe_read_kernel(to, size, (void *)from);
}

/* Follows the fetch's pointers from `address`; 0 where one of them can't be read. */
static __always_inline __u64 follow(__u32 index, __u64 address, __u32 flags)
{
	__u32 derefs = plan.fetches[index].derefs;
	__u32 offset = plan.fetches[index].offsets[0];

	for (__u32 i = 0; i < SONDE_MAX_DEREFS; i++) {
		if (i >= derefs)
			break;
		address += offset;
		if (read_bytes(&address, sizeof(address), address, flags) || !address)
			return 0;
		offset = plan.fetches[index].offsets[i + 1];
	}
	return address + offset;
}

static __always_inline long fetch_argv(char *to, __u64 argv)
{
	__u64 argument = 0;
	long count = 0;

	for (; count < SONDE_ARGV_COUNT; count++) {
		if (bpf_probe_read_user(&argument, sizeof(argument), (void *)(argv + 8 * count)))
			return count ? count : -EFAULT;
		if (!argument)
			return count;
		/* A text that fills its slot ends with a zero: the last byte is free to tell. */
		to[count * SONDE_ARGV_SIZE + SONDE_ARGV_SIZE - 1] =
		    bpf_probe_read_user_str(to + count * SONDE_ARGV_SIZE, SONDE_ARGV_SIZE,
					    (void *)argument) < 0;
	}
	/* One past the last: says whether there were more. */
	if (!bpf_probe_read_user(&argument, sizeof(argument), (void *)(argv + 8 * count)) &&
	    argument)
		count++;
	return count;
}

/*
 * Bytes fetched into the record, or a negative errno. This and the loops over it are functions of
 * their own: inlined, a program would be twice as long, and the verifier reads all of it before it
 * finds what the plan leaves out.
 */
static __noinline long fetch_one(struct sonde_record *record, void *ctx, __u32 index)
{
	char *data = (char *)(record + 1);
	char *to = data + plan.fetches[index].out;
	__u32 kind = plan.fetches[index].kind;
	__u32 source = plan.fetches[index].source;
	__u32 size = plan.fetches[index].size;
	__u32 flags = plan.fetches[index].flags;
	__u64 address;

	if (kind == SONDE_FETCH_TASK) {
		*(__u64 *)to = bpf_get_current_task();
		return sizeof(__u64);
	}
	if (kind == SONDE_FETCH_FILE) {
		*(__u64 *)to = file_of(*(__u32 *)(data + source));
		return sizeof(__u64);
	}
	if (kind == SONDE_FETCH_DYNAMIC || kind == SONDE_FETCH_RELATIVE) {
		__u32 where = *(__u32 *)(data + source);

		address = (__u64)ctx + (where & 0xffff);
		if (kind == SONDE_FETCH_RELATIVE)
			address += source + sizeof(where);
		where >>= 16;
		if (where < size)
			size = where;
		KEEP_BOUND(size);
		if (size > plan.fetches[index].size)
			return -EFAULT;
		if (bpf_probe_read_kernel(to, size, (void *)address))
			return -EFAULT;
		return size;
	}

	address = follow(index, *(__u64 *)(data + source), flags);
	if (!address)
		return -EFAULT;

	if (kind == SONDE_FETCH_STRING) {
		if (is_user(flags, address))
			return bpf_probe_read_user_str(to, size, (void *)address);
		return bpf_probe_read_kernel_str(to, size, (void *)address);
	}
	if (kind == SONDE_FETCH_ARGV)
		return fetch_argv(to, address);
	if (kind == SONDE_FETCH_PACKET)
		return fetch_packet((struct sonde_packet *)to, address);
	if (kind == SONDE_FETCH_PATH)
		return fetch_path(to, address);
	if (kind == SONDE_FETCH_DENTRY)
		return fetch_names(to, (struct dentry *)address, NULL);

	if (plan.fetches[index].length_source != SONDE_NO_OFFSET) {
		__u32 length = *(__u32 *)(data + plan.fetches[index].length_source);

		if (length < size)
			size = length;
		KEEP_BOUND(size);
		if (size > plan.fetches[index].size)
			return -EFAULT;
	}
	if (read_bytes(to, size, address, flags))
		return -EFAULT;
	return size;
}

static __noinline long make_fetches(struct sonde_record *record, void *ctx, __u32 mask)
{
	for (__u32 i = 0; i < SONDE_MAX_FETCHES && mask >> i; i++) {
		if (!(mask >> i & 1))
			continue;
		if (plan.fetches[i].flags & SONDE_FETCH_LATE)
			record->fetched[i] = -EFAULT;
		else
			record->fetched[i] = fetch_one(record, ctx, i);
	}
	return 0;
}

static __always_inline void fetch_at_entry(struct sonde_record *record, void *ctx, __u32 mask)
{
	if (mask)
		make_fetches(record, ctx, mask);
}

/* What is to be read only now, and what could not be read at the entry and may be by now. */
static __noinline long complete_fetches(struct sonde_record *record, void *ctx)
{
	for (__u32 i = 0; i < SONDE_MAX_FETCHES && plan.fetch_mask >> i; i++) {
		if (!(plan.fetch_mask >> i & 1))
			continue;
		if (plan.fetches[i].flags & SONDE_FETCH_LATE ||
		    (plan.fetches[i].flags & SONDE_FETCH_RETRY && record->fetched[i] < 0))
			record->fetched[i] = fetch_one(record, ctx, i);
	}
	return 0;
}

static __always_inline void fetch_at_exit(struct sonde_record *record, void *ctx)
{
	if (plan.fetch_mask)
		complete_fetches(record, ctx);
}

#endif
