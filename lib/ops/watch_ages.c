/* SPDX-License-Identifier: ISC */
/*
 * Ages of certificates and keys.  Reads certificates, which are public, and
 * the names and times of keys, never what is in them.
 */
#include "ops/watch_ages.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/home.h"
#include "base/io.h"
#include "crypto/certificate.h"

#define DAY_MS INT64_C(86400000)
#define DEPTH_MAX 4 /* keys/dkim/DOMAIN/SELECTOR.pem */
#define SOON_DAYS 3

static void
put(struct buf *out, const char *name, enum event_severity severity,
    int64_t now_ms, const char *object, const char *detail)
{
	const struct event event = {.name = slice_text(name),
	    .severity = severity, .time_ms = now_ms,
	    .source = SLICE("fe-watch"), .object = slice_text(object),
	    .detail = slice_text(detail)};

	event_write(&event, out);
}

static void
look_at_certificate(const struct watch_ages *ages, int64_t now_ms,
    const char *path, struct buf *out)
{
	struct buf text = BUF_LIMITED(CERTIFICATE_SIZE_MAX);
	struct certificate_facts facts;
	struct err err = ERR_INIT;
	char detail[80];
	int64_t days;

	if (io_read_file(path, &text, &err) < 0 ||
	    certificate_read(buf_slice(&text), &facts, &err) < 0) {
		put(out, "certificate-unreadable", EVENT_WARNING, now_ms, path,
		    err.text);
	} else {
		days = (facts.until_ms - now_ms) / DAY_MS;
		if (facts.until_ms <= now_ms)
			snprintf(detail, sizeof(detail), "it ended");
		else
			snprintf(detail, sizeof(detail), "%lld days left",
			    (long long)days);
		if (days < ages->certificate_days)
			put(out, "certificate-ends", days < SOON_DAYS
				? EVENT_ALERT : EVENT_WARNING,
			    now_ms, path, detail);
	}
	buf_free(&text);
}

static void
look_at_key(const struct watch_ages *ages, int64_t now_ms, const char *path,
    const struct stat *st, struct buf *out)
{
	int64_t days = (now_ms - (int64_t)st->st_mtime * 1000) / DAY_MS;
	char detail[80];

	if (days <= ages->key_days)
		return;
	snprintf(detail, sizeof(detail), "%lld days old", (long long)days);
	put(out, "key-old", EVENT_NOTICE, now_ms, path, detail);
}

static bool
is_key(const char *name)
{
	struct slice text = slice_text(name);

	return (slice_ends(text, ".key") || slice_ends(text, ".pem")) &&
	    !slice_starts(text, ".") && !slice_is(text, "cert.pem");
}

/* The keys of logs are of a day each, and fe-log's affair. */
static void
look_below(const struct watch_ages *ages, int64_t now_ms, const char *path,
    unsigned depth, struct buf *out)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	struct buf file = BUF_INIT;
	struct stat st;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    slice_is(slice_text(entry->d_name), "log"))
			continue;
		buf_truncate(&file, 0);
		buf_format(&file, "%s/%s", path, entry->d_name);
		if (lstat(file.p, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			look_below(ages, now_ms, file.p, depth + 1, out);
		else if (S_ISREG(st.st_mode) && is_key(entry->d_name))
			look_at_key(ages, now_ms, file.p, &st, out);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&file);
}

void
watch_ages_look(
    const struct watch_ages *ages, int64_t now_ms, struct buf *out)
{
	struct buf path = BUF_INIT;
	struct stat st;

	if (stat(home_file(&path, "keys/tls/cert.pem"), &st) == 0)
		look_at_certificate(ages, now_ms, path.p, out);
	for (size_t i = 0; i < ages->certificates->n; i++)
		look_at_certificate(
		    ages, now_ms, ages->certificates->items[i], out);
	look_below(ages, now_ms, home_file(&path, "keys"), 1, out);
	for (size_t i = 0; i < ages->keys->n; i++)
		if (stat(ages->keys->items[i], &st) == 0)
			look_at_key(
			    ages, now_ms, ages->keys->items[i], &st, out);
	buf_free(&path);
}
