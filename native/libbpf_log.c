// SPDX-License-Identifier: MIT
/*
 * libbpf reports through a callback that takes a va_list, which no managed
 * function can receive. This formats each message and hands the text on.
 */
#include <stdarg.h>
#include <stdio.h>
#include <bpf/libbpf.h>

typedef void (*sonde_log_fn)(int level, const char *text, int length);

static sonde_log_fn sink;

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	/* A verifier log arrives as one message of up to the log buffer's size;
	 * the loader keeps its own copy of that, so the head is enough here. */
	char text[4096];
	int length = vsnprintf(text, sizeof(text), format, args);

	if (length < 0 || !sink)
		return 0;
	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	sink((int)level, text, length);
	return length;
}

/* Routes libbpf's messages to `fn`, from any thread; NULL silences them. */
void sonde_set_libbpf_log(sonde_log_fn fn)
{
	sink = fn;
	libbpf_set_print(print);
}
