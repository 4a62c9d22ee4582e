/* SPDX-License-Identifier: ISC */
#include "net/tls_ticket.h"

#include "base/secret.h"
#include "unit.h"

#define HOUR TLS_TICKET_PERIOD_MS

static void
replaces_keys_by_the_hour_and_keeps_them_for_two_more(void)
{
	static const struct {
		const char *label;
		int64_t now_ms;
		bool known, newest; /* of the first key */
		int keys;
	} rows[] = {{"at once", 0, true, true, 1},
	    {"just before", HOUR - 1, true, true, 1},
	    {"an hour", HOUR, true, false, 2},
	    {"two", 2 * HOUR, true, false, 3},
	    {"just before the end", 3 * HOUR - 1, true, false, 3},
	    {"the end", 3 * HOUR, false, false, 3},
	    {"after a night", 20 * HOUR, false, false, 2}};
	struct tls_tickets *t = tls_tickets_new(0);
	unsigned char name[TLS_TICKET_NAME_SIZE];

	memcpy(name, t->keys[0].name, sizeof(name));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tls_ticket_key *key;
		bool newest = false;

		tls_tickets_rotate(t, rows[i].now_ms);
		key = tls_tickets_find(t, name, &newest);
		EXPECT_NUMBER(rows[i].label, rows[i].known, key != NULL);
		EXPECT_NUMBER(rows[i].label, rows[i].newest, newest);
		EXPECT_NUMBER(rows[i].label, rows[i].keys, t->n);
	}
	tls_tickets_free(t);
}

static void
makes_no_two_keys_alike(void)
{
	struct tls_tickets *t = tls_tickets_new(0);

	tls_tickets_rotate(t, HOUR);
	EXPECT(memcmp(t->keys[0].name, t->keys[1].name, 16) != 0);
	EXPECT(memcmp(t->keys[0].cipher, t->keys[1].cipher, 32) != 0);
	EXPECT(memcmp(t->keys[0].mac, t->keys[1].mac, 32) != 0);
	EXPECT(memcmp(t->keys[0].mac, t->keys[0].cipher, 32) != 0);
	tls_tickets_free(t);
}

static void
forgets_all_keys_when_told(void)
{
	struct tls_tickets *t = tls_tickets_new(0);
	unsigned char old[2][TLS_TICKET_NAME_SIZE];
	bool newest;

	tls_tickets_rotate(t, HOUR);
	for (int i = 0; i < 2; i++)
		memcpy(old[i], t->keys[i].name, sizeof(old[i]));
	tls_tickets_renew(t, HOUR + 1);
	EXPECT_NUMBER("keys", 1, t->n);
	for (int i = 0; i < 2; i++)
		EXPECT(tls_tickets_find(t, old[i], &newest) == NULL);
	EXPECT_NUMBER("made", HOUR + 1, t->keys[0].made_ms);
	tls_tickets_free(t);
}

int
main(void)
{
	UNIT_RUN(replaces_keys_by_the_hour_and_keeps_them_for_two_more);
	UNIT_RUN(makes_no_two_keys_alike);
	UNIT_RUN(forgets_all_keys_when_told);
	secret_drop_all();
	return UNIT_RESULT;
}
