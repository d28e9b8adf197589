/* SPDX-License-Identifier: MIT */
/* What the deeds share; each file has those of one topic. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

/* A deed does one thing `times` times and checks that each ended as meant. */
struct deed {
	const char *name;
	int arguments;		       /* the number of times included */
	void (*before_the_gate)(void); /* what must be there first, or NULL */
	void (*run)(void);
};

/* Each list ends with a deed without a name. */
extern const struct deed connection_deeds[], resolver_deeds[], file_deeds[], process_deeds[],
    kernel_deeds[];

/* The deed's arguments: args[0] is the number of times, also kept in `times`. */
extern char **args;
extern int times;

void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...);
long number(int index);
/* Fails unless a call ended as wanted: with that errno, or without an error where wanted is 0. */
void expect(int result, int wanted, const char *what);

#endif
