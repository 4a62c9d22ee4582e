/* SPDX-License-Identifier: ISC */
/*
 * All accounts, and the table of recipients that is made of them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "store/account.h"

#define SUFFIX ".json"

static void
add_account(struct account_list *list, const char *name)
{
	struct account account;
	struct err err = ERR_INIT;
	int found = account_read(&account, name, &err);

	if (found < 0 && list->bad++ == 0)
		list->bad_first = err;
	if (found != 1)
		return;
	list->items =
	    mem_array(list->items, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = account;
}

/* The accounts of one domain; other names than USER.json are passed over. */
static int
add_domain(struct account_list *list, const char *domain, struct err *err)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "accounts/%s", domain));
	int result = 0;

	if (folder == NULL && errno != ENOTDIR)
		result = err_errno(err, "cannot open folder '%s'", path.p);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		struct slice file = slice_text(entry->d_name);

		if (file.p[0] == '.' || !slice_ends(file, SUFFIX))
			continue;
		buf_truncate(&name, 0);
		buf_append(&name, file.p, file.n - strlen(SUFFIX));
		buf_format(&name, "@%s", domain);
		add_account(list, name.p);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	buf_free(&name);
	return result;
}

static int
compare_accounts(const void *a, const void *b)
{
	return strcmp(((const struct account *)a)->name,
	    ((const struct account *)b)->name);
}

int
account_list_read(struct account_list *list, struct err *err)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "accounts"));
	int result = 0;

	memset(list, 0, sizeof(*list));
	if (folder == NULL)
		result = err_errno(err, "cannot open folder '%s'", path.p);
	while (result == 0 && folder != NULL &&
	    (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			result = add_domain(list, entry->d_name, err);
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	if (list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items),
		    compare_accounts);
	if (result < 0)
		account_list_free(list);
	return result;
}

void
account_list_free(struct account_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		account_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

const struct account *
account_list_owner(const struct account_list *list, const char *address)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct account *a = &list->items[i];

		if (strcmp(a->name, address) == 0)
			return a;
		for (size_t j = 0; j < a->aliases_n; j++)
			if (strcmp(a->aliases[j], address) == 0)
				return a;
	}
	return NULL;
}

/* A line of the table. */
struct row {
	const char *address, *mailbox;
};

static int
compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->address,
	    ((const struct row *)b)->address);
}

static size_t
gather_rows(const struct account_list *list, struct row **rows)
{
	size_t n = 0, all = 0;

	for (size_t i = 0; i < list->n; i++)
		all += 1 + list->items[i].aliases_n;
	*rows = mem_array(NULL, all, sizeof(**rows));
	for (size_t i = 0; i < list->n; i++) {
		const struct account *a = &list->items[i];

		if (a->state != ACCOUNT_ACTIVE)
			continue;
		(*rows)[n++] = (struct row){a->name, a->name};
		for (size_t j = 0; j < a->aliases_n; j++)
			(*rows)[n++] = (struct row){a->aliases[j], a->name};
	}
	if (n > 0)
		qsort(*rows, n, sizeof(**rows), compare_rows);
	return n;
}

static int
format_rows(const struct row *rows, size_t n, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(rows[i].address, rows[i - 1].address) == 0)
			return err_set(err, ERR_CONFIG, "'%s' is an address "
			    "of both '%s' and '%s'", rows[i].address,
			    rows[i - 1].mailbox, rows[i].mailbox);
		buf_format(
		    out, "%s\t%s\n", rows[i].address, rows[i].mailbox);
	}
	return 0;
}

int
account_list_publish(const struct account_list *list, struct err *err)
{
	struct buf path = BUF_INIT, fresh = BUF_INIT, old = BUF_INIT;
	struct row *rows = NULL;
	size_t n = gather_rows(list, &rows);
	int result = format_rows(rows, n, &fresh, err);

	home_file(&path, "run/recipients");
	if (result == 0 && (io_read_file(path.p, &old, NULL) < 0 ||
		!slice_equal(buf_slice(&old), buf_slice(&fresh))))
		result = io_replace_file(
		    path.p, buf_slice(&fresh), 0640, err);
	free(rows);
	buf_free(&path);
	buf_free(&fresh);
	buf_free(&old);
	return result;
}
