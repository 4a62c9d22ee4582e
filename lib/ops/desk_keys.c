/* SPDX-License-Identifier: ISC */
/* fe-mailbox keys, keys export. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "base/io.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/keys_file.h"
#include "desk_verbs.h"

static int
read_keys(const struct place *place, struct mailbox_keys *keys,
    struct err *err)
{
	struct slice name = slice_text(place->mailbox);
	struct buf path = BUF_INIT;
	int result = -1;

	if (mailbox_path(&path, name, MAILBOX_KEYS, err) != NULL) {
		if (access(buf_text(&path), F_OK) < 0 && errno == ENOENT)
			err_set(err, ERR_USAGE, "there is no mailbox '%s'",
			    place->mailbox);
		else
			result = keys_file_read(keys, buf_text(&path), err);
	}
	buf_free(&path);
	return result;
}

static int
put_slot(struct desk *desk, const struct keyslot *slot, struct err *err)
{
	struct json_writer w = JSON_WRITER(&desk->out);

	if (!desk->conf->json) {
		desk_put(desk, SLICE("slot"));
		desk_put(desk, slice_text(keyslot_kind_text(slot->kind)));
		desk_put(desk, slice_text(slot->id));
		desk_put(desk, slice_text(slot->by[0] ? slot->by : "-"));
		return desk_put_line(desk, err);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "slot", slot->id);
	json_put_text(&w, "kind", keyslot_kind_text(slot->kind));
	if (slot->by[0] != '\0')
		json_put_text(&w, "by", slot->by);
	json_put_text(&w, "key", slot->key);
	json_close_object(&w);
	return desk_put_line(desk, err);
}

static int
put_key(struct desk *desk, const struct data_key *key, struct err *err)
{
	const char *state = key->state == DATA_KEY_CURRENT ? "current" : "old";
	struct json_writer w = JSON_WRITER(&desk->out);

	if (!desk->conf->json) {
		desk_put(desk, SLICE("key"));
		desk_put(desk, slice_text(state));
		desk_put(desk, slice_text(key->id));
		return desk_put_line(desk, err);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "key", key->id);
	json_put_text(&w, "state", state);
	json_close_object(&w);
	return desk_put_line(desk, err);
}

static int
list_keys(struct desk *desk, const struct mailbox_keys *keys, struct err *err)
{
	int result = 0;

	for (size_t i = 0; i < keys->keys_n && result == 0; i++)
		result = put_key(desk, &keys->keys[i], err);
	for (size_t i = 0; i < keys->slots_n && result == 0; i++)
		result = put_slot(desk, &keys->slots[i], err);
	return result;
}

/* The file is new, its owner's alone, and no terminal or pipe. */
static int
write_key(const unsigned char *key, const char *path, struct err *err)
{
	char *text = secret_alloc(4 + 2 * KEY_SIZE + 2);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	int result = 0;

	memcpy(text, "raw:", 4);
	hex_encode(key, KEY_SIZE, text + 4);
	text[4 + 2 * KEY_SIZE] = '\n';
	if (fd < 0)
		result = err_errno(err, "cannot make '%s'", path);
	else if (io_write(fd, text, 4 + 2 * KEY_SIZE + 1) < 0 ||
	    fsync(fd) < 0) {
		result = err_errno(err, "cannot write '%s'", path);
		(void)unlink(path);
	}
	if (fd >= 0)
		close(fd);
	secret_free(text);
	return result;
}

static int
export_key(struct desk *desk, struct mailbox_keys *keys, struct err *err)
{
	const char *to = desk->conf->to;

	if (to == NULL)
		return err_set(err, ERR_USAGE, "where to? --to FILE");
	if (strcmp(to, "-") == 0)
		return err_set(err, ERR_USAGE, "a key is not written to "
		    "standard output: it would stay in logs and terminals");
	if (mailbox_keys_unlock(keys, &desk->service, err) < 0)
		return -1;
	if (desk->conf->dry_run)
		return 0;
	return write_key(mailbox_keys_current(keys)->key, to, err);
}

int
desk_keys(struct desk *desk, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct place place;
	bool export = desk->n > 0 && strcmp(desk->words[0], "export") == 0;
	int result;

	if (desk_want_words(desk, export ? 2 : 1, export ? 2 : 1, err) < 0 ||
	    place_parse(&place, slice_text(desk->words[desk->n - 1]), err) < 0)
		return -1;
	result = read_keys(&place, &keys, err);
	if (result == 0)
		result = export ? export_key(desk, &keys, err) :
		    list_keys(desk, &keys, err);
	mailbox_keys_free(&keys);
	place_free(&place);
	return result;
}
