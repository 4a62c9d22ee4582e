/* SPDX-License-Identifier: ISC */
/* What was done to keys. */
#include "ops/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/mem.h"

static char *
get_text(struct slice object, const char *name)
{
	struct buf text = BUF_INIT;

	buf_append_text(&text, "");
	(void)json_string(json_get(object, name), &text);
	return buf_take(&text, NULL);
}

/* The lines that have no entry yet. */
static void
take_lines(struct ledger *ledger)
{
	while (ledger->n < ledger->chain.n) {
		struct slice line = hash_chain_line(&ledger->chain, ledger->n);
		struct ledger_entry e = {.kind = get_text(line, "kind"),
		    .name = get_text(line, "name"),
		    .event = get_text(line, "event"),
		    .id = get_text(line, "id")};

		(void)clock_parse(
		    json_plain(json_get(line, "time")), &e.time_ms);
		ledger->items = mem_array(ledger->items, ledger->n + 1,
		    sizeof(*ledger->items));
		ledger->items[ledger->n++] = e;
	}
}

void
ledger_parse(struct ledger *ledger, struct slice text)
{
	*ledger = (struct ledger){.n = 0};
	hash_chain_parse(&ledger->chain, HASH_CHAIN_LINKED, text);
	take_lines(ledger);
}

void
ledger_close(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->n; i++) {
		free(ledger->items[i].kind);
		free(ledger->items[i].name);
		free(ledger->items[i].event);
		free(ledger->items[i].id);
	}
	free(ledger->items);
	hash_chain_close(&ledger->chain);
	*ledger = (struct ledger){.n = 0};
}

int
ledger_read(struct ledger *ledger, struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	*ledger = (struct ledger){.n = 0};
	result = hash_chain_read(&ledger->chain, HASH_CHAIN_LINKED,
	    home_file(&path, LEDGER_FILE), err);
	take_lines(ledger);
	buf_free(&path);
	return result;
}

int
ledger_open(struct ledger *ledger, struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	*ledger = (struct ledger){.n = 0};
	result = hash_chain_open(&ledger->chain, HASH_CHAIN_LINKED,
	    home_file(&path, LEDGER_FILE), false, err);
	if (result < 0 && errno == EWOULDBLOCK)
		err_set(err, ERR_SYSTEM,
		    "another rotation of keys is under way");
	take_lines(ledger);
	buf_free(&path);
	return result;
}

int
ledger_add(struct ledger *ledger, const char *kind, const char *name,
    const char *event, const char *id, struct err *err)
{
	struct buf object = BUF_INIT;
	struct json_writer w = JSON_WRITER(&object);
	int result;

	if (ledger->chain.bad != 0)
		return err_set(err, ERR_CONFIG, "line %zu of " LEDGER_FILE
		    " is not as it was written: %s; look into it, then move "
		    "the file away, and a new one begins", ledger->chain.bad,
		    ledger->chain.fault);
	json_open_object(&w, NULL);
	json_put_text(&w, "name", name);
	json_put_text(&w, "event", event);
	if (id != NULL && id[0] != '\0')
		json_put_text(&w, "id", id);
	json_close_object(&w);
	result = hash_chain_add(&ledger->chain, clock_now_ms(), kind,
	    buf_slice(&object), LEDGER_FILE, err);
	take_lines(ledger);
	buf_free(&object);
	return result;
}

const struct ledger_entry *
ledger_find(const struct ledger *ledger, const char *kind, const char *name,
    const char *event)
{
	for (size_t i = ledger->n; i-- > 0;) {
		const struct ledger_entry *e = &ledger->items[i];

		if (strcmp(e->kind, kind) == 0 && strcmp(e->name, name) == 0 &&
		    (event == NULL || strcmp(e->event, event) == 0))
			return e;
	}
	return NULL;
}

const struct ledger_entry *
ledger_begun(const struct ledger *ledger, const char *kind, const char *name)
{
	const struct ledger_entry *begun =
	    ledger_find(ledger, kind, name, "begun");
	const struct ledger_entry *done =
	    ledger_find(ledger, kind, name, "done");

	return begun != NULL && (done == NULL || begun > done) ? begun : NULL;
}
