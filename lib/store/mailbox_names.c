/* SPDX-License-Identifier: ISC */
/* Which mailboxes there are: HOME/mail/DOMAIN/USER.keys. */
#include "mailbox_names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/mem.h"
#include "mailbox.h"

#define SUFFIX ".keys"

static void
add(struct mailbox_names *names, struct slice user, const char *domain)
{
	struct buf name = BUF_INIT, path = BUF_INIT;

	buf_append_slice(&name, user);
	if (domain != NULL)
		buf_format(&name, "@%s", domain);
	if (mailbox_path(&path, buf_slice(&name), MAILBOX_KEYS, NULL) !=
	    NULL) {
		names->items = mem_array(names->items, names->n + 1,
		    sizeof(*names->items));
		names->items[names->n++] = mem_text(buf_text(&name));
	}
	buf_free(&name);
	buf_free(&path);
}

/* domain NULL: the top, where the quarantine lies beside the domains. */
static int
read_folder(struct mailbox_names *names, const char *domain, struct err *err)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "mail%s%s",
	    domain != NULL ? "/" : "", domain != NULL ? domain : ""));
	int result = 0;

	if (folder == NULL && errno != ENOTDIR)
		result = err_errno(err, "cannot open folder '%s'",
		    buf_text(&path));
	while (folder != NULL && result == 0 &&
	    (entry = readdir(folder)) != NULL) {
		struct slice file = slice_text(entry->d_name);

		if (slice_ends(file, SUFFIX))
			add(names, slice_part(file, 0,
			    file.n - strlen(SUFFIX)), domain);
		else if (domain == NULL && file.p[0] != '.')
			result = read_folder(names, entry->d_name, err);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	return result;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
mailbox_names_read(struct mailbox_names *names, struct err *err)
{
	*names = (struct mailbox_names){NULL, 0};
	if (read_folder(names, NULL, err) < 0)
		return -1;
	if (names->n > 0)
		qsort(names->items, names->n, sizeof(*names->items), compare);
	return 0;
}

void
mailbox_names_free(struct mailbox_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct mailbox_names){NULL, 0};
}
