/* SPDX-License-Identifier: ISC */
/*
 * fe-receive: an SMTP or LMTP server.  On a connection: two processes, the
 * monitor starts the delivery and holds the TLS key, the session (sandboxed)
 * speaks with the client.  On listening sockets: a parent that accepts and is
 * the monitor of all sessions, one key process, and a session for each
 * connection.  What the client sends is parsed in lib/net; here is what
 * becomes of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "net/accept.h"
#include "net/acceptor.h"
#include "net/inetd.h"
#include "net/monitor.h"
#include "net/signer.h"
#include "net/smtp_server.h"
#include "record/acceptance.h"
#include "record/pipeline.h"
#include "record/pool_socket.h"
#include "record/receipt.h"
#include "record/reception.h"

#define CERT_SIZE_MAX ((size_t)256 << 10)
#define PROXY_TIMEOUT_MS 10000
#define PATIENCE_MS 30000 /* for the delivery to end */
#define TICK_MS 30000     /* how late a time-out may be noticed */
#define SECRETS ((size_t)16 << 10) /* locked anew in each session */
#define LISTENERS_MAX 64
#define REFRESH_MS 1000   /* how old the tables of a new session may be */

struct receive_conf {
	struct cmd_conf cmd;
	const char *hostname, *domain, *postmaster, *delimiter;
	const char *tls_cert, *tls_key;
	struct option_list trusted;
	bool lmtp, proxy;
	const char *pool;
	int tls; /* enum smtp_tls */
	int64_t size_max, header_max, line_max, memory_max;
	int64_t recipients_max, messages_max, errors_max, received_max;
	int64_t command_timeout, data_timeout, message_timeout;
	int64_t deadline, greet_delay;
	int64_t max, max_per_address, grace, drain;
};

