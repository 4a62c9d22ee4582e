/* SPDX-License-Identifier: ISC */
/*
 * The engine of fe-watch.  Lines come from programs that repeat what strangers
 * said; what the patterns took out of them is cut and cleaned when an event is
 * written (base/event.h), and goes nowhere else but through keyed hashes.
 */
#include "ops/watcher.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* What counts as one network. */
#define NETWORK_BITS_4 24
#define NETWORK_BITS_6 48
#define STORE_KEPT ((size_t)64 << 10)

struct signal {
	size_t number;
	int64_t time_ms;
	struct slice source, host, account, object, detail, port;
	struct network network; /* size 0: none */
	bool has_address; /* it is one */
};

/* Alarms by one key for all need one key only. */
static size_t
share_of(const struct watch_rules *rules, size_t state_max)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->alarms_n; i++)
		n += rules->alarms[i].kind == WATCH_ALARM &&
		    rules->alarms[i].key != WATCH_BY_ALL;
	return n > 0 ? state_max / n : 0;
}

void
watcher_init(struct watcher *w, const struct watch_rules *rules,
    size_t state_max, const unsigned char *places_key, struct buf *out)
{
	size_t share = share_of(rules, state_max);

	*w = (struct watcher){.rules = rules, .out = out, .store = BUF_INIT,
	    .account = BUF_INIT, .clock = {.hour = -1}};
	for (size_t i = 0; i < rules->alarms_n; i++) {
		const struct watch_alarm *alarm = &rules->alarms[i];

		if (alarm->kind == WATCH_ALARM)
			watch_table_init(&w->tables[i],
			    alarm->key == WATCH_BY_ALL ? 0 : share,
			    alarm->count, alarm->window_s);
	}
	watch_places_init(&w->places, places_key);
}

void
watcher_free(struct watcher *w)
{
	for (size_t i = 0; i < w->rules->alarms_n; i++)
		watch_table_free(&w->tables[i]);
	watch_places_free(&w->places);
	buf_free(&w->store);
	buf_free(&w->account);
}

size_t
watcher_memory(const struct watcher *w)
{
	size_t n = WATCH_PLACES_MAX * sizeof(struct watch_place);

	for (size_t i = 0; i < w->rules->alarms_n; i++)
		if (w->rules->alarms[i].kind == WATCH_ALARM)
			n += watch_table_memory(&w->tables[i]);
	return n;
}

/*
 * Signals to events
 */

struct names { /* of one signal, as texts */
	char address[IP_TEXT_SIZE], client[IP_TEXT_SIZE];
	char network[IP_TEXT_SIZE + 4];
};

static void
name_network(const struct signal *s, struct names *names)
{
	struct ip client, ip = s->network.ip;
	unsigned bits = ip.size == 4 ? NETWORK_BITS_4 : NETWORK_BITS_6;

	names->address[0] = names->client[0] = names->network[0] = '\0';
	if (ip.size == 0)
		return;
	if (s->has_address) {
		client = ip_client(&ip);
		ip_text(&ip, names->address);
		ip_text(&client, names->client);
	} else if (bits > s->network.bits) {
		bits = s->network.bits;
	}
	ip = ip_mask(&ip, bits);
	ip_text(&ip, names->network);
	snprintf(names->network + strlen(names->network), 5, "/%u", bits);
}

/* The texts that a rule compares; none where the signal has no such thing. */
static struct slice
text_or_none(const char *text)
{
	return text[0] == '\0' ? SLICE_NONE : slice_text(text);
}

static struct slice
key_of(const struct signal *s, const struct names *names, enum watch_key key)
{
	switch (key) {
	case WATCH_BY_ADDRESS:
		return text_or_none(names->client);
	case WATCH_BY_NETWORK:
		return text_or_none(names->network);
	case WATCH_BY_ACCOUNT:
		return s->account;
	case WATCH_BY_OBJECT:
		return s->object;
	default:
		return SLICE("all");
	}
}

