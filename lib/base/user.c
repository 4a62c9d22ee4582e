/* SPDX-License-Identifier: ISC */
/*
 * From root to somebody else.
 */
#include "user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

static struct passwd *
find(const char *name, struct err *err)
{
	struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (user == NULL && errno != 0)
		err_errno(err, "cannot look user '%s' up", name);
	else if (user == NULL)
		err_set(err, ERR_CONFIG, "there is no user '%s'", name);
	return user;
}

int
user_check(const char *name, struct err *err)
{
	return find(name, err) != NULL ? 0 : -1;
}

int
user_become(const char *name, struct err *err)
{
	struct passwd *user;

	if (name == NULL)
		return 0;
	user = find(name, err);
	if (user == NULL)
		return -1;
	if (user->pw_uid == geteuid())
		return 0;
	if (initgroups(name, user->pw_gid) < 0 ||
	    setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
		return err_errno(err, "cannot become '%s'", name);
	if (user->pw_uid != 0 && setuid(0) == 0)
		return err_set(err, ERR_BUG, "still able to become root");
	return 0;
}