#define AT(member) offsetof(struct receive_conf, member)
#define DAY 86400
static const struct option_def options[] = {
    CMD_OPTIONS(struct receive_conf, cmd),
    {OPTION_FLAG, 0, "lmtp", AT(lmtp), NULL, NULL, NULL, 0, 0, 0,
	"speak LMTP: a reply for each recipient"},
    {OPTION_CHOICE, 0, "tls", AT(tls), "MODE", "offer",
	"off|offer|require|implicit", 0, 0, 0,
	"STARTTLS: never, if the client likes, always; or TLS at once"},
    {OPTION_TEXT, 0, "tls-cert", AT(tls_cert), "FILE", NULL, NULL, 0, 0, 0,
	"certificate chain in PEM (default: HOME/keys/tls/cert.pem)"},
    {OPTION_TEXT, 0, "tls-key", AT(tls_key), "FILE", NULL, NULL, 0, 0, 0,
	"its private key in PEM (default: HOME/keys/tls/key.pem)"},
    {OPTION_FLAG, 0, "proxy", AT(proxy), NULL, NULL, NULL, 0, 0, 0,
	"a PROXY v2 header must come first and tells the client"},
    {OPTION_TEXT, 0, "hostname", AT(hostname), "NAME", NULL, NULL, 0, 0,
	OPTION_SHARED, "our name (default: the system's)"},
    {OPTION_TEXT, 0, "domain", AT(domain), "DOMAIN", NULL, NULL, 0, 0,
	OPTION_SHARED, "domain of the service"},
    {OPTION_TEXT, 0, "postmaster", AT(postmaster), "ADDRESS", NULL, NULL, 0,
	0, OPTION_SHARED,
	"who gets mail for postmaster and abuse (default: the first account)"},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(delimiter), "CHARACTERS", "+",
	NULL, 0, 0, OPTION_SHARED,
	"what separates a detail from a local part"},
    {OPTION_LIST, 0, "trusted-network", AT(trusted), "NETWORK", NULL, NULL, 0,
	0, OPTION_SHARED, "who may use XCLIENT and XFORWARD: 192.0.2.0/24"},
    {OPTION_SIZE, 0, "size-max", AT(size_max), "SIZE", "50M", NULL, 1024,
	INT64_MAX, OPTION_SHARED, "largest message"},
    {OPTION_SIZE, 0, "header-max", AT(header_max), "SIZE", "256K", NULL, 1024,
	INT64_MAX, 0, "largest header of a message"},
    {OPTION_SIZE, 0, "line-max", AT(line_max), "SIZE", "1M", NULL, 998,
	INT64_MAX, 0, "longest line of a message"},
    {OPTION_SIZE, 0, "memory-max", AT(memory_max), "SIZE", "1G", NULL, 1024,
	INT64_MAX, 0, "messages held in memory at once"},
    {OPTION_NUMBER, 0, "recipients-max", AT(recipients_max), "N", "100", NULL,
	1, 10000, 0, "recipients of a message"},
    {OPTION_NUMBER, 0, "messages-max", AT(messages_max), "N", "1000", NULL, 1,
	INT64_MAX, 0, "messages of a connection"},
    {OPTION_NUMBER, 0, "errors-max", AT(errors_max), "N", "20", NULL, 1,
	INT64_MAX, 0, "errors of a client before it is cut off"},
    {OPTION_NUMBER, 0, "received-max", AT(received_max), "N", "50", NULL, 1,
	INT64_MAX, 0, "Received fields before a message counts as looping"},
    {OPTION_DURATION, 0, "timeout-command", AT(command_timeout), "TIME", "5m",
	NULL, 1, DAY, 0, "how long a command may take"},
    {OPTION_DURATION, 0, "timeout-data", AT(data_timeout), "TIME", "3m", NULL,
	1, DAY, 0, "how long to wait for more of a message"},
    {OPTION_DURATION, 0, "timeout-message", AT(message_timeout), "TIME", "1h",
	NULL, 1, DAY, 0, "how long a whole message may take"},
    {OPTION_TEXT, 0, "pool", AT(pool), "SOCKET", NULL, NULL, 0, 0, 0,
	"deliver to the fe-pool behind this socket"},
    {OPTION_DURATION, 0, "deadline", AT(deadline), "TIME", "120s", NULL, 1,
	3600, 0, "how long the delivery may take to answer"},
    {OPTION_DURATION, 0, "greet-delay", AT(greet_delay), "TIME", "0s", NULL, 0,
	60, 0, "how long to listen for clients that speak first"},
    {OPTION_NUMBER, 0, "max", AT(max), "N", "200", NULL, 1, 100000, 0,
	"accepting: connections at once; more wait"},
    {OPTION_NUMBER, 0, "max-per-address", AT(max_per_address), "N", "20",
	NULL, 1, 100000, 0,
	"accepting: connections of one IPv4 address or IPv6 /64"},
    {OPTION_DURATION, 0, "grace", AT(grace), "TIME", "10s", NULL, 0, DAY, 0,
	"accepting: how long to bear one without a message where others wait"},
    {OPTION_DURATION, 0, "drain", AT(drain), "TIME", "150s", NULL, 0, DAY, 0,
	"accepting: how long connections may go on after SIGTERM"},
    {OPTION_END, 0, NULL, 0, NULL, NULL, NULL, 0, 0, 0, NULL}};

static const struct cmd receive_cmd = {.name = "fe-receive",
    .synopsis = "[options] [--] DELIVER [ARGUMENT...]\n"
		"[options] --pool SOCKET",
    .summary = "SMTP, submission and LMTP server",
    .options = options,
    .flags = CMD_DELIVERY | CMD_FIRST_WORD_ENDS};

struct receive {
	struct receive_conf conf;
	struct smtp_conf smtp;
	struct acceptance acceptance;
	struct smtp_session session;
	struct line line;
	struct pipeline pipeline;
	struct network *trusted;
	unsigned char *fingerprint_key;
	struct buf cert_path, key_path, cert;
	struct buf recipients_path, full_path;
	struct tls_server *tls;
	int monitor;           /* socket */
	bool accepts;          /* for itself */
	int tls_wanted;        /* conf.tls as it was asked for */
	struct signer signer;  /* of a parent that accepts */
	struct tls_tickets *tickets;
	int64_t refreshed_ms;  /* the tables */
	size_t envelope_size;  /* octets of the envelope's recipients */
	int64_t mail_begun_us;
	bool failed;           /* through a fault of ours: exit 75 */
};

