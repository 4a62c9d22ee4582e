/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCH_AGES_H
#define FE_OPS_WATCH_AGES_H

#include "base/buf.h"
#include "base/event.h"
#include "base/option.h"

/*
 * Certificates that end soon and keys that are old, of the home and of files
 * that are named besides.  Keys are looked at from outside: their age is the
 * time since they were last changed.
 */
struct watch_ages {
	int64_t certificate_days; /* tell so many days before its end */
	int64_t key_days;         /* tell of keys that are older */
	const struct option_list *certificates, *keys; /* of others; paths */
};

/* Appends events `certificate-ends', `certificate-unreadable', `key-old'. */
void watch_ages_look(const struct watch_ages *ages, int64_t now_ms,
    struct buf *out);

#endif
