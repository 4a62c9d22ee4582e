/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_META_H
#define FE_RECORD_META_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * The meta of one record (fe-record(5)): one JSON object on one line.  Its
 * top-level members are kept as raw slices in their order; what nobody
 * touches is written back octet for octet, unknown members too.
 */
#define META_SIZE_MAX ((size_t)1 << 20)
/* Shares of the 1 MiB; writers cut their lists and say "truncated": N. */
#define META_ENVELOPE_MAX ((size_t)256 << 10)
#define META_CHECKS_MAX ((size_t)64 << 10)
#define META_SCAN_MAX ((size_t)256 << 10)
#define META_PLAN_MAX ((size_t)256 << 10) /* plan and headers together */

struct meta_member {
	struct slice name;  /* raw, without quotes */
	struct slice value; /* raw JSON */
};

struct meta_owned; /* what was set since, freed with the meta */

struct meta {
	struct buf text;  /* the line as it was read; members point into it */
	struct meta_member *members;
	size_t n, capacity;
	struct meta_owned *owned;
};

void meta_init(struct meta *m); /* {"fe":1} */
/* An independent copy into a meta that was not initialised. */
void meta_copy(struct meta *m, const struct meta *from);
/* Takes a copy of one line (no LF).  Checks JSON (json_check), the first
 * member "fe":1 and the size of the line.  ERR_MESSAGE. */
int meta_parse(struct meta *m, struct slice line, struct err *err);
void meta_free(struct meta *m);

/* Raw value of a top-level member, or none. */
struct slice meta_get(const struct meta *m, const char *name);
/* Value by path, `client.tls.version', or none. */
struct slice meta_at(const struct meta *m, const char *path);
/* Replaces a member in its place, or appends it; copies name and value, which
 * must be valid JSON.  A value of none deletes it. */
void meta_set(struct meta *m, const char *name, struct slice value);
void meta_set_text(struct meta *m, const char *name, struct slice text);
void meta_set_integer(struct meta *m, const char *name, int64_t value);
/* Appends the line and its LF. ERR_MESSAGE when it is over 1 MiB. */
int meta_write(const struct meta *m, struct buf *out, struct err *err);

/* Typed view of what most programs ask.  none/-1 where absent. */
struct slice meta_id(const struct meta *m);
int64_t meta_size(const struct meta *m);
int64_t meta_deadline_ms(const struct meta *m); /* -1: none */

/* Entries of `timing' are replaced by program name. */
void meta_add_timing(struct meta *m, const char *program, int64_t cpu_us,
    int64_t wall_us);

/* `headers': appends one operation of ours; `index' 0 means all (delete). */
enum header_op { HEADER_PREPEND, HEADER_APPEND, HEADER_DELETE };
/* Takes out the entries whose `by' is this program. */
void meta_drop_header_ops(struct meta *m, const char *by);
/* -1 when the share of plan and headers is full: then nothing changed.
 * `index' counts from 1 at the top, from -1 at the bottom (edit.h). */
int meta_add_header_op(struct meta *m, enum header_op op, const char *name,
    struct slice value, int index, const char *by);

/* The verdict member, as far as RECORD.md defines it. */
enum verdict_action {
	VERDICT_NONE, /* no verdict: accept */
	VERDICT_ACCEPT,
	VERDICT_JUNK,
	VERDICT_QUARANTINE,
	VERDICT_REJECT,
	VERDICT_DISCARD,
	VERDICT_TEMPFAIL
};
/* From a verdict object (the record's or a plan entry's). */
enum verdict_action verdict_action(struct slice verdict);
/* reject, discard and tempfail are final: pass the record through. */
bool verdict_is_final(enum verdict_action action);
/* {"action":"tempfail","code":451,"enhanced":"4.3.0","text":...,"by":...} */
void meta_set_tempfail(struct meta *m, const char *by, const char *text);

#endif
