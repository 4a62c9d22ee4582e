/* SPDX-License-Identifier: ISC */
/*
 * fe-store: puts messages into encrypted mailboxes and answers with receipts.
 * It holds the service keys and parses no message: that does an indexer,
 * whose spawner is forked before any key is read.  A receipt says that the
 * delivery journal has the message; the mailbox gets it soon after.
 */
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "record/filter.h"
#include "store/account.h"
#include "store/deliver.h"
#include "store/journal_report.h"

/* Records that wait share a sync, up to so many, so many octets, and so long
 * after the first of them was taken. */
#define BATCH_RECORDS 64
#define BATCH_OCTETS ((size_t)8 << 20)
#define BATCH_MS 100
/* Nothing to read for so long: time to apply, then to index; for so long: time
 * to empty the journal. */
#define IDLE_MS 20
#define TIDY_MS 2000
#define LOCK_WAIT_S "10s"

struct store_conf {
	struct filter_conf filter;
	const char *delimiter;
	int64_t keep_meta, lock_wait; /* seconds */
	int64_t journal_max;
	int journal; /* enum journal_verb */
	bool replay;
};

enum journal_verb { JOURNAL_DELIVER, JOURNAL_LIST, JOURNAL_RETRY,
	JOURNAL_EXPORT };

#define AT(member) offsetof(struct store_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct store_conf, filter),
    {OPTION_DURATION, 0, "keep-meta", AT(keep_meta), "TIME", "30d",
	.help = "keep what was known of a message beside it for so long"},
    {OPTION_CHOICE, 0, "journal", AT(journal), "VERB", "deliver",
	"deliver|list|retry|export", .flags = OPTION_PER_RUN,
	.help = "read no records: list, apply or write out what the journal "
	    "holds"},
    {OPTION_FLAG, 0, "replay", AT(replay), .flags = OPTION_PER_RUN,
	.help = "the same as --journal retry"},
    {OPTION_SIZE, 0, "journal-max", AT(journal_max), "SIZE", "256M",
	.help = "defer what comes while so much waits for its mailboxes"},
    {OPTION_DURATION, 0, "lock-wait", AT(lock_wait), "TIME", LOCK_WAIT_S,
	.max = 600, .help = "wait so long for a mailbox that is locked"},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(delimiter), "CHARACTERS", "+",
	.flags = OPTION_SHARED,
	.help = "what separates a detail from a local part"},
    {OPTION_END}};

static const struct cmd store_cmd = {
    .name = "fe-store",
    .synopsis = "[options] < records",
    .summary = "store messages in encrypted mailboxes, durably",
    .options = options,
    .flags = CMD_FILTER};

struct store {
	const struct store_conf *conf;
	struct filter filter;
	struct service_keys service;
	struct recipients recipients;
	struct handles handles;
	struct deliverer deliverer;
	struct delivery_job *jobs[BATCH_RECORDS];
	size_t jobs_n;
	bool drained;   /* nothing whole is left to read */
	bool is_stream; /* the filter is open */
	int64_t undone; /* records of which something was not done */
};

static int
enter_sandbox(const struct store_conf *conf, struct err *err)
{
	struct buf mail = BUF_INIT, run = BUF_INIT, accounts = BUF_INIT;
	struct buf journal = BUF_INIT, service = BUF_INIT;
	const struct sandbox_path paths[] = {
		/* read again when the service key was rotated */
		{home_file(&service, "keys/service"), SANDBOX_READ},
		{home_file(&mail, "mail"), SANDBOX_READ | SANDBOX_WRITE},
		{home_file(&journal, "journal"), SANDBOX_READ | SANDBOX_WRITE},
		{home_file(&run, "run"), SANDBOX_READ | SANDBOX_WRITE},
		{home_file(&accounts, "accounts"), SANDBOX_READ}};
	int result = sandbox_enter(SANDBOX_STORE, paths,
	    sizeof(paths) / sizeof(*paths), conf->filter.cmd.sandbox, err);

	buf_free(&mail);
	buf_free(&service);
	buf_free(&journal);
	buf_free(&run);
	buf_free(&accounts);
	return result;
}

