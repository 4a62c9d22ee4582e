/* SPDX-License-Identifier: ISC */
/* Runs and statements of fe-audit, in one hash-chained file. */
#include "ops/audit_log.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"

#define DAY_MS INT64_C(86400000)
#define EVIDENCE_MAX 1000 /* octets of a row's evidence that are kept */

static int64_t
time_of(struct slice line)
{
	int64_t ms = 0;

	(void)clock_parse(json_plain(json_get(line, "time")), &ms);
	return ms;
}

static void
add_run(struct audit_log *log, struct slice line)
{
	if ((log->runs_n & (log->runs_n - 1)) == 0)
		log->runs = mem_array(log->runs,
		    log->runs_n == 0 ? 1 : log->runs_n * 2,
		    sizeof(*log->runs));
	log->runs[log->runs_n++] = (struct audit_run){
	    .time_ms = time_of(line),
	    .network = json_is_true(json_get(line, "network")),
	    .results = json_get(line, "results"),
	    .evidence = json_get(line, "evidence")};
}

static char *
take_text(struct slice line, const char *name)
{
	struct buf text = BUF_INIT;

	(void)json_string(json_get(line, name), &text);
	return text.n > 0 ? buf_take(&text, NULL) : mem_text("");
}

static void
free_attestation(struct audit_attestation *one)
{
	free(one->id);
	free(one->by);
	free(one->path);
	free(one->digest);
}

static void
add_attestation(struct audit_log *log, struct slice line)
{
	struct audit_attestation one = {.id = take_text(line, "id"),
	    .by = take_text(line, "by"),
	    .path = take_text(line, "evidence"),
	    .digest = take_text(line, "digest"),
	    .time_ms = time_of(line)};
	struct slice until = json_plain(json_get(line, "until"));
	size_t i = 0;

	if (clock_parse(until, &one.until_ms) == 0)
		one.until_ms += DAY_MS;
	snprintf(one.until, sizeof(one.until), "%.*s", SLICE_ARG(until));
	while (i < log->attestations_n &&
	    strcmp(log->attestations[i].id, one.id) != 0)
		i++;
	if (i < log->attestations_n)
		free_attestation(&log->attestations[i]);
	else
		log->attestations = mem_array(log->attestations,
		    ++log->attestations_n, sizeof(*log->attestations));
	log->attestations[i] = one;
}

int
audit_log_read(struct audit_log *log, const char *path, struct err *err)
{
	*log = (struct audit_log){.runs_n = 0};
	if (hash_chain_read(&log->chain, HASH_CHAIN_SEALED, path, err) < 0)
		return -1;
	if (hash_chain_check(&log->chain, path, err) < 0) {
		hash_chain_close(&log->chain);
		return -1;
	}
	for (size_t i = 0; i < log->chain.n; i++) {
		struct slice line = hash_chain_line(&log->chain, i);
		struct slice kind = json_get(line, "kind");

		if (json_string_is(kind, "run"))
			add_run(log, line);
		else if (json_string_is(kind, "attest"))
			add_attestation(log, line);
	}
	return 0;
}

void
audit_log_free(struct audit_log *log)
{
	for (size_t i = 0; i < log->attestations_n; i++)
		free_attestation(&log->attestations[i]);
	free(log->attestations);
	free(log->runs);
	hash_chain_close(&log->chain);
	*log = (struct audit_log){.runs_n = 0};
}

/* *head, unless NULL, becomes the hash of the line. */
static int
append(const char *path, int64_t time_ms, const char *kind,
    const struct buf *object, char *head, struct err *err)
{
	struct hash_chain chain;
	int result;

	if (hash_chain_open(&chain, HASH_CHAIN_SEALED, path, true, err) < 0)
		return -1;
	result = hash_chain_add(&chain, time_ms, kind, buf_slice(object), path,
	    err);
	if (result == 0 && head != NULL)
		memcpy(head, hash_chain_head(&chain), HASH_CHAIN_TEXT_SIZE);
	hash_chain_close(&chain);
	return result;
}

