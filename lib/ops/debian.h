/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DEBIAN_H
#define FE_OPS_DEBIAN_H

#include "ops/tree.h"

/*
 * What of Debian's is looked at: dpkg's list of packages, and versions
 * (deb-version(7)).
 */
struct debian_source {
	char *name;    /* of the source package */
	char *version; /* of it; the lowest where several are installed */
};
struct debian_sources {
	struct debian_source *items; /* sorted by name */
	size_t n;
};

/* The source packages of all that is installed, by /var/lib/dpkg/status.  -1
 * with errno where there is none. */
int debian_sources_read(
    struct debian_sources *sources, const struct tree *tree);
void debian_sources_parse(struct debian_sources *sources, struct slice text);
void debian_sources_free(struct debian_sources *sources);
const struct debian_source *debian_sources_find(
    const struct debian_sources *sources, const char *name);

/* Below, at, or above 0, as a is older, the same, or newer. */
int debian_version_compare(struct slice a, struct slice b);
/* `bookworm' of /etc/os-release; false: it does not say. */
bool debian_codename(const struct tree *tree, struct buf *out);

#endif