/* The indexer first: whatever is read after its fork it cannot hold. */
static int
store_open(struct store *s, struct err *err)
{
	const struct store_conf *conf = s->conf;
	/* One that is locked must not keep others waiting. */
	struct mailbox_opener opener = {.service = &s->service, .wait_ms = 1};

	if (indexer_open(&s->deliverer.indexer, conf->filter.size_max,
	    err) < 0 ||
	    service_keys_read(&s->service, err) < 0 ||
	    log_read_key(conf->filter.cmd.log_personal, err) < 0 ||
	    recipients_open(&s->recipients, err) < 0)
		return -1;
	handles_init(&s->handles, &opener);
	s->handles.quota = account_quota;
	s->deliverer.handles = &s->handles;
	s->deliverer.recipients = &s->recipients;
	s->deliverer.service = &s->service;
	s->deliverer.keep_meta_ms = conf->keep_meta * 1000;
	s->deliverer.delimiter = conf->delimiter;
	s->deliverer.wait_ms = conf->lock_wait * 1000;
	s->deliverer.journal_max = conf->journal_max;
	deliver_open(&s->deliverer);
	return 0;
}

static int
store_open_stream(struct store *s, struct err *err)
{
	const struct store_conf *conf = s->conf;

	if (filter_open(&s->filter, &store_cmd, &conf->filter, err) < 0 ||
	    filter_set_no_wait(&s->filter, err) < 0)
		return -1;
	s->is_stream = true;
	if (s->filter.output.form == OUTPUT_MAIL)
		return err_set(err, ERR_USAGE, "-o mail: fe-store writes "
		    "receipts, which are no mail");
	if (enter_sandbox(conf, err) < 0)
		return -1;
	return deliver_adopt(&s->deliverer, err);
}

static bool
is_quiet(const struct store *s, enum delivery_outcome worst)
{
	return s->conf->filter.cmd.quiet && worst == DELIVERY_DONE &&
	    s->filter.output.form == OUTPUT_TEXT;
}

static void
answer(struct store *s, struct delivery_job *job)
{
	enum delivery_outcome worst;
	struct record *receipt = deliver_receipt(job, &worst);

	if (worst != DELIVERY_DONE)
		s->undone++;
	if (!is_quiet(s, worst)) {
		filter_emit(&s->filter, receipt);
		return;
	}
	s->filter.out--;
	record_free(receipt);
}

static bool
is_receipt(const struct record *r)
{
	return meta_get(&r->meta, "delivery").p != NULL;
}

/* All records that wait, or as many as one batch may have. */
static void
gather(struct store *s)
{
	int64_t until_ms = clock_monotonic_ms() + BATCH_MS;
	size_t octets = 0;
	struct record *r;

	s->drained = false;
	while (s->jobs_n < BATCH_RECORDS && octets < BATCH_OCTETS &&
	    clock_monotonic_ms() <= until_ms) {
		r = filter_next(&s->filter);
		s->drained = r == NULL;
		if (r == NULL)
			return;
		octets += r->body.n;
		if (is_receipt(r))
			filter_emit(&s->filter, r);
		else
			s->jobs[s->jobs_n++] =
			    deliver_prepare(&s->deliverer, r);
	}
}

/* No receipt leaves before its record is durable. */
static void
accept_gathered(struct store *s)
{
	deliver_accept(&s->deliverer, s->jobs, s->jobs_n);
	for (size_t i = 0; i < s->jobs_n; i++)
		answer(s, s->jobs[i]);
	s->jobs_n = 0;
}

static bool
comes_within(int64_t ms)
{
	return io_wait_readable(STDIN_FILENO, ms) != 0;
}

/* Waits for octets to read.  While nobody sends any: what is accepted goes
 * into the mailboxes, is indexed, and the journal becomes empty. */
