/* SPDX-License-Identifier: ISC */
/*
 * The TLS key, which DANE pins (RFC 7671, 8.1):
 *
 *	1 keys/tls/next-key.pem is made, its TLSA record to be published
 *	  beside the current one (fe-dns shows both)
 *	2 DNS has it, and has had it for the overlap: nobody remembers the
 *	  records of before
 *	3 a certificate for it: by --tls-hook, or self-signed where the current
 *	  one is, or laid into keys/tls/next-cert.pem by a person
 *	4 both take the place of the current ones; the old key is destroyed
 *	5 after another overlap its TLSA record can go
 *
 * Where DNS has no record of the current key either nobody pins it, and the
 * waiting falls away.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/shred.h"
#include "crypto/key_file.h"
#include "net/dane.h"
#include "ops/rotate.h"
#include "ops/rotate_dns.h"
#include "ops/tls_files.h"

static const char *
host_of(const struct rotation *r)
{
	static char system[256];

	if (r->conf->hostname != NULL)
		return r->conf->hostname;
	if (system[0] == '\0' && gethostname(system, sizeof(system) - 1) < 0)
		return "localhost";
	return system;
}

/* ---- records ---- */

static void
record(const struct rotation *r, const char *pin, struct buf *name,
    struct buf *value)
{
	buf_truncate(name, 0);
	buf_truncate(value, 0);
	tlsa_name(slice_text(host_of(r)), 25, name);
	buf_format(value, "3 1 1 %s", pin);
}

static int
ask(struct rotation *r, const char *pin, enum rotate_dns_answer *answer,
    struct err *err)
{
	struct buf name = BUF_INIT, value = BUF_INIT, why = BUF_INIT;
	int result;

	record(r, pin, &name, &value);
	result = rotate_dns_ask(r, &(struct rotate_dns_question){PLAN_TLSA,
	    DNS_TLSA, name.p, value.p}, answer, &why, err);
	buf_free(&name);
	buf_free(&value);
	buf_free(&why);
	return result;
}

static void
hand_out(struct rotation *r, const char *pin, const char *event)
{
	struct buf name = BUF_INIT, value = BUF_INIT, line = BUF_INIT;

	record(r, pin, &name, &value);
	buf_format(&line, "%s TLSA %s\n", name.p, value.p);
	if (rotation_hook(r, r->conf->hook, event, "", buf_slice(&line)) > 0)
		rotation_say(r, "", "the hook has it: %s %s", event, line.p);
	else
		rotation_ask(r, "", event, "%s: %s TLSA %s", event, name.p,
		    value.p);
	buf_free(&name);
	buf_free(&value);
	buf_free(&line);
}

/* ---- step 1 ---- */

static int
begin(struct rotation *r, const struct tls_files *f, struct err *err)
{
	char old[TLS_PIN_TEXT], next[TLS_PIN_TEXT];

	if (r->conf->dry_run) {
		if (!tls_file_is_there(&f->next_key))
			rotation_say(r, "", "a next key, whose TLSA record is "
			    "to be published");
		return 0;
	}
	if (!tls_file_is_there(&f->next_key) && tls_files_make_key(f, err) < 0)
		return -1;
	if (rotation_begun(r, "") != NULL)
		return 0;
	if (tls_file_pin(&f->key, old, err) < 0 ||
	    tls_file_pin(&f->next_key, next, err) < 0 ||
	    rotation_note(r, "", "begun", old, err) < 0)
		return -1;
	return rotation_note(r, "", "published", next, err);
}

/* ---- step 2 ---- */

