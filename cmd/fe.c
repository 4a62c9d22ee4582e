/* SPDX-License-Identifier: ISC */
/*
 * fe: the umbrella.  `fe verify ...' becomes fe-verify, from the folder of
 * this program or from PATH; help, config and status are its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/config.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/process.h"
#include "ops/command_table.h"
#include "ops/status.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };

struct fe_conf {
	struct cmd_conf cmd;
	int output;
	bool exit_code;
};

static const struct option_def options[] = {
    CMD_OPTIONS(struct fe_conf, cmd),
    {OPTION_CHOICE, 'o', "output", offsetof(struct fe_conf, output), "FORM",
	.fallback = "text", .choices = "text|json", .flags = OPTION_PER_RUN,
	.verbs = "status",
	.help = "as sentences, or a JSON object an item"},
    {OPTION_FLAG, 'e', "exit-code", offsetof(struct fe_conf, exit_code),
	.flags = OPTION_PER_RUN, .verbs = "status",
	.help = "exit 1 when something needs a person"},
    {OPTION_END}};

static const struct cmd fe_cmd = {
    .name = "fe",
    .synopsis = "COMMAND [ARGUMENT]...\n"
		"help [COMMAND]\n"
		"config check\n"
		"config show COMMAND [INSTANCE]\n"
		"status [-e] [-q] [-o text|json]",
    .summary = "a mail service made of small programs",
    .options = options};

/* The program `fe-NAME' beside this one, else its bare name for PATH. */
static char *
find_program(struct slice name)
{
	struct buf path = BUF_INIT;
	const char *prefix = slice_starts(name, "fe-") ? "" : "fe-";

	if (installation_bin(&path, NULL) == 0) {
		buf_format(&path, "/%s%.*s", prefix, SLICE_ARG(name));
		if (access(path.p, X_OK) == 0)
			return buf_take(&path, NULL);
	}
	buf_truncate(&path, 0);
	buf_format(&path, "%s%.*s", prefix, SLICE_ARG(name));
	return buf_take(&path, NULL);
}

/* For an argv, which takes no const. */
static char *
word(const char *text)
{
	return (char *)(uintptr_t)text;
}

static bool
name_is_safe(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!ascii_is_alnum(name[i]) && name[i] != '-')
			return false;
	return n > 0 && n < 64 && name[0] != '-';
}

static void
not_a_command(const char *name, struct err *err)
{
	err_set(err, ERR_USAGE,
	    "there is no command '%s': `fe help' lists them", name);
}

/* Becomes fe-NAME; returns only if there is none. */
static int
become(char *argv[], struct err *err)
{
	const char *name = argv[0];

	if (!name_is_safe(name)) {
		not_a_command(name, err);
		return cmd_usage(err);
	}
	argv[0] = find_program(slice_text(name));
	execvp(argv[0], argv);
	if (errno == ENOENT)
		not_a_command(name, err);
	else
		err_errno(err, "cannot start '%s'", argv[0]);
	free(argv[0]);
	return cmd_usage(err);
}

static void
list_group(const struct command_table *table, const char *group,
    const char *heading)
{
	bool any = false;

	for (size_t i = 0; i < table->n; i++) {
		const struct command *c = &table->items[i];

		if (!slice_is(c->group, group))
			continue;
		if (!any)
			printf("\n%s\n", heading);
		any = true;
		printf("  %-14.*s %.*s\n", SLICE_ARG(c->name),
		    SLICE_ARG(c->text));
	}
}

static int
help_all(struct err *err)
{
	struct command_table table;

	if (command_table_read(&table, err) < 0)
		return -1;
	printf("fe COMMAND runs fe-COMMAND; fe help COMMAND tells of it.\n");
	list_group(&table, "tool", "Set up and look after a home");
	list_group(&table, "service", "Take mail in");
	list_group(&table, "filter", "Steps of a pipeline");
	list_group(&table, "mailbox", "Mailboxes and messages");
	printf("\nfe config check   reads fe.conf as all of them would\n"
	       "fe config show COMMAND\n"
	       "                  each setting, and where it came from\n"
	       "fe status         accounts, mailboxes, pools, keys\n");
	command_table_free(&table);
	return 0;
}

