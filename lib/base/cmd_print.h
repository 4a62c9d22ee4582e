/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_CMD_PRINT_H
#define FE_BASE_CMD_PRINT_H

#include "cmd.h"

/*
 * What an option table says of itself.  All print to standard output and end
 * the process: 0, or 75 when the output could not be written.
 */
enum option_layer {
	LAYER_DEFAULT,
	LAYER_SHARED,
	LAYER_PROGRAM,
	LAYER_INSTANCE,
	LAYER_LINE
};

struct option_given {
	const struct option_def *def;
	enum option_layer layer;
	const char *value;
	unsigned line; /* in fe.conf */
};

/* The highest layer that has a value for it, LAYER_DEFAULT if none has. */
enum option_layer option_top_layer(const struct option_given *given, size_t n,
    const struct option_def *def);

void option_print_help(const struct cmd *cmd) __attribute__((noreturn));
void option_print_version(const struct cmd *cmd) __attribute__((noreturn));
/* A line an option: letter, name, argument, choices, help, by tabs. */
void option_print_completion(const struct cmd *cmd) __attribute__((noreturn));
/* `check' prints nothing; `show' a line a value: name, value, where from, by
 * tabs.  Another mode is a usage error. */
void option_print_config(const struct cmd *cmd, const char *mode,
    const struct option_given *given, size_t n, const char *path)
    __attribute__((noreturn));

#endif
