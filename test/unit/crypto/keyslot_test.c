/* SPDX-License-Identifier: ISC */
/*
 * Mailbox keys in memory and as a file.
 */
#include "crypto/keyslot.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "crypto/keys_file.h"
#include "unit.h"

static char folder[] = "/tmp/fe-keyslot.XXXXXX";
static struct service_keys service;

/* Through the text form and back: what the file would hold, locked. */
static void
reload(struct mailbox_keys *k)
{
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	EXPECT(keys_file_format(k, &text, &err) == 0);
	mailbox_keys_free(k);
	EXPECT(keys_file_parse(k, buf_slice(&text), "test", &err) == 0);
	EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
	buf_free(&text);
}

static void
make(struct mailbox_keys *k, unsigned char data[KEY_SIZE])
{
	struct err err = ERR_INIT;

	EXPECT(mailbox_keys_make(k, &service, &err) == 0);
	memcpy(data, mailbox_keys_current(k)->key, KEY_SIZE);
}

static bool
current_is(const struct mailbox_keys *k, const unsigned char *data)
{
	const struct data_key *key = mailbox_keys_current(k);

	return key->key != NULL && memcmp(key->key, data, KEY_SIZE) == 0;
}

static void
the_service_key_opens_a_new_mailbox(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE];
	struct err err = ERR_INIT;

	make(&k, data);
	reload(&k);
	EXPECT(!mailbox_keys_is_unlocked(&k));
	EXPECT(mailbox_keys_current(&k)->key == NULL);
	EXPECT(mailbox_keys_unlock(&k, &service, &err) == 0);
	EXPECT(current_is(&k, data));
	mailbox_keys_free(&k);
}

static void
a_box_is_made_as_the_header_says(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE], root[KEY_SIZE];
	const struct keyslot *slot;
	struct buf ad = BUF_INIT;

	make(&k, data);
	EXPECT_NUMBER("slots", 2, k.slots_n);
	slot = &k.slots[1];
	EXPECT(slot->kind == KEYSLOT_SERVICE);
	buf_append(&ad, "\0\0\0\14fe-keyslot/1", 16);
	buf_append(&ad, "\0\0\0\40", 4);
	buf_append_text(&ad, k.mailbox);
	buf_append(&ad, "\0\0\0\40", 4);
	buf_append_text(&ad, slot->id);
	buf_append(&ad, "\0\0\0\7service", 11);
	buf_append(&ad, "\0\0\0\40", 4);
	buf_append_text(&ad, k.root_id);
	EXPECT(crypto_aead_xchacha20poly1305_ietf_decrypt(root, NULL, NULL,
		   slot->box, sizeof(slot->box), (unsigned char *)ad.p, ad.n,
		   slot->nonce, service.items[service.current].key) == 0);
	EXPECT(memcmp(root, k.root, KEY_SIZE) == 0);
	buf_free(&ad);
	mailbox_keys_free(&k);
}

