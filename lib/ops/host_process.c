/* SPDX-License-Identifier: ISC */
/* Our processes, as the kernel tells of them. */
#include "ops/host_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/number.h"

static bool
is_ours(struct slice name)
{
	return slice_is(name, "fe") || slice_starts(name, "fe-");
}

static void
read_status(struct host_process *p, struct slice text)
{
	int64_t number;

	p->seccomp = -1;
	while (text.p != NULL) {
		struct slice line = slice_line(&text);
		struct slice name = slice_cut(&line, ':');
		struct slice value = slice_trim(line);

		value = slice_part(value, 0, slice_find(value, '\t'));
		if (line.p == NULL ||
		    number_parse(value, 0, UINT32_MAX, &number) < 0)
			continue;
		if (slice_is(name, "Uid"))
			p->uid = number;
		else if (slice_is(name, "Seccomp"))
			p->seccomp = (int)number;
		else if (slice_is(name, "NoNewPrivs"))
			p->no_new_privs = number == 1;
	}
}

/* What a link of /proc/PID/fd points to.  Descriptors 0 to 2 as files are
 * logs, and what a person said. */
static void
add_open(struct host_process *p, const char *fd, struct slice target)
{
	int64_t inode;

	if (slice_starts(target, "socket:[")) {
		if (number_parse(slice_part(target, 8, target.n - 1), 0,
			INT64_MAX, &inode) < 0)
			return;
		p->sockets = mem_array(
		    p->sockets, p->sockets_n + 1, sizeof(*p->sockets));
		p->sockets[p->sockets_n++] = (uint64_t)inode;
	} else if (slice_starts(target, "/") && strcmp(fd, "0") != 0 &&
	    strcmp(fd, "1") != 0 && strcmp(fd, "2") != 0 &&
	    !slice_starts(target, "/dev/") &&
	    !slice_starts(target, "/memfd:") &&
	    !slice_starts(target, "/proc/")) {
		p->files = mem_array(
		    p->files, p->files_n + 1, sizeof(*p->files));
		p->files[p->files_n++] = mem_dup(target.p, target.n);
	}
}

static bool
read_open(struct host_process *p, const struct tree *tree)
{
	struct buf path = BUF_INIT, target = BUF_INIT;
	struct tree_names names;
	bool closed;

	buf_format(&path, "/proc/%lld/fd", (long long)p->pid);
	tree_list(tree, path.p, &names);
	closed = names.failed != 0;
	for (size_t i = 0; i < names.n && i < HOST_PROCESS_FILES_MAX; i++) {
		buf_truncate(&path, 0);
		buf_truncate(&target, 0);
		buf_format(&path, "/proc/%lld/fd/%s", (long long)p->pid,
		    names.items[i]);
		if (tree_link_target(tree, path.p, &target) == 0)
			add_open(p, names.items[i], buf_slice(&target));
	}
	tree_names_free(&names);
	buf_free(&path);
	buf_free(&target);
	return !closed;
}

static void
add_process(struct host_processes *all, const struct tree *tree, int64_t pid)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct host_process p = {.pid = pid};
	struct slice name;

	buf_format(&path, "/proc/%lld/comm", (long long)pid);
	if (tree_read(tree, path.p, &text) < 0)
		goto out;
	name = slice_trim(buf_slice(&text));
	if (!is_ours(name) || name.n >= sizeof(p.name))
		goto out;
	snprintf(p.name, sizeof(p.name), "%.*s", SLICE_ARG(name));
	buf_truncate(&path, 0);
	buf_truncate(&text, 0);
	buf_format(&path, "/proc/%lld/status", (long long)pid);
	if (tree_read(tree, path.p, &text) < 0)
		goto out;
	read_status(&p, buf_slice(&text));
	if (!read_open(&p, tree))
		all->closed = true;
	all->items = mem_array(all->items, all->n + 1, sizeof(*all->items));
	all->items[all->n++] = p;
out:
	buf_free(&path);
	buf_free(&text);
}

void
host_processes_read(struct host_processes *processes, const struct tree *tree)
{
	struct tree_names names;
	int64_t pid;

	*processes = (struct host_processes){.n = 0};
	tree_list(tree, "/proc", &names);
	processes->readable = names.failed == 0;
	for (size_t i = 0; i < names.n; i++)
		if (number_parse(slice_text(names.items[i]), 1, INT32_MAX,
			&pid) == 0 && (!tree->is_host || pid != getpid()))
			add_process(processes, tree, pid);
	tree_names_free(&names);
}

void
host_processes_free(struct host_processes *processes)
{
	for (size_t i = 0; i < processes->n; i++) {
		struct host_process *p = &processes->items[i];

		for (size_t k = 0; k < p->files_n; k++)
			free(p->files[k]);
		free(p->files);
		free(p->sockets);
	}
	free(processes->items);
	*processes = (struct host_processes){.n = 0};
}

const struct host_process *
host_processes_find(const struct host_processes *processes, const char *name)
{
	for (size_t i = 0; i < processes->n; i++)
		if (strcmp(processes->items[i].name, name) == 0)
			return &processes->items[i];
	return NULL;
}

const struct host_process *
host_processes_owner(const struct host_processes *processes, uint64_t inode)
{
	for (size_t i = 0; i < processes->n; i++)
		for (size_t k = 0; k < processes->items[i].sockets_n; k++)
			if (processes->items[i].sockets[k] == inode)
				return &processes->items[i];
	return NULL;
}
