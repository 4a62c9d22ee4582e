/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_CLAMD_CLIENT_H
#define FE_OPS_CLAMD_CLIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Questions to clamd(8) behind a UNIX socket, one a connection: how old its
 * signatures are, and whether it finds what it must.  (How messages are
 * scanned is lib/scan/clamd.h.)
 */
struct clamd_facts {
	char version[128];	/* `ClamAV 1.4.3/27500/...', printable */
	int64_t signatures_ms;	/* of the database; 0: it does not say */
	char virus[128];	/* found in the EICAR test file; "": none */
};
#define CLAMD_CLIENT_MS 5000
/* ERR_SYSTEM where nobody answers. */
int clamd_ask(struct clamd_facts *facts, const char *path, struct err *err);
/* `ClamAV 1.4.3/27500/Sat Nov 22 08:00:00 2026': the time, 0 for none. */
int64_t clamd_version_time(const char *version);

#endif
