/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space and the programs say to each other: the plan that
 * specialises a program (plan.h), and the records that come back. These files are the
 * only author of these layouts; src/Tracing/Probes/Wire.cs follows it and a
 * test compares the two field by field.
 */
#ifndef SONDE_WIRE_H
#define SONDE_WIRE_H

#include "plan.h"

/* So many a CPU go in a burst, and one each `period_ns` after that. */
struct sonde_bucket {
	__u64 tokens;
	__u64 refilled_ns;
};

/* Matches of one process within one second that stand in no table yet. */
struct sonde_run {
	__u64 count;
	__u64 most;	/* so many it may become */
	__u64 began_ns; /* of that second, CLOCK_MONOTONIC; 0 before the first */
	__u32 second;	/* since the window began */
	__u32 pid;
};

/* One per CPU. */
struct sonde_counters {
	__u64 matched; /* without the run that goes on */
	__u64 filtered;
	__u64 sampled_out;
	__u64 lost;
	__u64 unjudged;	       /* calls that found no room, where only the end tells a match */
	__u64 other_processes; /* matches of processes that found no room in by_process */
	struct sonde_run run;
	__u64 latency_sum_ns;
	__u64 latency_min_ns; /* 0: none yet; stored plus one */
	__u64 latency_max_ns;
	__u64 jiffies;	 /* when `coarse_ns` was read */
	__u64 coarse_ns; /* CLOCK_MONOTONIC, at most a tick old */
	__u64 scratch;	 /* bit mask of the scratch records in use */
	struct sonde_bucket common;
	struct sonde_bucket reserve;	    /* for errors, slow calls and rare keys */
	__u64 latency[SONDE_LATENCY_SLOTS]; /* by floor(log2(ns)) */
};

struct sonde_process_count {
	__u64 count;
	char comm[SONDE_COMM];
};

/* The maps' keys end where the plan's do. */
struct sonde_key {
	__u32 pid;     /* 0 unless the plan keeps processes apart */
	__u32 part;    /* which of the program's attachments */
	__s32 fetched; /* bytes of the part that varies; negative: a fetch failed */
	__u32 error;   /* positive errno in key_errors; else 0 */
	__u8 bytes[SONDE_MAX_KEY];
};

struct sonde_key_count {
	__u64 count;
	__u64 errors;
	__u64 returned; /* that many make up the latency */
	__u64 latency_sum_ns;
	__u64 latency_max_ns;
};

/* System calls, which don't nest in a thread, have a map whose keys end before `pad`. */
struct sonde_call_key {
	__u64 thread; /* pid_tgid; the first field where fields pair */
	__u32 part;   /* a function that ends in a jump to another leaves its frame to it */
	__u32 pad;
	__u64 frame; /* of the traced call: tells a recursion from its caller; the second field */
};

struct sonde_stack_key {
	__u32 pid;
	__s32 kernel; /* in kernel_stacks; negative: none could be had, or its place is another's */
	__s32 user;   /* in user_stacks, likewise */
	__u32 pad;
};

#define SONDE_FRAME_BUILD_ID 1
#define SONDE_FRAME_ADDRESS 2

/* The uapi's struct bpf_stack_build_id. */
struct sonde_user_frame {
	__s32 status; /* SONDE_FRAME_*; 0 ends the stack */
	__u8 build_id[20];
	__u64 offset; /* in the file; an address where the build id couldn't be read */
};

#define SONDE_RECORD_RETURNED 1	      /* ret and duration_ns are set */
#define SONDE_RECORD_SUPERSEDED 2     /* the same thing began anew before it ended */
#define SONDE_RECORD_IN_FLIGHT 4      /* in `calls`: it hasn't ended */
#define SONDE_RECORD_SENT 8	      /* the call has returned, its questions wait for answers */
#define SONDE_RECORD_KEPT 16	      /* in `calls`: stays for the next call */
#define SONDE_RECORD_NAMED 32	      /* cgroup, uid and comm are set */
#define SONDE_RECORD_RETURN_MISSED 64 /* it is over, and the kernel skipped its return */
/* User space's own: it may be over, though its return was not seen. */
#define SONDE_RECORD_RETURN_UNSURE 128

/* One event; the plan's data follows. */
struct sonde_record {
	__u64 time_ns; /* CLOCK_MONOTONIC, at entry */
	__u64 duration_ns;
	__s64 ret;
	__u64 cgroup;
	__u32 pid;	/* tgid, in the agent's namespace where visible there */
	__u32 tid;	/* likewise */
	__u32 host_pid; /* tgid in the initial namespace */
	__u32 uid;
	__u16 program;
	__u16 flags; /* SONDE_RECORD_* */
	__u16 cpu;   /* where it began */
	__u16 part;  /* which attachment of the program */
	char comm[SONDE_COMM];
	/* Bytes that each fetch got; negative: it failed. */
	__s16 fetched[SONDE_MAX_FETCHES];
};

#endif
