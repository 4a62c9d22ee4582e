/* SPDX-License-Identifier: ISC */
/* The state of destinations. */
#include "ops/backup_status.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/json.h"
#include "base/mem.h"
#include "ops/repository_slot.h"

/* Once a year what is on paper must have opened it. */
#define KEY_DRILL_MS ((int64_t)366 * 24 * 60 * 60 * 1000)

/* One report; the newest comes first.  True once there is no more to know. */
static bool
take_drill(struct backup_status *s, struct slice report)
{
	bool good = json_is_true(json_get(report, "ok"));
	int64_t time_ms = -1;

	if (clock_parse(json_plain(json_get(report, "time")), &time_ms) < 0)
		return false;
	if (s->drill_ms < 0) {
		s->drill_ms = time_ms;
		s->drill_good = good;
		(void)json_integer(json_get(report, "full_ms"),
		    &s->drill_took_ms);
	}
	if (good && json_string_is(json_get(report, "opened_by"),
		"repository key"))
		s->key_drill_ms = time_ms;
	return s->key_drill_ms >= 0 ||
	    clock_now_ms() - time_ms > KEY_DRILL_MS;
}

static void
read_drills(struct backup_status *s, struct destination *d)
{
	struct destination_list list;
	struct buf text = BUF_LIMITED((size_t)1 << 20);
	bool known = false;

	s->drill_ms = s->key_drill_ms = -1;
	if (destination_list(d, "drills", &list, NULL) < 0)
		return;
	for (size_t i = list.n; i-- > 0 && !known;) {
		buf_truncate(&text, 0);
		if (destination_get(d, list.items[i].name, 0, 0, &text,
			NULL) > 0 && json_check(slice_trim(
			buf_slice(&text)), NULL) == 0)
			known = take_drill(s, json_get(buf_slice(&text),
			    "report"));
	}
	destination_list_free(&list);
	buf_free(&text);
}

static int
add_sizes(struct backup_status *s, struct destination *d, struct err *err)
{
	static const char *const folders[] = {"packs", "index", "snapshots",
	    "mailboxes"};
	struct destination_list list;

	for (size_t i = 0; i < 4; i++) {
		if (destination_list(d, folders[i], &list, err) < 0)
			return -1;
		for (size_t k = 0; k < list.n; k++)
			s->octets += list.items[k].size;
		destination_list_free(&list);
	}
	return 0;
}

int
backup_status_read(struct backup_status *s, const char *name,
    const struct backup_conf *conf, struct destination *d, struct err *err)
{
	struct repository_config config;
	int found = repository_config_read(d, &config, err);
	int64_t limit_s = conf->rpo_s > 0 ? conf->rpo_s : BACKUP_STATUS_RPO_S;

	memset(s, 0, sizeof(*s));
	s->name = name;
	s->newest_ms = -1;
	if (found == 0)
		err_set(err, ERR_USAGE, "there is no repository in '%s'",
		    destination_name(d));
	if (found <= 0)
		return -1;
	s->destination = mem_text(destination_name(d));
	if (snapshot_names_read(d, &s->names, err) < 0 ||
	    add_sizes(s, d, err) < 0)
		return -1;
	s->snapshots = (int64_t)s->names.n;
	if (s->names.n > 0) {
		s->newest_ms = snapshot_name_time(
		    slice_text(s->names.items[s->names.n - 1]));
		s->age_s = (clock_now_ms() - s->newest_ms) / 1000;
	}
	s->confirmed_ms = repository_confirmed_ms(d);
	read_drills(s, d);
	s->key_drill_met = clock_now_ms() - (s->key_drill_ms >= 0 ?
	    s->key_drill_ms : config.made_ms) <= KEY_DRILL_MS;
	s->rpo_s = conf->rpo_s;
	s->rto_s = conf->rto_s;
	s->rpo_met = s->newest_ms >= 0 && s->age_s <= limit_s;
	s->rto_met = conf->rto_s == 0 || (s->drill_ms >= 0 && s->drill_good &&
	    s->drill_took_ms <= conf->rto_s * 1000);
	return 0;
}

void
backup_status_free(struct backup_status *s)
{
	free(s->destination);
	snapshot_names_free(&s->names);
	memset(s, 0, sizeof(*s));
}

void
backup_put_duration(struct buf *out, int64_t seconds)
{
	if (seconds < 120)
		buf_format(out, "%lld s", (long long)seconds);
	else if (seconds < 2 * 60 * 60)
		buf_format(out, "%lld min", (long long)(seconds / 60));
	else if (seconds < 2 * 24 * 60 * 60)
		buf_format(out, "%lld h", (long long)(seconds / 3600));
	else
		buf_format(out, "%lld days", (long long)(seconds / 86400));
}

void
backup_put_octets(struct buf *out, int64_t octets)
{
	if (octets < 100000)
		buf_format(out, "%lld octets", (long long)octets);
	else if (octets < 1000000000)
		buf_format(out, "%.1f MB", (double)octets / 1e6);
	else
		buf_format(out, "%.2f GB", (double)octets / 1e9);
}

static void
put_time(struct buf *out, int64_t ms)
{
	char time[CLOCK_TEXT_SIZE];

	buf_format(out, "%.10s", clock_rfc3339(ms, time));
}

