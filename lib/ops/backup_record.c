/* SPDX-License-Identifier: ISC */
/* Records of backups made. */
#include "ops/backup_record.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/home.h"
#include "base/io.h"
#include "base/json.h"

#define RECORD_SIZE_MAX 65536

void
backup_record_read(struct backup_record *record, const char *name)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(RECORD_SIZE_MAX);
	struct slice snapshot;

	memset(record, 0, sizeof(*record));
	if (io_read_file(home_file(&path, "backup/%s.json", name), &text,
		NULL) == 0 && document_check(buf_slice(&text), path.p,
		"record", NULL) == 0) {
		snapshot = json_plain(json_get(buf_slice(&text), "snapshot"));
		if (snapshot.n < sizeof(record->snapshot))
			snprintf(record->snapshot, sizeof(record->snapshot),
			    "%.*s", SLICE_ARG(snapshot));
		(void)clock_parse(json_plain(json_get(buf_slice(&text),
		    "time")), &record->time_ms);
		(void)clock_parse(json_plain(json_get(buf_slice(&text),
		    "pruned")), &record->pruned_ms);
		(void)json_integer(json_get(buf_slice(&text), "without_keys"),
		    &record->without_keys);
	}
	buf_free(&path);
	buf_free(&text);
}

int
backup_record_write(const struct backup_record *record, const char *name,
    struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct json_writer w = JSON_WRITER(&text);
	char time[CLOCK_TEXT_SIZE];
	int result;

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "snapshot", record->snapshot);
	json_put_text(&w, "time", clock_rfc3339(record->time_ms, time));
	json_put_text(&w, "pruned", clock_rfc3339(record->pruned_ms, time));
	json_put_integer(&w, "without_keys", record->without_keys);
	json_close_object(&w);
	buf_append_char(&text, '\n');
	result = io_make_folders(home_file(&path, "backup"), 0750, err);
	if (result == 0)
		result = io_replace_file(home_file(&path, "backup/%s.json",
		    name), buf_slice(&text), 0644, err);
	buf_free(&path);
	buf_free(&text);
	return result;
}
