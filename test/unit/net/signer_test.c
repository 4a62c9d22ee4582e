/* SPDX-License-Identifier: ISC */
#include "net/signer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit.h"

static EVP_PKEY *key;
static char path[] = "/tmp/fe-key.XXXXXX";

/* The certificate of a key, in PEM. */
static struct buf
certificate_of(EVP_PKEY *whose)
{
	X509 *certificate = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf text = BUF_INIT;
	char *p;
	long n;

	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, whose);
	X509_sign(certificate, whose, EVP_sha256());
	PEM_write_bio_X509(bio, certificate);
	n = BIO_get_mem_data(bio, &p);
	buf_append(&text, p, (size_t)n);
	BIO_free(bio);
	X509_free(certificate);
	return text;
}

static bool
is_signature(const unsigned char *signature, int n)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool good = n > 0 && EVP_PKEY_verify_init(context) == 1 &&
	    EVP_PKEY_verify(context, signature, (size_t)n,
		(const unsigned char *)"0123456789abcdef0123456789abcdef",
		32) == 1;

	EVP_PKEY_CTX_free(context);
	return good;
}

#define DIGEST SLICE("0123456789abcdef0123456789abcdef")

static void
signs_over_each_channel_until_the_last_is_closed(void)
{
	struct buf chain = certificate_of(key);
	unsigned char out[TLS_SIGN_MAX];
	struct err err = ERR_INIT;
	struct signer s;
	int one, two, status;
	pid_t pid;

	EXPECT_NUMBER("start", 0,
	    signer_start(&s, path, buf_slice(&chain), false, &err));
	pid = s.pid;
	one = signer_connect(&s, &err);
	two = signer_connect(&s, &err);
	EXPECT(is_signature(out, signer_ask(one, TLS_ECDSA, DIGEST, out)));
	EXPECT(is_signature(out, signer_ask(two, TLS_ECDSA, DIGEST, out)));
	EXPECT_NUMBER("another kind", -1,
	    signer_ask(one, TLS_RSA_PKCS1, DIGEST, out));
	EXPECT(is_signature(out, signer_ask(one, TLS_ECDSA, DIGEST, out)));
	signer_leave(&s);
	EXPECT(is_signature(out, signer_ask(two, TLS_ECDSA, DIGEST, out)));
	close(one);
	EXPECT_NUMBER("still there", 0, waitpid(pid, &status, WNOHANG));
	close(two);
	EXPECT_NUMBER("ends", pid, waitpid(pid, &status, 0));
	EXPECT_NUMBER("in order", 0, status);
	buf_free(&chain);
}

static void
outlives_those_who_send_nonsense_or_do_not_listen(void)
{
	struct buf chain = certificate_of(key);
	unsigned char out[TLS_SIGN_MAX];
	static char long_one[TLS_SIGN_MAX + 2] = "e";
	struct err err = ERR_INIT;
	struct signer s;
	int bad, deaf, good, status;
	pid_t pid;

	EXPECT_NUMBER("start", 0,
	    signer_start(&s, path, buf_slice(&chain), false, &err));
	pid = s.pid;
	bad = signer_connect(&s, &err);
	deaf = signer_connect(&s, &err);
	good = signer_connect(&s, &err);
	EXPECT(send(bad, long_one, sizeof(long_one), 0) > 0);
	EXPECT_NUMBER("hung up", 0, recv(bad, out, sizeof(out), 0));
	while (send(deaf, "e0123456789", 11, MSG_NOSIGNAL) > 0)
		;
	EXPECT(is_signature(out, signer_ask(good, TLS_ECDSA, DIGEST, out)));
	signer_leave(&s);
	close(bad);
	close(deaf);
	close(good);
	waitpid(pid, &status, 0);
	buf_free(&chain);
}

static void
does_not_start_with_a_key_that_does_not_fit_or_is_not_there(void)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");
	struct buf chain = certificate_of(other);
	struct err err = ERR_INIT;
	struct signer s;

	EXPECT_NUMBER("another's", -1,
	    signer_start(&s, path, buf_slice(&chain), false, &err));
	EXPECT(strstr(err.text, "not the certificate's") != NULL);
	EXPECT_NUMBER("none", -1, signer_start(&s, "/nowhere",
	    buf_slice(&chain), false, &err));
	EXPECT(strstr(err.text, "/nowhere") != NULL);
	EXPECT_NUMBER("no channel", -1, signer_connect(&s, &err));
	buf_free(&chain);
	EVP_PKEY_free(other);
}

int
main(void)
{
	FILE *file = fdopen(mkstemp(path), "w");

	signal(SIGPIPE, SIG_IGN);
	key = EVP_EC_gen("P-256");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	UNIT_RUN(signs_over_each_channel_until_the_last_is_closed);
	UNIT_RUN(outlives_those_who_send_nonsense_or_do_not_listen);
	UNIT_RUN(does_not_start_with_a_key_that_does_not_fit_or_is_not_there);
	unlink(path);
	EVP_PKEY_free(key);
	return UNIT_RESULT;
}