static volatile sig_atomic_t stop, reload;

static void
note_signal(int number)
{
	if (number == SIGHUP)
		reload = 1;
	else
		stop = 1;
}

static int
read_networks(struct receive *r, struct err *err)
{
	const struct option_list *list = &r->conf.trusted;

	r->trusted = mem_array(NULL, list->n + 1, sizeof(*r->trusted));
	for (size_t i = 0; i < list->n; i++)
		if (network_parse(
			slice_text(list->items[i]), &r->trusted[i]) < 0)
			return err_set(err, ERR_CONFIG,
			    "trusted-network '%s' is no address or network",
			    list->items[i]);
	return 0;
}

static bool
is_trusted(const struct receive *r, const struct ip *ip)
{
	for (size_t i = 0; i < r->conf.trusted.n; i++)
		if (network_has(&r->trusted[i], ip))
			return true;
	return false;
}

static const char *
path_or(struct buf *path, const char *given, const char *usual)
{
	if (given == NULL)
		return home_file(path, "%s", usual);
	buf_append_text(path, given);
	return buf_text(path);
}

/* Reads the certificate.  Without one, `offer' offers none. */
static int
read_certificate(struct receive *r, struct err *err)
{
	struct receive_conf *conf = &r->conf;
	const char *key = buf_text(&r->key_path);
	int result;

	if (conf->tls == SMTP_TLS_OFF)
		return 0;
	buf_reset(&r->cert);
	result = io_read_file(buf_text(&r->cert_path), &r->cert, err);
	if (result == 0 && access(key, R_OK) < 0)
		result = err_errno(err, "cannot read '%s'", key);
	return result;
}

static int
find_certificate(struct receive *r, struct err *err)
{
	r->tls_wanted = r->conf.tls;
	r->cert_path = r->key_path = (struct buf)BUF_INIT;
	r->cert = (struct buf)BUF_LIMITED(CERT_SIZE_MAX);
	path_or(&r->cert_path, r->conf.tls_cert, "keys/tls/cert.pem");
	path_or(&r->key_path, r->conf.tls_key, "keys/tls/key.pem");
	return read_certificate(r, err);
}

/* Whether it is no fault that TLS cannot be had. */
static bool
may_do_without(struct receive *r, struct err *err)
{
	if (r->tls_wanted != SMTP_TLS_OFFER)
		return false;
	log_warning("no STARTTLS: %s", err->text);
	err_clear(err);
	r->conf.tls = SMTP_TLS_OFF;
	return true;
}

static void
fill_conf(struct receive *r)
{
	const struct receive_conf *conf = &r->conf;

	r->smtp = (struct smtp_conf){.hostname = conf->hostname,
	    .lmtp = conf->lmtp, .tls = (enum smtp_tls)conf->tls,
	    .limits = {.size_max = conf->size_max,
		.memory_max = conf->memory_max,
		.header_max = conf->header_max,
		.line_max = conf->line_max,
		.received_max = conf->received_max},
	    .recipients_max = conf->recipients_max,
	    .mails_max = conf->messages_max,
	    .errors_max = conf->errors_max};
	r->acceptance.domain = conf->domain;
	r->acceptance.postmaster = conf->postmaster;
	r->acceptance.delimiter = conf->delimiter;
}

