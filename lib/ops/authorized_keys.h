/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUTHORIZED_KEYS_H
#define FE_OPS_AUTHORIZED_KEYS_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * An authorized_keys file of sshd(8), which came from another host.  Keys are
 * found by their base64 text, which no option and no other key has.
 */

/* `TYPE BASE64 [COMMENT]' as in a .pub file; -1 if it is none. */
int authorized_key_parse(struct slice pub, struct slice *type,
    struct slice *base64);
/* Lines that hold the key; those that begin with # do not count. */
size_t authorized_keys_count(struct slice text, struct slice base64);
/* Appends the text, and behind each line that holds the old key the same line
 * (its options, too) with the new one, unless that is there already. */
void authorized_keys_add(struct slice text, struct slice old_base64,
    struct slice new_pub, struct buf *out);
/* Appends the text without the lines that hold the key. */
void authorized_keys_remove(struct slice text, struct slice base64,
    struct buf *out);

#endif
