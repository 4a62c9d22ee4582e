/* SPDX-License-Identifier: ISC */
/*
 * fe-mailbox: looks into encrypted mailboxes and looks after them.  It holds
 * keys and so parses no message: what it lists was told by the indexer when
 * the message was stored.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "crypto/keys_file.h"
#include "record/render.h"
#include "store/check.h"
#include "store/folder.h"
#include "store/full.h"
#include "store/mailbox_names.h"
#include "store/mailbox_sql.h"
#include "store/place.h"
#include "store/quarantine.h"
#include "store/rekey.h"
#include "store/search.h"
#include "store/sql.h"

/* What is known of a message that was quarantined is kept so long after its
 * release. */
#define RELEASED_META_MS ((int64_t)30 * 24 * 60 * 60 * 1000)
#define RELEASED_SIZE_MAX ((int64_t)1 << 30)

struct mailbox_conf {
	struct cmd_conf cmd;
	bool json, dry_run, yes, create;
	int output;
	struct option_list add, remove;
	const char *to, *db, *key_file, *delimiter;
	int64_t kdf_iter, lock_wait;
};

#define AT(member) offsetof(struct mailbox_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct mailbox_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json", 0,
	0, OPTION_PER_RUN, "lines for people, or one JSON object an item"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), NULL, NULL, NULL, 0, 0,
	OPTION_PER_RUN, "say what would be done, and do nothing"},
    {OPTION_FLAG, 'y', "yes", AT(yes), NULL, NULL, NULL, 0, 0,
	OPTION_PER_RUN, "do not ask before something is destroyed"},
    {OPTION_LIST, 0, "add", AT(add), "FLAG", NULL, NULL, 0, 0,
	OPTION_PER_RUN, "flag: set this one (\\Seen, \\Flagged, work)"},
    {OPTION_LIST, 0, "remove", AT(remove), "FLAG", NULL, NULL, 0, 0,
	OPTION_PER_RUN, "flag: take this one away"},
    {OPTION_FLAG, 0, "create", AT(create), NULL, NULL, NULL, 0, 0,
	OPTION_PER_RUN, "move: make the folder where it is missing"},
    {OPTION_TEXT, 0, "to", AT(to), "FILE", NULL, NULL, 0, 0, OPTION_PER_RUN,
	"keys export: the file to make"},
    {OPTION_TEXT, 0, "db", AT(db), "FILE", NULL, NULL, 0, 0, OPTION_PER_RUN,
	"sql: the database"},
    {OPTION_TEXT, 0, "key-file", AT(key_file), "FILE", NULL, NULL, 0, 0,
	OPTION_PER_RUN, "sql: its passphrase, or raw: and 64 hex digits"},
    {OPTION_NUMBER, 0, "kdf-iter", AT(kdf_iter), "N", "0", NULL, 0,
	100000000, OPTION_PER_RUN,
	"sql: rounds of the passphrase's PBKDF2 (0: 64007)"},
    {OPTION_DURATION, 0, "lock-wait", AT(lock_wait), "TIME", "30s", NULL, 0,
	3600, 0, "wait so long for a mailbox that is locked"},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(delimiter), "CHARACTERS", "+",
	NULL, 0, 0, OPTION_SHARED,
	"what separates a detail from a local part"},
    {OPTION_END}};

static const struct cmd mailbox_cmd = {
    .name = "fe-mailbox",
    .synopsis = "list ADDRESS[:FOLDER]\n"
	"search ADDRESS[:FOLDER] QUERY...\n"
	"stat ADDRESS...\n"
	"folders ADDRESS\n"
	"flag [--add FLAG] [--remove FLAG] ADDRESS:FOLDER/UID...\n"
	"move [--create] ADDRESS:FOLDER/UID... FOLDER\n"
	"delete ADDRESS:FOLDER[/UID]...\n"
	"keys ADDRESS\n"
	"keys export ADDRESS --to FILE\n"
	"check [ADDRESS...]\n"
	"quarantine list|release UID...|delete UID...\n"
	"rekey ADDRESS...\n"
	"erase ADDRESS\n"
	"sql ADDRESS QUERY\n"
	"sql --db FILE --key-file FILE [--kdf-iter N] QUERY",
    .summary = "look into encrypted mailboxes and look after them",
    .options = options};

struct run {
	const struct mailbox_conf *conf;
	char **words; /* behind the verb */
	int n;
	struct service_keys service;
	struct indexer *indexer; /* quarantine release */
	struct buf out;
	bool found;       /* exit code 1 */
	int output_errno; /* standard output is broken */
};

/* ---- output ---- */

/* A reader that went away ends the work, and cmd_finish says what of it. */
static int
put_octets(struct run *run, struct slice text)
{
	if (fwrite(text.p, 1, text.n, stdout) == text.n)
		return 0;
	run->output_errno = errno;
	return -1;
}

static int
put_line(struct run *run, struct err *err)
{
	int result;

	(void)err;
	buf_append_char(&run->out, '\n');
	result = put_octets(run, buf_slice(&run->out));
	buf_reset(&run->out);
	return result;
}

