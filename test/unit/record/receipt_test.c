/* SPDX-License-Identifier: ISC */
/*
 * The table of fe-record(5): what came back, and what the client hears.
 */
#include "record/receipt.h"

#include "unit.h"

#define HEAD "{\"fe\":1,\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"size\":0"
#define D(address, rest) "{\"address\":\"" address "\"," rest "}"
#define DELIVERY(items) ",\"delivery\":[" items "]}"
#define STORED D("a@x", "\"status\":\"stored\"")
#define NO_USER D("b@x", "\"status\":\"failed\",\"code\":550," \
	"\"enhanced\":\"5.1.1\",\"text\":\"no such user\"")
#define LATER D("c@x", "\"status\":\"deferred\",\"code\":452," \
	"\"enhanced\":\"4.2.2\",\"text\":\"mailbox full\"")

static const struct {
	const char *name, *meta, *smtp;
	const char *lmtp[3]; /* for a@x, b@x, c@x */
} rows[] = {
    {"reject with its code",
	HEAD ",\"verdict\":{\"action\":\"reject\",\"code\":554,"
	"\"enhanced\":\"5.7.26\",\"text\":\"DMARC\"}" DELIVERY(STORED),
	"554 5.7.26 DMARC",
	{"554 5.7.26 DMARC", "554 5.7.26 DMARC", "554 5.7.26 DMARC"}},
    {"reject without a code",
	HEAD ",\"verdict\":{\"action\":\"reject\"}" DELIVERY(""),
	"550 5.7.1 message refused",
	{"550 5.7.1 message refused", "550 5.7.1 message refused",
	    "550 5.7.1 message refused"}},
    {"reject with a code of another class",
	HEAD ",\"verdict\":{\"action\":\"reject\",\"code\":250,"
	"\"enhanced\":\"2.0.0\",\"text\":\"x\"}" DELIVERY(""),
	"550 5.7.1 x", {"550 5.7.1 x", "550 5.7.1 x", "550 5.7.1 x"}},
    {"tempfail",
	HEAD ",\"verdict\":{\"action\":\"tempfail\"}" DELIVERY(""),
	"451 4.3.0 try again later",
	{"451 4.3.0 try again later", "451 4.3.0 try again later",
	    "451 4.3.0 try again later"}},
    {"tempfail with its code",
	HEAD ",\"verdict\":{\"action\":\"tempfail\",\"code\":450,"
	"\"enhanced\":\"4.7.1\",\"text\":\"greylisted\"}" DELIVERY(""),
	"450 4.7.1 greylisted",
	{"450 4.7.1 greylisted", "450 4.7.1 greylisted",
	    "450 4.7.1 greylisted"}},
    {"discard", HEAD ",\"verdict\":{\"action\":\"discard\",\"code\":550}"
	DELIVERY(D("a@x", "\"status\":\"discarded\"")),
	"250 2.0.0 ID", {"250 2.0.0 ID", "250 2.0.0 ID", "250 2.0.0 ID"}},
    {"all done, every kind of it",
	HEAD ",\"verdict\":{\"action\":\"junk\"}"
	DELIVERY(D("a@x", "\"status\":\"queued\"") ","
	    D("b@x", "\"status\":\"duplicate\"") ","
	    D("c@x", "\"status\":\"quarantined\"")),
	"250 2.0.0 ID", {"250 2.0.0 ID", "250 2.0.0 ID", "250 2.0.0 ID"}},
    {"any deferred", HEAD DELIVERY(STORED "," NO_USER "," LATER),
	"451 4.2.2 mailbox full",
	{"250 2.0.0 ID", "550 5.1.1 no such user", "451 4.2.2 mailbox full"}},
    {"all no: the code of the first", HEAD DELIVERY(
	D("a@x", "\"status\":\"rejected\"") "," NO_USER ","
	D("c@x", "\"status\":\"failed\"")),
	"550 5.7.1 message refused",
	{"550 5.7.1 message refused", "550 5.1.1 no such user",
	    "550 5.3.0 message cannot be delivered"}},
    {"some done, some no", HEAD DELIVERY(STORED "," NO_USER),
	"250 2.0.0 ID",
	{"250 2.0.0 ID", "550 5.1.1 no such user",
	    "451 4.3.0 try again later"}},
    {"nothing by the deadline", NULL, "451 4.4.2 no answer in time",
	{"451 4.4.2 no answer in time", "451 4.4.2 no answer in time",
	    "451 4.4.2 no answer in time"}},
    {"a record that is no receipt", HEAD "}", "451 4.3.0 try again later",
	{"451 4.3.0 try again later", "451 4.3.0 try again later",
	    "451 4.3.0 try again later"}},
    {"a receipt of nobody", HEAD DELIVERY(""), "451 4.3.0 try again later",
	{"451 4.3.0 try again later", "451 4.3.0 try again later",
	    "451 4.3.0 try again later"}},
    {"an unknown status",
	HEAD DELIVERY(STORED "," D("b@x", "\"status\":\"eaten\"")),
	"451 4.3.0 try again later",
	{"451 4.3.0 try again later", "451 4.3.0 try again later",
	    "451 4.3.0 try again later"}},
    {"in another order", HEAD DELIVERY(LATER "," NO_USER "," STORED),
	"451 4.2.2 mailbox full",
	{"250 2.0.0 ID", "550 5.1.1 no such user", "451 4.2.2 mailbox full"}},
};