/* Everything that needs a file, before the first octet is read. */
static int
receive_open(struct receive *r, struct err *err)
{
	static char name[256];
	struct buf path = BUF_INIT;
	int result = -1;

	if (r->conf.cmd.words_n == 0 && r->conf.pool == NULL)
		return err_set(err, ERR_USAGE, "no delivery is given; put its "
		    "command behind --, or name a --pool");
	if (r->conf.cmd.words_n > 0 && r->conf.pool != NULL)
		return err_set(err, ERR_USAGE,
		    "give a delivery or a --pool, not both");
	if (r->conf.hostname == NULL && gethostname(name, sizeof(name)) == 0)
		r->conf.hostname = name;
	if (sodium_init() >= 0 && read_networks(r, err) == 0 &&
	    log_read_key(r->conf.cmd.log_personal, err) == 0 &&
	    acceptance_open(&r->acceptance, err) == 0 &&
	    (find_certificate(r, err) == 0 || may_do_without(r, err)))
		result = secret_read_file(
		    home_file(&path, "keys/fingerprint.key"),
		    RECEPTION_KEY_SIZE, &r->fingerprint_key, err);
	buf_free(&path);
	fill_conf(r);
	return result;
}

static int
start_delivery(void *context, int *to, int *from, struct err *err)
{
	struct receive *r = context;

	return monitor_deliver(r->monitor, to, from, err);
}

static void
kill_delivery(void *context)
{
	struct receive *r = context;

	monitor_kill(r->monitor);
}

/* The key process is asked over a channel that is there for this alone. */
static int
sign(void *context, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	struct receive *r = context;
	struct err err = ERR_INIT;
	int channel, n;

	if (!r->accepts)
		return monitor_sign(&r->monitor, algorithm, in, out);
	channel = monitor_reach_signer(r->monitor, &err);
	if (channel < 0) {
		log_error("%s", err.text);
		return -1;
	}
	n = signer_ask(channel, algorithm, in, out);
	close(channel);
	return n;
}

static struct tls_server *
make_tls(struct receive *r, struct err *err)
{
	struct tls_signer signer = {sign, r};

	return tls_server_make(buf_slice(&r->cert), buf_text(&r->cert_path),
	    &signer, r->tickets, err);
}

static struct tls_server *
start_tls(void *context, struct err *err)
{
	struct receive *r = context;

	if (r->tls == NULL)
		r->tls = make_tls(r, err);
	if (r->tls == NULL)
		r->failed = true;
	return r->tls;
}

/* SIGHUP: the monitor opens what we can no longer open. */
static void
reload_tables(struct receive *r)
{
	struct err err = ERR_INIT;
	int fds[2];

	reload = 0;
	if (monitor_files(r->monitor, fds, &err) < 0 ||
	    acceptance_replace(&r->acceptance, fds, &err) < 0)
		log_warning("recipients not read again: %s", err.text);
}

static int
judge_sender(void *context, struct slice path, bool utf8, struct buf *address,
    struct smtp_reply *reply)
{
	struct receive *r = context;

	if (reload)
		reload_tables(r);
	r->envelope_size = 0;
	r->mail_begun_us = clock_monotonic_us();
	return acceptance_sender(&r->acceptance, path, utf8, address, reply);
}

/* The first recipient that is accepted starts the delivery. */
static int
judge_recipient(void *context, struct slice path, bool utf8,
    struct buf *address, struct smtp_reply *reply)
{
	struct receive *r = context;
	struct err err = ERR_INIT;

	if (acceptance_recipient(
		&r->acceptance, path, utf8, address, reply) < 0)
		return -1;
	r->envelope_size += reception_recipient_size(buf_text(address));
	if (r->envelope_size > META_ENVELOPE_MAX - 4096) {
		smtp_reply_set(reply, 452, "4.5.3", "too many recipients");
		return -1;
	}
	if (pipeline_ensure(&r->pipeline, &err) < 0) {
		r->failed = true;
		log_error("%s", err.text);
		smtp_reply_set(
		    reply, 451, "4.3.0", "delivery is not possible now");
		return -1;
	}
	return 0;
}

