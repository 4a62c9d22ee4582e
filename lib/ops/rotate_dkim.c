/* SPDX-License-Identifier: ISC */
/*
 * DKIM keys, one ahead: the next one's record is in DNS all the time, so a
 * rotation switches at once.  For each domain and type of key:
 *
 *	1 published -> active		(for a moment both sign)
 *	2 the former active -> retiring
 *	3 a new key, published
 *	4 what has retired long enough -> withdrawn, its key destroyed
 *
 * A run that is killed leaves at least one active key; rotate_dkim's finish
 * brings the rest in order from the documents alone.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/private_key.h"
#include "auth/selector.h"
#include "base/clock.h"
#include "base/home.h"
#include "base/shred.h"
#include "ops/rotate.h"
#include "ops/rotate_dns.h"

/* The keys of one domain and type. */
struct chain {
	const char *domain;
	enum dkim_key_type type;
	struct selector *published, *active; /* the oldest, the newest */
};

/* -1: the private key is gone, or not to be read. */
static int
type_of(const struct selector *s, enum dkim_key_type *type)
{
	struct buf path = BUF_INIT;
	EVP_PKEY *key = NULL;
	int result = -1;

	if (private_key_lock_memory(NULL) == 0)
		key = private_key_read(selector_key_path(s, &path), NULL);
	if (key != NULL)
		result = private_key_type(key, type);
	EVP_PKEY_free(key);
	buf_free(&path);
	return result;
}

static bool
is_of(const struct selector *s, const struct chain *c)
{
	enum dkim_key_type type;

	return strcmp(buf_text(&s->domain), c->domain) == 0 &&
	    type_of(s, &type) == 0 && type == c->type;
}

static void
find_chain(struct selectors *all, struct chain *c)
{
	c->published = c->active = NULL;
	for (size_t i = 0; i < all->n; i++) {
		struct selector *s = &all->items[i];

		if ((s->state != SELECTOR_PUBLISHED &&
			s->state != SELECTOR_ACTIVE) || !is_of(s, c))
			continue;
		if (s->state == SELECTOR_PUBLISHED && (c->published == NULL ||
			s->since_ms < c->published->since_ms))
			c->published = s;
		if (s->state == SELECTOR_ACTIVE && (c->active == NULL ||
			s->since_ms > c->active->since_ms))
			c->active = s;
	}
}

static void
record_name(const struct selector *s, struct buf *out)
{
	buf_truncate(out, 0);
	buf_format(out, "%s._domainkey.%s", buf_text(&s->name),
	    buf_text(&s->domain));
}

/* Hands the record to the hook, else to a person. */
static int
hand_out(struct rotation *r, const struct selector *s, const char *event,
    struct err *err)
{
	struct buf name = BUF_INIT, value = BUF_INIT, line = BUF_INIT;
	bool gone = strcmp(event, "delete") == 0;
	const char *domain = buf_text(&s->domain);
	int result = 0;

	record_name(s, &name);
	if (!gone)
		result = selector_record(s, &value, err);
	buf_format(&line, "%s TXT %s\n", name.p, buf_text(&value));
	/* with -n its key is there yet, and nobody may delete anything */
	if (gone && r->conf->dry_run)
		rotation_say(r, domain, "its record %s is asked to be deleted",
		    name.p);
	else if (result == 0 && rotation_hook(r, r->conf->hook, event, domain,
		buf_slice(&line)) > 0)
		rotation_say(r, domain, "%s: the hook has it: %s", name.p,
		    event);
	else if (result == 0)
		rotation_ask(r, domain, event, "%s: %s TXT%s%s", event, name.p,
		    gone ? "" : " ", buf_text(&value));
	buf_free(&name);
	buf_free(&value);
	buf_free(&line);
	return result;
}

/* ---- steps ---- */

static int
change(struct rotation *r, struct selector *s, enum selector_state state,
    int64_t until_ms, struct err *err)
{
	if (!r->conf->dry_run &&
	    selector_change(s, state, until_ms, err) < 0)
		return -1;
	s->state = state;
	s->since_ms = clock_now_ms();
	return rotation_note(r, buf_text(&s->domain),
	    selector_state_text(state), buf_text(&s->name), err);
}

static int
retire(struct rotation *r, struct selector *s, struct err *err)
{
	int64_t now = clock_now_ms();

	if (change(r, s, SELECTOR_RETIRING, now +
		rotation_overlap(r, r->kind) * 1000, err) < 0)
		return -1;
	rotation_say(r, buf_text(&s->domain), "%s signs no more; its record "
	    "stays for mail that is under way", buf_text(&s->name));
	return 0;
}

