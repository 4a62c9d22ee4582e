/* SPDX-License-Identifier: ISC */
/* What all kinds of rotation have in common. */
#include "ops/rotation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "ops/tool.h"

#define HOOK_SECONDS 600 /* an authority may take its time */

/* ---- limits and overlaps ---- */

static int
parse_time(struct slice text, int64_t *seconds)
{
	if (slice_is(text, "never")) {
		*seconds = -1;
		return 0;
	}
	return number_parse_duration(text, seconds);
}

int
rotation_parse_time(struct slice item, struct slice *kind, int64_t *seconds)
{
	struct slice rest = slice_trim(item);

	*kind = slice_cut(&rest, ' ');
	return parse_time(slice_trim(rest), seconds);
}

/* The last one of the kind counts. */
static int64_t
find_time(const struct option_list *list, const struct rotation_kind *kind,
    const char *fallback)
{
	int64_t seconds, result = -1;
	struct slice of;

	(void)parse_time(slice_text(fallback), &result);
	for (size_t i = 0; i < list->n; i++)
		if (rotation_parse_time(slice_text(list->items[i]), &of,
			&seconds) == 0 && slice_is(of, kind->name))
			result = seconds;
	return result;
}

int64_t
rotation_limit(const struct rotation *r, const struct rotation_kind *kind)
{
	return find_time(&r->conf->limit, kind, kind->limit);
}

int64_t
rotation_overlap(const struct rotation *r, const struct rotation_kind *kind)
{
	int64_t overlap = find_time(&r->conf->overlap, kind, kind->overlap);

	return overlap < 0 ? 0 : overlap;
}

bool
rotation_is_over(const struct rotation *r, int64_t since_ms)
{
	return r->conf->force || since_ms < 0 || clock_now_ms() - since_ms >=
	    rotation_overlap(r, r->kind) * 1000;
}

const char *
rotation_over_text(const struct rotation *r, int64_t since_ms,
    char out[ROTATION_TIME_SIZE])
{
	char text[CLOCK_TEXT_SIZE];

	clock_rfc3339(since_ms + rotation_overlap(r, r->kind) * 1000, text);
	snprintf(out, ROTATION_TIME_SIZE, "%.10s %.5s UTC", text, text + 11);
	return out;
}

/* ---- keys ---- */

void
rotation_list(struct rotation *r, const char *name, const char *id,
    const char *state, int64_t since_ms, bool is_in_use)
{
	struct rotation_keys *keys = &r->keys;

	keys->items = mem_array(keys->items, keys->n + 1,
	    sizeof(*keys->items));
	keys->items[keys->n++] = (struct rotation_key){
	    mem_text(name != NULL ? name : ""), mem_text(id != NULL ? id : ""),
	    mem_text(state), since_ms, is_in_use};
}

void
rotation_keys_free(struct rotation_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		free(keys->items[i].name);
		free(keys->items[i].id);
		free(keys->items[i].state);
	}
	free(keys->items);
	*keys = (struct rotation_keys){NULL, 0};
}

int64_t
rotation_since(const struct rotation *r, const char *name, const char *path)
{
	const struct ledger_entry *done =
	    ledger_find(&r->ledger, r->kind->name, name, "done");
	struct stat st;

	if (done != NULL)
		return done->time_ms;
	return stat(path, &st) < 0 ? -1 : (int64_t)st.st_mtime * 1000;
}

/* ---- sentences ---- */

static void
put(struct rotation *r, const char *name, const char *what,
    const char *format, va_list args)
{
	char text[4096];
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);
	const char *kind = r->kind->name;

	vsnprintf(text, sizeof(text), format, args);
	if (r->conf->output == ROTATE_JSON) {
		json_open_object(&w, NULL);
		json_put_text(&w, "kind", kind);
		json_put_text(&w, "name", name);
		json_put_text(&w, "what", what);
		json_put_text(&w, "text", text);
		json_close_object(&w);
	} else
		buf_format(&line, "%s%s%s: %s%s", kind,
		    name[0] != '\0' ? " " : "", name,
		    strcmp(what, "would") == 0 ? "not done with -n: " : "",
		    text);
	progress_end(&r->progress);
	puts(buf_text(&line));
	fflush(stdout);
	buf_free(&line);
}

void
rotation_say(struct rotation *r, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!r->conf->cmd.quiet)
		put(r, name, r->conf->dry_run ? "would" : "done", format,
		    args);
	va_end(args);
}

void
rotation_wait(struct rotation *r, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!r->conf->cmd.quiet)
		put(r, name, "waits", format, args);
	va_end(args);
}

void
rotation_need(struct rotation *r, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(r, name, "needs", format, args);
	va_end(args);
	r->needs_person = true;
}

void
rotation_ask(struct rotation *r, const char *name, const char *what,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(r, name, what, format, args);
	va_end(args);
}

void
rotation_fail(struct rotation *r, const char *name, struct err *err)
{
	log_error("%s%s%s: %s", r->kind->name, name[0] != '\0' ? " " : "",
	    name, err->text);
	err_clear(err);
	r->failed = true;
}

/* ---- the ledger ---- */

int
rotation_note(struct rotation *r, const char *name, const char *event,
    const char *id, struct err *err)
{
	if (r->conf->dry_run)
		return 0;
	return ledger_add(&r->ledger, r->kind->name, name, event, id, err);
}

const struct ledger_entry *
rotation_begun(const struct rotation *r, const char *name)
{
	return ledger_begun(&r->ledger, r->kind->name, name);
}

/* ---- the world ---- */

int
rotation_hook(struct rotation *r, const char *command, const char *event,
    const char *name, struct slice input)
{
	const char *argv[] = {command, event, r->kind->name, name, NULL};
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int status;

	if (command == NULL || r->conf->dry_run)
		return 0;
	status = tool_run_for(argv, HOOK_SECONDS, input, &out, &err);
	if (status != 0) {
		struct slice said = slice_trim(buf_slice(&out));

		if (status > 0)
			err_set(&err, ERR_SYSTEM, "the hook '%s' failed with "
			    "%d at `%s': %.*s", command, status, event,
			    SLICE_ARG(slice_part(said, 0, 300)));
		rotation_fail(r, name, &err);
	}
	buf_free(&out);
	return status == 0 ? 1 : -1;
}

int
rotation_become(const char *path, struct err *err)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(path, &st) < 0)
		return err_errno(err, "cannot read '%s'", path);
	if (setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
		return err_errno(err, "cannot act as the owner of '%s'",
		    path);
	return 0;
}

int
rotation_become_root(struct err *err)
{
	if (getuid() != 0 || geteuid() == 0)
		return 0;
	if (seteuid(0) < 0 || setegid(0) < 0)
		return err_errno(err, "cannot be root again");
	return 0;
}

int
rotation_own_as_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = mem_dup(path, (size_t)(slash - path));
	struct stat st;
	int result = 0;

	if (geteuid() == 0 && (stat(folder, &st) < 0 ||
		lchown(path, st.st_uid, st.st_gid) < 0))
		result = err_errno(err, "cannot give away '%s'", path);
	free(folder);
	return result;
}