static void
log_message(const struct receive *r, const struct reception *reception,
    const struct smtp_reply *reply, int64_t delivery_us)
{
	const struct smtp_session *s = &r->session;
	const struct smtp_client *origin = smtp_session_origin(s);
	struct log_event e;
	char ip[IP_TEXT_SIZE];

	log_event_begin(&e, LOG_INFO, "message");
	log_event_text(&e, "id", slice_text(reception->id));
	log_event_number(&e, "code", reply->code);
	log_event_text(&e, "enhanced", slice_text(reply->enhanced));
	if (origin->ip.size != 0)
		log_event_ip(
		    &e, "client", slice_text(ip_text(&origin->ip, ip)));
	log_event_text(&e, "tls", slice_text(s->client.tls_version));
	log_event_address(&e, "from", buf_slice(&s->envelope.from));
	log_event_address(&e, "to", slice_text(s->envelope.to[0]));
	log_event_number(&e, "recipients", (int64_t)s->envelope.to_n);
	log_event_number(&e, "size", (int64_t)s->body.n);
	log_event_number(&e, "delivery_ms", delivery_us / 1000);
	log_event_number(&e, "total_ms",
	    (clock_monotonic_us() - r->mail_begun_us) / 1000);
	log_event_end(&e);
}

/* What the receipt says (none: NULL), as replies to the client. */
static void
fill_replies(const struct receive *r, const struct meta *receipt,
    struct slice id, struct smtp_reply *replies, size_t n)
{
	const struct smtp_envelope *e = &r->session.envelope;
	struct reply *said = mem_array(NULL, n, sizeof(*said));
	struct slice *to = mem_array(NULL, e->to_n, sizeof(*to));

	for (size_t i = 0; i < e->to_n; i++)
		to[i] = slice_text(e->to[i]);
	if (r->conf.lmtp)
		receipt_replies(receipt, id, to, n, said);
	else
		receipt_reply(receipt, id, said);
	for (size_t i = 0; i < n; i++)
		smtp_reply_set(&replies[i], said[i].code, said[i].enhanced,
		    "%s", said[i].text);
	free(to);
	free(said);
}

/* Fingerprint, trace header and meta of the message. */
static int
describe(struct receive *r, struct reception *reception,
    const struct smtp_header_facts *facts,
    char fingerprint[RECEPTION_FINGERPRINT_SIZE], struct buf *head,
    struct buf *meta)
{
	const struct smtp_session *s = &r->session;

	reception->session = s;
	reception->received_ms = clock_now_ms();
	reception->deadline_ms =
	    reception->received_ms + r->conf.deadline * 1000;
	if (facts->has_date || facts->has_message_id) {
		reception_fingerprint(r->fingerprint_key,
		    buf_slice(&s->envelope.from), buf_slice(&s->body),
		    fingerprint);
		reception->fingerprint = fingerprint;
	}
	reception_received(reception, head);
	return reception_meta(reception, head->n + s->body.n, meta);
}

static void
take_message(void *context, struct smtp_session *s,
    const struct smtp_header_facts *facts, struct smtp_reply *replies,
    size_t n)
{
	struct receive *r = context;
	char id[ID_SIZE], fingerprint[RECEPTION_FINGERPRINT_SIZE];
	struct reception reception = {.id = id};
	int64_t begun = clock_monotonic_us();
	struct buf meta = BUF_LIMITED(META_SIZE_MAX + 1), head = BUF_INIT;
	enum pipeline_result result = PIPELINE_DIED;
	struct err err = ERR_INIT;
	struct meta receipt;

	id_make(id);
	if (describe(r, &reception, facts, fingerprint, &head, &meta) == 0)
		result = pipeline_deliver(&r->pipeline, slice_text(id),
		    buf_slice(&meta), buf_slice(&head), buf_slice(&s->body),
		    begun / 1000 + r->conf.deadline * 1000, &receipt, &err);
	if (result != PIPELINE_RECEIPT) {
		r->failed = true;
		log_error("message %s: %s", id, err.text);
	}
	fill_replies(r, result == PIPELINE_RECEIPT ? &receipt : NULL,
	    slice_text(id), replies, n);
	if (result == PIPELINE_RECEIPT)
		meta_free(&receipt);
	if (result == PIPELINE_RECEIPT && r->accepts)
		tally_progress(r->smtp.limits.tally, r->smtp.limits.slot);
	log_message(
	    r, &reception, &replies[0], clock_monotonic_us() - begun);
	buf_free(&head);
	buf_free(&meta);
}

