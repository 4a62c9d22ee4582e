/* SPDX-License-Identifier: ISC */
/* security.txt as files for a web server. */
#include "ops/security_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/template.h"

static int
write_file(const char *dir, const char *name, struct slice text, FILE *out,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	buf_format(&path, "%s/%s", dir, name);
	result = io_replace_file(path.p, text, 0644, err);
	if (result == 0 && out != NULL)
		fprintf(out, "%s\n", path.p);
	buf_free(&path);
	return result;
}

static int
write_snippet(const char *dir, const char *domain, FILE *out, struct err *err)
{
	const struct template_value values[] = {
	    {"DOMAIN", domain}, {"DIR", dir}, {NULL, NULL}};
	struct buf path = BUF_INIT, text = BUF_INIT, filled = BUF_INIT;
	int result = installation_share(
	    &path, "nginx/security-txt.conf", err);

	if (result == 0)
		result = io_read_file(path.p, &text, err);
	if (result == 0) {
		template_fill(buf_slice(&text), values, &filled);
		result = write_file(
		    dir, "nginx.conf", buf_slice(&filled), out, err);
	}
	buf_free(&path);
	buf_free(&text);
	buf_free(&filled);
	return result;
}

/* The snippet names the folder, so it must be whole. */
static int
make_folder(const char *dir, struct buf *whole, struct err *err)
{
	struct buf path = BUF_INIT;
	char *real;

	if (dir != NULL)
		buf_append_text(&path, dir);
	else
		home_file(&path, "service/security-txt");
	if (io_make_folders(path.p, 0755, err) < 0) {
		buf_free(&path);
		return -1;
	}
	buf_truncate(whole, 0);
	real = realpath(path.p, NULL);
	if (real != NULL)
		buf_append_text(whole, real);
	else
		err_errno(err, "cannot find '%s'", path.p);
	free(real);
	buf_free(&path);
	return whole->n > 0 ? 0 : -1;
}

int
security_page_write(const struct security_txt *page, const char *domain,
    const char *dir, struct buf *folder, FILE *out, struct err *err)
{
	struct security_txt whole = *page;
	struct buf contact = BUF_INIT, canonical = BUF_INIT, text = BUF_INIT;
	const char *items[2];
	int result = -1;

	if (domain == NULL)
		return err_set(err, ERR_USAGE,
		    "no domain: --domain, or domain = in fe.conf");
	buf_format(&contact, "mailto:security@%s", domain);
	buf_format(&canonical, "https://%s/.well-known/security.txt", domain);
	items[0] = contact.p;
	items[1] = canonical.p;
	if (whole.contacts.n == 0)
		whole.contacts = (struct option_list){&items[0], 1};
	if (whole.canonical.n == 0)
		whole.canonical = (struct option_list){&items[1], 1};
	if (security_txt_format(&whole, &text, err) == 0 &&
	    make_folder(dir, folder, err) == 0 &&
	    write_file(folder->p, "security.txt", buf_slice(&text), out,
		err) == 0)
		result = write_snippet(folder->p, domain, out, err);
	buf_free(&contact);
	buf_free(&canonical);
	buf_free(&text);
	return result;
}
