/* SPDX-License-Identifier: ISC */
/* Options of fe-backup. */
#include "ops/backup_conf.h"

#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/home.h"
#include "base/log.h"
#include "base/mem.h"
#include "ops/seal_keys.h"

#define AT(member) offsetof(struct backup_conf, member)
#define KEEP(name, member, what) \
	{OPTION_NUMBER, 0, "keep-" name, AT(keep.member), "N", "0", \
	    .max = 100000, .help = what}

const struct option_def backup_conf_options[] = {
    CMD_OPTIONS(struct backup_conf, cmd),
    {OPTION_TEXT, 0, "path", AT(destination.path), "DIR",
	.help = "the destination: a folder"},
    {OPTION_TEXT, 0, "url", AT(destination.url), "URL",
	.help = "the destination: sftp://USER@HOST/DIR or s3://HOST/BUCKET"},
    {OPTION_TEXT, 0, "repo", AT(repo), "DIR|URL", .flags = OPTION_PER_RUN,
	.help = "this destination, whatever fe.conf says"},
    {OPTION_TEXT, 0, "ssh-key", AT(destination.ssh_key), "FILE",
	.help = "sftp: private key to log in with"},
    {OPTION_TEXT, 0, "ssh-known-hosts", AT(destination.ssh_known_hosts),
	"FILE", .help = "sftp: known host keys (default: ssh's)"},
    {OPTION_TEXT, 0, "s3-key-file", AT(destination.s3_key_file), "FILE",
	.help = "s3: two lines, access key id and secret key"},
    {OPTION_TEXT, 0, "s3-region", AT(destination.s3_region), "NAME",
	"us-east-1", .help = "s3: region that requests are signed for"},
    {OPTION_FLAG, 0, "s3-plain", AT(destination.s3_plain),
	.help = "s3: HTTP without TLS, for a server on this host"},
    {OPTION_DURATION, 0, "timeout", AT(destination.timeout_s), "TIME", "60s",
	.min = 1, .max = 3600,
	.help = "wait so long for an answer of the destination"},
    {OPTION_FLAG, 0, "append-only", AT(append_only),
	.help = "never remove anything there: no forget, no prune"},
    KEEP("last", last, "keep the newest N snapshots"),
    KEEP("hourly", hourly, "keep the newest of each hour, N of them"),
    KEEP("daily", daily, "keep the newest of each day, N of them"),
    KEEP("weekly", weekly, "keep the newest of each week, N of them"),
    KEEP("monthly", monthly, "keep the newest of each month, N of them"),
    KEEP("yearly", yearly, "keep the newest of each year, N of them"),
    {OPTION_DURATION, 0, "keep-within", AT(keep.within_s), "TIME", "0",
	.max = INT64_C(1) << 34, .help = "keep all that are not older"},
    {OPTION_DURATION, 0, "rpo", AT(rpo_s), "TIME", "0",
	.max = INT64_C(1) << 34,
	.help = "target: age of the newest snapshot, at most"},
    {OPTION_DURATION, 0, "rto", AT(rto_s), "TIME", "0",
	.max = INT64_C(1) << 34,
	.help = "target: time that a restore takes, at most"},
    {OPTION_NUMBER, 0, "prune-waste", AT(prune_waste), "PERCENT", "25",
	.max = 100,
	.help = "prune: rewrite packs of which more is not needed"},
    {OPTION_DURATION, 0, "prune-every", AT(prune_every_s), "TIME", "7d",
	.max = INT64_C(1) << 34,
	.help = "prune after a backup, if the last was before"},
    {OPTION_DURATION, 0, "lock-wait", AT(lock_wait_s), "TIME", "30s",
	.max = 86400, .help = "wait so long for others"},
    {OPTION_TEXT, 0, "key-file", AT(key_file), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "the repository key, as printed, or a key file"},
    {OPTION_FLAG, 0, "passphrase", AT(passphrase), .flags = OPTION_PER_RUN,
	.help = "key add: a slot for a passphrase; else open by one"},
    {OPTION_FLAG, 0, "ask-key", AT(ask_key), .flags = OPTION_PER_RUN,
	.help = "open by the repository key, which is asked"},
    {OPTION_FLAG, 0, "sealed", AT(sealed), .flags = OPTION_PER_RUN,
	.help = "init: this host shall not be able to read content"},
    {OPTION_FLAG, 0, "adopt", AT(adopt), .flags = OPTION_PER_RUN,
	.help = "init: go on with a repository that is there"},
    {OPTION_TEXT, 0, "like", AT(like), "NAME", .flags = OPTION_PER_RUN,
	.help = "init: with the key of that destination"},
    {OPTION_TEXT, 0, "to", AT(to), "FILE", .flags = OPTION_PER_RUN,
	.help = "key add: a slot for a key file, which is made"},
    {OPTION_TEXT, 0, "public", AT(public), "FILE", .flags = OPTION_PER_RUN,
	.help = "key add: a slot sealed to an X25519 key (PEM); not safe from "
	    "quantum computers"},
    {OPTION_FLAG, 0, "read-data", AT(read_data), .flags = OPTION_PER_RUN,
	.help = "check: read and verify every octet"},
    {OPTION_FLAG, 0, "all", AT(all), .flags = OPTION_PER_RUN,
	.help = "unlock: locks of living processes, too"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "forget, prune: say what would be done"},
    {OPTION_FLAG, 'y', "yes", AT(yes), .flags = OPTION_PER_RUN,
	.help = "erase: do not ask"},
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text",
	"text|json|svg", .flags = OPTION_PER_RUN,
	.help = "lines, a JSON object an item, or (status) a plot"},
    {OPTION_END}};

