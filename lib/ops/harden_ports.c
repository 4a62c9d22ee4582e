/* SPDX-License-Identifier: ISC */
/* What listens by configuration. */
#include "base/number.h"
#include "ops/harden.h"
#include "ops/harden_ssh.h"

#define PORTS_MAX 64

/* `ListenStream=0.0.0.0:25', `[::]:25' or `25' of a unit file. */
static void
add_listen_stream(struct harden_host *host, struct slice line)
{
	const struct slice name = SLICE("ListenStream=");
	struct firewall_port port = {.port = 0};
	struct slice address = slice_trim(line);
	int64_t number;
	size_t colon = address.n;

	if (!slice_starts(address, "ListenStream="))
		return;
	address = slice_part(address, name.n, address.n);
	if (slice_starts(address, "127.") || slice_starts(address, "[::1]") ||
	    slice_starts(address, "/"))
		return;
	for (size_t i = 0; i < address.n; i++)
		if (address.p[i] == ':')
			colon = i + 1;
	if (colon >= address.n)
		colon = 0;
	if (number_parse(slice_part(address, colon, address.n), 1, 65535,
		&number) < 0)
		return;
	port.port = (uint16_t)number;
	firewall_open(&host->firewall, &port);
}

static void
add_socket_units(struct harden_host *host)
{
	struct tree_names names;
	struct buf path = BUF_INIT, text = BUF_INIT;

	tree_list(&host->tree, "/etc/systemd/system", &names);
	for (size_t i = 0; i < names.n; i++) {
		struct slice name = slice_text(names.items[i]), rest;

		if (!slice_starts(name, "fe-") || !slice_ends(name, ".socket"))
			continue;
		buf_truncate(&path, 0);
		buf_truncate(&text, 0);
		buf_format(&path, "/etc/systemd/system/%s", names.items[i]);
		tree_read(&host->tree, path.p, &text);
		rest = buf_slice(&text);
		while (rest.p != NULL)
			add_listen_stream(host, slice_line(&rest));
	}
	tree_names_free(&names);
	buf_free(&path);
	buf_free(&text);
}

/* The sections of fe.conf tell which servers there are. */
static void
add_sections(struct harden_host *host)
{
	static const struct {
		const char *section;
		uint16_t ports[2];
	} known[] = {{"[fe-receive]", {25, 0}},
	    {"[fe-receive submission]", {587, 465}},
	    {"[fe-imap]", {993, 0}}, {"[fe-pop3]", {995, 0}}};
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct slice rest;

	buf_format(&path, "%s/fe.conf", host->home);
	tree_read(&host->tree, path.p, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_trim(slice_line(&rest));

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			for (size_t j = 0; j < 2; j++) {
				struct firewall_port port = {
				    .port = known[i].ports[j]};

				if (port.port != 0 &&
				    slice_is(line, known[i].section))
					firewall_open(&host->firewall, &port);
			}
	}
	buf_free(&path);
	buf_free(&text);
}

void
harden_host_find_ports(struct harden_host *host)
{
	struct firewall *firewall = &host->firewall;
	uint16_t ssh[PORTS_MAX];
	size_t n = harden_ssh_ports(host, ssh, PORTS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct firewall_port port = {.port = ssh[i], .is_ssh = true};

		/* who limits it to a network did so on purpose */
		if (!firewall_has(firewall, ssh[i], false))
			firewall_open(firewall, &port);
		for (size_t j = 0; j < firewall->n; j++)
			if (firewall->ports[j].port == ssh[i] &&
			    !firewall->ports[j].udp)
				firewall->ports[j].is_ssh = true;
	}
	add_socket_units(host);
	add_sections(host);
}

void
harden_host_free(struct harden_host *host)
{
	buf_free(&host->sshd);
	buf_free(&host->nft);
	buf_free(&host->mounts);
	firewall_free(&host->firewall);
	tree_close(&host->tree);
}