/* An accepting parent blocks them until here. */
static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t none;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int64_t
tick_ms(const struct receive_conf *conf)
{
	int64_t ms = TICK_MS;

	if (conf->command_timeout * 1000 < ms)
		ms = conf->command_timeout * 1000;
	if (conf->data_timeout * 1000 < ms)
		ms = conf->data_timeout * 1000;
	return ms;
}

static void
log_end(const struct receive *r, enum smtp_end end, const struct err *err)
{
	struct log_event e;
	char ip[IP_TEXT_SIZE];

	log_event_begin(&e, end == SMTP_END_QUIT ? LOG_DEBUG : LOG_INFO,
	    "connection");
	log_event_text(&e, "end", slice_text(smtp_end_name(end)));
	if (r->session.client.ip.size != 0)
		log_event_ip(&e, "client",
		    slice_text(ip_text(&r->session.client.ip, ip)));
	log_event_number(&e, "messages", r->session.messages);
	log_event_number(&e, "errors", r->session.errors);
	if (err->kind != ERR_NONE)
		log_event_text(&e, "why", slice_text(err->text));
	log_event_end(&e);
}

/* Who the client is, from the PROXY header if there must be one. */
static int
know_client(struct receive *r, struct smtp_server *server, struct err *err)
{
	struct smtp_client *client = &r->session.client;
	struct proxy proxy;

	if (r->conf.proxy) {
		if (smtp_server_read_proxy(
			server, &proxy, PROXY_TIMEOUT_MS, err) < 0)
			return -1;
		if (!proxy.local) {
			client->ip = proxy.source;
			client->port = proxy.source_port;
		}
	}
	r->smtp.xclient = is_trusted(r, &client->ip);
	return 0;
}

static void
receive_close(struct receive *r)
{
	acceptance_close(&r->acceptance);
	tls_server_free(r->tls);
	buf_free(&r->cert_path);
	buf_free(&r->key_path);
	buf_free(&r->cert);
	buf_free(&r->recipients_path);
	buf_free(&r->full_path);
	free(r->trusted);
}

static int
converse(struct receive *r)
{
	struct smtp_handler handler = {
	    judge_sender, judge_recipient, take_message, r};
	struct smtp_server server = {.line = &r->line, .session = &r->session,
	    .tls = start_tls, .tls_context = r,
	    .command_ms = r->conf.command_timeout * 1000,
	    .data_ms = r->conf.data_timeout * 1000,
	    .message_ms = r->conf.message_timeout * 1000,
	    .greet_ms = r->conf.greet_delay * 1000};
	enum smtp_end end = SMTP_END_GONE;
	struct err err = ERR_INIT;

	r->session.handler = &handler;
	if (know_client(r, &server, &err) == 0)
		end = smtp_server_run(&server, &err);
	log_end(r, end, &err);
	if (r->failed && err.kind != ERR_NONE)
		log_error("%s", err.text);
	line_close(&r->line);
	close(0);
	close(1);
	pipeline_end(&r->pipeline, PATIENCE_MS);
	smtp_session_free(&r->session);
	if (!r->accepts) /* else each page touched is copied, to be dropped */
		receive_close(r);
	return r->failed ? EXIT_RETRY : EXIT_DONE;
}

static int
run_session(struct receive *r, const struct ip *ip, uint16_t port)
{
	struct err err = ERR_INIT;

	catch_signals();
	line_open(&r->line, 0, 1, tick_ms(&r->conf),
	    r->conf.data_timeout * 1000, &stop);
	smtp_session_init(&r->session, &r->smtp, NULL, &r->line.output);
	r->session.client.ip = *ip;
	r->session.client.port = port;
	pipeline_init(&r->pipeline, start_delivery, kill_delivery, r);
	if (sandbox_enter(SANDBOX_SESSION, NULL, 0, r->conf.cmd.sandbox,
		&err) < 0)
		return cmd_fail(&err);
	return converse(r);
}

