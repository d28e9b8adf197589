// SPDX-License-Identifier: MIT
/*
 * libbpf reports through a callback that takes a va_list, which no managed
 * function can receive. This formats each message and hands the text on.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <bpf/libbpf.h>

typedef void (*sonde_log_fn)(const char *text, int length);

static sonde_log_fn sink;

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	/* A verifier's log is one message, whatever its length; its last lines are what tells. */
	char *text = NULL;
	int length;

	/* Hundreds of these come with each object. */
	if (level == LIBBPF_DEBUG || !sink)
		return 0;
	length = vasprintf(&text, format, args);
	if (length < 0)
		return 0;
	sink(text, length);
	free(text);
	return length;
}

/* Routes libbpf's messages but for those of debugging to `fn`, from any thread; NULL silences them.
 */
void sonde_set_libbpf_log(sonde_log_fn fn)
{
	sink = fn;
	libbpf_set_print(print);
}