static void
wait_for_records(struct store *s)
{
	struct deliverer *d = &s->deliverer;

	for (;;) {
		bool busy = deliver_is_pending(d, clock_monotonic_ms()) ||
		    handles_are_pending(&s->handles);

		if (comes_within(busy ? IDLE_MS : TIDY_MS))
			return;
		if (deliver_is_pending(d, clock_monotonic_ms()))
			deliver_apply(d);
		else if (!handles_idle(&s->handles, clock_now_ms()))
			break;
	}
	deliver_tidy(d, true);
	while (!comes_within(deliver_is_empty(d) ? handles_let_go(&s->handles)
						 : TIDY_MS))
		if (deliver_is_pending(d, clock_monotonic_ms())) {
			deliver_apply(d);
			deliver_tidy(d, true);
		}
}

static void
look_at_recipients(struct store *s)
{
	struct err err = ERR_INIT;

	if (recipients_refresh(&s->recipients, &err) < 0)
		log_warning("%s", err.text);
}

static void
store_free(struct store *s)
{
	size_t left = deliver_close(&s->deliverer);

	if (left > 0)
		log_warning("%zu messages wait in the journal: they are safe, "
		    "and the next fe-store tries again", left);
	/* Who shares it may want it as it was. */
	if (s->is_stream)
		(void)io_set_nonblocking(STDIN_FILENO, false);
	handles_free(&s->handles);
	indexer_close(s->deliverer.indexer);
	recipients_close(&s->recipients);
	service_keys_free(&s->service);
}

static int
store_close(struct store *s)
{
	int code = filter_close(&s->filter);
	struct err err = ERR_INIT;

	store_free(s);
	if (code != EXIT_DONE || s->undone == 0)
		return code;
	err_set(&err, ERR_SYSTEM, "%lld of the messages could not be stored "
	    "for all of their recipients", (long long)s->undone);
	return cmd_fail(&err);
}

static int
deliver_stream(struct store *s, struct err *err)
{
	if (store_open_stream(s, err) < 0) {
		store_free(s);
		return cmd_fail(err);
	}
	deliver_apply(&s->deliverer);
	while (!filter_has_ended(&s->filter)) {
		if (s->drained)
			wait_for_records(s);
		look_at_recipients(s);
		gather(s);
		accept_gathered(s);
		if (deliver_is_due(&s->deliverer, clock_monotonic_ms()))
			deliver_apply(&s->deliverer);
		deliver_tidy(&s->deliverer, false);
	}
	return store_close(s);
}

/* Orphans and all: what a person asks for does not wait for a record. */
static int
retry(struct store *s, struct err *err)
{
	size_t left;

	if (deliver_adopt(&s->deliverer, err) < 0)
		return -1;
	left = deliver_close(&s->deliverer);
	if (left > 0)
		return err_set(err, ERR_SYSTEM, "%zu messages stay in the "
		    "journal: `fe-store --journal list' shows them", left);
	return 0;
}

static int
look_at_journal(struct store *s, struct err *err)
{
	int result = -1;

	if (enter_sandbox(s->conf, err) < 0)
		result = -1;
	else if (s->conf->journal == JOURNAL_RETRY)
		result = retry(s, err);
	else if (s->conf->journal == JOURNAL_EXPORT)
		result = journal_export(&s->service, STDOUT_FILENO, err);
	else
		result = journal_list(
		    s->conf->filter.output == OUTPUT_JSON, STDOUT_FILENO, err);
	store_free(s);
	return result < 0 ? cmd_fail(err) : cmd_finish(0);
}

int
main(int argc, char *argv[])
{
	struct store_conf conf = {0};
	struct store s = {.conf = &conf};
	struct err err = ERR_INIT;

	cmd_start(&store_cmd);
	if (option_parse(&store_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	if (store_open(&s, &err) < 0) {
		store_free(&s);
		return cmd_fail(&err);
	}
	if (conf.replay)
		conf.journal = JOURNAL_RETRY;
	if (conf.journal != JOURNAL_DELIVER)
		return look_at_journal(&s, &err);
	return deliver_stream(&s, &err);
}
