/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What user space tells the programs: the plan that specialises one, and what it says while they
 * run. */
#ifndef SONDE_PLAN_H
#define SONDE_PLAN_H

#define SONDE_MAX_FETCHES 16
#define SONDE_MAX_DEREFS 4
#define SONDE_MAX_DATA 4096
#define SONDE_COMM 16
#define SONDE_SECONDS 301
#define SONDE_LATENCY_SLOTS 64
#define SONDE_ARGV_COUNT 16
#define SONDE_ARGV_SIZE 128
#define SONDE_NO_OFFSET 0xffff
#define SONDE_STACKS 2048 /* told apart in one program */
#define SONDE_STACK_DEPTH 64
#define SONDE_PATH_SIZE 1280  /* PATH: room for names, one more of NAME_MAX behind the first KiB */
#define SONDE_PATH_CUT 0x4000 /* PATH: added to the bytes got where names are missing */
#define SONDE_KEY_PARTS 5
#define SONDE_MAX_KEY 128

/*
 * How one fetch reads memory.
 *
 * BYTES: `size` bytes, fewer where a length says so.
 * STRING: up to the terminating zero, at most `size` bytes.
 * DYNAMIC: a tracepoint's __data_loc: the word at `source` says where and how long.
 * RELATIVE: likewise __rel_loc, counted from the end of the word.
 * ARGV: a user array of user strings, SONDE_ARGV_COUNT slots of SONDE_ARGV_SIZE; the last byte of
 *	a slot is 1 where its string could not be read.
 * TASK: no memory: the address of the current task, for other fetches to start from.
 * FILE: likewise the address of the file behind the current task's descriptor `source`; 0 for none.
 * PATH: the names from a struct path to its root, across mounts, SONDE_PATH_SIZE bytes.
 * DENTRY: likewise from a struct dentry, to the root of its file system.
 * PACKET: a struct sonde_packet, from a struct sk_buff.
 */
enum sonde_fetch_kind {
	SONDE_FETCH_BYTES = 1,
	SONDE_FETCH_STRING,
	SONDE_FETCH_DYNAMIC,
	SONDE_FETCH_RELATIVE,
	SONDE_FETCH_ARGV,
	SONDE_FETCH_TASK,
	SONDE_FETCH_FILE,
	SONDE_FETCH_PATH,
	SONDE_FETCH_DENTRY,
	SONDE_FETCH_PACKET,
};

/* What a packet's headers say: network's is IPv4's or IPv6's, by its first four bits. */
struct sonde_packet {
	__u32 length;
	__u16 protocol; /* ETH_P_*, in network order */
	__u16 pad;
	__u8 network[40];
	__u8 ports[4]; /* source and destination, in network order */
	__u32 pad2;
};

/* User memory only: a process must not have kernel memory read for it. */
#define SONDE_FETCH_USER 1
/* A page that wasn't there at entry may be at exit: try again. */
#define SONDE_FETCH_RETRY 2
/* A kernel function's argument may point to either: the address tells. */
#define SONDE_FETCH_EITHER 4
/* Not at the entry: when another hit completes the record. */
#define SONDE_FETCH_LATE 8

/*
 * One fetch: take the 64-bit word at data[source], follow `derefs` pointers
 * (each: add the offset, read a pointer), add the last offset, read.
 */
struct sonde_fetch {
	__u8 kind;
	__u8 flags;
	__u8 derefs;
	__u8 pad;
	__u16 source; /* offset in data */
	__u16 out;    /* offset in data */
	__u16 size;
	__u16 length_source; /* offset in data of a 32-bit length, or SONDE_NO_OFFSET */
	__u16 offsets[SONDE_MAX_DEREFS + 1]; /* one a pointer followed, then the last */
	__u16 pad2;
};

#define SONDE_FILTER_PID 1
#define SONDE_FILTER_TID 2
#define SONDE_FILTER_PPID 4
#define SONDE_FILTER_COMM 8
#define SONDE_FILTER_UID 16
#define SONDE_FILTER_CGROUP 32
#define SONDE_FILTER_MIN_LATENCY 64
#define SONDE_FILTER_ERRORS 128
#define SONDE_FILTER_NOT_AGENT 256

struct sonde_filter {
	__u32 set; /* SONDE_FILTER_* */
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 agent_pid;     /* in the initial namespace's terms, or the agent's */
	__u32 pid_namespace; /* inode number of the agent's; 0 for the initial one */
	__u32 cgroup_level;  /* how deep `cgroup` lies: its descendants match too */
	__u64 cgroup;
	__u64 min_latency_ns;
	char comm[SONDE_COMM];
};

/* A tracepoint field that must have one value, or any other, for the event to count. */
struct sonde_condition {
	__u16 offset; /* in the tracepoint's record */
	__u16 size;   /* 1, 2, 4 or 8; 0 for no condition */
	__u32 differs;
	__u64 value;
};

#define SONDE_MAX_CONDITIONS 2

/* Part of a pairing key: a field of a tracepoint's record, or a function's argument word. */
struct sonde_field {
	__u16 offset;
	__u16 size; /* 1, 2, 4 or 8; 0 for none */
};

#define SONDE_PAIR_NONE 0
#define SONDE_PAIR_CALL 1   /* by thread and frame: a call and its return */
#define SONDE_PAIR_FIELDS 2 /* by what both hits say of the same thing: a socket, a request, … */

/*
 * What belongs together. Of SONDE_PAIR_FIELDS, `entry` are the fields of the first hit and `exit`
 * those of the tracepoint that completes its record: its conditions hold, its whole record goes
 * into data at `out`, and one of its fields may be or lead to the result. A third tracepoint may
 * note the time in between.
 */