static void
another_service_key_does_not_open_it(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	struct service_key other = {"", NULL};
	struct service_keys others = {&other, 1, 0, false};
	unsigned char data[KEY_SIZE], octets[KEY_SIZE] = {0};
	struct err err = ERR_INIT;

	make(&k, data);
	reload(&k);
	other.key = octets;
	memset(other.id, 'a', KEY_ID_SIZE - 1);
	EXPECT(mailbox_keys_unlock(&k, &others, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(strstr(err.text, "no service key opens") != NULL);
	memcpy(other.id, service.items[0].id, KEY_ID_SIZE);
	EXPECT(mailbox_keys_unlock(&k, &others, &err) < 0);
	EXPECT(strstr(err.text, "does not open") != NULL);
	EXPECT(!mailbox_keys_is_unlocked(&k));
	mailbox_keys_free(&k);
}

static void
password_and_recovery_key_open_it_and_outlive_a_rekey(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE], recovery[KEY_SIZE], fresh[KEY_SIZE];
	struct err err = ERR_INIT;

	make(&k, data);
	random_octets(recovery, sizeof(recovery));
	EXPECT(mailbox_keys_set_password(&k, "correct horse", &err) == 0);
	EXPECT(mailbox_keys_set_recovery(&k, recovery, &err) == 0);
	reload(&k);
	EXPECT(mailbox_keys_unlock_password(&k, "wrong horse", &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	EXPECT(mailbox_keys_unlock_password(&k, "correct horse", &err) == 0);
	EXPECT(current_is(&k, data));

	/* the service makes a new data key, knowing neither */
	reload(&k);
	EXPECT(mailbox_keys_unlock(&k, &service, &err) == 0);
	EXPECT(mailbox_keys_add_data_key(&k, &err) == 0);
	memcpy(fresh, mailbox_keys_current(&k)->key, KEY_SIZE);
	EXPECT(memcmp(fresh, data, KEY_SIZE) != 0);
	reload(&k);
	EXPECT_NUMBER("both keys are there", 2, k.keys_n);
	EXPECT(mailbox_keys_unlock_recovery(&k, recovery, &err) == 0);
	EXPECT(current_is(&k, fresh));
	EXPECT(k.keys[1].state == DATA_KEY_OLD);
	EXPECT(memcmp(k.keys[1].key, data, KEY_SIZE) == 0);
	mailbox_keys_drop_old(&k);
	reload(&k);
	EXPECT_NUMBER("only the new key is left", 1, k.keys_n);
	EXPECT(mailbox_keys_unlock_password(&k, "correct horse", &err) == 0);
	EXPECT(current_is(&k, fresh));

	reload(&k);
	recovery[31] ^= 1;
	EXPECT(mailbox_keys_unlock_recovery(&k, recovery, &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	mailbox_keys_free(&k);
}

static void
a_new_password_replaces_the_old_one(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE];
	struct err err = ERR_INIT;

	make(&k, data);
	EXPECT(mailbox_keys_set_password(&k, "the first one", &err) == 0);
	EXPECT(mailbox_keys_set_password(&k, "the second one", &err) == 0);
	EXPECT_NUMBER("slots", 3, k.slots_n);
	reload(&k);
	EXPECT(mailbox_keys_unlock_password(&k, "the first one", &err) < 0);
	EXPECT(mailbox_keys_unlock_password(&k, "the second one", &err) == 0);
	mailbox_keys_free(&k);
}

static void
app_and_backup_slots_stand_beside_the_others(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE], backup[KEY_SIZE] = {7};
	char slot[KEY_ID_SIZE];
	struct err err = ERR_INIT;

	make(&k, data);
	EXPECT(mailbox_keys_add_backup(
		   &k, "0123456789abcdef0123456789abcdef", backup, &err) == 0);
	EXPECT(mailbox_keys_add_password(&k, KEYSLOT_APP,
		   "phone phone", slot, &err) == 0);
	reload(&k);
	EXPECT(mailbox_keys_has(&k, KEYSLOT_BACKUP));
	EXPECT(mailbox_keys_unlock_password(&k, "phone phone", &err) == 0);
	EXPECT(current_is(&k, data));
	mailbox_keys_remove_slot(&k, slot);
	EXPECT(!mailbox_keys_has(&k, KEYSLOT_APP));
	mailbox_keys_free(&k);
}

static void
renewing_locks_out_all_but_the_service(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE], root[KEY_SIZE];
	struct err err = ERR_INIT;

	make(&k, data);
	memcpy(root, k.root, KEY_SIZE);
	EXPECT(mailbox_keys_set_password(&k, "correct horse", &err) == 0);
	EXPECT(mailbox_keys_renew(&k, &service, &err) == 0);
	EXPECT(memcmp(root, k.root, KEY_SIZE) != 0);
	reload(&k);
	EXPECT(mailbox_keys_unlock_password(&k, "correct horse", &err) < 0);
	EXPECT(mailbox_keys_unlock(&k, &service, &err) == 0);
	EXPECT(current_is(&k, data));
	mailbox_keys_free(&k);
}

/* Each change to a slot, and to what its box is bound to, is found. */
static void
a_tampered_box_does_not_open(void)
{
	enum { BOX, NONCE, SLOT_ID, MAILBOX, KEY_ID, SWAPPED, ROWS };
	struct err err = ERR_INIT;

	for (int row = 0; row < ROWS; row++) {
		struct mailbox_keys k = MAILBOX_KEYS_INIT;
		unsigned char data[KEY_SIZE];
		struct keyslot *slot;

		make(&k, data);
		EXPECT(mailbox_keys_add_data_key(&k, &err) == 0);
		reload(&k);
		slot = &k.slots[1];
		EXPECT(slot->kind == KEYSLOT_SERVICE);
		switch (row) {
		case BOX:
			slot->box[47] ^= 1;
			break;
		case NONCE:
			slot->nonce[0] ^= 0x80;
			break;
		case SLOT_ID:
			slot->id[0] = slot->id[0] == 'a' ? 'b' : 'a';
			break;
		case MAILBOX:
			k.mailbox[31] = k.mailbox[31] == 'a' ? 'b' : 'a';
			break;
		case KEY_ID:
			slot->key[5] = slot->key[5] == 'a' ? 'b' : 'a';
			break;
		case SWAPPED: /* the old data key passed off as the new one */
			memcpy(k.slots[2].box, k.slots[0].box,
			    KEYSLOT_BOX_SIZE);
			memcpy(k.slots[2].nonce, k.slots[0].nonce,
			    KEYSLOT_NONCE_SIZE);
			break;
		}
		EXPECT(mailbox_keys_unlock(&k, &service, &err) < 0);
		EXPECT(err.kind == ERR_CONFIG);
		EXPECT(!mailbox_keys_is_unlocked(&k));
		EXPECT(k.keys[0].key == NULL && k.keys[1].key == NULL);
		mailbox_keys_free(&k);
	}
}

static void
data_keys_have_a_limit(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE];
	struct err err = ERR_INIT;

	make(&k, data);
	for (int i = 1; i < MAILBOX_DATA_KEYS_MAX; i++)
		EXPECT(mailbox_keys_add_data_key(&k, &err) == 0);
	EXPECT(mailbox_keys_add_data_key(&k, &err) < 0);
	EXPECT_NUMBER("keys", MAILBOX_DATA_KEYS_MAX, k.keys_n);
	reload(&k);
	EXPECT(mailbox_keys_unlock(&k, &service, &err) == 0);
	mailbox_keys_free(&k);
}

static void
writing_raises_the_generation_and_keeps_unknown_members(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT, text = BUF_INIT;
	unsigned char data[KEY_SIZE];
	struct err err = ERR_INIT;
	struct stat st;
	int lock;

	make(&k, data);
	buf_format(&path, "%s/alice.lock", folder);
	lock = keys_file_lock(path.p, 0, &err);
	EXPECT(lock >= 0);
	EXPECT(keys_file_lock(path.p, 20, &err) < 0);
	EXPECT(strstr(err.text, "is locked by another program") != NULL);
	buf_reset(&path);
	buf_format(&path, "%s/alice.keys", folder);
	EXPECT(keys_file_write(&k, path.p, &err) == 0);
	EXPECT(keys_file_write(&k, path.p, &err) == 0);
	EXPECT(stat(path.p, &st) == 0 && (st.st_mode & 0777) == 0640);
	mailbox_keys_free(&k);
	EXPECT(keys_file_read(&k, path.p, &err) == 0);
	EXPECT_NUMBER("generation", 2, k.generation);

	EXPECT(keys_file_format(&k, &text, &err) == 0);
	mailbox_keys_free(&k);
	buf_truncate(&text, text.n - 2); /* } and LF */
	buf_append_text(&text, ",\"later\":{\"a\":[1,2]}}");
	EXPECT(keys_file_parse(&k, buf_slice(&text), "test", &err) == 0);
	reload(&k);
	buf_reset(&text);
	EXPECT(keys_file_format(&k, &text, &err) == 0);
	EXPECT(slice_ends(buf_slice(&text), ",\"later\":{\"a\":[1,2]}}\n"));
	EXPECT(mailbox_keys_unlock(&k, &service, &err) == 0);
	EXPECT(current_is(&k, data));
	mailbox_keys_free(&k);
	close(lock);
	buf_free(&path);
	buf_free(&text);
}

/* Holds the lock for a while, removes its file and goes. */
static pid_t
start_eraser(const char *path)
{
	struct timespec pause = {0, 50000000};
	int ready[2];
	char octet;
	pid_t child;

	EXPECT(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		if (keys_file_lock(path, 0, NULL) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		nanosleep(&pause, NULL);
		_exit(unlink(path) < 0);
	}
	close(ready[1]);
	EXPECT(read(ready[0], &octet, 1) == 1);
	close(ready[0]);
	return child;
}

static void
a_lock_whose_file_was_removed_meanwhile_is_not_taken_for_one(void)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	struct stat ours, named;
	pid_t child;
	int lock, status;

	buf_format(&path, "%s/erased.lock", folder);
	child = start_eraser(buf_text(&path));
	lock = keys_file_lock(buf_text(&path), 10000, &err);
	EXPECT(lock >= 0);
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
	EXPECT(fstat(lock, &ours) == 0 && stat(buf_text(&path), &named) == 0);
	EXPECT(ours.st_ino == named.st_ino && ours.st_nlink == 1);
	EXPECT(keys_file_lock(buf_text(&path), 0, &err) < 0);
	close(lock);
	unlink(buf_text(&path));
	buf_free(&path);
}

static struct buf good; /* a document with a password slot */

/* Replaces the first `from' of the good document. */
static void
refuse(const char *from, const char *to, const char *why)
{
	struct mailbox_keys hostile = MAILBOX_KEYS_INIT;
	struct buf bad = BUF_LIMITED(KEYS_FILE_SIZE_MAX);
	struct err err = ERR_INIT;
	size_t at = slice_find_text(buf_slice(&good), slice_text(from));

	EXPECT(at < good.n);
	buf_append(&bad, good.p, at);
	buf_append_text(&bad, to);
	buf_append_text(&bad, good.p + at + strlen(from));
	EXPECT(keys_file_parse(&hostile, buf_slice(&bad), "x.keys", &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	if (strstr(err.text, why) == NULL)
		EXPECT_SLICE(why, slice_text(why), slice_text(err.text));
	EXPECT(slice_starts(slice_text(err.text), "'x.keys' is no file"));
	buf_free(&bad);
}

static void
refuses_a_hostile_file(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT;
	unsigned char data[KEY_SIZE];
	struct err err = ERR_INIT;

	good.max = BUF_MAX;
	make(&k, data);
	EXPECT(mailbox_keys_set_password(&k, "correct horse", &err) == 0);
	EXPECT(keys_file_format(&k, &good, &err) == 0);
	mailbox_keys_free(&k);
	refuse("{\"fe\":1,", "{\"fe\":2,", "a newer program");
	refuse("{\"fe\":1,", "{\"fe\":\"1\",", "'fe' is not 1");
	refuse("{\"fe\":1,", "{", "'fe' is not 1");
	refuse("\"mailbox\":\"", "\"mailbox\":\"../", "'mailbox'");
	refuse("\"generation\":0", "\"generation\":-1", "'generation'");
	refuse("\"generation\":0", "\"generation\":0.5", "'generation'");
	refuse("\"generation\":0", "\"generation\":0,\"generation\":1", "name");
	refuse("\"current\"", "\"old\"", "not exactly one key is current");
	refuse("\"current\"", "\"new\"", "'state'");
	refuse("\"kind\":\"service\"", "\"kind\":\"sevrice\"", "'kind'");
	refuse("\"kind\":\"mailbox\"", "\"kind\":\"service\"",
	    "different mailbox keys");
	refuse("\"ops\":3", "\"ops\":1000000", "'kdf.ops'");
	refuse("\"mem\":67108864", "\"mem\":1099511627776", "'kdf.mem'");
	refuse("argon2id", "argon2i", "'kdf.alg'");
	refuse("\"salt\":\"", "\"salt\":\"00", "'kdf.salt'");
	refuse("\"box\":\"", "\"box\":\"0", "'box'");
	refuse("\"nonce\":\"", "\"nonce\":\"x", "'nonce'");
	refuse("\"slots\":[", "\"slots\":[],\"more\":[", "'slots'");
	refuse("\"slots\":[", "\"slots\":{},\"more\":[", "'slots'");
	refuse("\"slots\":[", "\"slots\":[1,", "'id' of a slot");
	refuse("\"keys\":[", "\"keys\":[{\"id\":\"00000000000000000000000000000"
	    "000\",\"state\":\"old\"},", "a data key has no slot");
	refuse("]}\n", "]}\n{}", "");
	refuse("]}\n", "", "");
	buf_free(&good);
}

static void
a_missing_file_says_so(void)
{
	struct mailbox_keys k;
	struct err err = ERR_INIT;

	EXPECT(keys_file_read(&k, "/nonexistent/x.keys", &err) < 0);
	EXPECT(err.kind == ERR_SYSTEM);
	EXPECT(strstr(err.text, "No such file") != NULL);
	mailbox_keys_free(&k);
}

static void
service_keys_are_read_with_the_current_one(void)
{
	struct service_keys keys;
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;
	struct stat st;

	EXPECT(service_key_make(&err) == 0);
	EXPECT(service_keys_read(&keys, &err) == 0);
	EXPECT_NUMBER("keys", 3, keys.n);
	EXPECT(strcmp(keys.items[keys.current].id, service.items[0].id) != 0);
	home_file(&path, "keys/service/%s.key", keys.items[0].id);
	EXPECT(stat(path.p, &st) == 0 && (st.st_mode & 0777) == 0400);
	EXPECT_NUMBER("octets", 32, st.st_size);
	service_keys_free(&keys);
	EXPECT(unlink(home_file(&path, "keys/service/current")) == 0);
	EXPECT(symlink("../../etc/passwd", path.p) == 0);
	EXPECT(service_keys_read(&keys, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(chmod(home_file(&path, "keys/service/%s.key",
		   service.items[0].id), 0444) == 0);
	EXPECT(service_keys_read(&keys, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	buf_free(&path);
}

/* Adds a key to the home. */
static void
a_key_that_came_meanwhile_is_found(void)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT, late = MAILBOX_KEYS_INIT;
	struct service_keys old, fresh;
	struct err err = ERR_INIT;
	char id[KEY_ID_SIZE];

	EXPECT(service_keys_read(&old, &err) == 0);
	EXPECT(!service_keys_are_stale(&old));
	EXPECT(mailbox_keys_make(&k, &old, &err) == 0);
	EXPECT(service_key_make(&err) == 0);
	EXPECT(service_keys_are_stale(&old));
	EXPECT(service_keys_read(&fresh, &err) == 0);
	memcpy(id, fresh.items[fresh.current].id, sizeof(id));
	/* what is made with the old ones in hand is under the new one */
	EXPECT(mailbox_keys_set_service(&k, &old, &err) == 0);
	EXPECT(strcmp(k.slots[k.slots_n - 1].by, id) == 0);
	EXPECT(mailbox_keys_make(&late, &old, &err) == 0);
	reload(&late);
	EXPECT(mailbox_keys_unlock(&late, &old, &err) == 0);
	mailbox_keys_free(&k);
	mailbox_keys_free(&late);
	service_keys_free(&old);
	service_keys_free(&fresh);
}

static void
remove_tree(void)
{
	struct buf command = BUF_INIT;

	buf_format(&command, "rm -rf %s", folder);
	if (system(command.p) != 0)
		printf("# cannot remove %s\n", folder);
	buf_free(&command);
}

int
main(void)
{
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;

	if (mkdtemp(folder) == NULL)
		return 1;
	home_set(folder);
	EXPECT(service_keys_read(&service, &err) < 0);
	EXPECT(io_make_folders(home_file(&path, "keys/service"), 0700,
		   &err) == 0);
	EXPECT(service_key_make(&err) == 0);
	EXPECT(service_keys_read(&service, &err) == 0);
	UNIT_RUN(the_service_key_opens_a_new_mailbox);
	UNIT_RUN(a_box_is_made_as_the_header_says);
	UNIT_RUN(another_service_key_does_not_open_it);
	UNIT_RUN(password_and_recovery_key_open_it_and_outlive_a_rekey);
	UNIT_RUN(a_new_password_replaces_the_old_one);
	UNIT_RUN(app_and_backup_slots_stand_beside_the_others);
	UNIT_RUN(renewing_locks_out_all_but_the_service);
	UNIT_RUN(a_tampered_box_does_not_open);
	UNIT_RUN(data_keys_have_a_limit);
	UNIT_RUN(writing_raises_the_generation_and_keeps_unknown_members);
	UNIT_RUN(a_lock_whose_file_was_removed_meanwhile_is_not_taken_for_one);
	UNIT_RUN(refuses_a_hostile_file);
	UNIT_RUN(a_missing_file_says_so);
	UNIT_RUN(a_key_that_came_meanwhile_is_found);
	UNIT_RUN(service_keys_are_read_with_the_current_one);
	service_keys_free(&service);
	buf_free(&path);
	remove_tree();
	return UNIT_RESULT;
}
