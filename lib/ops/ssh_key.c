/* SPDX-License-Identifier: ISC */
/* Keys of OpenSSH, made and exchanged. */
#include "ops/ssh_key.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/shred.h"
#include "ops/authorized_keys.h"
#include "ops/tool.h"

static const char *
join(struct buf *out, const char *file, const char *suffix)
{
	buf_truncate(out, 0);
	buf_format(out, "%s%s", file, suffix);
	return out->p;
}

bool
ssh_key_is_there(const char *file, const char *suffix)
{
	struct buf path = BUF_INIT;
	bool there = access(join(&path, file, suffix), F_OK) == 0;

	buf_free(&path);
	return there;
}

static int
keygen(const char *const argv[], struct buf *out, struct err *err)
{
	int status = tool_run(argv, SLICE(""), out, err);
	struct slice said = slice_trim(buf_slice(out));

	if (status > 0)
		return err_set(err, ERR_SYSTEM, "ssh-keygen: %.*s",
		    SLICE_ARG(slice_part(said, 0, 200)));
	return status;
}

int
ssh_key_public(const char *file, const char *suffix, struct buf *out,
    struct err *err)
{
	struct buf path = BUF_INIT;
	/* asks nobody for a passphrase */
	const char *argv[] = {"ssh-keygen", "-y", "-P", "", "-f",
	    join(&path, file, suffix), NULL};
	struct slice type, base64;
	int result;

	buf_truncate(out, 0);
	result = keygen(argv, out, err);
	if (result == 0 && authorized_key_parse(buf_slice(out), &type,
		&base64) < 0)
		result = err_set(err, ERR_CONFIG, "'%s' is no SSH key",
		    path.p);
	buf_free(&path);
	return result;
}

int
ssh_key_id(const char *file, const char *suffix, char id[SSH_KEY_ID_SIZE],
    struct err *err)
{
	struct buf pub = BUF_INIT, out = BUF_INIT;
	const char *argv[] = {"ssh-keygen", "-l", "-f", "-", NULL};
	struct slice rest, word;
	int result = ssh_key_public(file, suffix, &pub, err);

	if (result == 0) {
		result = tool_run(argv, buf_slice(&pub), &out, err);
		rest = buf_slice(&out);
		(void)slice_cut(&rest, ' ');
		word = slice_cut(&rest, ' ');
		if (result > 0 || (result == 0 && word.n == 0))
			result = err_set(err, ERR_SYSTEM, "ssh-keygen says no "
			    "fingerprint of '%s%s'", file, suffix);
		snprintf(id, SSH_KEY_ID_SIZE, "%.*s", SLICE_ARG(word));
	}
	buf_free(&pub);
	buf_free(&out);
	return result;
}

static int
write_public(const char *file, const char *suffix, struct err *err)
{
	struct buf pub = BUF_INIT, path = BUF_INIT;
	int result = ssh_key_public(file, suffix, &pub, err);

	buf_format(&path, "%s%s.pub", file, suffix);
	if (result == 0)
		result = io_replace_file(path.p, buf_slice(&pub), 0644, err);
	buf_free(&pub);
	buf_free(&path);
	return result;
}

static int
own_as(const char *path, const struct stat *st, struct err *err)
{
	if (chmod(path, st->st_mode & 07777) < 0 || (geteuid() == 0 &&
		chown(path, st->st_uid, st->st_gid) < 0))
		return err_errno(err, "cannot give away '%s'", path);
	return 0;
}

/* What was cut short is no key: nobody was told of it. */
int
ssh_key_make_next(const char *file, struct err *err)
{
	struct buf next = BUF_INIT, pub = BUF_INIT, out = BUF_INIT;
	const char *argv[] = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "",
	    "-C", "fe-rotate-keys", "-f", join(&next, file, ".next"), NULL};
	struct stat st;
	int result = 0;

	buf_format(&pub, "%s.pub", next.p);
	if (stat(file, &st) < 0)
		result = err_errno(err, "cannot read '%s'", file);
	else if (ssh_key_public(file, ".next", &out, NULL) < 0) {
		(void)unlink(next.p);
		(void)unlink(pub.p);
		buf_truncate(&out, 0);
		result = keygen(argv, &out, err);
	}
	if (result == 0)
		result = own_as(next.p, &st, err);
	if (result == 0)
		result = write_public(file, ".next", err);
	if (result == 0)
		result = io_sync_folder(next.p, err);
	buf_free(&next);
	buf_free(&pub);
	buf_free(&out);
	return result;
}

int
ssh_key_keep_old(const char *file, struct err *err)
{
	struct buf old = BUF_INIT;
	int result = shred_keep_former(join(&old, file, ".old"), file, err);

	buf_free(&old);
	return result;
}

/* Without a public key for a moment, never with a wrong one: sshd would not
 * load the pair. */
int
ssh_key_swap(const char *file, struct err *err)
{
	struct buf next = BUF_INIT, pub = BUF_INIT;
	int result = ssh_key_keep_old(file, err);

	join(&next, file, ".next");
	join(&pub, file, ".pub");
	if (result == 0 && unlink(pub.p) < 0 && errno != ENOENT)
		result = err_errno(err, "cannot remove '%s'", pub.p);
	else if (result == 0 && rename(next.p, file) < 0)
		result = err_errno(err, "cannot rename '%s'", next.p);
	if (result == 0)
		result = io_sync_folder(file, err);
	buf_free(&next);
	buf_free(&pub);
	return result < 0 ? -1 : ssh_key_settle(file, err);
}

int
ssh_key_settle(const char *file, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	if (access(join(&path, file, ".pub"), F_OK) < 0)
		result = write_public(file, "", err);
	if (result == 0 && !ssh_key_is_there(file, ".next") &&
	    unlink(join(&path, file, ".next.pub")) < 0 && errno != ENOENT)
		result = err_errno(err, "cannot remove '%s'", path.p);
	buf_free(&path);
	return result;
}

int
ssh_key_destroy_old(const char *file, struct err *err)
{
	struct buf old = BUF_INIT;
	int result = ssh_key_settle(file, err);

	if (result == 0)
		result = shred_former(join(&old, file, ".old"), file, err);
	buf_free(&old);
	return result;
}
