/* SPDX-License-Identifier: ISC */
/* Files of the administrator's; what is wrong with one is said by its name. */
#include "auth/private_key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "base/io.h"
#include "mail/encoding.h"

#define SECURE_HEAP ((size_t)4 << 20)

int
private_key_lock_memory(struct err *err)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (CRYPTO_secure_malloc_initialized() ||
	    CRYPTO_secure_malloc_init(SECURE_HEAP, 16) == 1)
		return 0;
	return err_set(err, ERR_SYSTEM, "cannot lock %zu KiB of memory for "
	    "keys (raise LimitMEMLOCK, ulimit -l)", SECURE_HEAP >> 10);
}

static int
check_file(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(err, "cannot open key '%s'", path);
	if ((st.st_mode & 07) != 0)
		return err_set(err, ERR_CONFIG, "key '%s' is open to all "
		    "users: chmod o= it", path);
	return 0;
}

EVP_PKEY *
private_key_read(const char *path, struct err *err)
{
	EVP_PKEY *key;
	BIO *file;

	if (check_file(path, err) < 0)
		return NULL;
	file = BIO_new_file(path, "r");
	if (file == NULL) {
		err_errno(err, "cannot open key '%s'", path);
		ERR_clear_error();
		return NULL;
	}
	/* A password would be asked for on the terminal. */
	key = PEM_read_bio_PrivateKey(file, NULL, NULL,
	    (void *)(uintptr_t)"");
	if (key == NULL)
		err_set(err, ERR_CONFIG, "'%s' holds no private key in PEM",
		    path);
	BIO_free(file);
	ERR_clear_error();
	return key;
}

int
private_key_type(const EVP_PKEY *key, enum dkim_key_type *type)
{
	int bits = EVP_PKEY_bits(key);

	*type = DKIM_KEY_ED25519;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return 0;
	*type = DKIM_KEY_RSA;
	return EVP_PKEY_is_a(key, "RSA") && bits >= DKIM_KEY_BITS_MIN &&
	    bits <= PRIVATE_KEY_BITS_MAX ? 0 : -1;
}

EVP_PKEY *
private_key_make(enum dkim_key_type type, struct err *err)
{
	EVP_PKEY *key;

	if (private_key_lock_memory(err) < 0)
		return NULL;
	key = type == DKIM_KEY_RSA ? EVP_RSA_gen(PRIVATE_KEY_BITS_NEW) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (key == NULL)
		err_set(err, ERR_SYSTEM, "OpenSSL cannot make a key");
	ERR_clear_error();
	return key;
}

int
private_key_write(EVP_PKEY *key, const char *path, struct err *err)
{
	BIO *memory = BIO_new(BIO_s_secmem());
	char *p = NULL;
	long n;
	int result;

	if (memory == NULL || PEM_write_bio_PKCS8PrivateKey(memory, key, NULL,
	    NULL, 0, NULL, NULL) != 1) {
		result = err_set(err, ERR_SYSTEM, "OpenSSL cannot write the "
		    "key of '%s'", path);
	} else {
		n = BIO_get_mem_data(memory, &p);
		result = io_replace_file(path, slice_of(p, (size_t)n), 0400,
		    err);
	}
	BIO_free(memory); /* secure memory is wiped */
	ERR_clear_error();
	return result;
}

int
private_key_record(EVP_PKEY *key, struct buf *out, struct err *err)
{
	unsigned char *der = NULL, raw[32];
	size_t raw_n = sizeof(raw);
	enum dkim_key_type type;
	int n, result = 0;

	if (private_key_type(key, &type) < 0)
		return err_set(err, ERR_CONFIG, "it is neither RSA of %d to "
		    "%d bits nor Ed25519", DKIM_KEY_BITS_MIN,
		    PRIVATE_KEY_BITS_MAX);
	buf_format(out, "v=DKIM1; k=%s; p=",
	    type == DKIM_KEY_RSA ? "rsa" : "ed25519");
	if (type == DKIM_KEY_ED25519) {
		if (EVP_PKEY_get_raw_public_key(key, raw, &raw_n) != 1)
			result = -1;
		else
			base64_encode(slice_of(raw, raw_n), 0, out);
	} else {
		n = i2d_PUBKEY(key, &der);
		if (n <= 0)
			result = -1;
		else
			base64_encode(slice_of(der, (size_t)n), 0, out);
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return result == 0 ? 0 : err_set(err, ERR_SYSTEM,
	    "OpenSSL cannot write the public key");
}
