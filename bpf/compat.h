/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every kernel difference that the programs know of, with where it comes from.
 *
 * - Context loads must have constant offsets from an unmodified context
 *   pointer ("dereference of modified ctx ptr", check_ptr_off_reg in
 *   kernel/bpf/verifier.c), and clang merges loads in branches into one load
 *   from a computed pointer. CONTEXT_WORD keeps each load as it stands.
 * - 5.10 refuses to load a fentry argument that points to a scalar (`char *`)
 *   at all (btf_ctx_access, relaxed in 5.11 and later): user space then falls
 *   back to a kprobe, so only the words in use are read.
 * - The returns of a program on many functions come from the rethook trampoline
 *   up to 6.13 and from the function graph tracer's since 6.14
 *   ("fprobe: Rewrite fprobe on function-graph tracer"), whose registers hold
 *   another stack pointer: a call is looked for at both places.
 */
#ifndef SONDE_COMPAT_H
#define SONDE_COMPAT_H

#define CONTEXT_WORD(ctx, index)                                                                   \
	({                                                                                         \
		__u64 word_;                                                                       \
		asm volatile("%[w] = *(u64 *)(%[c] + %[o])"                                        \
			     : [w] "=r"(word_)                                                     \
			     : [c] "r"(ctx), [o] "i"((index) * 8));                                \
		word_;                                                                             \
	})

/* Of tracepoints, whose last field may be half a word. */
#define CONTEXT_HALF(ctx, index)                                                                   \
	({                                                                                         \
		__u64 half_;                                                                       \
		asm volatile("%[w] = *(u32 *)(%[c] + %[o])"                                        \
			     : [w] "=r"(half_)                                                     \
			     : [c] "r"(ctx), [o] "i"((index) * 8));                                \
		half_;                                                                             \
	})

/* Keeps a bound that was just checked attached to the register that it was checked in. */
#define KEEP_BOUND(variable) asm volatile("" : "+r"(variable))

#endif