/* 1 go on, 0 it waits and that was said. */
static int
is_pinned(struct rotation *r, const struct tls_files *f, struct err *err)
{
	enum rotate_dns_answer answer, old;
	const struct ledger_entry *seen;
	char pin[TLS_PIN_TEXT], now_pin[TLS_PIN_TEXT];
	char until[ROTATION_TIME_SIZE];

	if (tls_file_pin(&f->next_key, pin, err) < 0 ||
	    tls_file_pin(&f->key, now_pin, err) < 0 ||
	    ask(r, pin, &answer, err) < 0 || ask(r, now_pin, &old, err) < 0)
		return -1;
	if (r->conf->force || (answer == ROTATE_DNS_MISSING &&
		old == ROTATE_DNS_MISSING))
		return 1;
	if (answer == ROTATE_DNS_UNKNOWN) {
		rotation_need(r, "", "waits for DNS: the servers of %s do not "
		    "answer", host_of(r));
		return 0;
	}
	if (answer == ROTATE_DNS_MISSING) {
		rotation_need(r, "", "waits for the TLSA record of the next "
		    "key; the current one stays in use");
		hand_out(r, pin, "publish");
		return 0;
	}
	seen = ledger_find(&r->ledger, r->kind->name, "", "seen");
	if (seen == NULL || strcmp(seen->id, pin) != 0) {
		if (rotation_note(r, "", "seen", pin, err) < 0)
			return -1;
		seen = ledger_find(&r->ledger, r->kind->name, "", "seen");
	}
	if (seen == NULL || rotation_is_over(r, seen->time_ms))
		return 1;
	rotation_wait(r, "", "DNS has the TLSA record of the next key; others "
	    "may remember the one of before until %s",
	    rotation_over_text(r, seen->time_ms, until));
	return 0;
}

/* ---- step 3 ---- */

/* 1 it is there and fits, 0 it waits. */
static int
get_certificate(struct rotation *r, const struct tls_files *f,
    struct err *err)
{
	struct buf key, certificate, input = BUF_INIT;
	int signs = tls_files_are_self_signed(f, err), result;

	if (signs < 0)
		return -1;
	if (!tls_file_is_there(&f->next_certificate) &&
	    r->conf->tls_hook != NULL) {
		buf_format(&input, "%s %s\n", f->next_key.p,
		    f->next_certificate.p);
		result = rotation_hook(r, r->conf->tls_hook, "issue",
		    host_of(r), buf_slice(&input));
		buf_free(&input);
		if (result < 0)
			return 0;
	} else if (!tls_file_is_there(&f->next_certificate) && signs > 0 &&
	    tls_files_sign(f, host_of(r), err) < 0)
		return -1;
	if (!tls_file_is_there(&f->next_certificate)) {
		rotation_need(r, "", "waits for a certificate of the key in "
		    "'%s': have it issued and put it into '%s', or set "
		    "--tls-hook", f->next_key.p, f->next_certificate.p);
		return 0;
	}
	result = tls_file_read(&f->next_key, &key, err);
	if (tls_file_read(&f->next_certificate, &certificate,
		result == 0 ? err : NULL) < 0)
		result = -1;
	if (result == 0 && certificate_check_pair(buf_slice(&certificate),
		buf_slice(&key), err) < 0)
		result = err_prefix(err, "'%s'", f->next_certificate.p);
	buf_wipe(&key);
	buf_free(&certificate);
	return result < 0 ? -1 : 1;
}

/* ---- step 4 ---- */

static int
take_place(const char *from, const char *to, struct err *err)
{
	struct stat st;

	if (stat(to, &st) == 0 && geteuid() == 0 &&
	    chown(from, st.st_uid, st.st_gid) < 0)
		return err_errno(err, "cannot give away '%s'", from);
	if (stat(to, &st) == 0 && chmod(from, st.st_mode & 07777) < 0)
		return err_errno(err, "cannot change the mode of '%s'", from);
	if (rename(from, to) < 0)
		return err_errno(err, "cannot rename '%s'", from);
	return io_sync_folder(to, err);
}

static void
say_swapped(struct rotation *r)
{
	rotation_say(r, "", "the new key and its certificate are in place; "
	    "the old key is destroyed");
	if (rotation_hook(r, r->conf->hook, "reload", "", SLICE("")) == 0)
		rotation_ask(r, "", "reload", "reload: SIGHUP to the parent of "
		    "fe-receive (systemctl reload fe-smtp)");
}

