/* SPDX-License-Identifier: ISC */
/*
 * What inotify tells.  Nothing of it is trusted to be all: whatever happens,
 * all files are looked at.
 */
#include "ops/baseline_watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "ops/baseline_look.h"

#define CHANGES (IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | \
	IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)
#define WATCHES_MAX ((size_t)1 << 20)

int
baseline_watch_open(struct baseline_watch *w, bool opens, struct err *err)
{
	*w = (struct baseline_watch){.opens = opens};
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return w->fd < 0 ? err_errno(err, "cannot watch files") : 0;
}

void
baseline_watch_close(struct baseline_watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->folders[i].path);
	free(w->folders);
	if (w->fd >= 0)
		close(w->fd);
	*w = (struct baseline_watch){.fd = -1};
}

static void
add(struct baseline_watch *w, const char *path, bool keys)
{
	uint32_t mask = CHANGES | IN_ONLYDIR |
	    (keys && w->opens ? IN_OPEN : 0);
	int number = inotify_add_watch(w->fd, path, mask);
	size_t at = (size_t)number;

	if (number < 0 || at >= WATCHES_MAX) {
		w->missed++;
		return;
	}
	if (at >= w->n) {
		w->folders =
		    mem_array(w->folders, at + 1, sizeof(*w->folders));
		memset(&w->folders[w->n], 0,
		    (at + 1 - w->n) * sizeof(*w->folders));
		w->n = at + 1;
	}
	free(w->folders[at].path);
	w->folders[at].path = mem_text(path);
	w->folders[at].keys = keys;
}

/* The folder that a path is in. */
static void
add_parent(struct baseline_watch *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent;

	if (slash == NULL)
		return;
	parent = mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
	if (access(parent, F_OK) == 0)
		add(w, parent, false);
	free(parent);
}

void
baseline_watch_add(struct baseline_watch *w, const struct baseline *b)
{
	w->missed = 0;
	for (size_t i = 0; i < b->content.n; i++)
		add_parent(w, b->content.items[i]);
	for (size_t i = 0; i < b->keys.n; i++)
		add_parent(w, b->keys.items[i]);
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].kind == BASELINE_FOLDER)
			add(w, b->items[i].path,
			    baseline_names_cover(
				&b->keys, b->items[i].path));
	if (w->missed > 0)
		log_warning("%zu folders cannot be watched "
		    "(fs.inotify.max_user_watches)", w->missed);
}

static bool
take(struct baseline_watch *w, const struct baseline *b,
    const struct inotify_event *event,
    void (*opened)(void *context, const char *path), void *context)
{
	struct buf path = BUF_INIT;
	bool look = true;

	if ((event->mask & IN_Q_OVERFLOW) || event->wd < 0 ||
	    (size_t)event->wd >= w->n ||
	    w->folders[event->wd].path == NULL || event->len == 0)
		return !(event->mask & (IN_IGNORED | IN_OPEN));
	buf_format(&path, "%s/%s",
	    strcmp(w->folders[event->wd].path, "/") == 0
		? ""
		: w->folders[event->wd].path,
	    event->name);
	if (event->mask & IN_OPEN) {
		look = false;
		if (!(event->mask & IN_ISDIR) && w->folders[event->wd].keys)
			opened(context, path.p);
	} else {
		/* a parent of a name has much else in it */
		look = baseline_names_cover(&b->content, path.p) ||
		    baseline_names_cover(&b->keys, path.p);
	}
	buf_free(&path);
	return look;
}

bool
baseline_watch_read(struct baseline_watch *w, const struct baseline *b,
    void (*opened)(void *context, const char *path), void *context)
{
	union {
		struct inotify_event event;
		char octets[16384];
	} buffer;
	bool look = false;
	ssize_t n;

	while ((n = read(w->fd, buffer.octets, sizeof(buffer))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event =
			    (const void *)(buffer.octets + at);

			look |= take(w, b, event, opened, context);
			at += (ssize_t)sizeof(*event) + event->len;
		}
	return look;
}
