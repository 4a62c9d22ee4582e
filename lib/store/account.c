/* SPDX-License-Identifier: ISC */
/*
 * The documents of accounts.  They are our own, but an administrator may have
 * been there with an editor: what is odd is said with file and member.
 */
#include "store/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/document.h"
#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "crypto/keys_file.h"
#include "mail/address.h"

#define WHAT "account"
#define LOCK_WAIT_MS 10000
#define QUOTA_MAX ((int64_t)1 << 52)

const char *
account_state_text(enum account_state state)
{
	static const char *const texts[] = {"making", "active", "removing"};

	return texts[state];
}

int
account_name(struct slice address, struct buf *out, struct err *err)
{
	struct slice local, domain;

	buf_truncate(out, 0);
	if (address_normalize(address, out) < 0 || out->n > ACCOUNT_NAME_MAX ||
	    address_split(buf_slice(out), &local, &domain) < 0 ||
	    local.n == 0 || domain.n == 0)
		return err_set(err, ERR_USAGE, "'%.*s' is no address",
		    SLICE_ARG(slice_part(address, 0, ACCOUNT_NAME_MAX)));
	if (!home_name_is_valid(local) || !home_name_is_valid(domain))
		return err_set(err, ERR_USAGE, "'%s' cannot be a mailbox: a "
		    "part of it is no file name", out->p);
	return 0;
}

int
account_alias(struct slice address, struct buf *out, struct err *err)
{
	struct buf whole = BUF_INIT;
	int result;

	if (!slice_starts(address, "@"))
		return account_name(address, out, err);
	buf_append_char(&whole, 'x');
	buf_append_slice(&whole, address);
	result = account_name(buf_slice(&whole), out, err);
	if (result == 0)
		buf_remove(out, 0, 1);
	buf_free(&whole);
	return result;
}

int
account_lock(struct err *err)
{
	struct buf path = BUF_INIT;
	int fd = keys_file_lock(
	    home_file(&path, "accounts/.lock"), LOCK_WAIT_MS, err);

	buf_free(&path);
	return fd;
}

/* accounts/DOMAIN/USER.json */
static const char *
document_path(struct buf *path, const char *name)
{
	struct slice local, domain;

	if (address_split(slice_text(name), &local, &domain) < 0)
		local = domain = SLICE_NONE;
	return home_file(path, "accounts/%.*s/%.*s.json", SLICE_ARG(domain),
	    SLICE_ARG(local));
}

static int
parse_addresses(
    struct account *a, struct slice object, const char *path, struct err *err)
{
	struct slice aliases = json_get(object, "aliases"), item;
	struct json_walk walk = json_walk(aliases);
	struct buf text = BUF_LIMITED(ACCOUNT_NAME_MAX);
	int result = 0;

	if (json_count(aliases) > ACCOUNT_ALIASES_MAX)
		return document_fault(
		    path, WHAT, "it has over 1000 aliases", err);
	a->aliases = mem_zalloc(
	    (json_count(aliases) + 1) * sizeof(*a->aliases));
	while (result == 0 && json_next(&walk, NULL, &item)) {
		buf_truncate(&text, 0);
		if (json_string(item, &text) < 0 || text.n == 0 ||
		    memchr(text.p, '\n', text.n) != NULL ||
		    memchr(text.p, '\t', text.n) != NULL)
			result = document_fault(
			    path, WHAT, "an alias is no address", err);
		else
			a->aliases[a->aliases_n++] = mem_dup(text.p, text.n);
	}
	buf_free(&text);
	return result;
}

static int
parse_state(struct account *a, struct slice value)
{
	for (int i = ACCOUNT_MAKING; i <= ACCOUNT_REMOVING; i++)
		if (json_string_is(
			value, account_state_text((enum account_state)i))) {
			a->state = (enum account_state)i;
			return 0;
		}
	return -1;
}

static int
parse(struct account *a, struct slice text, const char *path, struct err *err)
{
	static const char *const known[] = {"fe", "addresses", "aliases",
	    "quota", "state", "mailbox", NULL};

	if (document_check(text, path, WHAT, err) < 0)
		return -1;
	if (!json_string_is(json_get(text, "mailbox"), a->name) ||
	    !json_string_is(json_get(text, "addresses.0"), a->name))
		return document_fault(path, WHAT, "'mailbox' or the first of "
		    "'addresses' is not the name of the file", err);
	if (json_count(json_get(text, "addresses")) != 1)
		return document_fault(path, WHAT,
		    "'addresses' holds more than one: others are aliases", err);
	if (parse_state(a, json_get(text, "state")) < 0)
		return document_fault(path, WHAT, "'state' is unknown", err);
	if (json_integer(json_get(text, "quota"), &a->quota) < 0 ||
	    a->quota < 0 || a->quota > QUOTA_MAX)
		return document_fault(path, WHAT, "'quota' is no size", err);
	if (parse_addresses(a, text, path, err) < 0)
		return -1;
	if (document_kept(text, known, &a->kept) < 0)
		return document_fault(path, WHAT,
		    "the name of a member has an escape", err);
	return 0;
}

int
account_read(struct account *account, const char *name, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(ACCOUNT_SIZE_MAX);
	int result = -1;

	memset(account, 0, sizeof(*account));
	document_path(&path, name);
	if (io_read_file(path.p, &text, err) == 0) {
		account->name = mem_text(name);
		if (parse(account, buf_slice(&text), path.p, err) == 0)
			result = 1;
		else
			account_free(account);
	} else if (errno == ENOENT || errno == ENOTDIR) {
		err_clear(err);
		result = 0;
	}
	buf_free(&path);
	buf_free(&text);
	return result;
}

static void
format(const struct account *a, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_open_array(&w, "addresses");
	json_put_text(&w, NULL, a->name);
	json_close_array(&w);
	json_put_texts(&w, "aliases", a->aliases, a->aliases_n);
	json_put_integer(&w, "quota", a->quota);
	json_put_text(&w, "state", account_state_text(a->state));
	json_put_text(&w, "mailbox", a->name);
	document_put_kept(&w, a->kept);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

int
account_write(const struct account *account, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	char *slash;
	int result;

	slash = strrchr(document_path(&path, account->name), '/');
	*slash = '\0';
	result = io_make_folders(path.p, 0700, err);
	*slash = '/';
	format(account, &text);
	if (result == 0)
		result = io_replace_file(path.p, buf_slice(&text), 0600, err);
	buf_free(&path);
	buf_free(&text);
	return result;
}

int
account_delete(const char *name, struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	document_path(&path, name);
	result = io_remove_file(path.p, err);
	buf_free(&path);
	return result;
}

void
account_free(struct account *account)
{
	for (size_t i = 0; i < account->aliases_n; i++)
		free(account->aliases[i]);
	free(account->aliases);
	free(account->name);
	free(account->kept);
	memset(account, 0, sizeof(*account));
}

int64_t
account_quota(const char *name)
{
	struct account account;
	struct err err = ERR_INIT;
	int64_t quota = 0;

	if (account_read(&account, name, &err) == 1) {
		quota = account.quota;
		account_free(&account);
	}
	return quota;
}