static void
put_tab(struct run *run, struct slice text)
{
	if (run->out.n > 0)
		buf_append_char(&run->out, '\t');
	render_safe(&run->out, text);
}

static void
put_tab_number(struct run *run, const char *name, int64_t number)
{
	if (run->out.n > 0)
		buf_append_char(&run->out, '\t');
	buf_format(&run->out, "%s%lld", name, (long long)number);
}

/* ---- what several verbs need ---- */

static int
open_place(struct run *run, const char *word, struct place *place,
    struct mailbox **m, struct err *err)
{
	struct mailbox_opener opener = {.service = &run->service,
	    .wait_ms = run->conf->lock_wait * 1000};

	*m = NULL;
	if (strcmp(word, MAILBOX_QUARANTINE) == 0)
		*place = (struct place){.mailbox = mem_text(word)};
	else if (place_parse(place, slice_text(word), err) < 0)
		return -1;
	if (mailbox_open(m, slice_text(place->mailbox), &opener, err) == 0)
		return 0;
	place_free(place);
	return -1;
}

static int
find_folder(struct mailbox *m, const char *name, struct folder *folder,
    struct err *err)
{
	int got = folder_find(m, slice_text(name), folder, err);

	if (got == 0)
		return err_set(err, ERR_USAGE, "'%.*s' has no folder '%s'",
		    SLICE_ARG(mailbox_name(m)), name);
	return got < 0 ? -1 : 0;
}

/* Of all folders: the name that a message's folder has. */
struct folder_names {
	struct folder *items;
	size_t n;
};

static const char *
folder_name(const struct folder_names *names, int64_t id)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->items[i].id == id)
			return names->items[i].name;
	return "";
}

/* Destroying asks a person, and a script says --yes. */
static int
confirm(const struct run *run, const char *what, struct err *err)
{
	struct buf line = BUF_INIT;
	char c;
	bool yes;

	if (run->conf->yes)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return err_set(err, ERR_USAGE, "%s: say --yes to do that",
		    what);
	fprintf(stderr, "%s. Type yes to go on: ", what);
	while (line.n < 16 && io_read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		buf_append_char(&line, c);
	yes = slice_is(buf_slice(&line), "yes");
	buf_free(&line);
	return yes ? 0 : err_set(err, ERR_USAGE, "nothing was done");
}

static int
want_words(const struct run *run, int min, int max, struct err *err)
{
	if (run->n >= min && run->n <= max)
		return 0;
	return err_set(err, ERR_USAGE, "%s (--help shows how it is called)",
	    run->n < min ? "an argument is missing" : "too many arguments");
}

/* ---- list, search ---- */

static void
put_summary_text(struct run *run, const struct message *msg)
{
	static const char *const names[] = {"from", "subject"};
	struct slice summary = buf_slice(&msg->summary);
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < 2; i++) {
		buf_reset(&text);
		(void)json_string(json_get(summary, names[i]), &text);
		put_tab(run, buf_slice(&text));
	}
	if (msg->unparsed)
		put_tab(run, SLICE("(unparsed)"));
	buf_free(&text);
}

static void
put_message_text(struct run *run, const struct message *msg,
    struct slice place)
{
	char time[CLOCK_TEXT_SIZE];
	struct buf flags = BUF_INIT;

	message_flags_format(&flags, msg->flags, buf_slice(&msg->keywords));
	put_tab(run, place);
	put_tab(run, slice_text(clock_rfc3339(msg->received_ms, time)));
	put_tab_number(run, "", msg->octets);
	put_tab(run, flags.n > 0 ? buf_slice(&flags) : SLICE("-"));
	put_summary_text(run, msg);
	buf_free(&flags);
}

static void
put_message_json(struct run *run, const struct message *msg,
    struct slice place, const char *folder)
{
	struct json_writer w = JSON_WRITER(&run->out);
	struct buf flags = BUF_INIT;
	struct slice rest, flag;
	char time[CLOCK_TEXT_SIZE];

	message_flags_format(&flags, msg->flags, buf_slice(&msg->keywords));
	json_open_object(&w, NULL);
	json_put_slice(&w, "place", place);
	json_put_text(&w, "folder", folder);
	json_put_integer(&w, "uid", msg->uid);
	json_put_integer(&w, "modseq", msg->modseq);
	json_put_text(&w, "received", clock_rfc3339(msg->received_ms, time));
	json_put_integer(&w, "octets", msg->octets);
	json_open_array(&w, "flags");
	for (rest = buf_slice(&flags); rest.n > 0;) {
		flag = slice_cut(&rest, ' ');
		json_put_slice(&w, NULL, flag);
	}
	json_close_array(&w);
	if (msg->record.n > 0)
		json_put_slice(&w, "id", buf_slice(&msg->record));
	if (msg->unparsed)
		json_put_bool(&w, "unparsed", true);
	else
		json_put_raw(&w, "summary", buf_slice(&msg->summary));
	json_close_object(&w);
	buf_free(&flags);
}

