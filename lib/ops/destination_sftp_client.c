/* SPDX-License-Identifier: ISC */
/*
 * SFTP's client: ssh started, packets sent and taken.  What the server says
 * is foreign.
 */
#include "ops/destination_sftp.h"

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
#include "ops/destination_reply.h"

#define PACKET_MAX ((size_t)256 << 10)
#define SAID_MS 200  /* what ssh says as it ends */
#define SAID_MAX 300

/* ---- packets ---- */

void
sftp_put_number(struct buf *out, uint32_t n)
{
	unsigned char octets[4] = {(unsigned char)(n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n};

	buf_append(out, octets, 4);
}

void
sftp_put_string(struct buf *out, struct slice text)
{
	sftp_put_number(out, (uint32_t)text.n);
	buf_append_slice(out, text);
}

/* Begins a request; its length is filled in by send_packet. */
uint32_t
sftp_begin(struct sftp_client *d, uint8_t type)
{
	buf_truncate(&d->out, 0);
	sftp_put_number(&d->out, 0);
	buf_append_char(&d->out, (char)type);
	sftp_put_number(&d->out, d->next_id);
	return d->next_id++;
}

/* What ssh said last: its error, which says more than the end of a pipe. */
static void
take_said(struct sftp_client *d, struct buf *out)
{
	char octets[4096];
	ssize_t n = io_wait_readable(d->said, SAID_MS) > 0 ?
	    io_read(d->said, octets, sizeof(octets)) : 0;
	struct slice rest = slice_trim(slice_of(octets, n < 0 ? 0 :
	    (size_t)n)), line = SLICE_NONE;

	while (rest.n > 0)
		line = slice_trim(slice_line(&rest));
	if (slice_starts(line, "ssh: "))
		line = slice_part(line, 5, line.n);
	for (size_t i = 0; i < line.n && i < SAID_MAX; i++)
		buf_append_char(out, line.p[i] < ' ' || line.p[i] > '~' ? '?' :
		    line.p[i]);
}

/* Nothing is asked any more: each question would wait for its time, and what
 * comes late would be taken for the answer to another. */
static int
lose(struct sftp_client *d, const char *why, struct err *err)
{
	struct buf said = BUF_INIT;

	d->lost = true;
	take_said(d, &said);
	err_set(err, ERR_SYSTEM, "cannot reach the destination '%s': %s",
	    d->name, said.n > 0 ? said.p : why);
	buf_free(&said);
	return -1;
}

int
sftp_send(struct sftp_client *d, struct slice more, struct err *err)
{
	uint32_t n = (uint32_t)(d->out.n - 4 + more.n);

	for (int i = 0; i < 4; i++)
		d->out.p[i] = (char)(n >> (24 - 8 * i));
	if (d->lost)
		return err_set(err, ERR_SYSTEM, "cannot reach the destination "
		    "'%s': the connection has ended", d->name);
	if (io_write_two(d->to, buf_slice(&d->out), more) < 0)
		return lose(d, "the connection has ended", err);
	return 0;
}

static int
read_octets(struct sftp_client *d, size_t n, struct err *err)
{
	buf_reserve(&d->in, n);
	while (n > 0) {
		int ready = io_wait_readable(d->from, d->timeout_ms);
		ssize_t got = ready <= 0 ? -1 :
		    io_read(d->from, d->in.p + d->in.n, n);

		if (ready == 0)
			return lose(d, "it does not answer", err);
		if (got <= 0)
			return lose(d, "the connection has ended", err);
		d->in.n += (size_t)got;
		d->in.p[d->in.n] = '\0';
		n -= (size_t)got;
	}
	return 0;
}

int
sftp_receive(struct sftp_client *d, struct err *err)
{
	uint32_t n;

	if (d->lost)
		return -1;
	buf_truncate(&d->in, 0);
	if (read_octets(d, 4, err) < 0)
		return -1;
	d->body = buf_slice(&d->in);
	(void)sftp_cut_u32(&d->body, &n);
	if (n < 5 || n > PACKET_MAX)
		return lose(d, "it does not speak SFTP", err);
	buf_truncate(&d->in, 0);
	if (read_octets(d, n, err) < 0)
		return -1;
	d->type = (uint8_t)d->in.p[0];
	d->body = slice_part(buf_slice(&d->in), 1, n);
	(void)sftp_cut_u32(&d->body, &d->id);
	return 0;
}

int
sftp_ask(struct sftp_client *d, uint32_t id, struct err *err)
{
	if (sftp_send(d, SLICE_NONE, err) < 0 || sftp_receive(d, err) < 0)
		return -1;
	if (d->id != id)
		return lose(d, "it answers what was not asked", err);
	return 0;
}

/* The code of a status answer; FX_FAILURE for any other. */
uint32_t
sftp_status(const struct sftp_client *d)
{
	struct slice body = d->body;
	uint32_t code;

	if (d->type != FXP_STATUS || sftp_cut_u32(&body, &code) < 0)
		return FX_FAILURE;
	return code;
}

int
sftp_refused(const struct sftp_client *d, const char *what, const char *name,
    struct err *err)
{
	static const char *const texts[] = {"a strange answer", "end of file",
	    "no such file or folder", "permission denied", "failure"};
	uint32_t code = sftp_status(d);

	return err_set(err, ERR_SYSTEM, "cannot %s '%s/%s': %s", what,
	    d->name, name, code <= FX_FAILURE ? texts[code] : "failure");
}

void
sftp_put_path(struct sftp_client *d, const char *name)
{
	struct buf path = BUF_INIT;

	buf_format(&path, "%s%s%s", d->root, name[0] != '\0' ? "/" : "",
	    name);
	sftp_put_string(&d->out, buf_slice(&path));
	buf_free(&path);
}

/* ---- the connection ---- */

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

static void
close_all(int a, int b, int c)
{
	const int fds[] = {a, b, c};

	for (size_t i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static pid_t
start_ssh(const struct destination_options *o, const struct location *l,
    int in, int out, int said, struct err *err)
{
	const struct process_fd fds[] = {{in, 0}, {out, 1}, {said, 2}};
	char *words[SSH_WORDS], timeout[64];
	struct buf known = BUF_INIT;
	size_t n = 0;
	pid_t pid;
	const char *const fixed[] = {"ssh", "-oBatchMode=yes",
	    "-oClearAllForwardings=yes", "-oPermitLocalCommand=no",
	    "-oServerAliveInterval=15", "-oServerAliveCountMax=3",
	    "-oLogLevel=ERROR", timeout};

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
	pid = process_start(words, fds, 3, err);
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	return pid;
}

/* Version and extensions. */
static int
greet(struct sftp_client *d, struct err *err)
{
	struct slice name, value;
	bool has_rename = false;

	buf_truncate(&d->out, 0);
	sftp_put_number(&d->out, 0);
	buf_append_char(&d->out, FXP_INIT);
	sftp_put_number(&d->out, 3);
	if (sftp_send(d, SLICE_NONE, err) < 0 || sftp_receive(d, err) < 0)
		return -1;
	if (d->type != FXP_VERSION || d->id < 3)
		return err_set(err, ERR_SYSTEM, "'%s' does not speak SFTP "
		    "version 3", d->name);
	while (sftp_cut_string(&d->body, &name) == 0 &&
	    sftp_cut_string(&d->body, &value) == 0) {
		has_rename = has_rename ||
		    slice_is(name, "posix-rename@openssh.com");
		d->has_fsync = d->has_fsync ||
		    slice_is(name, "fsync@openssh.com");
	}
	if (!has_rename)
		return err_set(err, ERR_SYSTEM, "'%s' cannot replace a file "
		    "by rename: it is not OpenSSH's server", d->name);
	return 0;
}

int
sftp_client_open(struct sftp_client *d,
    const struct destination_options *options, struct err *err)
{
	int to[2] = {-1, -1}, from[2] = {-1, -1}, said[2] = {-1, -1};
	struct location l;

	memset(d, 0, sizeof(*d));
	d->name = options->url;
	d->to = d->from = d->said = -1;
	d->timeout_ms = options->timeout_s * 1000;
	d->out = d->in = (struct buf)BUF_INIT;
	if (parse_url(options->url, &l, err) < 0)
		return -1;
	d->root = mem_text(l.folder);
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0 ||
	    pipe2(said, O_CLOEXEC) < 0)
		d->pid = err_errno(err, "cannot make a pipe");
	else
		d->pid = start_ssh(options, &l, to[0], from[1], said[1], err);
	d->to = to[1];
	d->from = from[0];
	d->said = said[0];
	close_all(to[0], from[1], said[1]);
	location_free(&l);
	return d->pid < 0 ? -1 : greet(d, err);
}

void
sftp_client_close(struct sftp_client *d)
{
	int ended;

	close_all(d->to, d->from, d->said);
	if (d->pid > 0 && process_wait(d->pid, 2000, &ended) == 0) {
		process_kill(d->pid, SIGTERM);
		process_wait(d->pid, -1, &ended);
	}
	buf_free(&d->out);
	buf_free(&d->in);
	free(d->root);
}