/* false: the signal has none of what is counted. */
static bool
what_of(const struct signal *s, const struct names *names,
    enum watch_what what, struct slice *out)
{
	switch (what) {
	case WATCH_ACCOUNTS:
		*out = s->account;
		break;
	case WATCH_ADDRESSES:
		*out = text_or_none(names->client);
		break;
	case WATCH_NETWORKS:
		*out = text_or_none(names->network);
		break;
	case WATCH_OBJECTS:
		*out = s->object;
		break;
	case WATCH_PORTS:
		*out = s->port;
		break;
	default:
		*out = SLICE_NONE;
		return true;
	}
	return out->p != NULL;
}

static void
put_event(struct watcher *w, const struct watch_alarm *alarm,
    const struct signal *s, const struct names *names, int64_t count)
{
	bool counted = alarm->kind == WATCH_ALARM;
	struct event event = {.name = alarm->event,
	    .severity = alarm->severity,
	    .time_ms = s->time_ms,
	    .source = s->source,
	    .host = s->host,
	    .unproven = alarm->unproven,
	    .detail = s->detail,
	    .count = count,
	    .window_s = alarm->window_s};
	bool all = counted && alarm->key == WATCH_BY_ALL;

	/* of many, only what they have in common */
	if (!counted || alarm->key == WATCH_BY_ADDRESS)
		event.address = text_or_none(names->address);
	if (!all && event.address.p == NULL &&
	    (!counted || alarm->key == WATCH_BY_NETWORK))
		event.network = text_or_none(names->network);
	if (!all && (!counted || (alarm->key != WATCH_BY_NETWORK &&
				     alarm->what != WATCH_ACCOUNTS)))
		event.account = s->account;
	if (!counted || alarm->key == WATCH_BY_OBJECT)
		event.object = s->object;
	else if (s->port.p != NULL && alarm->what == WATCH_SIGNALS)
		event.object = s->port;
	w->events++;
	event_write(&event, w->out);
}

static void
see_place(struct watcher *w, const struct watch_alarm *alarm,
    const struct signal *s, const struct names *names)
{
	if (s->account.p == NULL || names->network[0] == '\0')
		return;
	if (watch_places_see(&w->places, s->account,
		slice_text(names->network), s->time_ms / 1000) ==
	    WATCH_PLACE_NEW)
		put_event(w, alarm, s, names, 0);
}

static void
count(struct watcher *w, size_t index, const struct signal *s,
    const struct names *names)
{
	const struct watch_alarm *alarm = &w->rules->alarms[index];
	struct slice key = key_of(s, names, alarm->key), what;
	int64_t signals;

	if (key.p == NULL || !what_of(s, names, alarm->what, &what))
		return;
	signals = watch_table_add(
	    &w->tables[index], key, what, s->time_ms / 1000);
	if (signals > 0)
		put_event(w, alarm, s, names, signals);
}

/* Names of accounts are told apart without their case. */
static void
lower_account(struct watcher *w, struct signal *s)
{
	size_t n = s->account.n < EVENT_ACCOUNT_MAX ? s->account.n
						     : EVENT_ACCOUNT_MAX;

	if (s->account.n == 0) {
		s->account = SLICE_NONE;
		return;
	}
	buf_truncate(&w->account, 0);
	for (size_t i = 0; i < n; i++)
		buf_append_char(&w->account, ascii_lower(s->account.p[i]));
	s->account = buf_slice(&w->account);
}

static void
take_signal(struct watcher *w, struct signal *s)
{
	uint64_t bit = UINT64_C(1) << s->number;
	struct names names;

	w->signals++;
	lower_account(w, s);
	name_network(s, &names);
	for (size_t i = 0; i < w->rules->alarms_n; i++) {
		const struct watch_alarm *alarm = &w->rules->alarms[i];

		if ((alarm->signals & bit) == 0)
			continue;
		if (alarm->kind == WATCH_TELL)
			put_event(w, alarm, s, &names, 0);
		else if (alarm->kind == WATCH_PLACE)
			see_place(w, alarm, s, &names);
		else
			count(w, i, s, &names);
	}
}