/* Each in a transaction of its own: the reader may be slow. */
static int
put_one(struct run *run, struct mailbox *m, const struct message_ref *ref,
    const struct folder_names *names, bool places_only, struct err *err)
{
	const char *folder = folder_name(names, ref->folder);
	struct buf place = BUF_INIT;
	struct message msg;
	int got = 1;

	message_init(&msg);
	place_format(&place, mailbox_name(m), slice_text(folder), ref->uid);
	if (!places_only && (got = mailbox_begin(m, MAILBOX_READ, err)) == 0) {
		got = message_get(m, ref->folder, ref->uid, 0, &msg, err);
		mailbox_rollback(m);
	}
	if (got > 0 && places_only)
		buf_append_slice(&run->out, buf_slice(&place));
	else if (got > 0 && run->conf->json)
		put_message_json(run, &msg, buf_slice(&place), folder);
	else if (got > 0)
		put_message_text(run, &msg, buf_slice(&place));
	if (got > 0)
		got = put_line(run, err);
	message_free(&msg);
	buf_free(&place);
	return got < 0 ? -1 : 0;
}

static int
put_matches(struct run *run, struct mailbox *m, const struct place *place,
    const struct query *q, bool places_only, struct err *err)
{
	struct message_refs refs = {NULL, 0, 0};
	struct folder_names names = {NULL, 0};
	struct folder folder = {.id = 0};
	int result = mailbox_begin(m, MAILBOX_READ, err);

	if (result == 0)
		result = folder_list(m, &names.items, &names.n, err);
	if (result == 0 && place->folder != NULL)
		result = find_folder(m, place->folder, &folder, err);
	mailbox_rollback(m);
	if (result == 0)
		result = search_run(m, q, folder.id, 0, &refs, err);
	for (size_t i = 0; i < refs.n && result == 0; i++)
		result = put_one(run, m, &refs.items[i], &names, places_only,
		    err);
	message_refs_free(&refs);
	free(names.items);
	return result;
}

