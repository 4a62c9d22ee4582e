/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a change that waits: a new session confirms it, or its time
 * is up and it is undone.
 */
#include "ops/harden_confirm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/process.h"
#include "ops/harden_session.h"
#include "ops/harden_work.h"

static void
drop_boot_unit(const struct tree *tree, struct harden_record *record)
{
	for (size_t i = record->changes_n; i-- > 0;) {
		struct harden_change *c = &record->changes[i];

		if (strcmp(c->path, HARDEN_BOOT_UNIT) != 0 &&
		    strcmp(c->path, HARDEN_BOOT_LINK) != 0)
			continue;
		tree_remove(tree, c->path, NULL);
		free(c->path);
		free(c->old);
		free(c->new);
		record->changes_n--;
		memmove(c, c + 1,
		    (record->changes_n - i) * sizeof(*record->changes));
	}
}

static int
confirm(const struct tree *tree, struct harden_records *records,
    struct err *err)
{
	int64_t start;

	for (size_t i = 0; i < records->n; i++) {
		struct harden_record *record = &records->items[i];

		if (record->state != HARDEN_PENDING)
			continue;
		if (harden_record_left_s(record) == 0)
			return err_set(err, ERR_USAGE, "its time is up: it is "
			    "being undone");
		start = harden_session_start_ms(tree);
		if (start < record->effect_ms)
			return err_set(err, ERR_USAGE, "this session is older "
			    "than the change and proves nothing: log in anew "
			    "and confirm from there; %lld s left",
			    (long long)harden_record_left_s(record));
		drop_boot_unit(tree, record);
		record->state = HARDEN_DONE;
		return harden_record_write(record, tree, err);
	}
	return err_set(err, ERR_USAGE, "nothing waits for a confirmation: it "
	    "was undone, or confirmed before");
}

int
harden_confirm(const struct tree *tree, struct err *err)
{
	struct harden_records records = {.n = 0};
	int fd, result = -1;

	if (!tree_exists(tree, HARDEN_STATE))
		return confirm(tree, &records, err);
	fd = harden_work_lock(tree, false, err);
	if (fd >= 0 && harden_records_read(&records, tree, err) == 0)
		result = confirm(tree, &records, err);
	harden_records_free(&records);
	if (fd >= 0)
		close(fd);
	return result;
}

static int
revert(const struct tree *tree, bool only_pending, bool any, size_t *n,
    struct err *err)
{
	struct harden_records records = {.n = 0};
	int fd, result = 0;

	*n = 0;
	if (!tree_exists(tree, HARDEN_STATE))
		return 0;
	fd = harden_work_lock(tree, false, err);
	if (fd < 0)
		return -1;
	result = harden_records_read(&records, tree, err);
	for (size_t i = records.n; i-- > 0 && result == 0;) {
		const struct harden_record *record = &records.items[i];

		if (only_pending && (record->state != HARDEN_PENDING ||
			(!any && harden_record_left_s(record) > 0)))
			continue;
		result = harden_work_undo(tree, record, err);
		*n += result == 0;
	}
	harden_records_free(&records);
	close(fd);
	return result;
}

int
harden_revert(const struct tree *tree, size_t *n, struct err *err)
{
	return revert(tree, false, true, n, err);
}

int
harden_revert_pending(
    const struct tree *tree, bool any, size_t *n, struct err *err)
{
	return revert(tree, true, any, n, err);
}

/* Leaves the session's control group, which may be killed with it; where
 * there is no such hierarchy there is nothing to leave. */
static void
leave_group(const struct tree *tree)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	tree_poke(tree, "/sys/fs/cgroup/cgroup.procs", pid, NULL);
}

static void
watch(const struct tree *tree, int64_t deadline_ms)
{
	struct err err = ERR_INIT;
	struct timespec until = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	size_t n;
	int result;

	leave_group(tree);
	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) ==
	    EINTR)
		continue;
	result = harden_revert_pending(tree, false, &n, &err);
	openlog("fe-harden", LOG_PID, LOG_AUTHPRIV);
	if (result < 0)
		syslog(LOG_ALERT, "cannot undo what nobody confirmed: %s",
		    err.text);
	else if (n > 0)
		syslog(LOG_WARNING, "nobody confirmed the last change: undone");
}

int
harden_watch(const struct tree *tree, struct err *err)
{
	struct harden_records records;
	const struct harden_record *pending;
	int64_t deadline;
	pid_t pid;
	int null;

	if (harden_records_read(&records, tree, err) < 0)
		return -1;
	pending = harden_work_find(&records, HARDEN_PENDING);
	deadline = pending != NULL ? pending->deadline_ms : 0;
	harden_records_free(&records);
	if (pending == NULL)
		return 0;
	pid = process_fork(err);
	if (pid != 0)
		return pid < 0 ? -1 : 0;
	/* no terminal, no descriptor of the session, not its signals */
	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int fd = 3; fd < 64; fd++)
		if (fd != tree->fd)
			close(fd);
	if (chdir("/") == 0)
		watch(tree, deadline);
	_exit(0);
}