static const char *
text_of(const struct reply *r, char out[500])
{
	snprintf(out, 500, "%d %s %s", r->code, r->enhanced, r->text);
	return out;
}

static void
each_row_of_the_table_has_its_reply(void)
{
	struct slice recipients[] = {
	    SLICE("a@x"), SLICE("B@X"), SLICE("c@x")};
	char text[500];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reply smtp, lmtp[3];
		struct meta m, *p = NULL;

		if (rows[i].meta != NULL) {
			p = &m;
			EXPECT(meta_parse(
			    &m, slice_text(rows[i].meta), NULL) == 0);
		}
		receipt_reply(p, SLICE("ID"), &smtp);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].smtp),
		    slice_text(text_of(&smtp, text)));
		receipt_replies(p, SLICE("ID"), recipients, 3, lmtp);
		for (size_t k = 0; k < 3; k++)
			EXPECT_SLICE(rows[i].name,
			    slice_text(rows[i].lmtp[k]),
			    slice_text(text_of(&lmtp[k], text)));
		if (p != NULL)
			meta_free(p);
	}
}

static void
reply_text_is_one_line_of_400_printable_octets(void)
{
	struct buf line = BUF_INIT;
	struct reply reply;
	struct meta m;

	buf_append_text(&line, HEAD ",\"verdict\":{\"action\":\"reject\","
	    "\"text\":\" a\\r\\n250 ok\\u0000\\u001b[2J\\u00e9");
	for (int i = 0; i < 1000; i++)
		buf_append_char(&line, 'x');
	buf_append_text(&line, "\"},\"delivery\":[]}");
	EXPECT(meta_parse(&m, buf_slice(&line), NULL) == 0);
	receipt_reply(&m, SLICE("ID"), &reply);
	EXPECT_NUMBER("length", 400, strlen(reply.text));
	EXPECT_SLICE("start", SLICE("a 250 ok??[2J??xx"),
	    slice_of(reply.text, 17));
	meta_free(&m);
	buf_free(&line);
}

static void
odd_enhanced_codes_give_way(void)
{
	static const char *const codes[] = {"5", "5.7", "5.7.", "5..1",
	    "5.7.1.1", "5.7777.1", "4.7.1", "5.7.x", " 5.7.9", "5.7.1\\r\\n"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct buf line = BUF_INIT;
		struct reply reply;
		struct meta m;

		buf_format(&line, HEAD ",\"verdict\":{\"action\":\"reject\","
		    "\"enhanced\":\"%s\"}}", codes[i]);
		EXPECT(meta_parse(&m, buf_slice(&line), NULL) == 0);
		receipt_reply(&m, SLICE("ID"), &reply);
		EXPECT_SLICE(codes[i], SLICE("5.7.1"),
		    slice_text(reply.enhanced));
		meta_free(&m);
		buf_free(&line);
	}
}

static void
a_receipt_holds_what_was_put_in(void)
{
	struct delivery items[] = {
	    {.address = SLICE("a@x"), .mailbox = SLICE("a@x"),
		.folder = SLICE("J\"unk"), .status = DELIVERY_STORED},
	    {.address = SLICE("b@x"), .status = DELIVERY_DEFERRED,
		.code = 452, .enhanced = SLICE("4.2.2"),
		.text = SLICE("full")}};
	struct receipt receipt;
	struct record *r;
	struct buf out = BUF_INIT;
	struct meta m;

	meta_parse(&m, SLICE("{\"fe\":1,\"id\":\"01X\",\"size\":9,"
	    "\"verdict\":{\"action\":\"junk\"}}"), NULL);
	r = receipt_new(&m, items, 2);
	EXPECT(meta_write(&r->meta, &out, NULL) == 0);
	EXPECT_SLICE("line", SLICE("{\"fe\":1,\"id\":\"01X\",\"size\":0,"
	    "\"verdict\":{\"action\":\"junk\"},\"delivery\":[{\"address\":"
	    "\"a@x\",\"mailbox\":\"a@x\",\"folder\":\"J\\\"unk\",\"status\":"
	    "\"stored\"},{\"address\":\"b@x\",\"status\":\"deferred\","
	    "\"code\":452,\"enhanced\":\"4.2.2\",\"text\":\"full\"}]}\n"),
	    buf_slice(&out));
	EXPECT(receipt_parse(&receipt, &r->meta, NULL) == 0);
	EXPECT_NUMBER("entries", 2, receipt.n);
	EXPECT_SLICE("folder", items[0].folder, receipt.items[0].folder);
	EXPECT_SLICE("address", items[1].address, receipt.items[1].address);
	EXPECT_NUMBER("code", 452, receipt.items[1].code);
	EXPECT(receipt.items[1].folder.p == NULL);
	receipt_free(&receipt);
	record_free(r);
	meta_free(&m);
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(each_row_of_the_table_has_its_reply);
	UNIT_RUN(reply_text_is_one_line_of_400_printable_octets);
	UNIT_RUN(odd_enhanced_codes_give_way);
	UNIT_RUN(a_receipt_holds_what_was_put_in);
	return UNIT_RESULT;
}
