/* SPDX-License-Identifier: ISC */
/*
 * A destination behind OpenSSH: `ssh -s HOST sftp', started before the
 * sandbox, does the cryptography; this is a client of SFTP version 3
 * (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions posix-rename and
 * fsync.  What the server says is foreign.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/process.h"
#include "ops/destination_kind.h"
#include "ops/destination_reply.h"

enum {
	FXP_INIT = 1, FXP_VERSION, FXP_OPEN, FXP_CLOSE, FXP_READ, FXP_WRITE,
	FXP_LSTAT, FXP_FSTAT, FXP_OPENDIR = 11, FXP_READDIR, FXP_REMOVE,
	FXP_MKDIR, FXP_STAT = 17, FXP_STATUS = 101, FXP_HANDLE, FXP_DATA,
	FXP_NAME, FXP_ATTRS, FXP_EXTENDED = 200
};
enum { FX_OK, FX_EOF, FX_NO_SUCH_FILE, FX_PERMISSION_DENIED, FX_FAILURE };
enum { OPEN_READ = 1, OPEN_WRITE = 2, OPEN_CREATE = 8, OPEN_TRUNCATE = 16 };

#define PACKET_MAX ((size_t)256 << 10)
#define PART 32768       /* octets of one read or write */
#define WINDOW 48        /* requests without an answer */
#define LIST_DEPTH 2

struct sftp_destination {
	struct destination base;
	char *root;      /* folder on the server */
	pid_t pid;
	int to, from;
	uint32_t next_id;
	int64_t timeout_ms;
	bool has_fsync;
	struct buf out, in; /* one packet each */
	uint8_t type;       /* of the answer in `in' */
	uint32_t id;
	struct slice body;  /* behind its id */
};

static struct sftp_destination *
self(struct destination *d)
{
	return (struct sftp_destination *)(void *)d;
}

/* ---- packets ---- */

