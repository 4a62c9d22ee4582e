/* SPDX-License-Identifier: ISC */
/*
 * Ticket keys and their rotation.
 */
#include "tls_ticket.h"

#include <stddef.h>
#include <string.h>

#include "base/id.h"
#include "base/secret.h"

static void
add_key(struct tls_tickets *t, int64_t now_ms)
{
	struct tls_ticket_key *fresh = &t->keys[0];

	if (t->n < TLS_TICKET_KEYS)
		t->n++;
	memmove(&t->keys[1], &t->keys[0],
	    (TLS_TICKET_KEYS - 1) * sizeof(t->keys[0]));
	random_octets(fresh->name, sizeof(fresh->name));
	random_octets(fresh->cipher, sizeof(fresh->cipher));
	random_octets(fresh->mac, sizeof(fresh->mac));
	fresh->made_ms = now_ms;
}

struct tls_tickets *
tls_tickets_new(int64_t now_ms)
{
	struct tls_tickets *t = secret_alloc(sizeof(*t));

	add_key(t, now_ms);
	return t;
}

void
tls_tickets_free(struct tls_tickets *t)
{
	secret_free(t);
}

void
tls_tickets_rotate(struct tls_tickets *t, int64_t now_ms)
{
	while (t->n > 1 && now_ms - t->keys[t->n - 1].made_ms >=
		TLS_TICKET_KEYS * TLS_TICKET_PERIOD_MS) {
		t->n--;
		explicit_bzero(&t->keys[t->n], sizeof(t->keys[0]));
	}
	if (now_ms - t->keys[0].made_ms >= TLS_TICKET_PERIOD_MS)
		add_key(t, now_ms);
}

void
tls_tickets_renew(struct tls_tickets *t, int64_t now_ms)
{
	explicit_bzero(t->keys, sizeof(t->keys));
	t->n = 0;
	add_key(t, now_ms);
}

const struct tls_ticket_key *
tls_tickets_find(
    const struct tls_tickets *t, const unsigned char *name, bool *newest)
{
	for (int i = 0; i < t->n; i++)
		if (memcmp(t->keys[i].name, name, TLS_TICKET_NAME_SIZE) == 0) {
			*newest = i == 0;
			return &t->keys[i];
		}
	return NULL;
}
