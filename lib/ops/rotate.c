/* SPDX-License-Identifier: ISC */
/* The kinds of key that are rotated. */
#include "ops/rotate.h"

#include <string.h>

const struct rotation_kind *const rotate_kinds[] = {&rotate_dkim,
    &rotate_service, &rotate_mailbox, &rotate_recovery, &rotate_backup,
    &rotate_tls, &rotate_ssh_host, &rotate_ssh_user, &rotate_state,
    &rotate_queue, &rotate_account, &rotate_fingerprint, &rotate_tls_tickets,
    &rotate_log, NULL};

const struct rotation_kind *
rotate_kind_find(struct slice name)
{
	for (size_t i = 0; rotate_kinds[i] != NULL; i++)
		if (slice_is(name, rotate_kinds[i]->name))
			return rotate_kinds[i];
	return NULL;
}

int
rotate_check_time(const char *value, struct err *err)
{
	struct slice kind;
	int64_t seconds;

	if (rotation_parse_time(slice_text(value), &kind, &seconds) == 0 &&
	    rotate_kind_find(kind) != NULL)
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is no kind of key with a time, "
	    "like `dkim 180d' or `dkim never'", value);
}
