/* SPDX-License-Identifier: ISC */
/*
 * fe-receive: an SMTP or LMTP server.  On a connection: two processes, the
 * monitor starts the delivery and holds the TLS key, the session (sandboxed)
 * speaks with the client.  On listening sockets: a parent that accepts and is
 * the monitor of all sessions, one key process, and a session for each
 * connection.  What the client sends is parsed in lib/net; what becomes of it
 * is in lib/record (receive.h).
 */
#include "base/cmd.h"
#include "base/secret.h"
#include "mail/address.h"
#include "net/accept.h"
#include "net/inetd.h"
#include "net/ip.h"
#include "auth/domain.h"
#include "record/receive.h"

#define AT(member) offsetof(struct receive_conf, member)
#define DAY 86400
static const struct option_def options[] = {
    CMD_OPTIONS(struct receive_conf, cmd),
    {OPTION_FLAG, 0, "lmtp", AT(lmtp),
	.help = "speak LMTP: a reply for each recipient"},
    {OPTION_CHOICE, 0, "tls", AT(tls), "MODE", "offer",
	"off|offer|require|implicit",
	.help = "STARTTLS: never, if the client likes, always; or TLS at once"},
    {OPTION_TEXT, 0, "tls-cert", AT(tls_cert), "FILE",
	.help = "certificate chain in PEM (default: HOME/keys/tls/cert.pem)"},
    {OPTION_TEXT, 0, "tls-key", AT(tls_key), "FILE",
	.help = "its private key in PEM (default: HOME/keys/tls/key.pem)"},
    {OPTION_FLAG, 0, "proxy", AT(proxy),
	.help = "a PROXY v2 header must come first and tells the client"},
    {OPTION_TEXT, 0, "hostname", AT(hostname), "NAME", .flags = OPTION_SHARED,
	.help = "our name (default: the system's)", .check = domain_check},
    {OPTION_TEXT, 0, "domain", AT(domain), "DOMAIN", .flags = OPTION_SHARED,
	.help = "domain of the service", .check = domain_check},
    {OPTION_TEXT, 0, "postmaster", AT(postmaster), "ADDRESS",
	.flags = OPTION_SHARED,
	.help = "who gets mail for postmaster and abuse (default: the first "
	    "account)", .check = address_check},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(delimiter), "CHARACTERS", "+",
	.flags = OPTION_SHARED,
	.help = "what separates a detail from a local part"},
    {OPTION_LIST, 0, "trusted-network", AT(trusted), "NETWORK", NULL, NULL, 0,
	0, OPTION_SHARED, "who may use XCLIENT and XFORWARD: 192.0.2.0/24",
	.check = network_check},
    {OPTION_SIZE, 0, "size-max", AT(size_max), "SIZE", "50M", .min = 1024,
	.max = INT64_MAX, .flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_SIZE, 0, "header-max", AT(header_max), "SIZE", "256K",
	.min = 1024, .max = INT64_MAX, .help = "largest header of a message"},
    {OPTION_SIZE, 0, "line-max", AT(line_max), "SIZE", "1M", .min = 998,
	.max = INT64_MAX, .help = "longest line of a message"},
    {OPTION_SIZE, 0, "memory-max", AT(memory_max), "SIZE", "1G", .min = 1024,
	.max = INT64_MAX, .help = "messages held in memory at once"},
    {OPTION_NUMBER, 0, "recipients-max", AT(recipients_max), "N", "100",
	.min = 1, .max = 10000, .help = "recipients of a message"},
    {OPTION_NUMBER, 0, "messages-max", AT(messages_max), "N", "1000",
	.min = 1, .max = INT64_MAX, .help = "messages of a connection"},
    {OPTION_NUMBER, 0, "errors-max", AT(errors_max), "N", "20", .min = 1,
	.max = INT64_MAX, .help = "errors of a client before it is cut off"},
    {OPTION_NUMBER, 0, "received-max", AT(received_max), "N", "50", .min = 1,
	.max = INT64_MAX,
	.help = "Received fields before a message counts as looping"},
    {OPTION_DURATION, 0, "timeout-command", AT(command_timeout), "TIME", "5m",
	.min = 1, .max = DAY, .help = "how long a command may take"},
    {OPTION_DURATION, 0, "timeout-data", AT(data_timeout), "TIME", "3m",
	.min = 1, .max = DAY,
	.help = "how long to wait for more of a message"},
    {OPTION_DURATION, 0, "timeout-message", AT(message_timeout), "TIME", "1h",
	.min = 1, .max = DAY, .help = "how long a whole message may take"},
    {OPTION_TEXT, 0, "pool", AT(pool), "SOCKET",
	.help = "deliver to the fe-pool behind this socket"},
    {OPTION_TEXT, 0, "limit", AT(limit), "SOCKET",
	.help = "ask fe-limit behind this socket, or `off' (default: "
	    "HOME/run/limit.sock)"},
    {OPTION_DURATION, 0, "deadline", AT(deadline), "TIME", "120s", .min = 1,
	.max = 3600, .help = "how long the delivery may take to answer"},
    {OPTION_DURATION, 0, "greet-delay", AT(greet_delay), "TIME", "0s",
	.max = 60, .help = "how long to listen for clients that speak first"},
    {OPTION_NUMBER, 0, "max", AT(max), "N", "200", .min = 1, .max = 100000,
	.help = "accepting: connections at once; more wait"},
    {OPTION_NUMBER, 0, "max-per-address", AT(max_per_address), "N", "20",
	.min = 1, .max = 100000,
	.help = "accepting: connections of one IPv4 address or IPv6 /64"},
    {OPTION_DURATION, 0, "grace", AT(grace), "TIME", "10s", .max = DAY,
	.help = "accepting: how long to bear one without a message where "
	    "others wait"},
    {OPTION_DURATION, 0, "drain", AT(drain), "TIME", "150s", .max = DAY,
	.help = "accepting: how long connections may go on after SIGTERM"},
    {OPTION_END}};

static const struct cmd receive_cmd = {.name = "fe-receive",
    .synopsis = "[options] [--] DELIVER [ARGUMENT...]\n"
		"[options] --pool SOCKET",
    .summary = "SMTP, submission and LMTP server",
    .options = options,
    .flags = CMD_DELIVERY | CMD_FIRST_WORD_ENDS};

int
main(int argc, char *argv[])
{
	struct receive r;
	int listeners[RECEIVE_LISTENERS_MAX], n;
	struct err err = ERR_INIT;

	receive_init(&r);
	cmd_start(&receive_cmd);
	inetd_detach_stderr();
	if (option_parse(&receive_cmd, argc, argv, &r.conf, &err) < 0)
		return cmd_usage(&err);
	n = accept_given(listeners, RECEIVE_LISTENERS_MAX, &err);
	if (n < 0)
		return cmd_fail(&err);
	r.accepts = n > 0;
	if (secret_open(RECEIVE_SECRETS, &err) < 0 ||
	    receive_open(&r, &err) < 0)
		return receive_fail(&r, &err);
	return r.accepts ? receive_run_parent(&r, listeners, (size_t)n)
			 : receive_run_pair(&r);
}
