/* SPDX-License-Identifier: ISC */
/* fe-mailbox flag, move, delete. */
#include <stdio.h>

#include "desk_verbs.h"
#include "store/message.h"

static int
change_flags(const struct desk *desk, uint32_t *flags, struct buf *keywords,
    struct err *err)
{
	const struct option_list *add = &desk->conf->add;
	const struct option_list *remove = &desk->conf->remove;

	for (size_t i = 0; i < add->n; i++)
		if (message_flag_add(flags, keywords,
		    slice_text(add->items[i])) < 0)
			return err_set(err, ERR_USAGE, "'%s' is no flag",
			    add->items[i]);
	for (size_t i = 0; i < remove->n; i++)
		if (message_flag_remove(flags, keywords,
		    slice_text(remove->items[i])) < 0)
			return err_set(err, ERR_USAGE, "'%s' is no flag",
			    remove->items[i]);
	return 0;
}

static int
flag_message(struct desk *desk, struct mailbox *m, const struct folder *folder,
    int64_t uid, struct err *err)
{
	struct message msg;
	int got;

	message_init(&msg);
	got = message_get(m, folder->id, uid, 0, &msg, err);
	if (got > 0 && change_flags(desk, &msg.flags, &msg.keywords, err) < 0)
		got = -1;
	if (got > 0)
		got = message_set_flags(m, folder->id, uid, msg.flags,
		    buf_slice(&msg.keywords), err);
	message_free(&msg);
	return got;
}

static int
move_message(struct desk *desk, struct mailbox *m, const struct folder *folder,
    int64_t uid, struct err *err)
{
	const char *name = desk->words[desk->n];
	struct folder to;
	int64_t uid_new = 0;
	int got = desk->conf->create ?
	    folder_make(m, slice_text(name), &to, err) :
	    desk_find_folder(m, name, &to, err);

	if (got < 0)
		return -1;
	return message_move(m, folder->id, uid, to.id, &uid_new, err);
}

static int
delete_message(struct desk *desk, struct mailbox *m,
    const struct folder *folder, int64_t uid, struct err *err)
{
	(void)desk;
	if (uid != 0)
		return message_delete(m, folder->id, uid, err);
	return folder_delete(m, slice_text(folder->name), err) < 0 ? -1 : 1;
}

typedef int change_verb(struct desk *, struct mailbox *, const struct folder *,
    int64_t, struct err *);

/* With -n it is done, and rolled back. */
static int
change_within(struct desk *desk, struct mailbox *m, const struct place *place,
    change_verb *verb, const char *word, struct err *err)
{
	struct folder folder;
	int got;

	if (desk_find_folder(m, place->folder, &folder, err) < 0)
		return -1;
	got = verb(desk, m, &folder, place->uid, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_USAGE, "'%s' is not there", word);
	if (desk->conf->dry_run)
		return 0;
	return mailbox_commit(m, err);
}

static int
change_one(struct desk *desk, const char *word, change_verb *verb,
    struct err *err)
{
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_open(desk, word, &place, &m, err) < 0)
		return -1;
	if (place.folder == NULL || (place.uid == 0 && verb != delete_message))
		result = err_set(err, ERR_USAGE, "'%s' names no message "
		    "(ADDRESS:FOLDER/UID)", word);
	else
		result = mailbox_begin(m, MAILBOX_WRITE, err);
	if (result == 0)
		result = change_within(desk, m, &place, verb, word, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

static int
flag_one(struct desk *desk, const char *word, struct err *err)
{
	return change_one(desk, word, flag_message, err);
}

int
desk_flag(struct desk *desk, struct err *err)
{
	uint32_t flags = 0;
	struct buf keywords = BUF_INIT;
	int result = change_flags(desk, &flags, &keywords, err);

	buf_free(&keywords);
	if (result < 0 || desk_want_words(desk, 1, 100000, err) < 0)
		return -1;
	if (desk->conf->add.n + desk->conf->remove.n == 0)
		return err_set(err, ERR_USAGE, "which flag? --add or --remove");
	return desk_each_word(desk, flag_one, err);
}

static int
move_one(struct desk *desk, const char *word, struct err *err)
{
	return change_one(desk, word, move_message, err);
}

int
desk_move(struct desk *desk, struct err *err)
{
	if (desk_want_words(desk, 2, 100000, err) < 0)
		return -1;
	desk->n--; /* the last word is the folder */
	return desk_each_word(desk, move_one, err);
}

static int
delete_one(struct desk *desk, const char *word, struct err *err)
{
	return change_one(desk, word, delete_message, err);
}

int
desk_delete(struct desk *desk, struct err *err)
{
	struct place place;
	char what[256];

	if (desk_want_words(desk, 1, 100000, err) < 0)
		return -1;
	for (int i = 0; i < desk->n && !desk->conf->dry_run; i++) {
		bool whole;

		if (place_parse(&place, slice_text(desk->words[i]), err) < 0)
			return -1;
		whole = place.uid == 0;
		place_free(&place);
		snprintf(what, sizeof(what), "'%.150s' and all its messages "
		    "will be gone", desk->words[i]);
		if (whole && desk_confirm(desk, what, err) < 0)
			return -1;
	}
	return desk_each_word(desk, delete_one, err);
}
