/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESTINATION_REPLY_H
#define FE_OPS_DESTINATION_REPLY_H

#include "ops/destination.h"

/*
 * What servers answer, as foreign octets: parsed here, so that it can be
 * fuzzed.
 */

/* A ListObjectsV2 answer (XML): adds each key below `prefix' without it.
 * *token is what to ask on with, empty at the end.  ERR_SYSTEM. */
int destination_parse_s3_list(struct slice xml, const char *prefix,
    struct destination_list *list, struct buf *token, struct err *err);
/* The <Code> of an S3 error answer, or none. */
struct slice destination_s3_code(struct slice xml);

/* The names of an SSH_FXP_NAME packet behind its id
 * (draft-ietf-secsh-filexfer-02, 7): files are added to `list' as
 * FOLDER/NAME, folders to `folders' (or passed over, NULL). */
int destination_parse_sftp_names(struct slice packet, const char *folder,
    struct destination_list *list, struct destination_list *folders,
    struct err *err);

/* Numbers and strings of SFTP packets: cut off *rest.  -1: too short. */
int sftp_cut_u32(struct slice *rest, uint32_t *out);
int sftp_cut_string(struct slice *rest, struct slice *out);
/* Attributes: the size and permissions where they are given, else -1. */
int sftp_cut_attributes(struct slice *rest, int64_t *size, int64_t *mode);

#endif