/* From wherever it is: the key, the certificate, the end of the old key. */
static int
swap(struct rotation *r, const struct tls_files *f, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, "");
	char old[TLS_PIN_TEXT] = "", pin[TLS_PIN_TEXT];

	if (begun != NULL)
		snprintf(old, sizeof(old), "%s", begun->id);
	if (tls_file_is_there(&f->next_key)) {
		if (shred_keep_former(f->old_key.p, f->key.p, err) < 0 ||
		    take_place(f->next_key.p, f->key.p, err) < 0)
			return -1;
	}
	if (tls_file_is_there(&f->next_certificate) &&
	    take_place(f->next_certificate.p, f->certificate.p, err) < 0)
		return -1;
	if (shred_former(f->old_key.p, f->key.p, err) < 0 ||
	    rotation_note(r, "", "destroyed", old, err) < 0 ||
	    rotation_note(r, "", "retiring", old, err) < 0 ||
	    tls_file_pin(&f->key, pin, err) < 0 ||
	    rotation_note(r, "", "done", pin, err) < 0)
		return -1;
	say_swapped(r);
	return 0;
}

/* ---- step 5 ---- */

static int
end_pin(struct rotation *r, struct err *err)
{
	const struct ledger_entry *old = ledger_find(&r->ledger,
	    r->kind->name, "", "retiring");
	const struct ledger_entry *gone = ledger_find(&r->ledger,
	    r->kind->name, "", "withdrawn");
	enum rotate_dns_answer answer;
	char pin[TLS_PIN_TEXT];

	if (old == NULL || (gone != NULL && gone > old) ||
	    !rotation_is_over(r, old->time_ms) || r->conf->dry_run)
		return 0;
	snprintf(pin, sizeof(pin), "%s", old->id);
	if (ask(r, pin, &answer, err) < 0)
		return -1;
	if (answer == ROTATE_DNS_UNKNOWN)
		return 0;
	if (answer == ROTATE_DNS_THERE)
		hand_out(r, pin, "delete");
	return rotation_note(r, "", "withdrawn", pin, err);
}

/* ---- the kind ---- */

static int
finish_tls(struct rotation *r, struct err *err)
{
	struct tls_files f;
	int result = 0;

	tls_files_init(&f);
	/* killed within step 4 */
	if (!r->conf->dry_run && rotation_begun(r, "") != NULL &&
	    !tls_file_is_there(&f.next_key))
		result = swap(r, &f, err);
	if (result == 0)
		result = end_pin(r, err);
	tls_files_free(&f);
	return result;
}

static int
rotate_key(struct rotation *r, const char *name, struct err *err)
{
	struct tls_files f;
	int result = rotate_dns_open(r, err);

	(void)name;
	tls_files_init(&f);
	if (result == 0 && !tls_file_is_there(&f.certificate))
		result = err_set(err, ERR_CONFIG, "there is no certificate in "
		    "'%s'", f.certificate.p);
	if (result == 0)
		result = begin(r, &f, err);
	if (result == 0 && !r->conf->dry_run) {
		result = is_pinned(r, &f, err);
		if (result > 0)
			result = get_certificate(r, &f, err);
		if (result > 0)
			result = swap(r, &f, err);
	}
	tls_files_free(&f);
	return result < 0 ? -1 : 0;
}

/* A certificate that is renewed for the same key makes the file new, and the
 * key no younger. */
static int64_t
since(const struct rotation *r, const char *pin, const char *file)
{
	const struct ledger_entry *done =
	    ledger_find(&r->ledger, r->kind->name, "", "done");

	return done != NULL && strcmp(done->id, pin) == 0 ? done->time_ms :
	    key_file_since(file);
}

static int
list_tls(struct rotation *r, struct err *err)
{
	struct tls_files f;
	char pin[TLS_PIN_TEXT];
	int result = 0;

	tls_files_init(&f);
	if (tls_file_is_there(&f.key)) {
		result = tls_file_pin(&f.key, pin, err);
		if (result == 0)
			rotation_list(r, NULL, pin, "active", since(r, pin,
			    "tls/key.pem"), true);
	}
	if (result == 0 && tls_file_is_there(&f.next_key)) {
		result = tls_file_pin(&f.next_key, pin, err);
		if (result == 0)
			rotation_list(r, NULL, pin, "published",
			    key_file_since("tls/next-key.pem"), false);
	}
	tls_files_free(&f);
	return result;
}

const struct rotation_kind rotate_tls = {"tls",
    "the TLS key (its TLSA record first)", "365d", "2d", list_tls, finish_tls,
    rotate_key};