static void
put_number(struct buf *out, uint32_t n)
{
	unsigned char octets[4] = {(unsigned char)(n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n};

	buf_append(out, octets, 4);
}

static void
put_string(struct buf *out, struct slice text)
{
	put_number(out, (uint32_t)text.n);
	buf_append_slice(out, text);
}

/* Begins a request; its length is filled in by send_packet. */
static uint32_t
begin(struct sftp_destination *d, uint8_t type)
{
	buf_truncate(&d->out, 0);
	put_number(&d->out, 0);
	buf_append_char(&d->out, (char)type);
	put_number(&d->out, d->next_id);
	return d->next_id++;
}

static int
send_packet(struct sftp_destination *d, struct slice more, struct err *err)
{
	uint32_t n = (uint32_t)(d->out.n - 4 + more.n);

	for (int i = 0; i < 4; i++)
		d->out.p[i] = (char)(n >> (24 - 8 * i));
	if (io_write_two(d->to, buf_slice(&d->out), more) < 0)
		return err_errno(err, "'%s' does not listen any more",
		    d->base.name);
	return 0;
}

static int
read_octets(struct sftp_destination *d, size_t n, struct err *err)
{
	buf_reserve(&d->in, n);
	while (n > 0) {
		int ready = io_wait_readable(d->from, d->timeout_ms);
		ssize_t got = ready <= 0 ? -1 :
		    io_read(d->from, d->in.p + d->in.n, n);

		if (ready == 0)
			return err_set(err, ERR_SYSTEM, "'%s' does not answer",
			    d->base.name);
		if (got <= 0)
			return err_set(err, ERR_SYSTEM, "cannot reach the "
			    "destination '%s': the connection has ended",
			    d->base.name);
		d->in.n += (size_t)got;
		d->in.p[d->in.n] = '\0';
		n -= (size_t)got;
	}
	return 0;
}

static int
receive(struct sftp_destination *d, struct err *err)
{
	uint32_t n;

	buf_truncate(&d->in, 0);
	if (read_octets(d, 4, err) < 0)
		return -1;
	d->body = buf_slice(&d->in);
	(void)sftp_cut_u32(&d->body, &n);
	if (n < 5 || n > PACKET_MAX)
		return err_set(err, ERR_SYSTEM, "'%s' does not speak SFTP",
		    d->base.name);
	buf_truncate(&d->in, 0);
	if (read_octets(d, n, err) < 0)
		return -1;
	d->type = (uint8_t)d->in.p[0];
	d->body = slice_part(buf_slice(&d->in), 1, n);
	(void)sftp_cut_u32(&d->body, &d->id);
	return 0;
}

static int
ask(struct sftp_destination *d, uint32_t id, struct err *err)
{
	if (send_packet(d, SLICE_NONE, err) < 0 || receive(d, err) < 0)
		return -1;
	if (d->id != id)
		return err_set(err, ERR_SYSTEM, "'%s' answers what was not "
		    "asked", d->base.name);
	return 0;
}

/* The code of a status answer; FX_FAILURE for any other. */
static uint32_t
status(const struct sftp_destination *d)
{
	struct slice body = d->body;
	uint32_t code;

	if (d->type != FXP_STATUS || sftp_cut_u32(&body, &code) < 0)
		return FX_FAILURE;
	return code;
}

static int
refused(const struct sftp_destination *d, const char *what, const char *name,
    struct err *err)
{
	static const char *const texts[] = {"a strange answer", "end of file",
	    "no such file or folder", "permission denied", "failure"};
	uint32_t code = status(d);

	return err_set(err, ERR_SYSTEM, "cannot %s '%s/%s': %s", what,
	    d->base.name, name, code <= FX_FAILURE ? texts[code] : "failure");
}

static void
put_path(struct sftp_destination *d, const char *name)
{
	struct buf path = BUF_INIT;

	buf_format(&path, "%s%s%s", d->root, name[0] != '\0' ? "/" : "",
	    name);
	put_string(&d->out, buf_slice(&path));
	buf_free(&path);
}

/* Asks for something of a name; 0 and the code. */
static int
ask_path(struct sftp_destination *d, uint8_t type, const char *name,
    uint32_t *code, struct err *err)
{
	uint32_t id = begin(d, type);

	put_path(d, name);
	if (type == FXP_MKDIR)
		put_number(&d->out, 0); /* no attributes */
	if (ask(d, id, err) < 0)
		return -1;
	*code = status(d);
	return 0;
}

/* Opens a file; 1 and the handle, 0 there is none, -1. */
static int
open_file(struct sftp_destination *d, const char *name, uint32_t flags,
    struct buf *handle, struct err *err)
{
	uint32_t id = begin(d, FXP_OPEN);
	struct slice got;

	put_path(d, name);
	put_number(&d->out, flags);
	put_number(&d->out, 0);
	if (ask(d, id, err) < 0)
		return -1;
	if (d->type == FXP_HANDLE && sftp_cut_string(&d->body, &got) == 0) {
		buf_append_slice(handle, got);
		return 1;
	}
	if (status(d) == FX_NO_SUCH_FILE)
		return 0;
	return refused(d, "open", name, err);
}

static int
close_handle(struct sftp_destination *d, const struct buf *handle,
    struct err *err)
{
	uint32_t id = begin(d, FXP_CLOSE);

	put_string(&d->out, buf_slice(handle));
	if (ask(d, id, err) < 0)
		return -1;
	return status(d) == FX_OK ? 0 : refused(d, "close", "", err);
}

/* ---- writing ---- */

static int
take_status(struct sftp_destination *d, const char *name, struct err *err)
{
	if (receive(d, err) < 0)
		return -1;
	return status(d) == FX_OK ? 0 : refused(d, "write", name, err);
}

static int
write_all(struct sftp_destination *d, const struct buf *handle,
    const char *name, struct slice octets, struct err *err)
{
	size_t at = 0, waiting = 0;
	int result = 0;

	while (at < octets.n || waiting > 0) {
		size_t n = octets.n - at < PART ? octets.n - at : PART;

		if (n > 0 && waiting < WINDOW && result == 0) {
			begin(d, FXP_WRITE);
			put_string(&d->out, buf_slice(handle));
			put_number(&d->out, (uint32_t)(at >> 32));
			put_number(&d->out, (uint32_t)at);
			put_number(&d->out, (uint32_t)n);
			if (send_packet(d, slice_part(octets, at, at + n),
				err) < 0)
				return -1;
			at += n;
			waiting++;
			continue;
		}
		if (waiting == 0)
			break;
		/* After a failure the other answers are still to come. */
		if (take_status(d, name, result == 0 ? err : NULL) < 0)
			result = -1;
		waiting--;
	}
	return result;
}

static int
sync_handle(struct sftp_destination *d, const struct buf *handle,
    const char *name, struct err *err)
{
	uint32_t id;

	if (!d->has_fsync)
		return 0;
	id = begin(d, FXP_EXTENDED);
	put_string(&d->out, SLICE("fsync@openssh.com"));
	put_string(&d->out, buf_slice(handle));
	if (ask(d, id, err) < 0)
		return -1;
	return status(d) == FX_OK ? 0 : refused(d, "sync", name, err);
}

static int
rename_over(struct sftp_destination *d, const char *from, const char *to,
    struct err *err)
{
	uint32_t id = begin(d, FXP_EXTENDED);

	put_string(&d->out, SLICE("posix-rename@openssh.com"));
	put_path(d, from);
	put_path(d, to);
	if (ask(d, id, err) < 0)
		return -1;
	return status(d) == FX_OK ? 0 : refused(d, "rename to", to, err);
}

/* Opens the new file, making its folder at first need. */
static int
open_new(struct sftp_destination *d, const char *name, struct buf *handle,
    struct err *err)
{
	const uint32_t flags = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE;
	const char *slash = strrchr(name, '/');
	int found = open_file(d, name, flags, handle, err);
	uint32_t code;

	if (found == 0 && slash != NULL) {
		char *folder = mem_dup(name, (size_t)(slash - name));

		found = ask_path(d, FXP_MKDIR, folder, &code, err);
		if (found == 0)
			found = open_file(d, name, flags, handle, err);
		free(folder);
	}
	if (found == 0)
		return refused(d, "make", name, err);
	return found < 0 ? -1 : 0;
}

static int
sftp_put(struct destination *base, const char *name, struct slice octets,
    struct err *err)
{
	struct sftp_destination *d = self(base);
	const char *slash = strrchr(name, '/');
	struct buf new = BUF_INIT, handle = BUF_INIT;
	uint32_t code;
	int result;

	buf_format(&new, "%.*s.%s.%ld", slash == NULL ? 0 :
	    (int)(slash - name + 1), name, slash == NULL ? name : slash + 1,
	    (long)getpid());
	result = open_new(d, new.p, &handle, err);
	if (result == 0) {
		result = write_all(d, &handle, name, octets, err);
		if (result == 0)
			result = sync_handle(d, &handle, name, err);
		if (close_handle(d, &handle, result == 0 ? err : NULL) < 0)
			result = -1;
		if (result == 0)
			result = rename_over(d, new.p, name, err);
		if (result < 0)
			(void)ask_path(d, FXP_REMOVE, new.p, &code, NULL);
	}
	buf_free(&new);
	buf_free(&handle);
	return result;
}

static int
sftp_prepare(struct destination *base, struct err *err)
{
	static const char *const folders[] = {"", "packs", "index",
	    "snapshots", "locks", "mailboxes", "keys", "drills"};
	struct sftp_destination *d = self(base);
	uint32_t code;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (ask_path(d, FXP_MKDIR, folders[i], &code, err) < 0)
			return -1;
	/* What is there already is refused, too: see whether it is. */
	if (ask_path(d, FXP_STAT, "packs", &code, err) < 0)
		return -1;
	return d->type == FXP_ATTRS ? 0 : refused(d, "make", "packs", err);
}

static int
sftp_remove(struct destination *base, const char *name, struct err *err)
{
	struct sftp_destination *d = self(base);
	uint32_t code;

	if (ask_path(d, FXP_REMOVE, name, &code, err) < 0)
		return -1;
	if (code == FX_OK || code == FX_NO_SUCH_FILE)
		return 0;
	return refused(d, "remove", name, err);
}

/* ---- reading ---- */

static int
file_size(struct sftp_destination *d, const struct buf *handle,
    const char *name, uint64_t *size, struct err *err)
{
	uint32_t id = begin(d, FXP_FSTAT);
	int64_t octets, mode;

	put_string(&d->out, buf_slice(handle));
	if (ask(d, id, err) < 0)
		return -1;
	if (d->type != FXP_ATTRS ||
	    sftp_cut_attributes(&d->body, &octets, &mode) < 0 || octets < 0)
		return refused(d, "look at", name, err);
	*size = (uint64_t)octets;
	return 0;
}

static int
ask_part(struct sftp_destination *d, const struct buf *handle,
    uint64_t offset, size_t n, struct err *err)
{
	begin(d, FXP_READ);
	put_string(&d->out, buf_slice(handle));
	put_number(&d->out, (uint32_t)(offset >> 32));
	put_number(&d->out, (uint32_t)offset);
	put_number(&d->out, (uint32_t)n);
	return send_packet(d, SLICE_NONE, err);
}

/* The next answer, whose request was the `first' + k-th: its octets go to
 * their place. */
static int
take_part(struct sftp_destination *d, const char *name, uint32_t first,
    size_t n, char *out, struct err *err)
{
	struct slice data;
	size_t at;

	if (receive(d, err) < 0)
		return -1;
	at = (size_t)(uint32_t)(d->id - first) * PART;
	if (at >= n)
		return err_set(err, ERR_SYSTEM, "'%s' answers what was not "
		    "asked", d->base.name);
	if (d->type == FXP_STATUS && status(d) == FX_EOF)
		return err_set(err, ERR_CONFIG, "'%s/%s' is cut short",
		    d->base.name, name);
	if (d->type != FXP_DATA || sftp_cut_string(&d->body, &data) < 0)
		return refused(d, "read", name, err);
	/* OpenSSH gives all that was asked for, but at the end. */
	if (data.n != (n - at < PART ? n - at : PART))
		return err_set(err, ERR_CONFIG, "'%s/%s' is cut short",
		    d->base.name, name);
	memcpy(out + at, data.p, data.n);
	return 0;
}

static int
read_parts(struct sftp_destination *d, const struct buf *handle,
    const char *name, uint64_t offset, size_t n, struct buf *out,
    struct err *err)
{
	uint32_t first = d->next_id;
	size_t asked = 0, waiting = 0;
	int result = 0;

	buf_reserve(out, n);
	while (asked < n || waiting > 0) {
		size_t part = n - asked < PART ? n - asked : PART;

		if (part > 0 && waiting < WINDOW && result == 0) {
			if (ask_part(d, handle, offset + asked, part, err) < 0)
				return -1;
			asked += part;
			waiting++;
			continue;
		}
		if (waiting == 0)
			break;
		if (take_part(d, name, first, n, out->p + out->n,
			result == 0 ? err : NULL) < 0)
			result = -1;
		waiting--;
	}
	if (result == 0) {
		out->n += n;
		out->p[out->n] = '\0';
	}
	return result;
}

static int
sftp_get(struct destination *base, const char *name, uint64_t offset,
    size_t n, struct buf *out, struct err *err)
{
	struct sftp_destination *d = self(base);
	struct buf handle = BUF_INIT;
	uint64_t size = 0;
	int found = open_file(d, name, OPEN_READ, &handle, err);

	if (found > 0) {
		int result = n == 0 ? file_size(d, &handle, name, &size, err) :
		    0;

		if (n == 0 && size > offset)
			n = (size_t)(size - offset);
		if (result == 0 && n > out->max - out->n)
			result = err_set(err, ERR_CONFIG, "'%s/%s' is too "
			    "large", base->name, name);
		if (result == 0)
			result = read_parts(d, &handle, name, offset, n, out,
			    err);
		if (close_handle(d, &handle, result == 0 ? err : NULL) < 0 ||
		    result < 0)
			found = -1;
	}
	buf_free(&handle);
	return found;
}

/* ---- lists ---- */

static int
read_folder(struct sftp_destination *d, const struct buf *handle,
    const char *folder, struct destination_list *list,
    struct destination_list *folders, struct err *err)
{
	for (;;) {
		uint32_t id = begin(d, FXP_READDIR);

		put_string(&d->out, buf_slice(handle));
		if (ask(d, id, err) < 0)
			return -1;
		if (d->type == FXP_STATUS && status(d) == FX_EOF)
			return 0;
		if (d->type != FXP_NAME)
			return refused(d, "list", folder, err);
		if (destination_parse_sftp_names(d->body, folder, list,
			folders, err) < 0)
			return -1;
	}
}

static int
list_folder(struct sftp_destination *d, const char *folder,
    struct destination_list *list, unsigned depth, struct err *err)
{
	struct destination_list folders = {NULL, 0};
	struct buf handle = BUF_INIT;
	uint32_t id = begin(d, FXP_OPENDIR);
	struct slice got;
	int result;

	put_path(d, folder);
	result = ask(d, id, err);
	if (result == 0 && d->type == FXP_HANDLE &&
	    sftp_cut_string(&d->body, &got) == 0) {
		buf_append_slice(&handle, got);
		result = read_folder(d, &handle, folder, list, &folders, err);
		if (close_handle(d, &handle, result == 0 ? err : NULL) < 0)
			result = -1;
	} else if (result == 0 && status(d) != FX_NO_SUCH_FILE)
		result = refused(d, "list", folder, err);
	for (size_t i = 0; i < folders.n && depth > 0 && result == 0; i++)
		result = list_folder(d, folders.items[i].name, list,
		    depth - 1, err);
	destination_list_free(&folders);
	buf_free(&handle);
	return result;
}

static int
sftp_list(struct destination *base, const char *folder,
    struct destination_list *list, struct err *err)
{
	return list_folder(self(base), folder, list, LIST_DEPTH, err);
}

/* ---- the connection ---- */

static void
sftp_close(struct destination *base)
{
	struct sftp_destination *d = self(base);
	int ended;

	if (d->to >= 0)
		close(d->to);
	if (d->from >= 0)
		close(d->from);
	if (d->pid > 0 && process_wait(d->pid, 2000, &ended) == 0) {
		process_kill(d->pid, SIGTERM);
		process_wait(d->pid, -1, &ended);
	}
	buf_free(&d->out);
	buf_free(&d->in);
	free(d->root);
	free(d);
}

static const struct destination_kind sftp_kind = {
    .parallel_put = false,
    .prepare = sftp_prepare,
    .put = sftp_put,
    .get = sftp_get,
    .remove = sftp_remove,
    .list = sftp_list,
    .close = sftp_close};

struct location {
	char *login; /* USER@HOST */
	char *port;  /* or NULL */
	char *folder;
};

/* sftp://[USER@]HOST[:PORT]/FOLDER; /~/ is relative to the login's home. */
static int
parse_url(const char *text, struct location *l, struct err *err)
{
	struct slice url = slice_part(slice_text(text), 7, strlen(text));
	size_t slash = slice_find(url, '/');
	struct slice host = slice_part(url, 0, slash), folder, port;
	size_t colon;
	int64_t number;

	memset(l, 0, sizeof(*l));
	folder = slice_part(url, slash, url.n);
	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	if (slice_starts(folder, "/~/"))
		folder = slice_part(folder, 3, folder.n);
	colon = slice_find(host, ':');
	port = slice_part(host, colon + 1, host.n);
	if (colon < host.n && number_parse(port, 1, 65535, &number) < 0)
		return err_set(err, ERR_USAGE, "'%s': that is no port", text);
	host = slice_part(host, 0, colon);
	if (host.n == 0 || folder.n <= 1 || host.p[0] == '-' ||
	    slice_find(host, ' ') < host.n)
		return err_set(err, ERR_USAGE, "'%s' is no URL like "
		    "sftp://USER@HOST/FOLDER", text);
	l->login = mem_dup(host.p, host.n);
	l->folder = mem_dup(folder.p, folder.n);
	if (port.n > 0 && colon < slash)
		l->port = mem_dup(port.p, port.n);
	return 0;
}

static void
location_free(struct location *l)
{
	free(l->login);
	free(l->port);
	free(l->folder);
}

#define SSH_WORDS 24

static pid_t
start_ssh(const struct destination_options *o, const struct location *l,
    int in, int out, struct err *err)
{
	const struct process_fd fds[] = {{in, 0}, {out, 1}};
	char *words[SSH_WORDS], timeout[64];
	struct buf known = BUF_INIT;
	size_t n = 0;
	pid_t pid;
	const char *const fixed[] = {"ssh", "-oBatchMode=yes",
	    "-oClearAllForwardings=yes", "-oPermitLocalCommand=no",
	    "-oServerAliveInterval=15", timeout};

	snprintf(timeout, sizeof(timeout), "-oConnectTimeout=%lld",
	    (long long)o->timeout_s);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		words[n++] = mem_text(fixed[i]);
	if (o->ssh_key != NULL) {
		words[n++] = mem_text("-oIdentitiesOnly=yes");
		words[n++] = mem_text("-i");
		words[n++] = mem_text(o->ssh_key);
	}
	if (o->ssh_known_hosts != NULL) {
		buf_format(&known, "-oUserKnownHostsFile=%s",
		    o->ssh_known_hosts);
		words[n++] = buf_take(&known, NULL);
	}
	if (l->port != NULL) {
		words[n++] = mem_text("-p");
		words[n++] = mem_text(l->port);
	}
	words[n++] = mem_text("-s");
	words[n++] = mem_text("--");
	words[n++] = mem_text(l->login);
	words[n++] = mem_text("sftp");
	words[n] = NULL;
	pid = process_start(words, fds, 2, err);
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	return pid;
}

/* Version and extensions. */
static int
greet(struct sftp_destination *d, struct err *err)
{
	struct slice name, value;
	bool has_rename = false;

	buf_truncate(&d->out, 0);
	put_number(&d->out, 0);
	buf_append_char(&d->out, FXP_INIT);
	put_number(&d->out, 3);
	if (send_packet(d, SLICE_NONE, err) < 0 || receive(d, err) < 0)
		return -1;
	if (d->type != FXP_VERSION || d->id < 3)
		return err_set(err, ERR_SYSTEM, "'%s' does not speak SFTP "
		    "version 3", d->base.name);
	while (sftp_cut_string(&d->body, &name) == 0 &&
	    sftp_cut_string(&d->body, &value) == 0) {
		has_rename = has_rename ||
		    slice_is(name, "posix-rename@openssh.com");
		d->has_fsync = d->has_fsync ||
		    slice_is(name, "fsync@openssh.com");
	}
	if (!has_rename)
		return err_set(err, ERR_SYSTEM, "'%s' cannot replace a file "
		    "by rename: it is not OpenSSH's server", d->base.name);
	return 0;
}

static int
connect_ssh(struct sftp_destination *d,
    const struct destination_options *options, const struct location *l,
    struct err *err)
{
	int to[2] = {-1, -1}, from[2] = {-1, -1};

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return err_errno(err, "cannot make a pipe");
	d->to = to[1];
	d->from = from[0];
	d->pid = start_ssh(options, l, to[0], from[1], err);
	close(to[0]);
	close(from[1]);
	return d->pid < 0 ? -1 : greet(d, err);
}

struct destination *
destination_sftp_open(const struct destination_options *options,
    struct err *err)
{
	struct sftp_destination *d;
	struct location l;
	int result;

	if (parse_url(options->url, &l, err) < 0)
		return NULL;
	d = mem_zalloc(sizeof(*d));
	d->base.kind = &sftp_kind;
	d->base.name = mem_text(options->url);
	d->root = mem_text(l.folder);
	d->to = d->from = -1;
	d->timeout_ms = options->timeout_s * 1000;
	d->out = d->in = (struct buf)BUF_INIT;
	result = connect_ssh(d, options, &l, err);
	location_free(&l);
	if (result == 0)
		return &d->base;
	destination_close(&d->base);
	return NULL;
}
