/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_ATTACHMENT_H
#define FE_SCAN_ATTACHMENT_H

#include "mail/mime.h"
#include "unpacker.h"
#include "virus.h"

/*
 * What the attachments of a message really are (content.h), what is in those
 * that are archives (unpacker.h), and whether one is a virus (virus.h).
 */
#define ATTACHMENTS_MAX 100                      /* stated */
#define ATTACHMENTS_JSON_MAX ((size_t)200 << 10) /* of all facts: then cut */
#define ATTACHMENT_SIZE_MAX ((size_t)50 << 20)   /* decoded, all together */

struct attachment_tools {
	struct unpacker *unpacker; /* NULL: no archive is opened */
	struct virus *virus;
	int64_t until_ms;          /* monotonic: what is left is unread then */
};

/* Writes the member `attachments'.  Parts that a reader is shown are listed
 * when something is to be said of them. */
void attachments_write(const struct mime *m, struct attachment_tools *tools,
    struct json_writer *w);

#endif
