/* SPDX-License-Identifier: ISC */
/*
 * The error struct: one kind and one line of text.  Control characters are
 * replaced, since a subject may come from a hostile message and the text ends
 * on a terminal or in a log.
 */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

int
err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	err->kind = kind;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	make_printable(err->text);
	return -1;
}

int
err_errno(struct err *err, const char *format, ...)
{
	int saved = errno;
	va_list args;
	size_t n;

	if (err == NULL)
		return -1;
	err->kind = ERR_SYSTEM;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s",
	    strerror(saved));
	make_printable(err->text);
	errno = saved;
	return -1;
}

int
err_prefix(struct err *err, const char *format, ...)
{
	char rest[sizeof(err->text)];
	va_list args;
	size_t n;

	if (err == NULL)
		return -1;
	memcpy(rest, err->text, sizeof(rest));
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", rest);
	make_printable(err->text);
	return -1;
}

void
err_clear(struct err *err)
{
	if (err == NULL)
		return;
	err->kind = ERR_NONE;
	err->text[0] = '\0';
}
