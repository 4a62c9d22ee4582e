/* SPDX-License-Identifier: ISC */
/* Which files a folder of logs holds, and which of them are over. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/number.h"
#include "ops/log_folder.h"

const char *
log_name_path(const struct log_name *name, const char *path, struct buf *out)
{
	char date[LOG_KEY_DATE_SIZE];

	buf_truncate(out, 0);
	buf_format(out, "%s/%s.%04u.%s", path, log_key_date(name->day, date),
	    name->number, name->sealed ? "sealed" : "log");
	return out->p;
}

static int
parse(struct slice text, struct log_name *name)
{
	struct slice rest = text, date = slice_cut(&rest, '.'),
		     number = slice_cut(&rest, '.');
	int64_t ms, n;

	if (date.n != LOG_KEY_DATE_SIZE - 1 || clock_parse(date, &ms) < 0 ||
	    number.n < 4 || number_parse(number, 1, 1 << 30, &n) < 0 ||
	    (!slice_is(rest, "log") && !slice_is(rest, "sealed")))
		return -1;
	name->day = log_key_day(ms);
	name->number = (unsigned)n;
	name->sealed = slice_is(rest, "sealed");
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct log_name *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

int
log_names_read(struct log_names *names, const char *path, struct err *err)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	struct log_name name = {.day = 0};
	struct stat st;

	*names = (struct log_names){.n = 0};
	if (folder == NULL)
		return err_errno(err, "cannot read folder '%s'", path);
	while ((entry = readdir(folder)) != NULL) {
		if (parse(slice_text(entry->d_name), &name) < 0 ||
		    fstatat(dirfd(folder), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		name.size = st.st_size;
		names->items = mem_array(
		    names->items, names->n + 1, sizeof(*names->items));
		names->items[names->n++] = name;
	}
	closedir(folder);
	if (names->n > 1)
		qsort(names->items, names->n, sizeof(*names->items), compare);
	return 0;
}

void
log_names_free(struct log_names *names)
{
	free(names->items);
	*names = (struct log_names){.n = 0};
}

int64_t
log_first_day_kept(int64_t now_ms, int64_t keep_s)
{
	int64_t day = log_key_day(now_ms);

	/* a day is over for so long when its end is */
	return log_key_day(now_ms - keep_s * 1000) < day
		   ? log_key_day(now_ms - keep_s * 1000)
		   : day;
}

int
log_folder_expire(const struct log_folder_conf *conf, int64_t now_ms, size_t *n,
    struct err *err)
{
	int64_t first = log_first_day_kept(now_ms, conf->keep_s), total = 0;
	struct log_names names;
	struct buf path = BUF_INIT;
	int result = 0;

	*n = 0;
	if (log_names_read(&names, conf->path, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		total += names.items[i].size;
	/* the newest is the one that is being written, and it will grow */
	if (names.n > 0)
		total += conf->file_size - names.items[names.n - 1].size;
	for (size_t i = 0; i < names.n && result == 0; i++) {
		const struct log_name *name = &names.items[i];
		bool over = i + 1 < names.n && total > conf->total_size;

		if (name->day >= first && !over)
			break;
		total -= name->size;
		if (unlink(log_name_path(name, conf->path, &path)) < 0 &&
		    errno != ENOENT)
			result = err_errno(err, "cannot remove '%s'", path.p);
		else
			(*n)++;
	}
	if (*n > 0 && result == 0)
		result = io_sync_folder(path.p, err);
	buf_free(&path);
	log_names_free(&names);
	return result;
}
