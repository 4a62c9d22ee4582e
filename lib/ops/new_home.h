/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_NEW_HOME_H
#define FE_OPS_NEW_HOME_H

#include "base/err.h"
#include "base/slice.h"

/*
 * Makes a home under home_path(), all of one user: folders, keys, those of
 * DKIM for the domain, TLS certificate, fe.conf, the pipeline `deliver', an
 * empty run/recipients, service and cron files (fe-home(7)).  What exists is
 * left as it is, so it may be cut short and run again; each file appears whole
 * or not at all.
 */
struct new_home {
	char *domain, *host;           /* normalised */
	char *user;                    /* for the service files */
	const char *bin;               /* folder of the programs */
	struct slice certificate, key; /* PEM, or none: made here */
	unsigned made;                 /* out: files and folders made */
	int certificate_made;          /* out: by ourselves */
};

#define NEW_HOME_CERTIFICATE_DAYS 825

int new_home_make(struct new_home *home, struct err *err);

/* May stand unquoted in scripts and unit files: an absolute path of letters,
 * digits and `/._+,=:-'. */
int new_home_check_path(const char *path, struct err *err);
/* Renders a file of share/ for that home to `path', unless it is there.
 * Returns 1 when made, 0 when there, -1. */
int new_home_render(const struct new_home *home, const char *template,
    const char *path, unsigned mode, struct err *err);
/* All units of systemd, into that folder. */
int new_home_render_units(const struct new_home *home, const char *folder,
    struct err *err);

#endif
