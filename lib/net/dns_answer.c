/* SPDX-License-Identifier: ISC */
/* An answer is one piece of memory: a table of records, then their data. */
#include "net/dns_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
dns_answer_free(struct dns_answer *answer)
{
	free(answer->owned);
	*answer = (struct dns_answer){.status = answer->status};
}

const char *
dns_status_text(enum dns_status status)
{
	static const char *const texts[] = {"found", "no data",
	    "no such name", "temporary error", "dns is off"};

	return texts[status];
}

void
dns_answer_copy(struct dns_answer *to, const struct dns_answer *from)
{
	size_t table = from->n * sizeof(struct dns_record), octets = 0;
	struct dns_record *records;
	char *at;

	*to = *from;
	to->records = NULL;
	to->owned = NULL;
	if (from->n == 0)
		return;
	for (size_t i = 0; i < from->n; i++)
		octets += from->records[i].data.n;
	to->owned = records = mem_alloc(table + octets + 1);
	to->records = records;
	at = (char *)records + table;
	for (size_t i = 0; i < from->n; i++) {
		records[i] = from->records[i];
		memcpy(at, from->records[i].data.p, records[i].data.n);
		records[i].data.p = at;
		at += records[i].data.n;
	}
}