/* Does man(1) know the page? */
static bool
has_manual(const char *page)
{
	char *argv[] = {word("man"), word("-w"), word(page), NULL};
	int status = 1, null[2];
	struct process_fd fds[] = {{-1, STDERR_FILENO}};
	pid_t pid;

	if (pipe(null) < 0)
		return false;
	fds[0].from = null[1];
	pid = process_start(argv, fds, 1, NULL);
	close(null[1]);
	if (pid > 0)
		process_wait(pid, 5000, &status);
	close(null[0]);
	return pid > 0 && status == 0;
}

static int
help_one(const char *name, struct err *err)
{
	struct buf page = BUF_INIT;
	char *program;

	if (!name_is_safe(name)) {
		not_a_command(name, err);
		return -1;
	}
	buf_format(&page, "%s%s", strncmp(name, "fe-", 3) == 0 ||
		strcmp(name, "fe") == 0 ? "" : "fe-", name);
	program = strcmp(page.p, "fe") == 0 ? mem_text("/proc/self/exe")
					    : find_program(slice_text(name));
	if (isatty(STDOUT_FILENO) && has_manual(page.p))
		execlp("man", "man", page.p, (char *)NULL);
	execlp(program, page.p, "--help", (char *)NULL);
	free(program);
	buf_free(&page);
	not_a_command(name, err);
	return -1;
}

/* Runs `PROGRAM --config check'; its sentences go where ours go. */
static int
check_program(struct slice name, struct slice instance, bool *good,
    struct err *err)
{
	char *program = find_program(name);
	char *text = instance.n > 0 ? mem_dup(instance.p, instance.n) : NULL;
	char *argv[] = {program, word("--config"), word("check"),
	    word("--home"), word(home_path()),
	    text != NULL ? word("--instance") : NULL, text, NULL};
	const struct process_fd fds[] = {{STDOUT_FILENO, STDOUT_FILENO}};
	int status = 0, result = -1;
	pid_t pid = process_start(argv, fds, 1, err);

	if (pid > 0) {
		result = 0;
		process_wait(pid, -1, &status);
		*good = *good && status == 0;
	}
	free(program);
	free(text);
	return result;
}

/* Sections that no program reads would be silently without effect. */
static bool
check_section(const struct command_table *table, const struct config *config,
    const struct config_entry *entry)
{
	struct slice rest = entry->section;
	struct slice name = slice_cut(&rest, ' ');

	if (slice_is(entry->section, "fe") ||
	    (slice_starts(name, "fe-") &&
		command_table_find(table, name) != NULL))
		return true;
	fprintf(stderr, "fe: %s:%u: there is no program '%.*s'\n",
	    config->path, entry->line, SLICE_ARG(name));
	return false;
}

/* Each instance once: the entries of a section follow each other. */
static int
check_instances(const struct command_table *table, const struct config *config,
    bool *good, struct err *err)
{
	struct slice last = SLICE_NONE;
	int result = 0;

	for (size_t i = 0; i < config->n && result == 0; i++) {
		struct slice rest = config->entries[i].section, name;

		if (last.p != NULL && slice_equal(last, rest))
			continue;
		last = rest;
		if (!check_section(table, config, &config->entries[i])) {
			*good = false;
			continue;
		}
		name = slice_cut(&rest, ' ');
		if (rest.p != NULL)
			result = check_program(
			    name, slice_trim(rest), good, err);
	}
	return result;
}

static int
config_check(struct err *err)
{
	struct command_table table;
	struct config config;
	struct buf path = BUF_INIT;
	bool good = true;
	int result = 0;

	if (access(home_file(&path, "fe.conf"), F_OK) < 0) {
		err_errno(err, "nothing is checked: cannot find '%s'", path.p);
		buf_free(&path);
		return -1;
	}
	if (config_read(&config, path.p, err) < 0) {
		buf_free(&path);
		return -1;
	}
	if (command_table_read(&table, err) < 0) {
		config_free(&config);
		buf_free(&path);
		return -1;
	}
	for (size_t i = 0; i < table.n && result == 0; i++)
		if (!slice_is(table.items[i].name, "fe"))
			result = check_program(table.items[i].name,
			    SLICE_NONE, &good, err);
	if (result == 0)
		result = check_instances(&table, &config, &good, err);
	command_table_free(&table);
	config_free(&config);
	buf_free(&path);
	if (result < 0)
		return -1;
	return good ? EXIT_DONE : EXIT_FINDING;
}

