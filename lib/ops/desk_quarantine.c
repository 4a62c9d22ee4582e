/* SPDX-License-Identifier: ISC */
/* fe-mailbox quarantine list, release, delete. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/number.h"
#include "desk_verbs.h"
#include "store/account.h"
#include "store/quarantine.h"

/* What is known of a message that was quarantined is kept so long after its
 * release. */
#define RELEASED_META_MS ((int64_t)30 * 24 * 60 * 60 * 1000)

/* What a person wants to know of it first: whose, and why. */
static void
put_quarantined_text(struct desk *desk, const struct message *msg,
    struct slice recipient, struct slice verdict)
{
	struct buf text = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];

	desk_put_number(desk, "", msg->uid);
	desk_put(desk, slice_text(clock_rfc3339(msg->received_ms, time)));
	desk_put_number(desk, "", msg->octets);
	(void)json_string(recipient, &text);
	desk_put(desk, buf_slice(&text));
	desk_put_summary(desk, msg);
	buf_reset(&text);
	(void)json_string(json_get(verdict, "text"), &text);
	desk_put(desk, text.n > 0 ? buf_slice(&text) : SLICE("-"));
	buf_free(&text);
}

static void
put_quarantined_json(struct desk *desk, const struct message *msg,
    struct slice recipient, struct slice verdict)
{
	struct json_writer w = JSON_WRITER(&desk->out);
	char time[CLOCK_TEXT_SIZE];

	json_open_object(&w, NULL);
	json_put_integer(&w, "uid", msg->uid);
	json_put_slice(&w, "id", buf_slice(&msg->record));
	json_put_text(&w, "received", clock_rfc3339(msg->received_ms, time));
	json_put_integer(&w, "octets", msg->octets);
	if (recipient.n > 0)
		json_put_raw(&w, "recipient", recipient);
	if (verdict.n > 0)
		json_put_raw(&w, "verdict", verdict);
	if (!msg->unparsed)
		json_put_raw(&w, "summary", buf_slice(&msg->summary));
	json_close_object(&w);
}

static int
put_quarantined(void *context, const struct message *msg, struct err *err)
{
	struct desk *desk = context;
	struct slice meta = buf_slice(&msg->meta), to, first = SLICE_NONE;
	struct slice verdict = json_get(meta, "verdict");
	struct json_walk walk = json_walk(json_get(json_get(meta, "envelope"),
	    "to"));

	(void)json_next(&walk, NULL, &first);
	to = json_get(first, "address");
	if (desk->conf->json)
		put_quarantined_json(desk, msg, to, verdict);
	else
		put_quarantined_text(desk, msg, to, verdict);
	return desk_put_line(desk, err);
}

static int
release_one(struct desk *desk, struct mailbox *m, int64_t uid, struct err *err)
{
	struct mailbox_opener opener = {.service = &desk->service,
	    .wait_ms = 1};
	struct recipients recipients = {NULL, 0, 0, 0};
	struct handles handles;
	struct deliverer d = {.handles = &handles, .indexer = desk->indexer,
	    .recipients = &recipients, .service = &desk->service,
	    .keep_meta_ms = RELEASED_META_MS,
	    .delimiter = desk->conf->delimiter,
	    .wait_ms = desk->conf->lock_wait * 1000,
	    .journal_max = INT64_MAX};
	int result = -1;

	handles_init(&handles, &opener);
	handles.quota = account_quota;
	deliver_open(&d);
	if (recipients_open(&recipients, err) == 0)
		result = quarantine_release(m, &d, uid, err);
	(void)deliver_close(&d);
	recipients_close(&recipients);
	handles_free(&handles);
	return result;
}

static int
delete_quarantined(struct desk *desk, struct mailbox *m, int64_t uid,
    struct err *err)
{
	(void)desk;
	return quarantine_delete(m, uid, err);
}

static int
has_quarantined(struct desk *desk, struct mailbox *m, int64_t uid,
    struct err *err)
{
	(void)desk;
	return quarantine_has(m, uid, err);
}

typedef int quarantine_verb(struct desk *, struct mailbox *, int64_t,
    struct err *);

/* As each_word; the words are UIDs, the first is the verb. */
static int
each_uid(struct desk *desk, struct mailbox *m, quarantine_verb *verb,
    struct err *err)
{
	int result = 0;

	for (int i = 1; i < desk->n; i++) {
		struct err now = ERR_INIT;
		int64_t uid;

		if (number_parse(slice_text(desk->words[i]), 1, UINT32_MAX,
		    &uid) < 0)
			err_set(&now, ERR_USAGE, "'%s' is no UID",
			    desk->words[i]);
		else if (m == NULL)
			err_set(&now, ERR_USAGE, "the quarantine is empty");
		else if (verb(desk, m, uid, &now) == 0)
			continue;
		if (result < 0)
			log_error("%s", err->text);
		result = -1;
		*err = now;
	}
	return result;
}

int
desk_quarantine(struct desk *desk, struct err *err)
{
	struct mailbox_opener opener = {.service = &desk->service,
	    .wait_ms = mailbox_wait_ms(desk->conf->lock_wait)};
	const char *word = desk->n > 0 ? desk->words[0] : "";
	bool list = strcmp(word, "list") == 0;
	quarantine_verb *verb = strcmp(word, "release") == 0 ? release_one :
	    strcmp(word, "delete") == 0 ? delete_quarantined : NULL;
	struct mailbox *m = NULL;
	int result;

	if (!list && verb == NULL)
		return err_set(err, ERR_USAGE, "quarantine what? list, "
		    "release or delete");
	if (desk_want_words(desk, list ? 1 : 2, list ? 1 : 100000, err) < 0)
		return -1;
	if (desk->conf->dry_run)
		verb = has_quarantined;
	result = quarantine_open(&m, &opener, err);
	if (result > 0 && list)
		result = quarantine_list(m, put_quarantined, desk, err);
	else if (result >= 0 && !list)
		result = each_uid(desk, m, verb, err);
	mailbox_close(m);
	return result < 0 ? -1 : 0;
}
