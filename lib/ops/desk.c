/* SPDX-License-Identifier: ISC */
/* What several verbs of fe-mailbox need (desk.h). */
#include "desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "ops/ask.h"
#include "record/render.h"
#include "store/replay.h"

/* ---- output ---- */

/* A reader that went away ends the work, and cmd_finish says what of it. */
int
desk_put_octets(struct desk *desk, struct slice text)
{
	if (fwrite(text.p, 1, text.n, stdout) == text.n)
		return 0;
	desk->output_errno = errno;
	return -1;
}

int
desk_put_line(struct desk *desk, struct err *err)
{
	int result;

	(void)err;
	buf_append_char(&desk->out, '\n');
	result = desk_put_octets(desk, buf_slice(&desk->out));
	buf_reset(&desk->out);
	return result;
}

void
desk_put(struct desk *desk, struct slice text)
{
	if (desk->out.n > 0)
		buf_append_char(&desk->out, '\t');
	render_safe(&desk->out, text);
}

void
desk_put_number(struct desk *desk, const char *name, int64_t number)
{
	if (desk->out.n > 0)
		buf_append_char(&desk->out, '\t');
	buf_format(&desk->out, "%s%lld", name, (long long)number);
}

void
desk_put_summary(struct desk *desk, const struct message *msg)
{
	static const char *const names[] = {"from", "subject"};
	struct slice summary = buf_slice(&msg->summary);
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < 2; i++) {
		buf_reset(&text);
		(void)json_string(json_get(summary, names[i]), &text);
		desk_put(desk, buf_slice(&text));
	}
	if (msg->unparsed)
		desk_put(desk, SLICE("(unparsed)"));
	buf_free(&text);
}

/* ---- what several verbs need ---- */

int
desk_open(struct desk *desk, const char *word, struct place *place,
    struct mailbox **m, struct err *err)
{
	struct mailbox_opener opener = {.service = &desk->service,
	    .wait_ms = mailbox_wait_ms(desk->conf->lock_wait)};

	*m = NULL;
	if (strcmp(word, MAILBOX_QUARANTINE) == 0)
		*place = (struct place){.mailbox = mem_text(word)};
	else if (place_parse(place, slice_text(word), err) < 0)
		return -1;
	if (mailbox_open(m, slice_text(place->mailbox), &opener, err) == 0) {
		replay_before_reading(*m);
		return 0;
	}
	place_free(place);
	return -1;
}

int
desk_find_folder(struct mailbox *m, const char *name, struct folder *folder,
    struct err *err)
{
	int got = folder_find(m, slice_text(name), folder, err);

	if (got == 0)
		return err_set(err, ERR_USAGE, "'%.*s' has no folder '%s'",
		    SLICE_ARG(mailbox_name(m)), name);
	return got < 0 ? -1 : 0;
}

/* Destroying asks a person, and a script says --yes. */
int
desk_confirm(const struct desk *desk, const char *what, struct err *err)
{
	return desk->conf->yes ? 0 : ask_to_go_on(what, err);
}

int
desk_want_words(const struct desk *desk, int min, int max, struct err *err)
{
	if (desk->n >= min && desk->n <= max)
		return 0;
	return err_set(err, ERR_USAGE, "%s (--help shows how it is called)",
	    desk->n < min ? "an argument is missing" : "too many arguments");
}

/* One bad word among many: said, passed over, kept for the exit code. */
int
desk_each_word(struct desk *desk, int (*one)(struct desk *, const char *,
    struct err *), struct err *err)
{
	struct err now = ERR_INIT;
	int result = 0;

	for (int i = 0; i < desk->n; i++) {
		if (one(desk, desk->words[i], &now) == 0)
			continue;
		if (result < 0)
			log_error("%s", err->text);
		result = -1;
		*err = now;
	}
	return result;
}
