/* SPDX-License-Identifier: ISC */
/*
 * fe-mailbox: looks into encrypted mailboxes and looks after them.  It holds
 * keys and so parses no message: what it lists was told by the indexer when
 * the message was stored.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "ops/desk_verbs.h"

#define RELEASED_SIZE_MAX ((int64_t)1 << 30)

#define AT(member) offsetof(struct mailbox_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct mailbox_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN,
	.help = "lines for people, or one JSON object an item"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "say what would be done, and do nothing"},
    {OPTION_FLAG, 'y', "yes", AT(yes), .flags = OPTION_PER_RUN,
	.help = "do not ask before something is destroyed"},
    {OPTION_LIST, 0, "add", AT(add), "FLAG", .flags = OPTION_PER_RUN,
	.verbs = "flag",
	.help = "set this one (\\Seen, \\Flagged, work)"},
    {OPTION_LIST, 0, "remove", AT(remove), "FLAG", .flags = OPTION_PER_RUN,
	.verbs = "flag",
	.help = "take this one away"},
    {OPTION_FLAG, 0, "create", AT(create), .flags = OPTION_PER_RUN,
	.verbs = "move",
	.help = "make the folder where it is missing"},
    {OPTION_TEXT, 0, "to", AT(to), "FILE", .flags = OPTION_PER_RUN,
	.help = "keys export: the file to make"},
    {OPTION_TEXT, 0, "db", AT(db), "FILE", .flags = OPTION_PER_RUN,
	.verbs = "sql",
	.help = "the database"},
    {OPTION_TEXT, 0, "key-file", AT(key_file), "FILE",
	.flags = OPTION_PER_RUN, .verbs = "sql",
	.help = "its passphrase, or raw: and 64 hex digits"},
    {OPTION_NUMBER, 0, "kdf-iter", AT(kdf_iter), "N", "0", .max = 100000000,
	.flags = OPTION_PER_RUN, .verbs = "sql",
	.help = "rounds of the passphrase's PBKDF2 (0: 64007)"},
    {OPTION_DURATION, 0, "lock-wait", AT(lock_wait), "TIME", "30s",
	.max = 3600, .help = "wait so long for a mailbox that is locked"},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(delimiter), "CHARACTERS", "+",
	.flags = OPTION_SHARED,
	.help = "what separates a detail from a local part"},
    {OPTION_END}};

static const struct cmd mailbox_cmd = {
    .name = "fe-mailbox",
    .synopsis = "list ADDRESS[:FOLDER[/UID]]\n"
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
	"slots [ADDRESS...]\n"
	"rekey ADDRESS...\n"
	"erase ADDRESS\n"
	"sql ADDRESS QUERY\n"
	"sql --db FILE --key-file FILE [--kdf-iter N] QUERY",
    .summary = "look into encrypted mailboxes and look after them",
    .options = options};

static const struct verb {
	const char *name;
	desk_verb *run;
} verbs[] = {
	{"list", desk_list},      {"search", desk_search},
	{"stat", desk_stat},      {"folders", desk_folders},
	{"flag", desk_flag},      {"move", desk_move},
	{"delete", desk_delete},  {"keys", desk_keys},
	{"check", desk_check},    {"rekey", desk_rekey},
	{"erase", desk_erase},    {"sql", desk_sql},
	{"quarantine", desk_quarantine}, {"slots", desk_slots}
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

/* sql on a file that an option names. */
static bool
without_home(const struct mailbox_conf *conf, const struct verb *verb)
{
	return verb->run == desk_sql && (conf->db != NULL ||
	    conf->key_file != NULL || conf->cmd.words_n != 3);
}

static int
enter_sandbox(const struct mailbox_conf *conf, const struct verb *verb,
    struct err *err)
{
	const unsigned both = SANDBOX_READ | SANDBOX_WRITE;
	struct buf mail = BUF_INIT, run = BUF_INIT, journal = BUF_INIT,
	    slots = BUF_INIT, service = BUF_INIT;
	/* where SQLite wants to look for its WAL */
	char *to = io_folder_of(conf->to != NULL ? conf->to : "");
	char *db = io_folder_of(conf->db != NULL ? conf->db : "");
	struct sandbox_path paths[6] = {
		{home_file(&mail, "mail"), both},
		{home_file(&journal, "journal"), both},
		{home_file(&run, "run"), both},
		{home_file(&service, "keys/service"), SANDBOX_READ}};
	size_t n = 4;
	int result;

	if (conf->to != NULL)
		paths[n++] = (struct sandbox_path){to, both};
	if (verb->run == desk_slots || verb->run == desk_erase)
		paths[n++] = (struct sandbox_path){
		    home_file(&slots, "keys/backup"), SANDBOX_READ};
	if (without_home(conf, verb)) {
		paths[0] = (struct sandbox_path){db, both};
		paths[1] = (struct sandbox_path){conf->key_file, SANDBOX_READ};
		n = conf->key_file != NULL ? 2 : 1;
	}
	result = sandbox_enter(SANDBOX_STORE, paths, n, conf->cmd.sandbox,
	    err);
	buf_free(&mail);
	buf_free(&journal);
	buf_free(&service);
	buf_free(&run);
	free(to);
	free(db);
	buf_free(&slots);
	return result;
}

int
main(int argc, char *argv[])
{
	struct mailbox_conf conf = {0};
	struct desk desk = {.conf = &conf, .out = BUF_INIT};
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
	desk.words = conf.cmd.words + 1;
	desk.n = conf.cmd.words_n - 1;
	/* What is released is indexed anew, by who has no key. */
	if ((verb->run == desk_quarantine && desk.n > 1 &&
	    strcmp(desk.words[0], "release") == 0 &&
	    indexer_open(&desk.indexer, RELEASED_SIZE_MAX, &err) < 0) ||
	    (!without_home(&conf, verb) &&
	    service_keys_read(&desk.service, &err) < 0) ||
	    enter_sandbox(&conf, verb, &err) < 0)
		return cmd_fail(&err);
	result = verb->run(&desk, &err);
	indexer_close(desk.indexer);
	service_keys_free(&desk.service);
	buf_free(&desk.out);
	errno = desk.output_errno;
	code = result < 0 && desk.output_errno == 0 ? cmd_fail(&err) :
	    cmd_finish(&err);
	return code == EXIT_DONE && desk.found ? EXIT_FINDING : code;
}
