/* SPDX-License-Identifier: ISC */
/* The policies of MTA-STS as files for a web server (RFC 8461, 3.3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "base/template.h"
#include "ops/dns_desk.h"
#include "ops/web_folder.h"

#define POLICY_FILE ".well-known/mta-sts.txt"

/* The policy of one domain, and its part of the snippet. */
static int
write_policy(struct dns_desk *desk, const char *dir, const char *domain,
    struct slice template, struct buf *snippet, struct err *err)
{
	const struct template_value values[] = {{"DOMAIN", domain},
	    {"DIR", dir}, {NULL, NULL}};
	struct buf path = BUF_INIT;
	int result;

	buf_format(&path, "%s/%s/.well-known", dir, domain);
	result = io_make_folders(path.p, 0755, err);
	buf_truncate(&path, 0);
	buf_format(&path, "%s/%s/" POLICY_FILE, dir, domain);
	if (result == 0)
		result = io_replace_file(path.p, buf_slice(&desk->plan.policy),
		    0644, err);
	if (result == 0 && !desk->conf->cmd.quiet)
		printf("%s\n", path.p);
	template_fill(template, values, snippet);
	buf_free(&path);
	return result;
}

static void
warn_if_closed(const char *dir)
{
	struct buf which = BUF_INIT;

	if (web_folder_is_closed(dir, &which))
		fprintf(stderr, "fe-dns: '%s' is closed to the web server's "
		    "user: copy the files, or write elsewhere "
		    "(--mta-sts-dir)\n", which.p);
	buf_free(&which);
}

static int
write_policies(struct dns_desk *desk, const char *dir, struct err *err)
{
	const struct sandbox_path paths = {dir, SANDBOX_READ | SANDBOX_WRITE};
	struct buf template = BUF_INIT, snippet = BUF_INIT, path = BUF_INIT;
	int result = installation_share(&path, "nginx/mta-sts.conf", err);

	if (result == 0)
		result = io_read_file(path.p, &template, err);
	if (result == 0)
		result = io_make_folders(dir, 0755, err);
	if (result == 0)
		result = sandbox_enter(SANDBOX_STORE, &paths, 1,
		    desk->conf->cmd.sandbox == 1, err);
	for (size_t i = 0; i < desk->domains.list.n && result == 0; i++)
		result = write_policy(desk, dir, desk->domains.list.items[i],
		    buf_slice(&template), &snippet, err);
	buf_truncate(&path, 0);
	buf_format(&path, "%s/nginx.conf", dir);
	if (result == 0)
		result = io_replace_file(path.p, buf_slice(&snippet), 0644,
		    err);
	if (result == 0 && !desk->conf->cmd.quiet)
		printf("%s\n", path.p);
	buf_free(&template);
	buf_free(&snippet);
	buf_free(&path);
	return result;
}

int
dns_desk_mta_sts(struct dns_desk *desk, struct err *err)
{
	struct buf dir = BUF_INIT;
	int result = -1;

	if (desk->conf->mta_sts_dir != NULL)
		buf_append_text(&dir, desk->conf->mta_sts_dir);
	else
		home_file(&dir, "service/mta-sts");
	if (dir.p[0] != '/') {
		char *here = realpath(".", NULL);
		struct buf whole = BUF_INIT;

		buf_format(&whole, "%s/%s", here != NULL ? here : "", dir.p);
		free(here);
		buf_free(&dir);
		dir = whole;
	}
	if (dns_plan_make(&desk->plan, &desk->conf->plan, err) == 0)
		result = write_policies(desk, dir.p, err);
	if (result == 0)
		warn_if_closed(dir.p);
	for (size_t i = 0; i < desk->plan.notes_n && result == 0; i++)
		if (strncmp(desk->plan.notes[i], "MTA-STS", 7) == 0 &&
		    !desk->conf->cmd.quiet)
			printf("%s\n", desk->plan.notes[i]);
	buf_free(&dir);
	return result < 0 ? -1 : EXIT_DONE;
}
