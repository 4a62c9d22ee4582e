/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUDIT_PROBE_H
#define FE_OPS_AUDIT_PROBE_H

#include "ops/audit.h"

/*
 * What the probes share: other programs, settings, ages.  For audit*.c alone.
 */
typedef void audit_probe(struct audit *a, struct audit_result *r);

/* Says `unknown: NAME: not installed' and returns false where it is not. */
bool audit_need_program(struct audit_result *r, const char *name);
/* Runs it with these words and --home; its exit code, -1 and err. */
int audit_run_program(const struct audit *a, const char *const words[],
    struct slice input, struct buf *out, struct err *err);
/* The same once, kept. */
void audit_ask(const struct audit *a, struct audit_answer *answer,
    const char *const words[]);
/* The next line of the answer that is a JSON object. */
bool audit_next_object(struct slice *rest, struct slice *object);

/* The last value of a key in `[section]'; false: there is none. */
bool audit_setting(const struct audit *a, const char *section, const char *key,
    struct slice *value);
/* Walks sections `[program]' and `[program NAME]': *at begins with 0. */
bool audit_next_setting(const struct audit *a, const char *program,
    const char *key, size_t *at, struct slice *section, struct slice *value);
/* Is there a line in HOME/deliver that starts that program? */
bool audit_is_in_pipeline(const struct audit *a, const char *program);

/* Pass up to max_days, then fail: `WHAT is 3 days old'. */
void audit_say_age(const struct audit *a, struct audit_result *r,
    const char *what, int64_t time_ms, int64_t max_days);
/* The same for a file; unknown where it is not there. */
void audit_say_file_age(const struct audit *a, struct audit_result *r,
    const char *what, const char *path, int64_t max_days);
/* What people stated, in force or not; says what is missing. */
void audit_say_attestation(const struct audit *a, struct audit_result *r);
/* Items of fe-harden: those of a practice, or one by its id. */
void audit_say_harden(struct audit *a, struct audit_result *r,
    const char *practice);
/* What fe-probe finds from outside in checks whose names begin with one of
 * the words (between blanks; none: all); without --network how the row stood
 * when it was last asked. */
void audit_say_probe(struct audit *a, struct audit_result *r,
    const char *words);
/* Keys of a kind, as `fe-rotate-keys status' has their ages and limits: how
 * many, and whether one is due.  0: there is none of that kind. */
size_t audit_say_keys(struct audit *a, struct audit_result *r,
    const char *kind);
/* Running or not; true: running. */
bool audit_say_running(const struct audit *a, struct audit_result *r,
    const char *program);
/* What the host would do: N log lines of one syslog tag and text (in which
 * AUDIT_STRANGER is the attacker), given to fe-watch, and what that says to
 * fe-ban, which changes nothing: must it want a ban? */
#define AUDIT_STRANGER "192.0.2.1" /* RFC 5737: nobody has it */
void audit_say_made_up(const struct audit *a, struct audit_result *r,
    const char *what, const char *text, unsigned n);
/* How the row stood when somebody last looked with --network. */
void audit_say_last_network(const struct audit *a, struct audit_result *r,
    int64_t max_days);

#define AUDIT_DAY_MS INT64_C(86400000)

extern audit_probe audit_firewall, audit_flood, audit_outside, audit_intrusion,
    audit_endpoints, audit_portscan, audit_tls;
extern audit_probe audit_end_to_end, audit_store, audit_individual;
extern audit_probe audit_dkim, audit_spf, audit_dmarc, audit_mta_sts,
    audit_second_factor;
extern audit_probe audit_spam, audit_virus, audit_rate, audit_reputation,
    audit_content;
extern audit_probe audit_collect, audit_memory, audit_logs;
extern audit_probe audit_backup_age, audit_backup_places, audit_drill,
    audit_targets;
extern audit_probe audit_providers, audit_ssh_keys, audit_access_logs,
    audit_scanning, audit_packages, audit_libraries;
extern audit_probe audit_model, audit_linker, audit_compiler, audit_review;
extern audit_probe audit_harden_row, audit_memory_kept, audit_isolation;
extern audit_probe audit_licence, audit_disclosure, audit_trends;
extern audit_probe audit_attested, audit_privacy, audit_incidents,
    audit_report;

#endif
