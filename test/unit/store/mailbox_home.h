/* SPDX-License-Identifier: ISC */
#ifndef FE_TEST_MAILBOX_HOME_H
#define FE_TEST_MAILBOX_HOME_H

/* A home of a test's own with a service key, and mailboxes in it. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "store/mailbox.h"

static char home[] = "/tmp/fe-mailbox-test-XXXXXX";
static struct service_keys service;

static inline int
make_home(void)
{
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;

	if (mkdtemp(home) == NULL)
		return -1;
	home_set(home);
	mkdir(home_file(&path, "keys"), 0700);
	mkdir(home_file(&path, "keys/service"), 0700);
	mkdir(home_file(&path, "mail"), 0700);
	buf_free(&path);
	if (service_key_make(&err) == 0 &&
	    service_keys_read(&service, &err) == 0)
		return 0;
	printf("# %s\n", err.text);
	return -1;
}

static inline int
remove_one(const char *path, const struct stat *status, int type,
    struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static inline void
remove_home(void)
{
	nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int
make_mailbox(struct slice name)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct err err = ERR_INIT;
	int result = mailbox_keys_make(&keys, &service, &err);

	if (result == 0)
		result = mailbox_create(name, &keys, &err);
	mailbox_keys_free(&keys);
	if (result < 0)
		printf("# %s\n", err.text);
	return result;
}

static inline struct mailbox *
open_mailbox(struct slice name)
{
	struct mailbox_opener opener = {.service = &service, .wait_ms = 200};
	struct err err = ERR_INIT;
	struct mailbox *m;

	if (mailbox_open(&m, name, &opener, &err) < 0)
		printf("# %s\n", err.text);
	return m;
}

#endif