/*
 * Lines to signals
 */

static const struct watch_program *
find_program(struct watcher *w, struct slice name)
{
	uint32_t hash = 2166136261u; /* FNV-1a: a cache, whoever fills it */
	size_t at;

	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * 16777619u;
	at = hash % WATCHER_PROGRAMS;
	if (name.n == 0 || name.n >= sizeof(w->programs[0].name))
		return NULL;
	if (strncmp(w->programs[at].name, name.p, name.n) != 0 ||
	    w->programs[at].name[name.n] != '\0') {
		memcpy(w->programs[at].name, name.p, name.n);
		w->programs[at].name[name.n] = '\0';
		w->programs[at].program =
		    watch_rules_program(w->rules, name);
	}
	return w->programs[at].program;
}

static void
match(struct watcher *w, const struct watch_program *program,
    const struct log_line *line)
{
	struct watch_match m;

	for (size_t i = 0; i < program->n; i++) {
		const struct watch_line_rule *rule =
		    &w->rules->lines[program->lines[i]];
		struct signal s;

		if (!watch_pattern_match(&rule->pattern, line->message, &m))
			continue;
		s = (struct signal){.number = rule->signal,
		    .time_ms = w->replay ? line->time_ms : w->now_ms,
		    .source = line->program, .host = line->host,
		    .account = rule->account.p != NULL ? rule->account
						       : m.account,
		    .object = m.object, .detail = m.detail, .port = m.port,
		    .network = m.network, .has_address = m.has_address};
		take_signal(w, &s);
		return;
	}
}

static bool
take_json(struct watcher *w, struct slice text)
{
	struct slice name = log_line_json_program(text);
	const struct watch_program *program;
	struct log_line line;

	/* most lines are of programs that no rule is about */
	if (name.n > 0 && slice_find(name, '\\') == name.n &&
	    find_program(w, name) == NULL)
		return true;
	if (log_line_json(text, w->replay, &line, &w->store) < 0)
		return false;
	program = find_program(w, line.program);
	if (program != NULL && !line.doubtful)
		match(w, program, &line);
	else
		w->strange += line.doubtful;
	if (w->store.capacity > STORE_KEPT)
		buf_free(&w->store);
	return true;
}

static bool
take_text(struct watcher *w, struct slice text)
{
	const struct watch_program *program;
	struct log_line line;

	w->clock.now_ms = w->now_ms;
	if (log_line_text(text, w->replay ? &w->clock : NULL, &line) < 0)
		return false;
	program = find_program(w, line.program);
	if (program != NULL) {
		line.message = slice_trim(line.message);
		match(w, program, &line);
	}
	return true;
}

void
watcher_take_line(struct watcher *w, struct slice line)
{
	bool json = line.n > 0 && line.p[0] == '{', known;

	if (line.n == 0)
		return;
	w->lines++;
	if (w->form == WATCHER_UNKNOWN)
		w->form = json ? WATCHER_JSON : WATCHER_TEXT;
	known = json == (w->form == WATCHER_JSON) &&
	    (json ? take_json(w, line) : take_text(w, line));
	w->strange += !known;
}

void
watcher_take_event(struct watcher *w, const struct event *event)
{
	int number = watch_rules_signal(w->rules, event->name);
	struct signal s = {.time_ms = w->replay ? event->time_ms : w->now_ms,
	    .source = event->source, .host = event->host,
	    .account = event->account, .object = event->object,
	    .detail = event->detail};

	if (number < 0) {
		w->events++;
		event_write(event, w->out);
		return;
	}
	s.number = (size_t)number;
	s.has_address = event->address.p != NULL &&
	    ip_parse(event->address, &s.network.ip) == 0;
	if (s.has_address)
		s.network.bits = s.network.ip.size * 8u;
	else if (event->network.p != NULL &&
	    network_parse(event->network, &s.network) < 0)
		s.network = (struct network){.bits = 0};
	take_signal(w, &s);
}