void
backup_status_text(const struct backup_status *s, struct buf *out)
{
	buf_format(out, "%s\t%s\t%lld snapshots\t", s->name, s->destination,
	    (long long)s->snapshots);
	backup_put_octets(out, s->octets);
	buf_append_text(out, "\tnewest ");
	if (s->newest_ms < 0)
		buf_append_text(out, "never");
	else
		backup_put_duration(out, s->age_s);
	if (!s->rpo_met) {
		buf_append_text(out, " (TARGET MISSED: ");
		backup_put_duration(out, s->rpo_s > 0 ? s->rpo_s :
		    BACKUP_STATUS_RPO_S);
		buf_append_char(out, ')');
	}
	buf_append_text(out, "\tdrill ");
	if (s->drill_ms < 0)
		buf_append_text(out, "never");
	else {
		put_time(out, s->drill_ms);
		buf_format(out, " %s %.1f s", s->drill_good ? "ok" : "FAILED",
		    (double)s->drill_took_ms / 1000);
	}
	if (!s->rto_met) {
		buf_append_text(out, " (TARGET MISSED: ");
		backup_put_duration(out, s->rto_s);
		buf_append_char(out, ')');
	}
	buf_append_text(out, ", by the repository key ");
	if (s->key_drill_ms < 0)
		buf_append_text(out, "never");
	else
		put_time(out, s->key_drill_ms);
	if (!s->key_drill_met)
		buf_append_text(out, " (DUE: fe-restore drill --ask-key)");
	buf_append_text(out, "\tkey ");
	if (s->confirmed_ms < 0)
		buf_append_text(out, "never confirmed");
	else {
		buf_append_text(out, "confirmed ");
		put_time(out, s->confirmed_ms);
	}
	buf_append_char(out, '\n');
}

static void
put_moment(struct json_writer *w, const char *name, int64_t ms)
{
	char time[CLOCK_TEXT_SIZE];

	if (ms < 0)
		json_put_null(w, name);
	else
		json_put_text(w, name, clock_rfc3339(ms, time));
}

void
backup_status_json(const struct backup_status *s, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_text(&w, "name", s->name);
	json_put_text(&w, "destination", s->destination);
	json_put_integer(&w, "snapshots", s->snapshots);
	json_put_integer(&w, "octets", s->octets);
	put_moment(&w, "newest", s->newest_ms);
	json_put_integer(&w, "age_s", s->age_s);
	json_put_integer(&w, "rpo_s", s->rpo_s);
	json_put_bool(&w, "rpo_met", s->rpo_met);
	put_moment(&w, "drill", s->drill_ms);
	json_put_bool(&w, "drill_ok", s->drill_good);
	json_put_integer(&w, "drill_ms", s->drill_took_ms);
	json_put_integer(&w, "rto_s", s->rto_s);
	json_put_bool(&w, "rto_met", s->rto_met);
	put_moment(&w, "key_drill", s->key_drill_ms);
	json_put_bool(&w, "key_drill_met", s->key_drill_met);
	put_moment(&w, "confirmed", s->confirmed_ms);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

#define PLOT_WIDTH 800
#define PLOT_HEIGHT 240
#define PLOT_MARGIN 40

static void
put_axis(const struct backup_status *s, int64_t from, int64_t to,
    int64_t most, struct buf *out)
{
	buf_format(out, "<text x=\"%d\" y=\"20\" font-size=\"13\">%s: octets "
	    "added by each of %lld snapshots, at most ", PLOT_MARGIN, s->name,
	    (long long)s->snapshots);
	backup_put_octets(out, most);
	buf_format(out, "</text>\n<line x1=\"%d\" y1=\"%d\" x2=\"%d\" "
	    "y2=\"%d\" stroke=\"#888\"/>\n<text x=\"%d\" y=\"%d\" "
	    "font-size=\"11\">", PLOT_MARGIN, PLOT_HEIGHT - PLOT_MARGIN,
	    PLOT_WIDTH - PLOT_MARGIN, PLOT_HEIGHT - PLOT_MARGIN, PLOT_MARGIN,
	    PLOT_HEIGHT - 20);
	put_time(out, from);
	buf_format(out, "</text>\n<text x=\"%d\" y=\"%d\" font-size=\"11\" "
	    "text-anchor=\"end\">", PLOT_WIDTH - PLOT_MARGIN,
	    PLOT_HEIGHT - 20);
	put_time(out, to);
	buf_append_text(out, "</text>\n");
}

void
backup_status_svg(const struct backup_status *s, const int64_t *added,
    struct buf *out)
{
	const double height = PLOT_HEIGHT - 2 * PLOT_MARGIN;
	const double width = PLOT_WIDTH - 2 * PLOT_MARGIN;
	int64_t from = clock_now_ms(), to = from, most = 0;

	if (s->names.n > 0)
		from = snapshot_name_time(slice_text(s->names.items[0]));
	for (size_t i = 0; added != NULL && i < s->names.n; i++)
		if (added[i] > most)
			most = added[i];
	buf_format(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "width=\"%d\" height=\"%d\" font-family=\"sans-serif\">\n",
	    PLOT_WIDTH, PLOT_HEIGHT);
	put_axis(s, from, to, most, out);
	for (size_t i = 0; i < s->names.n; i++) {
		int64_t at = snapshot_name_time(
		    slice_text(s->names.items[i]));
		double x = PLOT_MARGIN + (to == from ? 0 : width *
		    (double)(at - from) / (double)(to - from));
		double h = most == 0 ? 4 : height * (double)added[i] /
		    (double)most;

		buf_format(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"3\" "
		    "height=\"%.1f\" fill=\"#369\"/>\n", x - 1,
		    PLOT_HEIGHT - PLOT_MARGIN - (h < 2 ? 2 : h), h < 2 ? 2 :
		    h);
	}
	buf_append_text(out, "</svg>\n");
}
