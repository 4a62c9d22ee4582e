/* SPDX-License-Identifier: ISC */
/* Setting fe-harden up for its verbs. */
#include "ops/harden_desk.h"

#include <string.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/mem.h"

/* What a mail server asks of others, with --profile strict. */
static const char *const out_ports[] = {"25", "53", "53/udp", "80", "123/udp",
    "443", "465", "587", "853", "22"};

static int
add_ports(struct firewall_port **ports, size_t *n, const char *const *items,
    size_t items_n, struct err *err)
{
	for (size_t i = 0; i < items_n; i++) {
		*ports = mem_array(*ports, *n + 1, sizeof(**ports));
		if (firewall_port_parse(
			slice_text(items[i]), &(*ports)[*n], err) < 0)
			return -1;
		(*n)++;
	}
	return 0;
}

static int
read_allow(struct firewall *firewall, const struct option_list *list,
    struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		firewall->allow = mem_array(firewall->allow,
		    firewall->allow_n + 1, sizeof(*firewall->allow));
		if (network_parse(slice_text(list->items[i]),
			&firewall->allow[firewall->allow_n]) < 0)
			return network_check(list->items[i], err);
		firewall->allow_n++;
	}
	return 0;
}

static int
read_beside(struct firewall *firewall, const struct option_list *list,
    struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		if (firewall_check_owner(list->items[i], err) < 0)
			return -1;
		for (unsigned place = 0; place < FIREWALL_OWNERS; place++)
			if (strcmp(list->items[i], firewall_owner(place)) == 0)
				firewall->beside |= 1U << place;
	}
	return 0;
}

static int
read_firewall(struct harden_desk *desk, struct err *err)
{
	const struct harden_conf *conf = desk->conf;
	struct firewall *firewall = &desk->host.firewall;

	firewall->scan_ban_s = conf->scan_ban;
	firewall->rate = conf->rate;
	if (add_ports(&firewall->ports, &firewall->n, conf->open.items,
		conf->open.n, err) < 0 ||
	    read_allow(firewall, &conf->allow, err) < 0 ||
	    read_beside(firewall, &conf->beside, err) < 0)
		return -1;
	if (desk->host.profile == HARDEN_STRICT &&
	    (add_ports(&firewall->out, &firewall->out_n, out_ports,
		 sizeof(out_ports) / sizeof(out_ports[0]), err) < 0 ||
		add_ports(&firewall->out, &firewall->out_n, conf->out.items,
		    conf->out.n, err) < 0))
		return -1;
	harden_host_find_ports(&desk->host);
	return 0;
}

int
harden_desk_open(struct harden_desk *desk, const struct harden_conf *conf,
    struct err *err)
{
	*desk = (struct harden_desk){.conf = conf,
	    .host = {.sshd = BUF_INIT, .nft = BUF_INIT, .mounts = BUF_INIT}};
	desk->host.profile = (enum harden_profile)conf->profile;
	desk->host.now_ms = clock_now_ms();
	desk->host.home = home_path();
	desk->host.needed = &conf->needed;
	desk->words_n = (size_t)conf->cmd.words_n - 1;
	desk->words = (const char *const *)conf->cmd.words + 1;
	if (tree_open(&desk->host.tree, conf->root, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	if (read_firewall(desk, err) < 0 ||
	    harden_exceptions_read(&desk->exceptions, &desk->host.tree,
		conf->exceptions, err) < 0)
		return -1;
	return harden_choose(&desk->choices, desk->host.profile, desk->words,
	    desk->words_n, err);
}

void
harden_desk_close(struct harden_desk *desk)
{
	harden_choices_free(&desk->choices);
	harden_exceptions_free(&desk->exceptions);
	harden_host_free(&desk->host);
}
