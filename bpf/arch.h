/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What depends on the processor on the kernel side: argument registers and the frame of a call. */
#ifndef SONDE_ARCH_H
#define SONDE_ARCH_H

#if defined(__TARGET_ARCH_x86)

#define REG_ARG0(regs) ((regs)->di)
#define REG_ARG1(regs) ((regs)->si)
#define REG_ARG2(regs) ((regs)->dx)
#define REG_ARG3(regs) ((regs)->cx)
#define REG_ARG4(regs) ((regs)->r8)
#define REG_ARG5(regs) ((regs)->r9)
#define REG_RETURN(regs) ((regs)->ax)

/*
 * Where the return address stood: the stack pointer at entry, and one word
 * below it once the call has returned. Unique among a thread's calls in flight.
 */
#define FRAME_AT_ENTRY(regs) ((regs)->sp)
#define FRAME_AT_RETURN(regs) ((regs)->sp - 8)
/* The function graph tracer's return trampoline keeps its registers right below that place. */
#define FRAME_AT_GRAPH_RETURN(regs) ((regs)->sp + sizeof(struct pt_regs))

/* A system call as its exit sees it: the number and the first arguments are still there. */
#define SYSCALL_NUMBER(regs) ((regs)->orig_ax)
#define SYSCALL_ARG0(regs) ((regs)->di)
#define SYSCALL_ARG1(regs) ((regs)->si)
#define SYSCALL_EXIT 60
#define SYSCALL_EXIT_GROUP 231
#define SYSCALL_READ 0
#define SYSCALL_READV 19
#define SYSCALL_RECVFROM 45
#define SYSCALL_RECVMSG 47
#define SYSCALL_RECVMMSG 299

#else
#error "no register layout for this processor"
#endif

#endif
