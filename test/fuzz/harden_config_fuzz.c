/* SPDX-License-Identifier: ISC */
/*
 * Files of a foreign tree of any octets: sshd_config with what it includes,
 * sysctl.d, mounts, apt; and a record of fe-harden, which, if it is one, is
 * rendered and read again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "ops/harden_config.h"
#include "ops/harden_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/dev/shm/fe-fuzz.XXXXXX";

static void
leave(void)
{
	static const char *const names[] = {"/etc/ssh/sshd_config", "/etc/ssh",
	    "/etc/sysctl.d/a.conf", "/etc/sysctl.d", "/etc", ""};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, names[i]);
		remove(path);
	}
}

static void
put(const char *name, struct slice text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	io_make_folders(path, 0755, NULL);
	rmdir(path);
	file = fopen(path, "w");
	if (file == NULL || fwrite(text.p, 1, text.n, file) != text.n ||
	    fclose(file) != 0)
		abort();
}

static void
read_files(struct slice input)
{
	struct buf out = BUF_INIT, match = BUF_INIT, where = BUF_INIT;
	struct tree tree;
	struct err err = ERR_INIT;
	struct slice value;

	put("/etc/ssh/sshd_config", input);
	put("/etc/sysctl.d/a.conf", input);
	if (tree_open(&tree, root, &err) < 0 ||
	    harden_sshd_files(&tree, &out, &match) < 0)
		abort();
	harden_sshd_value(buf_slice(&out), "Port", &value);
	buf_reset(&out);
	harden_sysctl_file(&tree, "kernel.sysrq", &out, &where);
	tree_close(&tree);
	buf_free(&out);
	buf_free(&match);
	buf_free(&where);
}

static void
read_lines(struct slice input)
{
	struct harden_mount mount;
	struct buf value = BUF_INIT;
	struct slice rest = input;

	harden_apt_value(input, "A::B", &value);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		harden_mountinfo_line(line, &mount);
		harden_fstab_line(line, &mount);
	}
	buf_free(&value);
}

static void
read_record(struct slice input)
{
	struct harden_record record;
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	if (harden_record_parse(&record, input, "fuzz", &err) < 0)
		return;
	harden_record_render(&record, &out);
	harden_record_free(&record);
	if (harden_record_parse(&record, buf_slice(&out), "again", &err) < 0)
		abort();
	harden_record_free(&record);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	static bool made;

	if (!made && mkdtemp(root) == NULL)
		abort();
	if (!made)
		atexit(leave);
	made = true;
	read_files(input);
	read_lines(input);
	read_record(input);
	return 0;
}