struct sonde_pair {
	__u32 kind; /* SONDE_PAIR_* */
	__u16 by_cpu;
	__u16 out;
	__u16 size;
	__u16 mark_out; /* offset in data of the time that the mark is hit, 64 bits */
	struct sonde_field entry[2];
	struct sonde_field exit[2];
	struct sonde_field mark[2];
	struct sonde_field result;
	__u16 result_at; /* where it is a pointer: the result is a positive errno that far behind it
			  */
	__u16 result_size; /* bytes of that errno; 0 where the field itself is the result */
	struct sonde_condition conditions[SONDE_MAX_CONDITIONS];
};

/*
 * Some bytes of a record's data that make its key: what statistics group by.
 * Part after part in struct sonde_key, each from a multiple of 8.
 */
struct sonde_key_part {
	__u16 offset; /* in data */
	__u16 size;   /* at most; 0 for no part */
	__u8 fetch;   /* one more than the fetch that the bytes come from; 0: the base block */
	__u8 varies;  /* only as many bytes as the fetch got: text */
	__u16 pad;
};

struct sonde_key_plan {
	__u32 set;     /* 1 where matches are counted by key; without parts it is the attachment */
	__u32 fetches; /* bit mask of the fetches that the parts come from */
	__u32 by_process; /* processes apart */
	__u32 pad;
	struct sonde_key_part parts[SONDE_KEY_PARTS];
};

#define SONDE_SEND_NONE 0   /* counts only */
#define SONDE_SEND_SAMPLE 1 /* as far as the token bucket allows */
#define SONDE_SEND_ALL 2

#define SONDE_DNS_QUESTIONS 2 /* resolvers ask for both address families in one call */
#define SONDE_DNS_SIZE 280    /* of a message: its header, the longest name, type, class */

/* Where a call's arguments lead to the bytes that it sends. */
enum sonde_dns_from {
	SONDE_DNS_BUFFER = 1, /* descriptor, buffer, size (write, sendto) */
	SONDE_DNS_VECTORS,    /* descriptor, vectors, count (writev) */
	SONDE_DNS_MESSAGE,    /* descriptor, message (sendmsg) */
	SONDE_DNS_MESSAGES,   /* descriptor, messages, count (sendmmsg) */
	SONDE_DNS_FUNCTION,   /* socket, the kernel's message, size (udp_sendmsg) */
};

/* Questions to name servers, and the layout of the kernel's message where one is read. */
struct sonde_dns_plan {
	__u16 from;	 /* enum sonde_dns_from; 0 for none */
	__u16 arguments; /* offset in data of the first argument, 64 bits each */
	__u16 out;	 /* offset in data of a struct sonde_dns */
	__u16 has_name;	 /* the fifth argument is an address */
	__u16 name_at;
	__u16 type_at;
	__u16 buffer_at;
	__u16 vectors_at;
	__u8 has_buffers;
	__u8 buffer_type;
	__u8 vectors_type;
	__u8 vectors_mask;
	__u32 pad;
};

struct sonde_question {
	__u64 answered_ns; /* 0: not yet */
	__u16 length;	   /* of the payload, as far as it was read */
	__u16 flags;	   /* of the answer: the second word of its header */
	__u16 id;	   /* in network order */
	__u16 at;	   /* where the message begins in the payload */
	__u8 payload[SONDE_DNS_SIZE];
};

struct sonde_dns {
	__u64 socket;
	__u16 is_stream;
	__u16 count;
	__u16 answered;
	__u16 pad;
	struct sonde_question questions[SONDE_DNS_QUESTIONS];
};

/* Read-only data of each program: written before loading, constant for the verifier. */
struct sonde_plan {
	__u32 program;	     /* number in the session; travels in each record */
	__u32 record_size;   /* sizeof(struct sonde_record) + bytes of data, a multiple of 8 */
	__u32 base_size;     /* tracepoint: bytes of its record; function: 8 * argument words */
	__u32 argument_mask; /* function: which argument words to read */
	__u32 return_index;  /* fexit: how many argument words stand before the return value */
	__u32 fetch_mask;    /* which of `fetches` to make */
	__u32 send;	     /* SONDE_SEND_* */
	__u32 return_bits; /* width of the return value: 0, 8, 16, 32, 64; negative errnos are told
			      by it */
	__u32 stacks;	   /* count where matches come from */
	__u32 alone; /* 1 where the kernel runs none of the probe's programs inside another on one
			CPU */
	__u32 part;  /* which attachment this is; a program on many functions is told by cookie */
	__u32 most_kept; /* entries of `calls` that may stay for their thread's next call */
	struct sonde_filter filter;
	struct sonde_condition conditions[SONDE_MAX_CONDITIONS];
	struct sonde_pair pair;
	struct sonde_dns_plan dns;
	__u32 socket_protocol; /* system calls: the descriptor's; 0 for any */
	__u32 any_call;	       /* all system calls go through it: some of them never return */
	struct sonde_key_plan key;
	struct sonde_fetch fetches[SONDE_MAX_FETCHES];
};

/* What user space says while the programs run; `kept` is their own. All of .bss. */
struct sonde_control {
	__u64 start_ns; /* CLOCK_MONOTONIC; 0 until the window begins */
	__u64 slow_ns;	/* calls that took so long are worth sending; 0 while that isn't known */
	__u64 kept;	/* entries of `calls` that stay, so far */
	__u32 open;	/* 1 while the window is */
	__u32 quiet;	/* 1: no more single events, whatever the plan says */
	__u32 zero;	/* stays so */
	__u32 pad;
};

#endif