static int
make_next(struct rotation *r, const struct chain *c, struct err *err)
{
	struct selector made = {.domain = BUF_INIT, .name = BUF_INIT};
	int result;

	if (r->conf->dry_run) {
		rotation_say(r, c->domain, "a next key of %s",
		    c->type == DKIM_KEY_RSA ? "RSA" : "Ed25519");
		return 0;
	}
	buf_append_text(&made.domain, c->domain);
	result = selector_make(slice_text(c->domain), c->type,
	    SELECTOR_PUBLISHED, &made.name, err);
	if (result == 0)
		result = rotation_note(r, c->domain, "published",
		    made.name.p, err);
	if (result == 0)
		result = hand_out(r, &made, "publish", err);
	buf_free(&made.domain);
	buf_free(&made.name);
	return result;
}

static int
destroy_key(struct rotation *r, const struct selector *s, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	selector_key_path(s, &path);
	if (access(path.p, F_OK) == 0 && !r->conf->dry_run) {
		result = shred_file(path.p, err);
		if (result == 0)
			result = rotation_note(r, buf_text(&s->domain),
			    "destroyed", buf_text(&s->name), err);
	}
	buf_free(&path);
	return result;
}

/* The document first: who reads it next does not look for the key. */
static int
withdraw(struct rotation *r, struct selector *s, struct err *err)
{
	if (change(r, s, SELECTOR_WITHDRAWN, -1, err) < 0 ||
	    destroy_key(r, s, err) < 0)
		return -1;
	rotation_say(r, buf_text(&s->domain), "the private key of %s is "
	    "destroyed", buf_text(&s->name));
	return hand_out(r, s, "delete", err);
}

static int64_t
end_of(const struct rotation *r, const struct selector *s)
{
	return s->until_ms >= 0 ? s->until_ms : s->since_ms +
	    rotation_overlap(r, r->kind) * 1000;
}

/* ---- what a run left, or DNS has done with ---- */

/* Once its record is gone nothing need be remembered. */
static int
forget_withdrawn(struct rotation *r, const struct selector *s,
    struct err *err)
{
	enum rotate_dns_answer answer = ROTATE_DNS_THERE;
	struct buf name = BUF_INIT, why = BUF_INIT;
	int result = destroy_key(r, s, err);

	record_name(s, &name);
	if (result == 0 && !r->conf->no_dns && !r->conf->force)
		result = rotate_dns_ask(r, &(struct rotate_dns_question){
		    PLAN_DKIM, DNS_TXT, name.p, NULL}, &answer, &why, err);
	if (result == 0 && answer == ROTATE_DNS_MISSING) {
		if (!r->conf->dry_run)
			result = selector_forget(s, err);
		if (result == 0)
			rotation_say(r, buf_text(&s->domain), "%s is out of "
			    "DNS and forgotten", buf_text(&s->name));
	}
	buf_free(&name);
	buf_free(&why);
	return result;
}

static int
repair_chain(struct rotation *r, struct selectors *all, struct chain *c,
    struct err *err)
{
	find_chain(all, c);
	if (c->active == NULL)
		return 0;
	for (size_t i = 0; i < all->n; i++) {
		struct selector *s = &all->items[i];

		if (s != c->active && s->state == SELECTOR_ACTIVE &&
		    is_of(s, c) && retire(r, s, err) < 0)
			return -1;
	}
	return c->published == NULL ? make_next(r, c, err) : 0;
}

/* Calls `each' for all domains (or one) and types of key. */
static int
each_chain(struct rotation *r, const char *domain, struct selectors *all,
    int (*each)(struct rotation *, struct selectors *, struct chain *,
    struct err *), struct err *err)
{
	const char *last = "";
	struct buf path = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < all->n && result == 0; i++) {
		struct chain rsa = {.domain = buf_text(&all->items[i].domain),
		    .type = DKIM_KEY_RSA};
		struct chain ed25519 = {.domain = rsa.domain,
		    .type = DKIM_KEY_ED25519};

		if (strcmp(last, rsa.domain) == 0 ||
		    (domain != NULL && strcmp(domain, rsa.domain) != 0))
			continue;
		last = rsa.domain;
		result = rotation_become(home_file(&path, "keys/dkim/%s",
		    last), err);
		if (result == 0)
			result = each(r, all, &rsa, err);
		if (result == 0)
			result = each(r, all, &ed25519, err);
		/* one domain among many keeps no other from its turn */
		if (result < 0 && domain == NULL) {
			rotation_fail(r, last, err);
			result = 0;
		}
		if (rotation_become_root(result == 0 ? err : NULL) < 0)
			result = -1;
	}
	buf_free(&path);
	return result == 0 && domain != NULL && last[0] == '\0' ?
	    err_set(err, ERR_USAGE, "'%s' has no DKIM keys", domain) : result;
}

