/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include "unit.h"

static void
reads_smtp_paths(void)
{
	static const struct {
		const char *text;
		bool utf8;
		const char *local, *domain; /* NULL: refused */
	} rows[] = {
		{"<a@example.org>", false, "a", "example.org"},
		{"a@example.org", false, "a", "example.org"},
		{"<>", false, "", ""},
		{"", false, "", ""},
		{"<Postmaster>", false, "Postmaster", ""},
		{"<@one.example,@two.example:a@example.org>", false, "a",
		    "example.org"},
		{"<\"a b\"@example.org>", false, "\"a b\"", "example.org"},
		{"<\"a\\\"b\"@example.org>", false, "\"a\\\"b\"",
		    "example.org"},
		{"<\"a@b\"@example.org>", false, "\"a@b\"", "example.org"},
		{"<a@[192.0.2.1]>", false, "a", "[192.0.2.1]"},
		{"<a@[IPv6:2001:db8::1]>", false, "a", "[IPv6:2001:db8::1]"},
		{"<a..b@docomo.example>", false, "a..b", "docomo.example"},
		{"<a+b=c@x_y.example>", false, "a+b=c", "x_y.example"},
		{"<\xc3\xa9@example.org>", true, "\xc3\xa9", "example.org"},
		{"<a@\xc3\xa9.example>", true, "a", "\xc3\xa9.example"},
		{"<\xc3\xa9@example.org>", false, NULL, NULL},
		{"<a@\xc3\xa9.example>", false, NULL, NULL},
		{"<\xe9@example.org>", true, NULL, NULL},
		{"<a@example.org", false, NULL, NULL},
		{"<", false, NULL, NULL},
		{"a", false, NULL, NULL},
		{"<a>", false, NULL, NULL},
		{"<a@>", false, NULL, NULL},
		{"<@example.org>", false, NULL, NULL},
		{"<a b@example.org>", false, NULL, NULL},
		{"<a@b@example.org>", false, NULL, NULL},
		{"<\"a\"b\"@example.org>", false, NULL, NULL},
		{"<\"a\\\\\"b\"@example.org>", false, NULL, NULL},
		{"<\"a\\\"@example.org>", false, NULL, NULL},
		{"<a@-x.example>", false, NULL, NULL},
		{"<a@x-.example>", false, NULL, NULL},
		{"<a@x..example>", false, NULL, NULL},
		{"<a@example.org.>", false, NULL, NULL},
		{"<a@[192.0.2.256]>", false, NULL, NULL},
		{"<a@[192.0.2.1>", false, NULL, NULL},
		{"<a\r\n@example.org>", false, NULL, NULL},
		{"<a@example.org>\r\n", false, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice local = SLICE_NONE, domain = SLICE_NONE;
		int result = address_parse_path(slice_text(rows[i].text),
		    rows[i].utf8, &local, &domain);

		EXPECT_NUMBER(rows[i].text, rows[i].local == NULL ? -1 : 0,
		    result);
		if (result == 0) {
			EXPECT_SLICE(rows[i].text, slice_text(rows[i].local),
			    local);
			EXPECT_SLICE(rows[i].text, slice_text(rows[i].domain),
			    domain);
		}
	}
}

static void
refuses_what_is_too_long(void)
{
	struct buf path = BUF_INIT;
	struct slice local, domain;

	for (int i = 0; i < ADDRESS_SIZE_MAX - 12; i++)
		buf_append_char(&path, 'x');
	buf_append_text(&path, "@example.org");
	EXPECT_NUMBER("longest", 0, address_parse_path(buf_slice(&path), false,
	    &local, &domain));
	buf_append_char(&path, 'x');
	EXPECT_NUMBER("too long", -1, address_parse_path(buf_slice(&path),
	    false, &local, &domain));
	buf_free(&path);
}

static void
normalizes_for_comparison(void)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {
		{"Alice@Example.ORG", "alice@example.org"},
		{"\"alice\"@example.org", "alice@example.org"},
		{"\"al\\ice\"@example.org", "alice@example.org"},
		{"\"a b\"@example.org", "\"a b\"@example.org"},
		{"\"A\\ \\\"b\"@example.org", "\"a \\\"b\"@example.org"},
		{"\"\"@example.org", "\"\"@example.org"},
		/* RFC 5891: A-label of bücher; sharp s is kept (2008). */
		{"a@B\xc3\xbc" "cher.example", "a@xn--bcher-kva.example"},
		{"a@B\xc3\x9c" "CHER.example", "a@xn--bcher-kva.example"},
		{"a@fa\xc3\x9f.example", "a@xn--fa-hia.example"},
		{"a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"},
		{"\xc3\x89@example.org", "\xc3\x89@example.org"},
		{"a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"},
		{"alice", NULL},
		{"alice@", NULL},
		{"@example.org", NULL},
		{"a@b..c", NULL},
		{"a@\xff.example", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;
		int result;

		buf_append_text(&out, "=");
		result = address_normalize(slice_text(rows[i].text), &out);
		EXPECT_NUMBER(rows[i].text, rows[i].want == NULL ? -1 : 0,
		    result);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    slice_part(buf_slice(&out), 1, out.n));
		buf_free(&out);
	}
}