int
audit_log_add_run(const char *path, int64_t time_ms, bool network,
    const struct audit_result *results, size_t n, char *head, struct err *err)
{
	struct buf line = BUF_INIT, text = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);
	int result;

	json_open_object(&w, NULL);
	json_put_bool(&w, "network", network);
	json_open_object(&w, "results");
	for (size_t i = 0; i < n; i++)
		json_put_text(&w, results[i].practice->id,
		    audit_state_text(audit_result_state(&results[i])));
	json_close_object(&w);
	/* what passes needs no words afterwards */
	json_open_object(&w, "evidence");
	for (size_t i = 0; i < n; i++) {
		if (audit_result_state(&results[i]) == AUDIT_PASS)
			continue;
		buf_truncate(&text, 0);
		audit_result_text(&results[i], &text);
		json_put_slice(&w, results[i].practice->id,
		    slice_part(buf_slice(&text), 0, EVIDENCE_MAX));
	}
	json_close_object(&w);
	json_close_object(&w);
	result = append(path, time_ms, "run", &line, head, err);
	buf_free(&line);
	buf_free(&text);
	return result;
}

int
audit_digest(const char *path, char out[AUDIT_DIGEST_SIZE], int64_t *size,
    struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	crypto_generichash_state state;
	unsigned char piece[65536], digest[32];
	ssize_t n = -1;
	struct stat st;

	*size = 0;
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, ERR_USAGE, "'%s' is no file", path);
	}
	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	while (*size <= (int64_t)AUDIT_EVIDENCE_MAX &&
	    (n = io_read(fd, piece, sizeof(piece))) > 0) {
		crypto_generichash_update(&state, piece, (size_t)n);
		*size += n;
	}
	close(fd);
	if (n < 0)
		return err_errno(err, "cannot read '%s'", path);
	if (n > 0)
		return err_set(err, ERR_USAGE, "'%s' is larger than %zu MiB",
		    path, AUDIT_EVIDENCE_MAX >> 20);
	crypto_generichash_final(&state, digest, sizeof(digest));
	hex_encode(digest, sizeof(digest), out);
	return 0;
}

int
audit_log_add_attestation(const char *path, int64_t time_ms, const char *id,
    const char *by, const char *evidence, const char *until, struct err *err)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);
	char digest[AUDIT_DIGEST_SIZE], *whole;
	int64_t size;
	int result;

	if (audit_digest(evidence, digest, &size, err) < 0)
		return -1;
	whole = realpath(evidence, NULL);
	if (whole == NULL)
		return err_errno(err, "cannot find '%s'", evidence);
	json_open_object(&w, NULL);
	json_put_text(&w, "id", id);
	json_put_text(&w, "by", by);
	json_put_text(&w, "evidence", whole);
	json_put_text(&w, "digest", digest);
	json_put_integer(&w, "size", size);
	json_put_text(&w, "until", until);
	json_close_object(&w);
	result = append(path, time_ms, "attest", &line, NULL, err);
	buf_free(&line);
	free(whole);
	return result;
}

bool
audit_run_state(const struct audit_run *run, const char *id,
    enum audit_state *state)
{
	return audit_state_parse(
		   json_plain(json_get(run->results, id)), state) == 0;
}

const struct audit_run *
audit_log_last(const struct audit_log *log, bool network)
{
	for (size_t i = log->runs_n; i > 0; i--)
		if (!network || log->runs[i - 1].network)
			return &log->runs[i - 1];
	return NULL;
}

const struct audit_attestation *
audit_log_attestation(const struct audit_log *log, const char *id)
{
	for (size_t i = 0; i < log->attestations_n; i++)
		if (strcmp(log->attestations[i].id, id) == 0)
			return &log->attestations[i];
	return NULL;
}
