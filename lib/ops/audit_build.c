/* SPDX-License-Identifier: ISC */
/* Probes of the installed programs themselves. */
#include <stdio.h>
#include <string.h>

#include "base/installation.h"
#include "ops/audit_probe.h"
#include "ops/elf_marks.h"
#include "ops/tree.h"

struct look {
	const struct audit *a;
	struct audit_result *r;
	size_t n, good;
	size_t marked; /* for CET, as a whole */
};

/* Every program beside this one whose name is ours. */
static void
each_program(struct look *look,
    void (*see)(struct look *look, const char *name,
	const struct elf_marks *marks))
{
	struct buf folder = BUF_INIT, path = BUF_INIT;
	struct elf_marks marks;
	struct tree_names names = {.n = 0};
	struct err err = ERR_INIT;
	struct tree tree;

	if (installation_bin(&folder, &err) < 0 ||
	    tree_open(&tree, folder.p, &err) < 0) {
		audit_say(look->r, AUDIT_UNKNOWN, "%s", err.text);
		buf_free(&folder);
		return;
	}
	tree_list(&tree, "/", &names);
	tree_close(&tree);
	for (size_t i = 0; i < names.n; i++) {
		struct slice name = slice_text(names.items[i]);

		if (!slice_is(name, "fe") && !slice_starts(name, "fe-"))
			continue;
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", folder.p, names.items[i]);
		if (elf_marks_read(&marks, path.p, &err) < 0) {
			audit_say(look->r, AUDIT_UNKNOWN, "%s", err.text);
			continue;
		}
		look->n++;
		see(look, names.items[i], &marks);
	}
	tree_names_free(&names);
	buf_free(&folder);
	buf_free(&path);
}

static void
lack(struct look *look, const char *name, const char *what)
{
	audit_say(look->r, AUDIT_FAIL, "%s: %s", name, what);
}

static void
see_linker(struct look *look, const char *name, const struct elf_marks *m)
{
	if (!m->pie)
		lack(look, name, m->is_static
			? "at a fixed address (built with STATIC=1)"
			: "at a fixed address");
	if (!m->relro)
		lack(look, name, "no RELRO");
	if (!m->is_static && !m->bind_now)
		lack(look, name, "no BIND_NOW");
	if (!m->stack_not_executable)
		lack(look, name, "its stack is executable");
	look->good += m->pie && m->relro && (m->is_static || m->bind_now) &&
	    m->stack_not_executable;
}

static void
see_compiler(struct look *look, const char *name, const struct elf_marks *m)
{
	bool cet = !m->x86 || m->has_landing_pads;

	if (m->has_symbols && !m->stack_protector)
		lack(look, name, "no stack protector");
	if (!m->has_symbols)
		audit_say(look->r, AUDIT_UNKNOWN, "%s: no symbols tell of a "
		    "stack protector", name);
	if (!cet)
		lack(look, name, "not compiled for CET");
	look->marked += m->branch_tracking && m->shadow_stack;
	look->good += m->has_symbols && m->stack_protector && cet;
}

static void
say_total(const struct look *look, const char *what)
{
	if (look->n > 0)
		audit_say(look->r, look->good == look->n ? AUDIT_PASS
							 : AUDIT_NOTE,
		    "%zu of %zu programs of version " FE_VERSION " have %s",
		    look->good, look->n, what);
}

void
audit_linker(struct audit *a, struct audit_result *r)
{
	struct look look = {.r = r};

	(void)a;
	each_program(&look, see_linker);
	say_total(&look, "PIE, RELRO, BIND_NOW and no executable stack");
}

void
audit_compiler(struct audit *a, struct audit_result *r)
{
	struct look look = {.r = r};

	(void)a;
	each_program(&look, see_compiler);
	say_total(&look, "a stack protector and code for CET");
	/* one part without the mark, and the linker leaves it out */
	if (look.n > look.marked)
		audit_say(r, AUDIT_NOTE, "%zu of %zu say as a whole that they "
		    "are for CET (the C library of Debian 12 does not)",
		    look.marked, look.n);
}

void
audit_model(struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	(void)a;
	if (installation_share(&path, "doc/threat-model.md", &err) < 0)
		audit_say(r, AUDIT_FAIL, "%s", err.text);
	else
		audit_say(r, AUDIT_PASS, "'%s' of version " FE_VERSION, path.p);
	buf_free(&path);
}

/* `fe-scan 0.1': what was read by others is all of one version. */
static void
see_version(struct look *look, const char *name, const struct elf_marks *m)
{
	const char *const words[] = {name, "--version", NULL};
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice rest, line, last;
	int status =
	    audit_run_program(look->a, words, SLICE_NONE, &out, &err);

	(void)m;
	rest = buf_slice(&out);
	line = slice_trim(slice_line(&rest));
	last = line;
	while (slice_find(last, ' ') < last.n)
		slice_cut(&last, ' ');
	if (status != 0)
		audit_say(look->r, AUDIT_UNKNOWN, "%s tells no version", name);
	else if (slice_is(last, FE_VERSION))
		look->good++;
	else
		audit_say(look->r, AUDIT_FAIL, "beside fe-audit " FE_VERSION
		    " lies '%.*s'", SLICE_ARG(line));
	buf_free(&out);
}

void
audit_review(struct audit *a, struct audit_result *r)
{
	struct look look = {.a = a, .r = r};

	each_program(&look, see_version);
	audit_say(r, look.n > 0 && look.good == look.n ? AUDIT_PASS
						       : AUDIT_NOTE,
	    "%zu of %zu programs are of version " FE_VERSION, look.good,
	    look.n);
	audit_say_attestation(a, r);
}
