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

#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/shred.h"
#include "crypto/certificate.h"
#include "crypto/key_file.h"
#include "net/dane.h"
#include "ops/rotate.h"
#include "ops/rotate_dns.h"

#define CERTIFICATE_DAYS 825
#define PIN_TEXT (2 * CERTIFICATE_PIN_SIZE + 1)

struct tls_files {
	struct buf key, certificate, next_key, next_certificate, old_key;
};

static void
files_init(struct tls_files *f)
{
	*f = (struct tls_files){BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT,
	    BUF_INIT};
	home_file(&f->key, "keys/tls/key.pem");
	home_file(&f->certificate, "keys/tls/cert.pem");
	home_file(&f->next_key, "keys/tls/next-key.pem");
	home_file(&f->next_certificate, "keys/tls/next-cert.pem");
	home_file(&f->old_key, "keys/tls/old-key.pem");
}

static void
files_free(struct tls_files *f)
{
	buf_free(&f->key);
	buf_free(&f->certificate);
	buf_free(&f->next_key);
	buf_free(&f->next_certificate);
	buf_free(&f->old_key);
}

static bool
is_there(const struct buf *path)
{
	return access(path->p, F_OK) == 0;
}

/* A PEM file, in a buffer that leaves no copies. */
static int
read_pem(const struct buf *path, struct buf *out, struct err *err)
{
	*out = (struct buf)BUF_LIMITED(CERTIFICATE_SIZE_MAX);
	buf_reserve(out, 16384);
	return io_read_file(path->p, out, err);
}

static int
pin_of_key(const struct buf *path, char pin[PIN_TEXT], struct err *err)
{
	unsigned char octets[CERTIFICATE_PIN_SIZE];
	struct buf text;
	int result = read_pem(path, &text, err);

	if (result == 0)
		result = certificate_key_pin(buf_slice(&text), octets, err);
	if (result == 0)
		hex_encode(octets, sizeof(octets), pin);
	buf_wipe(&text);
	return result;
}

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
make_key(const struct tls_files *f, struct err *err)
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

static int
begin(struct rotation *r, const struct tls_files *f, struct err *err)
{
	char old[PIN_TEXT], next[PIN_TEXT];

	if (r->conf->dry_run) {
		if (!is_there(&f->next_key))
			rotation_say(r, "", "a next key, whose TLSA record is "
			    "to be published");
		return 0;
	}
	if (!is_there(&f->next_key) && make_key(f, err) < 0)
		return -1;
	if (rotation_begun(r, "") != NULL)
		return 0;
	if (pin_of_key(&f->key, old, err) < 0 ||
	    pin_of_key(&f->next_key, next, err) < 0 ||
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
	char pin[PIN_TEXT], now_pin[PIN_TEXT], until[ROTATION_TIME_SIZE];

	if (pin_of_key(&f->next_key, pin, err) < 0 ||
	    pin_of_key(&f->key, now_pin, err) < 0 ||
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

static int
is_self_signed(const struct tls_files *f, struct err *err)
{
	struct certificate_facts facts = {.self_signed = 0};
	struct buf text;
	int result = read_pem(&f->certificate, &text, err);

	if (result == 0)
		result = certificate_read(buf_slice(&text), &facts, err);
	buf_free(&text);
	return result < 0 ? -1 : facts.self_signed;
}

static int
sign_ourselves(struct rotation *r, const struct tls_files *f, struct err *err)
{
	struct buf key, certificate = BUF_INIT;
	int result = read_pem(&f->next_key, &key, err);

	if (result == 0)
		result = certificate_make(buf_slice(&key), host_of(r),
		    CERTIFICATE_DAYS, &certificate, err);
	if (result == 0)
		result = io_replace_file(f->next_certificate.p,
		    buf_slice(&certificate), 0640, err);
	buf_wipe(&key);
	buf_free(&certificate);
	return result;
}

/* 1 it is there and fits, 0 it waits. */
static int
get_certificate(struct rotation *r, const struct tls_files *f,
    struct err *err)
{
	struct buf key, certificate, input = BUF_INIT;
	int signs = is_self_signed(f, err), result;

	if (signs < 0)
		return -1;
	if (!is_there(&f->next_certificate) && r->conf->tls_hook != NULL) {
		buf_format(&input, "%s %s\n", f->next_key.p,
		    f->next_certificate.p);
		result = rotation_hook(r, r->conf->tls_hook, "issue",
		    host_of(r), buf_slice(&input));
		buf_free(&input);
		if (result < 0)
			return 0;
	} else if (!is_there(&f->next_certificate) && signs > 0 &&
	    sign_ourselves(r, f, err) < 0)
		return -1;
	if (!is_there(&f->next_certificate)) {
		rotation_need(r, "", "waits for a certificate of the key in "
		    "'%s': have it issued and put it into '%s', or set "
		    "--tls-hook", f->next_key.p, f->next_certificate.p);
		return 0;
	}
	result = read_pem(&f->next_key, &key, err);
	if (read_pem(&f->next_certificate, &certificate,
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
	char old[PIN_TEXT] = "", pin[PIN_TEXT];

	if (begun != NULL)
		snprintf(old, sizeof(old), "%s", begun->id);
	if (is_there(&f->next_key)) {
		if (shred_keep_former(f->old_key.p, f->key.p, err) < 0 ||
		    take_place(f->next_key.p, f->key.p, err) < 0)
			return -1;
	}
	if (is_there(&f->next_certificate) &&
	    take_place(f->next_certificate.p, f->certificate.p, err) < 0)
		return -1;
	if (shred_former(f->old_key.p, f->key.p, err) < 0 ||
	    rotation_note(r, "", "destroyed", old, err) < 0 ||
	    rotation_note(r, "", "retiring", old, err) < 0 ||
	    pin_of_key(&f->key, pin, err) < 0 ||
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
	char pin[PIN_TEXT];

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

	files_init(&f);
	/* killed within step 4 */
	if (!r->conf->dry_run && rotation_begun(r, "") != NULL &&
	    !is_there(&f.next_key))
		result = swap(r, &f, err);
	if (result == 0)
		result = end_pin(r, err);
	files_free(&f);
	return result;
}

static int
rotate_key(struct rotation *r, const char *name, struct err *err)
{
	struct tls_files f;
	int result = rotate_dns_open(r, err);

	(void)name;
	files_init(&f);
	if (result == 0 && !is_there(&f.certificate))
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
	files_free(&f);
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
	char pin[PIN_TEXT];
	int result = 0;

	files_init(&f);
	if (is_there(&f.key)) {
		result = pin_of_key(&f.key, pin, err);
		if (result == 0)
			rotation_list(r, NULL, pin, "active", since(r, pin,
			    "tls/key.pem"), true);
	}
	if (result == 0 && is_there(&f.next_key)) {
		result = pin_of_key(&f.next_key, pin, err);
		if (result == 0)
			rotation_list(r, NULL, pin, "published",
			    key_file_since("tls/next-key.pem"), false);
	}
	files_free(&f);
	return result;
}

const struct rotation_kind rotate_tls = {"tls",
    "the TLS key (its TLSA record first)", "365d", "2d", list_tls, finish_tls,
    rotate_key};
