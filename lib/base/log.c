/* SPDX-License-Identifier: ISC */
/*
 * Sentences for people and events for machines, on standard error.  One
 * write(2) a line, so that lines of several processes do not mix.
 */
#include "log.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "home.h"
#include "id.h"
#include "io.h"
#include "json.h"
#include "secret.h"

#define LOG_KEY_SIZE 32

static struct {
	const char *program;
	enum log_format format;
	enum log_level threshold;
	bool personal;
	unsigned char *key; /* NULL: addresses are left out */
} state = {"fe", LOG_TEXT, LOG_WARNING, false, NULL}; /* set at start */

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void
log_start(const char *program, enum log_format format, enum log_level threshold)
{
	state.program = program;
	state.format = format;
	state.threshold = threshold;
}

/* The newest DATE.key whose date is not after today; dates sort as text. */
static int
find_newest_key(const char *folder, char newest[11])
{
	char today[CLOCK_TEXT_SIZE];
	DIR *dir = opendir(folder);
	struct dirent *entry;

	newest[0] = '\0';
	if (dir == NULL)
		return -1;
	clock_rfc3339(clock_now_ms(), today);
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (strlen(name) == 14 && strcmp(name + 10, ".key") == 0 &&
		    strncmp(name, today, 10) <= 0 &&
		    strncmp(name, newest, 10) > 0)
			memcpy(newest, name, 10);
	}
	newest[10] = '\0';
	closedir(dir);
	return newest[0] == '\0' ? -1 : 0;
}

int
log_read_key(bool personal, struct err *err)
{
	struct buf path = BUF_INIT;
	char date[11];
	int result = 0;

	state.personal = personal;
	if (personal)
		return 0;
	if (find_newest_key(home_file(&path, "keys/log"), date) == 0) {
		secret_free(state.key);
		state.key = NULL;
		result = secret_read_file(
		    home_file(&path, "keys/log/%s.key", date), LOG_KEY_SIZE,
		    &state.key, err);
	}
	buf_free(&path);
	return result;
}

static void
write_line(struct buf *line)
{
	buf_append_char(line, '\n');
	/* where even this fails there is nobody left to tell */
	if (io_write(STDERR_FILENO, line->p, line->n) < 0)
		return;
}

static void
put_head(struct json_writer *w, enum log_level level)
{
	char now[CLOCK_TEXT_SIZE];

	json_open_object(w, NULL);
	json_put_text(w, "time", clock_rfc3339(clock_now_ms(), now));
	json_put_text(w, "level", level_names[level]);
	json_put_text(w, "program", state.program);
	json_put_integer(w, "pid", getpid());
}

void
log_say(enum log_level level, const char *format, ...)
{
	struct buf line = BUF_INIT;
	struct err text = ERR_INIT;
	va_list args;

	if (level > state.threshold)
		return;
	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	if (state.format == LOG_JSON) {
		struct json_writer w = JSON_WRITER(&line);

		put_head(&w, level);
		json_put_text(&w, "event", "message");
		json_put_text(&w, "text", text.text);
		json_close_object(&w);
	} else {
		struct err printable = ERR_INIT;

		err_set(&printable, ERR_NONE, "%s: %s", state.program,
		    text.text);
		buf_append_text(&line, printable.text);
	}
	write_line(&line);
	buf_free(&line);
}

void
log_event_begin(struct log_event *e, enum log_level level, const char *event)
{
	struct json_writer w = JSON_WRITER(&e->line);

	e->line = (struct buf)BUF_LIMITED(65536);
	/* an event is for machines: --log text shows it only when asked */
	e->active = state.format == LOG_JSON
	    ? level <= (state.threshold > LOG_INFO ? state.threshold : LOG_INFO)
	    : level <= state.threshold;
	if (!e->active)
		return;
	if (state.format == LOG_TEXT) {
		buf_format(&e->line, "%s: %s:", state.program, event);
		return;
	}
	put_head(&w, level);
	json_put_text(&w, "event", event);
}

void
log_event_text(struct log_event *e, const char *name, struct slice value)
{
	struct json_writer w = JSON_WRITER(&e->line);

	if (!e->active || value.p == NULL)
		return;
	w.comma = true;
	if (state.format == LOG_JSON) {
		json_put_slice(&w, name, value);
		return;
	}
	buf_format(&e->line, " %s=", name);
	w.comma = false;
	json_put_slice(&w, NULL, value);
}

void
log_event_number(struct log_event *e, const char *name, int64_t value)
{
	struct json_writer w = JSON_WRITER(&e->line);

	if (!e->active)
		return;
	w.comma = true;
	if (state.format == LOG_JSON)
		json_put_integer(&w, name, value);
	else
		buf_format(&e->line, " %s=%lld", name, (long long)value);
}

void
log_event_address(struct log_event *e, const char *name, struct slice address)
{
	unsigned char hash[8], full[crypto_generichash_BYTES];
	char text[2 + 2 * sizeof(hash)] = "#";
	struct buf lower = BUF_LIMITED(1024);

	if (!e->active || address.p == NULL)
		return;
	if (state.personal) {
		log_event_text(e, name, address);
		return;
	}
	if (state.key == NULL)
		return;
	for (size_t i = 0; i < address.n; i++)
		buf_append_char(&lower, ascii_lower(address.p[i]));
	crypto_generichash(full, sizeof(full),
	    (const unsigned char *)buf_text(&lower), lower.n, state.key,
	    LOG_KEY_SIZE);
	memcpy(hash, full, sizeof(hash));
	hex_encode(hash, sizeof(hash), text + 1);
	log_event_text(e, name, slice_text(text));
	buf_free(&lower);
}

void
log_event_ip(struct log_event *e, const char *name, struct slice ip)
{
	char text[INET6_ADDRSTRLEN] = "", whole[INET6_ADDRSTRLEN + 4];
	const char *suffix = "";
	unsigned char octets[16];

	if (!e->active || ip.p == NULL || ip.n >= INET6_ADDRSTRLEN)
		return;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	if (!state.personal && inet_pton(AF_INET, text, octets) == 1) {
		octets[3] = 0;
		inet_ntop(AF_INET, octets, text, sizeof(text));
		suffix = "/24";
	} else if (!state.personal && inet_pton(AF_INET6, text, octets) == 1) {
		memset(octets + 6, 0, 10);
		inet_ntop(AF_INET6, octets, text, sizeof(text));
		suffix = "/48";
	} else if (!state.personal) {
		return;
	}
	snprintf(whole, sizeof(whole), "%s%s", text, suffix);
	log_event_text(e, name, slice_text(whole));
}

void
log_event_end(struct log_event *e)
{
	if (e->active) {
		if (state.format == LOG_JSON)
			buf_append_char(&e->line, '}');
		write_line(&e->line);
	}
	buf_free(&e->line);
	e->active = false;
}