const char *
backup_conf_name(const struct backup_conf *conf)
{
	return conf->cmd.instance != NULL ? conf->cmd.instance : BACKUP_MAIN;
}

void
backup_conf_settle(struct backup_conf *conf)
{
	if (conf->repo == NULL)
		return;
	conf->destination.path = conf->destination.url = NULL;
	if (strstr(conf->repo, "://") != NULL)
		conf->destination.url = conf->repo;
	else
		conf->destination.path = conf->repo;
}

static bool
has_name(char **names, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

static int
add_name(char ***names, size_t *n, struct slice name, struct err *err)
{
	if (!repository_name_is_valid(name))
		return err_set(err, ERR_CONFIG, "[fe-backup %.*s]: a name has "
		    "letters, digits, `-' and `_' only", SLICE_ARG(name));
	if (has_name(*names, *n, name))
		return 0;
	*names = mem_array(*names, *n + 1, sizeof(**names));
	(*names)[(*n)++] = mem_dup(name.p, name.n);
	return 0;
}

int
backup_conf_names(char ***names, size_t *n, struct err *err)
{
	static const char program[] = "fe-backup";
	struct buf path = BUF_INIT;
	struct config config;
	bool has_main = false;
	int result;

	*names = NULL;
	*n = 0;
	result = config_read(&config, home_file(&path, "fe.conf"), err);
	buf_free(&path);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < config.n && result == 0; i++) {
		struct slice section = config.entries[i].section;
		struct slice key = config.entries[i].key;

		if (slice_is(section, program))
			has_main = has_main || slice_is(key, "path") ||
			    slice_is(key, "url");
		else if (slice_starts(section, "fe-backup "))
			result = add_name(names, n, slice_trim(slice_part(
			    section, sizeof(program), section.n)), err);
	}
	config_free(&config);
	if (result == 0 && *n == 0 && has_main)
		result = add_name(names, n, SLICE(BACKUP_MAIN), err);
	return result;
}

void
backup_conf_names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

bool
backup_conf_has_section(const char *name)
{
	struct buf path = BUF_INIT, section = BUF_INIT;
	struct config config;
	bool found = false;

	buf_format(&section, "fe-backup %s", name);
	if (config_read(&config, home_file(&path, "fe.conf"), NULL) == 0) {
		for (size_t i = 0; i < config.n; i++)
			found = found || slice_equal(buf_slice(&section),
			    config.entries[i].section);
		config_free(&config);
	}
	buf_free(&path);
	buf_free(&section);
	return found;
}

int
backup_conf_read(struct backup_conf *conf, const char *name,
    const char *program, struct err *err)
{
	static const struct cmd backup_cmd = {.name = "fe-backup",
	    .options = backup_conf_options};
	static char self[] = "fe-backup", home_option[] = "--home",
		    instance[] = "--instance";
	char *words[6] = {self, home_option, NULL, instance,
	    (char *)(uintptr_t)name, NULL};
	int n = 5, result;

	if (strcmp(name, BACKUP_MAIN) == 0 && !backup_conf_has_section(name)) {
		words[3] = NULL;
		n = 3;
	}
	*conf = (struct backup_conf){.home_text = mem_text(home_path())};
	words[2] = conf->home_text;
	result = option_parse(&backup_cmd, n, words, conf, err);
	log_start(program, LOG_TEXT, LOG_WARNING);
	if (result == 0)
		backup_conf_settle(conf);
	return result;
}