static int
finish_dkim(struct rotation *r, struct err *err)
{
	struct selectors all = SELECTORS_INIT;
	const struct option_list any = {NULL, 0};
	int result = selectors_read(&all, SLICE_NONE, &any, err);

	for (size_t i = 0; i < all.n && result == 0; i++)
		if (all.items[i].state == SELECTOR_WITHDRAWN)
			result = forget_withdrawn(r, &all.items[i], err);
	if (result == 0)
		result = each_chain(r, NULL, &all, repair_chain, err);
	selectors_free(&all);
	return result;
}

/* ---- rotation ---- */

/* Is the next key's record where all can see it?  1, 0 and it was said. */
static int
is_published(struct rotation *r, const struct chain *c, struct err *err)
{
	enum rotate_dns_answer answer = ROTATE_DNS_UNKNOWN;
	struct buf name = BUF_INIT, value = BUF_INIT, why = BUF_INIT;
	int result;

	record_name(c->published, &name);
	result = selector_record(c->published, &value, err);
	if (result == 0)
		result = rotate_dns_ask(r, &(struct rotate_dns_question){
		    PLAN_DKIM, DNS_TXT, name.p, value.p}, &answer, &why, err);
	if (result == 0 && answer == ROTATE_DNS_THERE)
		result = 1;
	else if (result == 0 && answer == ROTATE_DNS_UNKNOWN)
		rotation_need(r, c->domain, "waits for DNS: %s: %s", name.p,
		    buf_text(&why));
	else if (result == 0) {
		rotation_need(r, c->domain, "waits for its next key to be "
		    "published; the old one signs on");
		result = hand_out(r, c->published, "publish", err);
	}
	buf_free(&name);
	buf_free(&value);
	buf_free(&why);
	return result;
}

/* Nobody rotates twice by running it twice. */
static bool
has_settled(struct rotation *r, struct selectors *all, const struct chain *c)
{
	int64_t now = clock_now_ms();
	char until[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < all->n && !r->conf->force; i++) {
		const struct selector *s = &all->items[i];

		if (s->state != SELECTOR_RETIRING || end_of(r, s) <= now ||
		    !is_of(s, c))
			continue;
		rotation_wait(r, c->domain, "rotated already; mail that %s "
		    "signed is under way until %.10s", buf_text(&s->name),
		    clock_rfc3339(end_of(r, s), until));
		return false;
	}
	return true;
}

static int
switch_chain(struct rotation *r, struct selectors *all, struct chain *c,
    struct err *err)
{
	struct selector *old;
	int published;

	find_chain(all, c);
	if (c->active == NULL || c->published == NULL ||
	    !has_settled(r, all, c))
		return 0;
	published = is_published(r, c, err);
	if (published <= 0)
		return published;
	old = c->active;
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].state == SELECTOR_RETIRING &&
		    is_of(&all->items[i], c) &&
		    withdraw(r, &all->items[i], err) < 0)
			return -1;
	if (change(r, c->published, SELECTOR_ACTIVE, -1, err) < 0)
		return -1;
	rotation_say(r, c->domain, "%s signs from now on, a resident "
	    "fe-sign within a second", buf_text(&c->published->name));
	if (retire(r, old, err) < 0 || make_next(r, c, err) < 0)
		return -1;
	(void)rotation_hook(r, r->conf->hook, "reload", c->domain, SLICE(""));
	return 0;
}

static int
rotate_domains(struct rotation *r, const char *domain, struct err *err)
{
	struct selectors all = SELECTORS_INIT;
	const struct option_list any = {NULL, 0};
	int result = rotate_dns_open(r, err);

	if (result == 0)
		result = selectors_read(&all, SLICE_NONE, &any, err);
	if (result == 0)
		result = each_chain(r, domain, &all, switch_chain, err);
	selectors_free(&all);
	return result;
}

static int
list_dkim(struct rotation *r, struct err *err)
{
	struct selectors all = SELECTORS_INIT;
	const struct option_list any = {NULL, 0};
	int result = selectors_read(&all, SLICE_NONE, &any, err);

	for (size_t i = 0; i < all.n && result == 0; i++) {
		const struct selector *s = &all.items[i];

		rotation_list(r, buf_text(&s->domain), buf_text(&s->name),
		    selector_state_text(s->state), s->since_ms,
		    s->state == SELECTOR_ACTIVE);
	}
	selectors_free(&all);
	return result;
}

const struct rotation_kind rotate_dkim = {"dkim",
    "DKIM keys (the next one is published ahead)", "180d", "7d", list_dkim,
    finish_dkim, rotate_domains};
