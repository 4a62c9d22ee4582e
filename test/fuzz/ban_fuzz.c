/* SPDX-License-Identifier: ISC */
/*
 * The list of bans, and under it what nft says of a set (behind the first
 * NUL).  What must hold: a list that was read and written is the same when
 * read again, in order, with each client once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "net/ban.h"
#include "ops/ban_allow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_list(struct slice text)
{
	struct ban_list list, again;
	struct buf out = BUF_INIT;

	if (ban_list_parse(&list, text, NULL) < 0)
		return;
	ban_list_write(&list, &out);
	if (ban_list_parse(&again, buf_slice(&out), NULL) < 0 ||
	    again.n != list.n)
		abort();
	for (size_t i = 0; i < list.n; i++)
		if (ban_list_find(&again, &list.items[i].client) !=
			&again.items[i] ||
		    strcmp(list.items[i].event, again.items[i].event) != 0)
			abort();
	while (list.n > 0)
		ban_list_remove(&list, &list.items[list.n / 2]);
	ban_list_free(&list);
	ban_list_free(&again);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice set = slice_of(data, size), text = slice_cut(&set, '\0');
	struct ban_allow allow = {.n = 0};
	struct ip ip = {.size = 4};

	check_list(text);
	if (set.p != NULL && json_check(set, NULL) == 0) {
		ban_allow_add_set(&allow, set);
		ban_allow_has(&allow, &ip);
		ban_allow_free(&allow);
	}
	return 0;
}
