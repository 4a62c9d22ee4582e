/* SPDX-License-Identifier: ISC */
#include "auth/authserv.h"

#include <unistd.h>

#include "auth/domain.h"

int
authserv_name(const struct authserv_conf *conf, struct buf *name,
    struct err *err)
{
	const char *id = conf->id != NULL ? conf->id : conf->hostname;
	char system[256] = "";

	if (id == NULL && gethostname(system, sizeof(system) - 1) < 0)
		return err_errno(err, "cannot find the host name");
	if (id == NULL)
		id = system;
	if (domain_to_ascii(slice_text(id), name) < 0)
		return domain_check(id, err);
	return 0;
}