static int
run_list(struct run *run, struct err *err)
{
	struct mailbox *m;
	struct place place;
	int result;

	if (want_words(run, 1, 1, err) < 0 ||
	    open_place(run, run->words[0], &place, &m, err) < 0)
		return -1;
	result = put_matches(run, m, &place, NULL, false, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

static int
run_search(struct run *run, struct err *err)
{
	struct buf text = BUF_INIT;
	struct query *q = NULL;
	struct mailbox *m;
	struct place place;
	int result;

	if (want_words(run, 2, 1000, err) < 0)
		return -1;
	for (int i = 1; i < run->n; i++)
		buf_format(&text, "%s%s", i > 1 ? " " : "", run->words[i]);
	result = query_parse(&q, buf_slice(&text), clock_now_ms(), err);
	buf_free(&text);
	if (result < 0)
		return -1;
	result = open_place(run, run->words[0], &place, &m, err);
	if (result == 0) {
		result = put_matches(run, m, &place, q, !run->conf->json, err);
		mailbox_close(m);
		place_free(&place);
	}
	query_free(q);
	return result;
}

/* ---- folders, stat ---- */

static int
put_folder(struct run *run, const struct folder *f, struct err *err)
{
	struct json_writer w = JSON_WRITER(&run->out);

	if (!run->conf->json) {
		put_tab(run, slice_text(f->name));
		put_tab_number(run, "", f->messages);
		put_tab_number(run, "", f->unseen);
		put_tab_number(run, "", f->octets);
		put_tab(run, f->special[0] ? slice_text(f->special) :
		    SLICE("-"));
		return put_line(run, err);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "folder", f->name);
	if (f->special[0] != '\0')
		json_put_text(&w, "special", f->special);
	json_put_integer(&w, "messages", f->messages);
	json_put_integer(&w, "unseen", f->unseen);
	json_put_integer(&w, "octets", f->octets);
	json_put_integer(&w, "uidvalidity", f->uidvalidity);
	json_put_integer(&w, "uidnext", f->uidnext);
	json_put_integer(&w, "modseq", f->modseq);
	json_close_object(&w);
	return put_line(run, err);
}

static int
run_folders(struct run *run, struct err *err)
{
	struct folder_names names = {NULL, 0};
	struct mailbox *m;
	struct place place;
	int result;

	if (want_words(run, 1, 1, err) < 0 ||
	    open_place(run, run->words[0], &place, &m, err) < 0)
		return -1;
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = folder_list(m, &names.items, &names.n, err);
	mailbox_close(m);
	for (size_t i = 0; i < names.n && result == 0; i++)
		result = put_folder(run, &names.items[i], err);
	free(names.items);
	place_free(&place);
	return result;
}

static int
put_stat(struct run *run, struct mailbox *m, const struct mailbox_count *c,
    struct err *err)
{
	struct json_writer w = JSON_WRITER(&run->out);

	if (!run->conf->json) {
		put_tab(run, mailbox_name(m));
		put_tab_number(run, "messages=", c->messages);
		put_tab_number(run, "folders=", c->folders);
		put_tab_number(run, "octets=", c->octets);
		put_tab_number(run, "file=", c->file_octets);
		put_tab_number(run, "pending=", c->pending);
		put_tab_number(run, "unparsed=", c->unparsed);
		put_tab_number(run, "generation=", mailbox_generation(m));
		return put_line(run, err);
	}
	json_open_object(&w, NULL);
	json_put_slice(&w, "mailbox", mailbox_name(m));
	json_put_integer(&w, "messages", c->messages);
	json_put_integer(&w, "folders", c->folders);
	json_put_integer(&w, "octets", c->octets);
	json_put_integer(&w, "file", c->file_octets);
	json_put_integer(&w, "pending", c->pending);
	json_put_integer(&w, "unparsed", c->unparsed);
	json_put_integer(&w, "generation", mailbox_generation(m));
	json_close_object(&w);
	return put_line(run, err);
}

static int
stat_one(struct run *run, const char *word, struct err *err)
{
	struct mailbox_count count;
	struct mailbox *m;
	struct place place;
	int result;

	if (open_place(run, word, &place, &m, err) < 0)
		return -1;
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = mailbox_counts(m, &count, err);
	mailbox_rollback(m);
	if (result == 0)
		result = put_stat(run, m, &count, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

/* ---- flag, move, delete ---- */

static int
change_flags(const struct run *run, uint32_t *flags, struct buf *keywords,
    struct err *err)
{
	const struct option_list *add = &run->conf->add;
	const struct option_list *remove = &run->conf->remove;

	for (size_t i = 0; i < add->n; i++)
		if (message_flag_add(flags, keywords,
		    slice_text(add->items[i])) < 0)
			return err_set(err, ERR_USAGE, "'%s' is no flag",
			    add->items[i]);
	for (size_t i = 0; i < remove->n; i++)
		if (message_flag_remove(flags, keywords,
		    slice_text(remove->items[i])) < 0)
			return err_set(err, ERR_USAGE, "'%s' is no flag",
			    remove->items[i]);
	return 0;
}

static int
flag_message(struct run *run, struct mailbox *m, const struct folder *folder,
    int64_t uid, struct err *err)
{
	struct message msg;
	int got;

	message_init(&msg);
	got = message_get(m, folder->id, uid, 0, &msg, err);
	if (got > 0 && change_flags(run, &msg.flags, &msg.keywords, err) < 0)
		got = -1;
	if (got > 0)
		got = message_set_flags(m, folder->id, uid, msg.flags,
		    buf_slice(&msg.keywords), err);
	message_free(&msg);
	return got;
}

static int
move_message(struct run *run, struct mailbox *m, const struct folder *folder,
    int64_t uid, struct err *err)
{
	const char *name = run->words[run->n];
	struct folder to;
	int64_t uid_new = 0;
	int got = run->conf->create ?
	    folder_make(m, slice_text(name), &to, err) :
	    find_folder(m, name, &to, err);

	if (got < 0)
		return -1;
	return message_move(m, folder->id, uid, to.id, &uid_new, err);
}

static int
delete_message(struct run *run, struct mailbox *m,
    const struct folder *folder, int64_t uid, struct err *err)
{
	(void)run;
	if (uid != 0)
		return message_delete(m, folder->id, uid, err);
	return folder_delete(m, slice_text(folder->name), err) < 0 ? -1 : 1;
}

typedef int change_verb(struct run *, struct mailbox *, const struct folder *,
    int64_t, struct err *);

/* With -n it is done, and rolled back. */
static int
change_within(struct run *run, struct mailbox *m, const struct place *place,
    change_verb *verb, const char *word, struct err *err)
{
	struct folder folder;
	int got;

	if (find_folder(m, place->folder, &folder, err) < 0)
		return -1;
	got = verb(run, m, &folder, place->uid, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_USAGE, "'%s' is not there", word);
	if (run->conf->dry_run)
		return 0;
	return mailbox_commit(m, err);
}

static int
change_one(struct run *run, const char *word, change_verb *verb,
    struct err *err)
{
	struct mailbox *m;
	struct place place;
	int result;

	if (open_place(run, word, &place, &m, err) < 0)
		return -1;
	if (place.folder == NULL || (place.uid == 0 && verb != delete_message))
		result = err_set(err, ERR_USAGE, "'%s' names no message "
		    "(ADDRESS:FOLDER/UID)", word);
	else
		result = mailbox_begin(m, MAILBOX_WRITE, err);
	if (result == 0)
		result = change_within(run, m, &place, verb, word, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

/* One bad word among many: said, passed over, kept for the exit code. */
static int
each_word(struct run *run, int (*one)(struct run *, const char *,
    struct err *), struct err *err)
{
	struct err now = ERR_INIT;
	int result = 0;

	for (int i = 0; i < run->n; i++) {
		if (one(run, run->words[i], &now) == 0)
			continue;
		if (result < 0)
			log_error("%s", err->text);
		result = -1;
		*err = now;
	}
	return result;
}

static int
flag_one(struct run *run, const char *word, struct err *err)
{
	return change_one(run, word, flag_message, err);
}

static int
run_flag(struct run *run, struct err *err)
{
	uint32_t flags = 0;
	struct buf keywords = BUF_INIT;
	int result = change_flags(run, &flags, &keywords, err);

	buf_free(&keywords);
	if (result < 0 || want_words(run, 1, 100000, err) < 0)
		return -1;
	if (run->conf->add.n + run->conf->remove.n == 0)
		return err_set(err, ERR_USAGE, "which flag? --add or --remove");
	return each_word(run, flag_one, err);
}

static int
move_one(struct run *run, const char *word, struct err *err)
{
	return change_one(run, word, move_message, err);
}

static int
run_move(struct run *run, struct err *err)
{
	if (want_words(run, 2, 100000, err) < 0)
		return -1;
	run->n--; /* the last word is the folder */
	return each_word(run, move_one, err);
}

static int
delete_one(struct run *run, const char *word, struct err *err)
{
	return change_one(run, word, delete_message, err);
}

static int
run_delete(struct run *run, struct err *err)
{
	struct place place;
	char what[256];

	if (want_words(run, 1, 100000, err) < 0)
		return -1;
	for (int i = 0; i < run->n && !run->conf->dry_run; i++) {
		bool whole;

		if (place_parse(&place, slice_text(run->words[i]), err) < 0)
			return -1;
		whole = place.uid == 0;
		place_free(&place);
		snprintf(what, sizeof(what), "'%.150s' and all its messages "
		    "will be gone", run->words[i]);
		if (whole && confirm(run, what, err) < 0)
			return -1;
	}
	return each_word(run, delete_one, err);
}

/* ---- keys ---- */

static int
read_keys(const struct place *place, struct mailbox_keys *keys,
    struct err *err)
{
	struct slice name = slice_text(place->mailbox);
	struct buf path = BUF_INIT;
	int result = -1;

	if (mailbox_path(&path, name, MAILBOX_KEYS, err) != NULL) {
		if (access(buf_text(&path), F_OK) < 0 && errno == ENOENT)
			err_set(err, ERR_USAGE, "there is no mailbox '%s'",
			    place->mailbox);
		else
			result = keys_file_read(keys, buf_text(&path), err);
	}
	buf_free(&path);
	return result;
}

static int
put_slot(struct run *run, const struct keyslot *slot, struct err *err)
{
	struct json_writer w = JSON_WRITER(&run->out);

	if (!run->conf->json) {
		put_tab(run, SLICE("slot"));
		put_tab(run, slice_text(keyslot_kind_text(slot->kind)));
		put_tab(run, slice_text(slot->id));
		put_tab(run, slice_text(slot->by[0] ? slot->by : "-"));
		return put_line(run, err);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "slot", slot->id);
	json_put_text(&w, "kind", keyslot_kind_text(slot->kind));
	if (slot->by[0] != '\0')
		json_put_text(&w, "by", slot->by);
	json_put_text(&w, "key", slot->key);
	json_close_object(&w);
	return put_line(run, err);
}

static int
put_key(struct run *run, const struct data_key *key, struct err *err)
{
	const char *state = key->state == DATA_KEY_CURRENT ? "current" : "old";
	struct json_writer w = JSON_WRITER(&run->out);

	if (!run->conf->json) {
		put_tab(run, SLICE("key"));
		put_tab(run, slice_text(state));
		put_tab(run, slice_text(key->id));
		return put_line(run, err);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "key", key->id);
	json_put_text(&w, "state", state);
	json_close_object(&w);
	return put_line(run, err);
}

static int
list_keys(struct run *run, const struct mailbox_keys *keys, struct err *err)
{
	int result = 0;

	for (size_t i = 0; i < keys->keys_n && result == 0; i++)
		result = put_key(run, &keys->keys[i], err);
	for (size_t i = 0; i < keys->slots_n && result == 0; i++)
		result = put_slot(run, &keys->slots[i], err);
	return result;
}

/* The file is new, its owner's alone, and no terminal or pipe. */
static int
write_key(const unsigned char *key, const char *path, struct err *err)
{
	char *text = secret_alloc(4 + 2 * KEY_SIZE + 2);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	int result = 0;

	memcpy(text, "raw:", 4);
	hex_encode(key, KEY_SIZE, text + 4);
	text[4 + 2 * KEY_SIZE] = '\n';
	if (fd < 0)
		result = err_errno(err, "cannot make '%s'", path);
	else if (io_write(fd, text, 4 + 2 * KEY_SIZE + 1) < 0 ||
	    fsync(fd) < 0) {
		result = err_errno(err, "cannot write '%s'", path);
		(void)unlink(path);
	}
	if (fd >= 0)
		close(fd);
	secret_free(text);
	return result;
}

static int
export_key(struct run *run, struct mailbox_keys *keys, struct err *err)
{
	const char *to = run->conf->to;

	if (to == NULL)
		return err_set(err, ERR_USAGE, "where to? --to FILE");
	if (strcmp(to, "-") == 0)
		return err_set(err, ERR_USAGE, "a key is not written to "
		    "standard output: it would stay in logs and terminals");
	if (mailbox_keys_unlock(keys, &run->service, err) < 0)
		return -1;
	if (run->conf->dry_run)
		return 0;
	return write_key(mailbox_keys_current(keys)->key, to, err);
}

static int
run_keys(struct run *run, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct place place;
	bool export = run->n > 0 && strcmp(run->words[0], "export") == 0;
	int result;

	if (want_words(run, export ? 2 : 1, export ? 2 : 1, err) < 0 ||
	    place_parse(&place, slice_text(run->words[run->n - 1]), err) < 0)
		return -1;
	result = read_keys(&place, &keys, err);
	if (result == 0)
		result = export ? export_key(run, &keys, err) :
		    list_keys(run, &keys, err);
	mailbox_keys_free(&keys);
	place_free(&place);
	return result;
}

/* ---- check, rekey, erase ---- */

static int
put_check(struct run *run, struct mailbox *m, const struct check_result *c,
    struct err *err)
{
	struct json_writer w = JSON_WRITER(&run->out);

	if (!run->conf->json) {
		if (c->is_whole && run->conf->cmd.quiet)
			return 0;
		put_tab(run, mailbox_name(m));
		put_tab(run, c->is_whole ? SLICE("ok") : SLICE("DAMAGED"));
		put_tab_number(run, "pages=", c->pages.pages);
		put_tab_number(run, "frames=", c->pages.frames);
		put_tab_number(run, "bad=", c->pages.bad_pages +
		    c->pages.bad_frames);
		put_tab_number(run, "messages=", c->count.messages);
		put_tab_number(run, "wrong-counts=", c->wrong_counts);
		put_tab_number(run, "lost=", c->lost);
		put_tab(run, buf_slice(&c->integrity));
		return put_line(run, err);
	}
	json_open_object(&w, NULL);
	json_put_slice(&w, "mailbox", mailbox_name(m));
	json_put_bool(&w, "ok", c->is_whole);
	json_put_integer(&w, "pages", c->pages.pages);
	json_put_integer(&w, "frames", c->pages.frames);
	json_put_integer(&w, "bad_pages", c->pages.bad_pages);
	json_put_integer(&w, "bad_frames", c->pages.bad_frames);
	json_put_integer(&w, "first_bad", c->pages.first_bad);
	json_put_integer(&w, "messages", c->count.messages);
	json_put_integer(&w, "octets", c->count.octets);
	json_put_integer(&w, "wrong_counts", c->wrong_counts);
	json_put_integer(&w, "lost", c->lost);
	json_put_slice(&w, "integrity", buf_slice(&c->integrity));
	json_close_object(&w);
	return put_line(run, err);
}

static int
check_one(struct run *run, const char *word, struct err *err)
{
	struct check_result check;
	struct mailbox *m;
	struct place place;
	int result;

	if (open_place(run, word, &place, &m, err) < 0)
		return -1;
	result = mailbox_check(m, &check, err);
	if (result == 0) {
		run->found = run->found || !check.is_whole;
		result = put_check(run, m, &check, err);
	}
	check_result_free(&check);
	mailbox_close(m);
	place_free(&place);
	return result;
}

static int
rekey_one(struct run *run, const char *word, struct err *err)
{
	struct place place;
	int result = 0;

	if (place_parse(&place, slice_text(word), err) < 0)
		return -1;
	if (!run->conf->dry_run)
		result = mailbox_rekey(slice_text(place.mailbox),
		    &run->service, run->conf->lock_wait * 1000, NULL, err);
	place_free(&place);
	return result;
}

static int
run_erase(struct run *run, struct err *err)
{
	struct place place;
	char what[512];
	int result;

	if (want_words(run, 1, 1, err) < 0 ||
	    place_parse(&place, slice_text(run->words[0]), err) < 0)
		return -1;
	snprintf(what, sizeof(what), "the keys of '%s' will be destroyed, and "
	    "nobody can ever read its mail again", place.mailbox);
	result = run->conf->dry_run ? 0 : confirm(run, what, err);
	if (result == 0 && !run->conf->dry_run) {
		result = mailbox_erase(slice_text(place.mailbox),
		    run->conf->lock_wait * 1000, err);
		if (result == 0)
			(void)full_set(slice_text(place.mailbox), false, NULL);
		if (result == 0 && !run->conf->cmd.quiet) {
			buf_format(&run->out, "%s: the keys were destroyed "
			    "first, then the files; copies in backups are "
			    "unreadable once their key slots are gone",
			    place.mailbox);
			result = put_line(run, err);
		}
	}
	place_free(&place);
	return result;
}

/* ---- sql ---- */

static int
emit_row(void *context, struct slice row, struct err *err)
{
	(void)err;
	return put_octets(context, row);
}

/* One look at one state of the mailbox: rekey and erase wait for its end. */
static int
query_mailbox(struct run *run, const char *sql, struct err *err)
{
	struct sql_query query = {.sql = sql, .json = run->conf->json};
	struct mailbox *m;
	struct place place;
	int result;

	if (open_place(run, run->words[0], &place, &m, err) < 0)
		return -1;
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = sql_run_on(mailbox_connection(m), &query, emit_row,
		    run, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

static int
run_sql(struct run *run, struct err *err)
{
	const struct mailbox_conf *conf = run->conf;
	struct sql_query query = {.path = conf->db,
	    .key_file = conf->key_file, .kdf_iter = conf->kdf_iter,
	    .json = conf->json};

	if (conf->db == NULL && conf->key_file == NULL && run->n == 2)
		return query_mailbox(run, run->words[1], err);
	if (want_words(run, 1, 1, err) < 0)
		return -1;
	if (conf->db == NULL || conf->key_file == NULL)
		return err_set(err, ERR_USAGE, "sql wants an ADDRESS, or "
		    "--db FILE and --key-file FILE");
	query.sql = run->words[0];
	return sql_run(&query, emit_row, run, err);
}

/* ---- the verbs ---- */

static int
run_stat(struct run *run, struct err *err)
{
	if (want_words(run, 1, 100000, err) < 0)
		return -1;
	return each_word(run, stat_one, err);
}

/* Every mailbox that has keys, the quarantine too. */
static int
check_all(struct run *run, struct err *err)
{
	struct mailbox_names names = {NULL, 0};
	struct run all = *run;
	int result = mailbox_names_read(&names, err);

	all.words = names.items;
	all.n = (int)names.n;
	if (result == 0)
		result = each_word(&all, check_one, err);
	run->found = all.found;
	run->out = all.out;
	run->output_errno = all.output_errno;
	mailbox_names_free(&names);
	return result;
}

static int
run_check(struct run *run, struct err *err)
{
	if (run->n == 0)
		return check_all(run, err);
	if (want_words(run, 1, 100000, err) < 0)
		return -1;
	return each_word(run, check_one, err);
}

/* ---- quarantine ---- */

/* What a person wants to know of it first: whose, and why. */
static void
put_quarantined_text(struct run *run, const struct message *msg,
    struct slice recipient, struct slice verdict)
{
	struct buf text = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];

	put_tab_number(run, "", msg->uid);
	put_tab(run, slice_text(clock_rfc3339(msg->received_ms, time)));
	put_tab_number(run, "", msg->octets);
	(void)json_string(recipient, &text);
	put_tab(run, buf_slice(&text));
	put_summary_text(run, msg);
	buf_reset(&text);
	(void)json_string(json_get(verdict, "text"), &text);
	put_tab(run, text.n > 0 ? buf_slice(&text) : SLICE("-"));
	buf_free(&text);
}

static void
put_quarantined_json(struct run *run, const struct message *msg,
    struct slice recipient, struct slice verdict)
{
	struct json_writer w = JSON_WRITER(&run->out);
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
	struct run *run = context;
	struct slice meta = buf_slice(&msg->meta), to, first = SLICE_NONE;
	struct slice verdict = json_get(meta, "verdict");
	struct json_walk walk = json_walk(json_get(json_get(meta, "envelope"),
	    "to"));

	(void)json_next(&walk, NULL, &first);
	to = json_get(first, "address");
	if (run->conf->json)
		put_quarantined_json(run, msg, to, verdict);
	else
		put_quarantined_text(run, msg, to, verdict);
	return put_line(run, err);
}

static int
release_one(struct run *run, struct mailbox *m, int64_t uid, struct err *err)
{
	struct mailbox_opener opener = {.service = &run->service,
	    .wait_ms = run->conf->lock_wait * 1000};
	struct recipients recipients = {NULL, 0, 0, 0};
	struct handles handles;
	struct deliverer d = {.handles = &handles, .indexer = run->indexer,
	    .recipients = &recipients, .service = &run->service,
	    .keep_meta_ms = RELEASED_META_MS,
	    .delimiter = run->conf->delimiter, .wait_ms = opener.wait_ms};
	int result = -1;

	handles_init(&handles, &opener);
	if (recipients_open(&recipients, err) == 0)
		result = quarantine_release(m, &d, uid, err);
	recipients_close(&recipients);
	handles_free(&handles);
	return result;
}

static int
delete_quarantined(struct run *run, struct mailbox *m, int64_t uid,
    struct err *err)
{
	(void)run;
	return quarantine_delete(m, uid, err);
}

static int
has_quarantined(struct run *run, struct mailbox *m, int64_t uid,
    struct err *err)
{
	(void)run;
	return quarantine_has(m, uid, err);
}

typedef int quarantine_verb(struct run *, struct mailbox *, int64_t,
    struct err *);

/* As each_word; the words are UIDs, the first is the verb. */
static int
each_uid(struct run *run, struct mailbox *m, quarantine_verb *verb,
    struct err *err)
{
	int result = 0;

	for (int i = 1; i < run->n; i++) {
		struct err now = ERR_INIT;
		int64_t uid;

		if (number_parse(slice_text(run->words[i]), 1, UINT32_MAX,
		    &uid) < 0)
			err_set(&now, ERR_USAGE, "'%s' is no UID",
			    run->words[i]);
		else if (m == NULL)
			err_set(&now, ERR_USAGE, "the quarantine is empty");
		else if (verb(run, m, uid, &now) == 0)
			continue;
		if (result < 0)
			log_error("%s", err->text);
		result = -1;
		*err = now;
	}
	return result;
}

static int
run_quarantine(struct run *run, struct err *err)
{
	struct mailbox_opener opener = {.service = &run->service,
	    .wait_ms = run->conf->lock_wait * 1000};
	const char *word = run->n > 0 ? run->words[0] : "";
	bool list = strcmp(word, "list") == 0;
	quarantine_verb *verb = strcmp(word, "release") == 0 ? release_one :
	    strcmp(word, "delete") == 0 ? delete_quarantined : NULL;
	struct mailbox *m = NULL;
	int result;

	if (!list && verb == NULL)
		return err_set(err, ERR_USAGE, "quarantine what? list, "
		    "release or delete");
	if (want_words(run, list ? 1 : 2, list ? 1 : 100000, err) < 0)
		return -1;
	if (run->conf->dry_run)
		verb = has_quarantined;
	result = quarantine_open(&m, &opener, err);
	if (result > 0 && list)
		result = quarantine_list(m, put_quarantined, run, err);
	else if (result >= 0 && !list)
		result = each_uid(run, m, verb, err);
	mailbox_close(m);
	return result < 0 ? -1 : 0;
}

static int
run_rekey(struct run *run, struct err *err)
{
	if (want_words(run, 1, 100000, err) < 0)
		return -1;
	return each_word(run, rekey_one, err);
}

static const struct verb {
	const char *name;
	int (*run)(struct run *run, struct err *err);
} verbs[] = {
	{"list", run_list},       {"search", run_search},
	{"stat", run_stat},       {"folders", run_folders},
	{"flag", run_flag},       {"move", run_move},
	{"delete", run_delete},   {"keys", run_keys},
	{"check", run_check},     {"rekey", run_rekey},
	{"erase", run_erase},     {"sql", run_sql},
	{"quarantine", run_quarantine}
};

static const struct verb *
find_verb(const struct cmd_conf *conf, struct err *err)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs) &&
	    conf->words_n > 0; i++)
		if (strcmp(verbs[i].name, conf->words[0]) == 0)
			return &verbs[i];
	err_set(err, ERR_USAGE, conf->words_n == 0 ? "what to do? (--help)" :
	    "'%s' is nothing that fe-mailbox does (--help)",
	    conf->words_n > 0 ? conf->words[0] : "");
	return NULL;
}

/* The folder of a file, where SQLite wants to look for its WAL. */
static void
folder_of(struct buf *out, const char *path)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	if (slash == NULL)
		buf_append_text(out, ".");
	else
		buf_append(out, path, slash == path ? 1 :
		    (size_t)(slash - path));
}

/* sql on a file that an option names. */
static bool
without_home(const struct mailbox_conf *conf, const struct verb *verb)
{
	return verb->run == run_sql && (conf->db != NULL ||
	    conf->key_file != NULL || conf->cmd.words_n != 3);
}

static int
enter_sandbox(const struct mailbox_conf *conf, const struct verb *verb,
    struct err *err)
{
	const unsigned both = SANDBOX_READ | SANDBOX_WRITE;
	struct buf mail = BUF_INIT, run = BUF_INIT, to = BUF_INIT,
	    db = BUF_INIT;
	struct sandbox_path paths[3] = {
		{home_file(&mail, "mail"), both},
		{home_file(&run, "run"), both}};
	size_t n = 2;
	int result;

	folder_of(&to, conf->to);
	folder_of(&db, conf->db);
	if (conf->to != NULL)
		paths[n++] = (struct sandbox_path){buf_text(&to), both};
	if (without_home(conf, verb)) {
		paths[0] = (struct sandbox_path){buf_text(&db), both};
		paths[1] = (struct sandbox_path){conf->key_file, SANDBOX_READ};
		n = conf->key_file != NULL ? 2 : 1;
	}
	result = sandbox_enter(SANDBOX_STORE, paths, n, conf->cmd.sandbox,
	    err);
	buf_free(&mail);
	buf_free(&run);
	buf_free(&to);
	buf_free(&db);
	return result;
}

int
main(int argc, char *argv[])
{
	struct mailbox_conf conf = {0};
	struct run run = {.conf = &conf, .out = BUF_INIT};
	struct err err = ERR_INIT;
	const struct verb *verb;
	int result, code;

	cmd_start(&mailbox_cmd);
	if (option_parse(&mailbox_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	verb = find_verb(&conf.cmd, &err);
	if (verb == NULL)
		return cmd_usage(&err);
	conf.json = conf.output == 1;
	run.words = conf.cmd.words + 1;
	run.n = conf.cmd.words_n - 1;
	/* What is released is indexed anew, by who has no key. */
	if ((verb->run == run_quarantine && run.n > 1 &&
	    strcmp(run.words[0], "release") == 0 &&
	    indexer_open(&run.indexer, RELEASED_SIZE_MAX, &err) < 0) ||
	    (!without_home(&conf, verb) &&
	    service_keys_read(&run.service, &err) < 0) ||
	    enter_sandbox(&conf, verb, &err) < 0)
		return cmd_fail(&err);
	result = verb->run(&run, &err);
	indexer_close(run.indexer);
	service_keys_free(&run.service);
	buf_free(&run.out);
	errno = run.output_errno;
	code = result < 0 && run.output_errno == 0 ? cmd_fail(&err) :
	    cmd_finish(&err);
	return code == EXIT_DONE && run.found ? EXIT_FINDING : code;
}
