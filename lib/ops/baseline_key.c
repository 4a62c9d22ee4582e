/* SPDX-License-Identifier: ISC */
/*
 * The key of baselines.
 */
#include "ops/baseline_key.h"

#include <errno.h>
#include <unistd.h>

#include "base/id.h"
#include "base/io.h"
#include "base/secret.h"

static int
make(const char *path, struct err *err)
{
	unsigned char *seed = secret_alloc(BASELINE_KEY_SIZE);
	int result;

	random_octets(seed, BASELINE_KEY_SIZE);
	result = io_replace_file(
	    path, slice_of(seed, BASELINE_KEY_SIZE), 0400, err);
	secret_free(seed);
	return result;
}

/* Writes the public part where it is missing. */
static int
match(const char *path, const char *public_path, const unsigned char *seed,
    struct err *err)
{
	unsigned char public[BASELINE_PUBLIC_SIZE];
	char hex[2 * BASELINE_PUBLIC_SIZE + 1];
	struct buf text = BUF_LIMITED(1024);
	int result = 0;

	baseline_public(seed, public);
	hex_encode(public, sizeof(public), hex);
	if (access(public_path, F_OK) < 0) {
		buf_format(&text, "%s\n", hex);
		result = io_replace_file(
		    public_path, buf_slice(&text), 0644, err);
	} else if (io_read_file(public_path, &text, err) < 0) {
		result = -1;
	} else if (!slice_is(slice_trim(buf_slice(&text)), hex)) {
		result = err_set(err, ERR_CONFIG, "'%s' is not of the key '%s'",
		    public_path, path);
	}
	buf_free(&text);
	return result;
}

int
baseline_key_read(const char *path, const char *public_path,
    unsigned char **seed, struct err *err)
{
	if (access(path, F_OK) < 0 && errno == ENOENT && make(path, err) < 0)
		return -1;
	if (secret_read_file(path, BASELINE_KEY_SIZE, seed, err) < 0)
		return -1;
	return match(path, public_path, *seed, err);
}

int
baseline_key_public(const char *path,
    unsigned char out[BASELINE_PUBLIC_SIZE], struct err *err)
{
	struct buf text = BUF_LIMITED(1024);
	int result = io_read_file(path, &text, err);

	if (result == 0 && hex_decode(slice_trim(buf_slice(&text)), out,
		BASELINE_PUBLIC_SIZE) < 0)
		result = err_set(
		    err, ERR_CONFIG, "'%s' is no public key", path);
	buf_free(&text);
	return result;
}