static int
reach_pool(const void *path, struct err *err)
{
	return pool_connect(path, err);
}

static struct launch_conf
launch_conf(struct receive *r)
{
	return (struct launch_conf){
	    .deliver = r->conf.pool == NULL ? r->conf.cmd.words : NULL,
	    .reach = reach_pool,
	    .context = r->conf.pool,
	    .files = {home_file(&r->recipients_path, "run/recipients"),
		home_file(&r->full_path, "run/full")}};
}

/* The monitor has no business with the client's descriptors and our keys. */
static int
run_monitor(struct receive *r, int socket, pid_t session)
{
	struct monitor_conf conf = {.launch = launch_conf(r),
	    .key_path = buf_text(&r->key_path),
	    .patience_ms = PATIENCE_MS};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), status;
	struct err err = ERR_INIT;
	char text[64];

	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		close(null);
	}
	secret_drop_all();
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, r->conf.cmd.sandbox,
		&err) < 0)
		return cmd_fail(&err);
	status = monitor_run(socket, session, &conf);
	receive_close(r);
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0 ? EXIT_DONE : EXIT_RETRY;
	log_error("session ended with %s", process_status_text(status, text));
	return EXIT_RETRY;
}

/* Whoever has connected is told that it is not his fault. */
static int
fail_set_up(struct receive *r, const struct err *err)
{
	static const char sorry[] = "421 4.3.0 service not available\r\n";

	if (!r->accepts && r->conf.tls != SMTP_TLS_IMPLICIT &&
	    err->kind != ERR_USAGE)
		io_write(1, sorry, sizeof(sorry) - 1);
	receive_close(r);
	return cmd_fail(err);
}

/* One connection: monitor and session. */
static int
run_pair(struct receive *r)
{
	struct err err = ERR_INIT;
	pid_t session;
	uint16_t port;
	struct ip ip;
	int pair[2];

	if (process_socketpair(pair, &err) < 0 ||
	    (session = process_fork(&err)) < 0)
		return fail_set_up(r, &err);
	if (session > 0) {
		close(pair[0]);
		return run_monitor(r, pair[1], session);
	}
	close(pair[1]);
	r->monitor = pair[0];
	inetd_peer(&ip, &port);
	return run_session(r, &ip, port);
}

/* In a child of the accepting parent. */
static int
serve_connection(void *context, size_t slot, const struct ip *ip,
    uint16_t port)
{
	struct receive *r = context;

	r->monitor = ACCEPTOR_MONITOR_FD;
	r->smtp.limits.slot = slot;
	return run_session(r, ip, port);
}

/* TLS as the sessions to come will have it: certificate and key process. */
static int
prepare_tls(struct receive *r, struct err *err)
{
	struct signer fresh = {0, -1};
	struct tls_server *tls;

	r->conf.tls = r->tls_wanted;
	if (r->conf.tls == SMTP_TLS_OFF)
		return 0;
	if (read_certificate(r, err) < 0 ||
	    signer_start(&fresh, buf_text(&r->key_path), buf_slice(&r->cert),
		r->conf.cmd.sandbox, err) < 0)
		return -1;
	tls = make_tls(r, err);
	if (tls == NULL) {
		signer_leave(&fresh);
		return -1;
	}
	tls_server_free(r->tls);
	signer_leave(&r->signer); /* whoever began with it ends with it */
	r->tls = tls;
	r->signer = fresh;
	return 0;
}

static int
reach_signer(void *context, struct err *err)
{
	struct receive *r = context;

	return signer_connect(&r->signer, err);
}

