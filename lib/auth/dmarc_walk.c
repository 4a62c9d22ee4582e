/* SPDX-License-Identifier: ISC */
/*
 * Each name is asked once in a run (lib/net/dns caches), so the walks of one
 * message's several domains share most of their questions.
 */
#include "auth/dmarc_walk.h"

#include <libpsl.h>
#include <stdlib.h>

#include "auth/domain.h"

#define CHECK "dmarc"

/* The one DMARC record at a name; several are as good as none. */
static void
ask_one(struct auth_context *ctx, struct slice name, struct dmarc_walk *walk,
    struct dmarc_found *found)
{
	struct buf question = BUF_LIMITED(512);
	struct dns_answer answer;
	struct slice text = SLICE_NONE;
	size_t n = 0;

	*found = (struct dmarc_found){.name = name, .text = BUF_INIT};
	buf_append_text(&question, "_dmarc.");
	buf_append_slice(&question, name);
	auth_ask(ctx, CHECK, buf_slice(&question), DNS_TXT, &answer);
	walk->trouble |= answer.status == DNS_TEMPERROR;
	walk->off |= answer.status == DNS_OFF;
	for (size_t i = 0; i < answer.n; i++)
		if (dmarc_record_is_one(answer.records[i].data)) {
			text = answer.records[i].data;
			n++;
		}
	if (n == 1) {
		found->is_there = true;
		buf_append_slice(&found->text, text);
		dmarc_record_parse(&found->record, text);
	}
	dns_answer_free(&answer);
	buf_free(&question);
}

static void
move_found(struct dmarc_found *to, struct dmarc_found *from)
{
	buf_free(&to->text);
	*to = *from;
	from->text = (struct buf)BUF_INIT;
}

/* What a record found at `name' says of the organization: true ends the walk
 * (RFC 9989, 4.10.2). */
static bool
judge_boundary(struct dmarc_walk *walk, struct slice domain,
    const struct dmarc_found *found)
{
	if (found->record.psd == DMARC_PSD_NO) {
		walk->organization = found->name;
		return true;
	}
	if (found->record.psd == DMARC_PSD_YES) {
		/* The public suffix itself has mail: it is its own. */
		if (found->name.n != domain.n)
			walk->organization = domain_last_labels(domain,
			    domain_labels(found->name) + 1);
		return true;
	}
	walk->organization = found->name;
	return false;
}

static struct slice
next_name(struct slice domain, struct slice name)
{
	size_t labels = domain_labels(name);

	if (name.n == domain.n && labels >= DMARC_QUERIES_MAX)
		return domain_last_labels(domain, DMARC_QUERIES_MAX - 1);
	return labels <= 1 ? SLICE_NONE : domain_last_labels(name, labels - 1);
}

/* The record at the Organizational Domain, else that of the public suffix
 * (RFC 9989, 4.10.1): found has those above the domain, from the bottom. */
static void
choose_inherited(struct dmarc_walk *walk, struct dmarc_found *found, size_t n)
{
	struct dmarc_found *choice = NULL;

	for (size_t i = 0; i < n; i++)
		if (slice_equal(found[i].name, walk->organization))
			choice = &found[i];
	for (size_t i = 0; i < n && choice == NULL; i++)
		if (found[i].record.psd == DMARC_PSD_YES)
			choice = &found[i];
	if (choice != NULL)
		move_found(&walk->inherited, choice);
}

static void
walk_tree(struct auth_context *ctx, struct slice domain,
    struct dmarc_walk *walk)
{
	struct dmarc_found above[DMARC_QUERIES_MAX];
	struct slice name = domain;
	size_t n = 0;
	bool end = false;

	for (int i = 0; i < DMARC_QUERIES_MAX && name.n > 0 && !end; i++) {
		struct dmarc_found found;

		ask_one(ctx, name, walk, &found);
		if (walk->trouble || walk->off)
			end = true;
		else if (found.is_there)
			end = judge_boundary(walk, domain, &found);
		if (name.n == domain.n) {
			move_found(&walk->own, &found);
		} else if (found.is_there) {
			above[n] = (struct dmarc_found){.text = BUF_INIT};
			move_found(&above[n++], &found);
		}
		buf_free(&found.text);
		name = next_name(domain, name);
	}
	choose_inherited(walk, above, n);
	for (size_t i = 0; i < n; i++)
		buf_free(&above[i].text);
}

static void
use_suffix_list(struct auth_context *ctx, struct slice domain,
    struct dmarc_walk *walk)
{
	struct buf text = BUF_INIT;
	const char *registrable;

	buf_append_slice(&text, domain);
	registrable = psl_registrable_domain(psl_builtin(), text.p);
	if (registrable != NULL)
		walk->organization = slice_part(domain,
		    domain.n - slice_text(registrable).n, domain.n);
	buf_free(&text);
	ask_one(ctx, domain, walk, &walk->own);
	if (!walk->own.is_there && !walk->trouble && !walk->off &&
	    walk->organization.n < domain.n)
		ask_one(ctx, walk->organization, walk, &walk->inherited);
}

void
dmarc_walk(struct auth_context *ctx, enum dmarc_rule rule, struct slice domain,
    struct dmarc_walk *walk)
{
	*walk = (struct dmarc_walk){.organization = domain};
	walk->own.text = walk->inherited.text = (struct buf)BUF_INIT;
	if (rule == DMARC_RULE_9989)
		walk_tree(ctx, domain, walk);
	else
		use_suffix_list(ctx, domain, walk);
}

void
dmarc_walk_free(struct dmarc_walk *walk)
{
	buf_free(&walk->own.text);
	buf_free(&walk->inherited.text);
}
