/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PRACTICE_H
#define FE_OPS_PRACTICE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The register of security practices, share/practices.json: what the service
 * promises, which program makes it true, what fe-audit(8) looks at, and what
 * to do where it is not so.
 */
struct practice {
	char *id; /* `net-firewall' */
	char *section; /* `net' */
	char *what, *by, *probe, *todo;
	bool required; /* its failure is fe-audit's exit 1 */
};
struct practice_section {
	char *id, *title;
};
struct practices {
	struct practice *items; /* in the order of the register */
	size_t n;
	struct practice_section *sections;
	size_t sections_n;
};
#define PRACTICES_MAX 500

/* Reads the register that is installed with the programs.  ERR_CONFIG. */
int practices_read(struct practices *practices, struct err *err);
/* The same from memory; `name' is the subject of errors. */
int practices_parse(struct practices *practices, struct slice text,
    const char *name, struct err *err);
void practices_free(struct practices *practices);
/* NULL: there is none of that id. */
const struct practice *practices_find(
    const struct practices *practices, const char *id);

#endif
