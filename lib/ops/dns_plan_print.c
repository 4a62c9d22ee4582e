/* SPDX-License-Identifier: ISC */
#include "ops/dns_plan_print.h"

#include "auth/domain.h"
#include "base/json.h"

#define STRING_MAX 255

static void
append_string(struct slice octets, struct buf *out)
{
	buf_append_char(out, '"');
	for (size_t i = 0; i < octets.n; i++) {
		unsigned char c = (unsigned char)octets.p[i];

		if (c < 0x20 || c > 0x7e)
			buf_format(out, "\\%03u", c);
		else if (c == '"' || c == '\\')
			buf_format(out, "\\%c", c);
		else
			buf_append_char(out, (char)c);
	}
	buf_append_char(out, '"');
}

void
dns_plan_print_rdata(const struct dns_plan_record *record, struct buf *out)
{
	struct slice value = slice_text(record->value);
	size_t at = 0;

	switch (record->type) {
	case DNS_TXT:
		do {
			if (at > 0)
				buf_append_char(out, ' ');
			append_string(slice_part(value, at, at + STRING_MAX),
			    out);
			at += STRING_MAX;
		} while (at < value.n);
		break;
	case DNS_CAA: /* flags, tag, value */
		buf_append_slice(out, slice_cut(&value, ' '));
		buf_append_char(out, ' ');
		buf_append_slice(out, slice_cut(&value, ' '));
		buf_append_char(out, ' ');
		append_string(value, out);
		break;
	case DNS_MX:
	case DNS_CNAME:
	case DNS_PTR:
		buf_format(out, "%s.", record->value);
		break;
	default:
		buf_append_slice(out, value);
	}
}

static bool
is_within(const struct option_list *only, const char *name)
{
	for (size_t i = 0; i < only->n; i++)
		if (domain_is_within(slice_text(name),
		    slice_text(only->items[i])))
			return true;
	return only->n == 0;
}

static void
print_zone(const struct dns_plan_record *r, const struct option_list *only,
    int64_t ttl, struct buf *out)
{
	buf_format(out, "; %s\n", r->why);
	if (r->value == NULL) {
		buf_format(out, "; delete %s. IN %s\n", r->name,
		    dns_plan_type_text(r->type));
		return;
	}
	if (!is_within(only, r->name))
		buf_append_text(out, "; another zone: ");
	buf_format(out, "%s. %lld IN %s ", r->name, (long long)ttl,
	    dns_plan_type_text(r->type));
	dns_plan_print_rdata(r, out);
	buf_append_char(out, '\n');
}

static void
print_text(const struct dns_plan_record *r, int64_t ttl, struct buf *out)
{
	if (out->n > 0)
		buf_append_char(out, '\n');
	buf_format(out, "Name:  %s\nType:  %s\n", r->name,
	    dns_plan_type_text(r->type));
	if (r->value == NULL)
		buf_append_text(out, "Value: none: delete this record\n");
	else
		buf_format(out, "Value: %s\nTTL:   %lld\n", r->value,
		    (long long)ttl);
	buf_format(out, "Why:   %s\n", r->why);
}

static void
print_json(const struct dns_plan_record *r, int64_t ttl, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_text(&w, "name", r->name);
	json_put_text(&w, "type", dns_plan_type_text(r->type));
	json_put_integer(&w, "ttl", ttl);
	if (r->value == NULL)
		json_put_null(&w, "value");
	else
		json_put_text(&w, "value", r->value);
	json_put_text(&w, "kind", dns_plan_kind_text(r->kind));
	json_put_text(&w, "why", r->why);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

static void
print_note(const char *note, enum dns_plan_form form, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	if (form != PLAN_JSON) {
		buf_format(out, "%s%s\n", form == PLAN_ZONE ? "; " :
		    "\nNote:  ", note);
		return;
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "note", note);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

void
dns_plan_print(const struct dns_plan *plan, enum dns_plan_form form,
    const struct option_list *only, int64_t ttl, struct buf *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct dns_plan_record *r = &plan->records[i];

		if (form == PLAN_ZONE)
			print_zone(r, only, ttl, out);
		else if (form == PLAN_TEXT)
			print_text(r, ttl, out);
		else
			print_json(r, ttl, out);
	}
	for (size_t i = 0; i < plan->notes_n; i++)
		print_note(plan->notes[i], form, out);
}
