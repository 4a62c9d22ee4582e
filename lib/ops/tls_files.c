/* SPDX-License-Identifier: ISC */
/* The files of keys/tls. */
#include "ops/tls_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/id.h"
#include "base/io.h"

#define CERTIFICATE_DAYS 825

void
tls_files_init(struct tls_files *f)
{
	*f = (struct tls_files){BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT,
	    BUF_INIT};
	home_file(&f->key, "keys/tls/key.pem");
	home_file(&f->certificate, "keys/tls/cert.pem");
	home_file(&f->next_key, "keys/tls/next-key.pem");
	home_file(&f->next_certificate, "keys/tls/next-cert.pem");
	home_file(&f->old_key, "keys/tls/old-key.pem");
}

void
tls_files_free(struct tls_files *f)
{
	buf_free(&f->key);
	buf_free(&f->certificate);
	buf_free(&f->next_key);
	buf_free(&f->next_certificate);
	buf_free(&f->old_key);
}

bool
tls_file_is_there(const struct buf *path)
{
	return access(path->p, F_OK) == 0;
}

int
tls_file_read(const struct buf *path, struct buf *out, struct err *err)
{
	*out = (struct buf)BUF_LIMITED(CERTIFICATE_SIZE_MAX);
	buf_reserve(out, 16384);
	return io_read_file(path->p, out, err);
}

int
tls_file_pin(const struct buf *path, char pin[TLS_PIN_TEXT], struct err *err)
{
	unsigned char octets[CERTIFICATE_PIN_SIZE];
	struct buf text;
	int result = tls_file_read(path, &text, err);

	if (result == 0)
		result = certificate_key_pin(buf_slice(&text), octets, err);
	if (result == 0)
		hex_encode(octets, sizeof(octets), pin);
	buf_wipe(&text);
	return result;
}

int
tls_files_make_key(const struct tls_files *f, struct err *err)
{
	struct buf key = BUF_INIT;
	struct stat st;
	int result;

	buf_reserve(&key, 4096); /* so that growing leaves no copies */
	result = certificate_make_key(&key, err);
	if (result == 0 && stat(f->key.p, &st) < 0)
		result = err_errno(err, "cannot read '%s'", f->key.p);
	if (result == 0)
		result = io_replace_file(f->next_key.p, buf_slice(&key),
		    st.st_mode & 07777, err);
	buf_wipe(&key);
	if (result == 0 && geteuid() == 0 &&
	    chown(f->next_key.p, st.st_uid, st.st_gid) < 0)
		result = err_errno(err, "cannot give away '%s'",
		    f->next_key.p);
	return result;
}

int
tls_files_are_self_signed(const struct tls_files *f, struct err *err)
{
	struct certificate_facts facts = {.self_signed = 0};
	struct buf text;
	int result = tls_file_read(&f->certificate, &text, err);

	if (result == 0)
		result = certificate_read(buf_slice(&text), &facts, err);
	buf_free(&text);
	return result < 0 ? -1 : facts.self_signed;
}

int
tls_files_sign(const struct tls_files *f, const char *host, struct err *err)
{
	struct buf key, certificate = BUF_INIT;
	int result = tls_file_read(&f->next_key, &key, err);

	if (result == 0)
		result = certificate_make(buf_slice(&key), host,
		    CERTIFICATE_DAYS, &certificate, err);
	if (result == 0)
		result = io_replace_file(f->next_certificate.p,
		    buf_slice(&certificate), 0640, err);
	buf_wipe(&key);
	buf_free(&certificate);
	return result;
}