static void
cuts_the_extension_off(void)
{
	EXPECT_SLICE("plus", SLICE("alice"),
	    address_base(SLICE("alice+x+y"), "+"));
	EXPECT_SLICE("either", SLICE("alice"),
	    address_base(SLICE("alice-x+y"), "+-"));
	EXPECT_SLICE("none", SLICE("alice-x"),
	    address_base(SLICE("alice-x"), "+"));
	EXPECT_SLICE("at the start", SLICE("+x"),
	    address_base(SLICE("+x"), "+"));
	EXPECT_SLICE("off", SLICE("a+b"), address_base(SLICE("a+b"), NULL));
	EXPECT_SLICE("empty", SLICE("a+b"), address_base(SLICE("a+b"), ""));
}

/* Lists as `name <address>|...', group members with `*' in front. */
static void
expect_list(const char *value, const char *want)
{
	struct address_list list;
	struct buf got = BUF_INIT;

	address_list_parse(&list, slice_text(value));
	for (size_t i = 0; i < list.n; i++)
		buf_format(&got, "%s%s%s<%s>", i == 0 ? "" : "|",
		    list.items[i].in_group ? "*" : "",
		    buf_text(&list.items[i].name),
		    buf_text(&list.items[i].text));
	if (list.malformed)
		buf_append_text(&got, "!");
	EXPECT_SLICE(value, slice_text(want), buf_slice(&got));
	address_list_free(&list);
	buf_free(&got);
}

static void
reads_lists_of_header_fields(void)
{
	/* RFC 5322, appendix A, and what real mail has. */
	expect_list(" a@example.org", "<a@example.org>");
	expect_list("Ann <a@x.example>, b@x.example",
	    "Ann<a@x.example>|<b@x.example>");
	expect_list("\"Joe Q. Public\" <j@x.example>",
	    "Joe Q. Public<j@x.example>");
	expect_list("\"a \\\"b\\\"\" <c@x.example>", "a \"b\"<c@x.example>");
	expect_list("j@x.example (Joe (Q) Public)",
	    "Joe (Q) Public<j@x.example>");
	expect_list("Pete(a \\) chap) <pete(his)@x.example(host)>",
	    "Pete<pete@x.example>");
	expect_list("<@a.example,@b.example:c@x.example>", "<c@x.example>");
	expect_list("jdoe@test  . example", "<jdoe@test.example>");
	expect_list("Group: a@x.example, B <b@x.example>;, c@x.example",
	    "*<a@x.example>|*B<b@x.example>|<c@x.example>");
	expect_list("undisclosed-recipients:;", "");
	expect_list(" , ,a@x.example,", "<a@x.example>");
	expect_list("=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_K?= <a@x.example>",
	    "J\xc3\xb6rg K<a@x.example>");
	expect_list("\"=?utf-8?q?J=C3=B6rg?=\" <a@x.example>",
	    "J\xc3\xb6rg<a@x.example>");
	expect_list("\"a b\"@x.example", "<\"a b\"@x.example>");
	expect_list("a@[192.0.2.1]", "<a@[192.0.2.1]>");
	expect_list("a@x.example <b@x.example>", "a@x.example<b@x.example>");
	expect_list("<a@x.example> Ann", "Ann<a@x.example>");
	expect_list("<<a@x.example>>", "<a@x.example>");
	expect_list("Ann <a@x.example\r\n >", "Ann<a@x.example>");
	expect_list("", "");
	expect_list("()", "");
}

static void
makes_the_best_of_malformed_lists(void)
{
	expect_list("Doe, John <j@x.example>", "<Doe>|John<j@x.example>");
	expect_list("\"Ann <a@x.example>, b@x.example",
	    "\"Ann<a@x.example>|<b@x.example>");
	expect_list("Ann (x <a@x.example>", "Ann (x<a@x.example>");
	expect_list("Ann <a@x.example, b@x.example",
	    "Ann<a@x.example>|<b@x.example>");
	expect_list("no address here", "no address here<>!");
	expect_list("a@x.example b@x.example", "a@x.example b@x.example<>!");
}

static void
gives_local_part_and_domain(void)
{
	struct address_list list;

	address_list_parse(&list, SLICE("\"a@b\"@x.example, root"));
	EXPECT_SLICE("local", SLICE("\"a@b\""), list.items[0].local);
	EXPECT_SLICE("domain", SLICE("x.example"), list.items[0].domain);
	EXPECT_SLICE("bare", SLICE("root"), list.items[1].local);
	EXPECT(list.items[1].domain.p == NULL);
	address_list_free(&list);
}

static void
lists_no_more_than_the_limit(void)
{
	struct address_list list;
	struct buf value = BUF_INIT;

	for (int i = 0; i < ADDRESS_LIST_MAX + 1; i++)
		buf_append_text(&value, "a@x.example,");
	address_list_parse(&list, buf_slice(&value));
	EXPECT_NUMBER("items", ADDRESS_LIST_MAX, list.n);
	EXPECT(list.truncated);
	address_list_free(&list);
	buf_free(&value);
}

int
main(void)
{
	UNIT_RUN(reads_smtp_paths);
	UNIT_RUN(refuses_what_is_too_long);
	UNIT_RUN(normalizes_for_comparison);
	UNIT_RUN(cuts_the_extension_off);
	UNIT_RUN(reads_lists_of_header_fields);
	UNIT_RUN(makes_the_best_of_malformed_lists);
	UNIT_RUN(gives_local_part_and_domain);
	UNIT_RUN(lists_no_more_than_the_limit);
	return UNIT_RESULT;
}
