/* SPDX-License-Identifier: ISC */
/*
 * Finds our own files, from where the running program is.
 */
#include "installation.h"

#include <string.h>
#include <unistd.h>

int
installation_bin(struct buf *out, struct err *err)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
	const char *slash;

	if (n < 0)
		return err_errno(err, "cannot read link '/proc/self/exe'");
	slash = memrchr(path, '/', (size_t)n);
	if ((size_t)n == sizeof(path) || slash == NULL)
		return err_set(err, ERR_SYSTEM,
		    "the path of this program is too long");
	buf_truncate(out, 0);
	return buf_append(out, path, (size_t)(slash - path));
}

int
installation_share(struct buf *out, const char *name, struct err *err)
{
	/* PREFIX/bin, then build/bin and build-san/bin of the tree */
	static const char *const from_bin[] = {
	    "/../share/fe/", "/../../share/"};
	struct buf bin = BUF_INIT;

	if (installation_bin(&bin, err) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		buf_truncate(out, 0);
		buf_format(out, "%s%s%s", bin.p, from_bin[i], name);
		if (access(out->p, R_OK) == 0) {
			buf_free(&bin);
			return 0;
		}
	}
	buf_free(&bin);
	buf_truncate(out, 0);
	buf_format(out, "%s/%s", FE_DATADIR, name);
	if (access(out->p, R_OK) < 0)
		return err_set(err, ERR_CONFIG, "'%s' of the toolkit is not "
		    "installed: looked for '%s'", name, out->p);
	return 0;
}
