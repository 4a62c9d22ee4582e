/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUDIT_LOG_H
#define FE_OPS_AUDIT_LOG_H

#include "ops/audit_result.h"
#include "ops/hash_chain.h"

/*
 * What fe-audit remembers: HOME/state/audit.jsonl as a sealed chain
 * (hash_chain.h) with lines of two kinds.
 *
 *	run	{"network":BOOL,"results":{ID:STATE, ...},"evidence":{ID:TEXT}}
 *	attest	{"id":ID,"by":NAME,"evidence":PATH,"digest":HEX,"size":N,
 *		 "until":DATE}
 *
 * A digest is BLAKE2b-256 of the evidence, which stays where it is; the last
 * statement on an id counts.
 */
#define AUDIT_LOG_FILE "state/audit.jsonl"
#define AUDIT_DIGEST_SIZE 65 /* hex and NUL */
#define AUDIT_EVIDENCE_MAX ((size_t)256 << 20) /* octets of a file */

struct audit_run {
	int64_t time_ms;
	bool network;
	struct slice results, evidence; /* objects */
};
struct audit_attestation {
	char *id, *by, *path, *digest;
	int64_t time_ms, until_ms; /* the day after the last one */
	char until[12];
};
struct audit_log {
	struct hash_chain chain;
	struct audit_run *runs; /* oldest first */
	size_t runs_n;
	struct audit_attestation *attestations; /* one an id */
	size_t attestations_n;
};

/* Reads and verifies; no file: nothing is remembered.  ERR_CONFIG. */
int audit_log_read(struct audit_log *log, const char *path, struct err *err);
void audit_log_free(struct audit_log *log);
/* Adds a line. */
int audit_log_add_run(const char *path, int64_t time_ms, bool network,
    const struct audit_result *results, size_t n, char *head,
    struct err *err);
int audit_log_add_attestation(const char *path, int64_t time_ms,
    const char *id, const char *by, const char *evidence, const char *until,
    struct err *err);

/* How a practice stood then; false: it was not looked at. */
bool audit_run_state(const struct audit_run *run, const char *id,
    enum audit_state *state);
/* The last run (that looked beyond the host, if so asked); NULL. */
const struct audit_run *audit_log_last(
    const struct audit_log *log, bool network);
const struct audit_attestation *audit_log_attestation(
    const struct audit_log *log, const char *id);

/* The digest of a file, read in pieces.  ERR_SYSTEM, ERR_USAGE: too large. */
int audit_digest(const char *path, char out[AUDIT_DIGEST_SIZE],
    int64_t *size, struct err *err);

#endif