static int
config_show(const struct fe_conf *conf, struct err *err)
{
	const char *name = conf->cmd.words[2];
	const char *instance = conf->cmd.words_n > 3 ? conf->cmd.words[3]
						     : conf->cmd.instance;
	char *program;

	if (!name_is_safe(name)) {
		not_a_command(name, err);
		return -1;
	}
	program = find_program(slice_text(name));
	execlp(program, program, "--config", "show", "--home", home_path(),
	    instance != NULL ? "--instance" : (char *)NULL, instance,
	    (char *)NULL);
	free(program);
	not_a_command(name, err);
	return -1;
}

static int
config(const struct fe_conf *conf, struct err *err)
{
	const char *verb = conf->cmd.words_n > 1 ? conf->cmd.words[1] : "";

	if (strcmp(verb, "check") == 0 && conf->cmd.words_n == 2)
		return config_check(err);
	if (strcmp(verb, "show") == 0 && conf->cmd.words_n >= 3 &&
	    conf->cmd.words_n <= 4)
		return config_show(conf, err);
	return err_set(err, ERR_USAGE,
	    "it is `config check' or `config show COMMAND [INSTANCE]'");
}

static void
print_item(const struct status_item *item, int output)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);

	if (output == OUTPUT_TEXT) {
		printf("%s%-12s %s\n", item->needs_person ? "! " : "  ",
		    item->name, item->text);
		return;
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "item", item->name);
	json_put_text(&w, "text", item->text);
	json_put_bool(&w, "needs_person", item->needs_person);
	json_close_object(&w);
	puts(line.p);
	buf_free(&line);
}

static int
status(const struct fe_conf *conf, struct err *err)
{
	struct status status;
	int code = EXIT_DONE;

	if (conf->cmd.words_n > 1)
		return err_set(err, ERR_USAGE, "status takes no argument");
	status_read(&status);
	for (size_t i = 0; i < status.n; i++) {
		if (status.items[i].needs_person && conf->exit_code)
			code = EXIT_FINDING;
		if (status.items[i].needs_person || !conf->cmd.quiet)
			print_item(&status.items[i], conf->output);
	}
	status_free(&status);
	return code;
}

static int
help(const struct fe_conf *conf, struct err *err)
{
	if (conf->cmd.words_n > 2)
		return err_set(err, ERR_USAGE, "help takes one COMMAND");
	if (conf->cmd.words_n == 2)
		return help_one(conf->cmd.words[1], err);
	return help_all(err);
}

static const struct {
	const char *name;
	int (*run)(const struct fe_conf *, struct err *);
} verbs[] = {{"help", help}, {"config", config}, {"status", status}};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static size_t
find_verb(const char *word)
{
	size_t i = 0;

	while (i < VERBS && strcmp(word, verbs[i].name) != 0)
		i++;
	return i;
}

int
main(int argc, char *argv[])
{
	struct fe_conf conf = {0};
	struct err err = ERR_INIT;
	size_t verb;
	int code;

	cmd_start(&fe_cmd);
	/* another program's words, descriptors and options are its own */
	if (argc > 1 && argv[1][0] != '-' && find_verb(argv[1]) == VERBS)
		return become(argv + 1, &err);
	if (option_parse(&fe_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	if (conf.cmd.words_n == 0)
		cmd_usage_exit("say what to do: `fe help' lists the commands");
	verb = find_verb(conf.cmd.words[0]);
	if (verb == VERBS)
		cmd_usage_exit("options go behind the command: fe %s ...",
		    conf.cmd.words[0]);
	code = verbs[verb].run(&conf, &err);
	if (code < 0)
		return cmd_usage(&err);
	return cmd_finish(&err) == EXIT_DONE ? code : EXIT_RETRY;
}