/* The key process has died: another one takes its place. */
static void
reap_signer(void *context, pid_t pid)
{
	struct receive *r = context;
	struct err err = ERR_INIT;

	if (pid != r->signer.pid)
		return;
	log_error("the key process has died; starting another");
	signer_leave(&r->signer);
	if (prepare_tls(r, &err) < 0)
		log_error("no TLS: %s", err.text);
	r->smtp.tls = (enum smtp_tls)r->conf.tls;
}

/* fe-account and fe-store replace the tables at any time. */
static void
refresh(void *context)
{
	struct receive *r = context;
	int64_t now = clock_monotonic_ms();
	struct acceptance fresh = r->acceptance;
	struct err err = ERR_INIT;

	if (now - r->refreshed_ms < REFRESH_MS)
		return;
	r->refreshed_ms = now;
	if (r->tickets != NULL)
		tls_tickets_rotate(r->tickets, now);
	if (acceptance_open(&fresh, &err) < 0) {
		log_warning("recipients not read again: %s", err.text);
		return;
	}
	acceptance_close(&r->acceptance);
	r->acceptance = fresh;
}

/* SIGHUP.  What cannot be had again stays as it is. */
static void
reload_all(void *context)
{
	struct receive *r = context;
	struct err err = ERR_INIT;
	int tls = r->conf.tls;

	r->refreshed_ms = -REFRESH_MS;
	refresh(r);
	if (prepare_tls(r, &err) < 0) {
		log_warning("certificate not read again: %s", err.text);
		r->conf.tls = tls;
	}
	r->smtp.tls = (enum smtp_tls)r->conf.tls;
}

/* Listening sockets: a parent, a key process, a session a connection. */
static int
run_parent(struct receive *r, const int *listeners, size_t n)
{
	struct acceptor_conf conf = {.launch = launch_conf(r),
	    .patience_ms = PATIENCE_MS, .max = (size_t)r->conf.max,
	    .max_per_address = (size_t)r->conf.max_per_address,
	    .busy = r->tls_wanted == SMTP_TLS_IMPLICIT ? "" :
		"421 4.7.0 too many connections\r\n",
	    .drain_ms = r->conf.drain * 1000,
	    .grace_ms = r->conf.grace * 1000,
	    .session = serve_connection, .prepare = refresh,
	    .reload = reload_all, .reap = reap_signer,
	    .signer = reach_signer, .context = r};
	struct err err = ERR_INIT;
	int result = -1;

	conf.tally = tally_make(conf.max, &err);
	r->smtp.limits.tally = conf.tally;
	r->tickets = tls_tickets_new(clock_monotonic_ms());
	if (conf.tally != NULL &&
	    sandbox_enter(
		SANDBOX_LAUNCH, NULL, 0, r->conf.cmd.sandbox, &err) == 0 &&
	    (prepare_tls(r, &err) == 0 || may_do_without(r, &err))) {
		r->smtp.tls = (enum smtp_tls)r->conf.tls;
		result = acceptor_run(listeners, n, &conf, &err);
	}
	signer_leave(&r->signer);
	receive_close(r);
	tls_tickets_free(r->tickets);
	tally_free(conf.tally);
	return result < 0 ? cmd_fail(&err) : EXIT_DONE;
}

int
main(int argc, char *argv[])
{
	struct receive r = {.monitor = -1, .signer = {0, -1},
	    .recipients_path = BUF_INIT, .full_path = BUF_INIT};
	int listeners[LISTENERS_MAX], n;
	struct err err = ERR_INIT;

	cmd_start(&receive_cmd);
	inetd_detach_stderr();
	if (option_parse(&receive_cmd, argc, argv, &r.conf, &err) < 0)
		return cmd_usage(&err);
	n = accept_given(listeners, LISTENERS_MAX, &err);
	if (n < 0)
		return cmd_fail(&err);
	r.accepts = n > 0;
	if (secret_open(SECRETS, &err) < 0 || receive_open(&r, &err) < 0)
		return fail_set_up(&r, &err);
	return r.accepts ? run_parent(&r, listeners, (size_t)n)
			 : run_pair(&r);
}
