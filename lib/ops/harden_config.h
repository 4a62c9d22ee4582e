/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_CONFIG_H
#define FE_OPS_HARDEN_CONFIG_H

#include "ops/tree.h"

/*
 * Settings as the host's own files have them, where the programs that use
 * them cannot be asked.  All texts are foreign.
 */

/* Cuts the first word off a line: between blanks and tabs. */
struct slice harden_word(struct slice *line);

/* One line of sysctl.d(5): `key = value', a `-' before the key, `/' for `.'.
 * False for comments and what is none.  The key's octets are not changed. */
bool harden_sysctl_line(struct slice line, struct slice *key,
    struct slice *value);
/* Does that key of a file (a pattern, perhaps) speak of this one?  `/' and
 * `.' are the same. */
bool harden_sysctl_is(struct slice pattern, const char *key);

/* The last value that the files of sysctl.d(5) give a key, in *value, and in
 * *path which one; false where none does. */
bool harden_sysctl_file(const struct tree *tree, const char *key,
    struct buf *value, struct buf *path);

/* sshd_config(5) under /etc/ssh, with what it includes: appends `keyword
 * value' lines, keywords in lower case, in their order; those that stand
 * behind a Match go to *match.  -1 where there is no such file. */
int harden_sshd_files(const struct tree *tree, struct buf *out,
    struct buf *match);
/* The first value of a keyword in that form (and in what `sshd -T' says). */
bool harden_sshd_value(struct slice text, const char *keyword,
    struct slice *value);

/* A line of mountinfo (proc(5)): the mount point, unescaped, the options of
 * the mount (not of the file system), `MAJOR:MINOR' and the source. */
struct harden_mount {
	char point[256];
	char options[512];
	char device[32];
	char source[256];
};
bool harden_mountinfo_line(struct slice line, struct harden_mount *mount);
/* The same of fstab(5). */
bool harden_fstab_line(struct slice line, struct harden_mount *mount);

/* `NAME "value";' of apt.conf(5), the last of all lines of that name. */
bool harden_apt_value(struct slice text, const char *name,
    struct buf *value);

#endif
