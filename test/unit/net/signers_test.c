/* SPDX-License-Identifier: ISC */
#include "net/signers.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/process.h"
#include "unit.h"

/* A key process that is none: its control socket is looked at from the other
 * end, *peer. */
static struct signer
make_signer(pid_t pid, int *peer)
{
	int pair[2] = {-1, -1};

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	*peer = pair[1];
	return (struct signer){pid, pair[0]};
}

/* Was it asked for a channel? */
static bool
was_asked(int peer)
{
	struct err err = ERR_INIT;
	char octet;
	size_t n = 0;
	int fd = -1;

	if (process_receive_fds(peer, &octet, &fd, 1, &n, &err) < 0 || n != 1)
		return false;
	close(fd);
	return true;
}

/* Has its parent let go of it? */
static bool
was_left(int peer)
{
	char octet;

	return recv(peer, &octet, 1, MSG_DONTWAIT) == 0;
}

/* Asks for a session; *peer is who is to hear of it. */
static bool
reaches(const struct signers *s, size_t slot, int peer)
{
	struct err err = ERR_INIT;
	int fd = signers_connect(s, slot, &err);

	if (fd < 0)
		return false;
	close(fd);
	return was_asked(peer);
}

static void
a_session_keeps_the_one_that_it_began_with(void)
{
	struct signers s;
	int old, new;

	signers_init(&s, 4);
	signers_add(&s, make_signer(1001, &old));
	signers_begin(&s, 0);
	signers_begin(&s, 1);
	signers_add(&s, make_signer(1002, &new));
	signers_begin(&s, 2);
	EXPECT_NUMBER("newest", 1002, signers_newest(&s).pid);
	EXPECT(reaches(&s, 0, old));
	EXPECT(reaches(&s, 2, new));
	signers_end(&s, 0);
	EXPECT(!was_left(old));
	EXPECT(reaches(&s, 1, old));
	signers_end(&s, 1);
	EXPECT(was_left(old));
	signers_end(&s, 2);
	signers_end(&s, 3); /* never begun */
	EXPECT(!was_left(new));
	signers_free(&s);
	EXPECT(was_left(new));
	close(old);
	close(new);
}

static void
one_that_nobody_began_with_goes_at_once(void)
{
	struct signers s;
	int first, second, third;

	signers_init(&s, 2);
	signers_add(&s, make_signer(1001, &first));
	signers_begin(&s, 0);
	signers_add(&s, make_signer(1002, &second));
	signers_add(&s, make_signer(1003, &third));
	EXPECT(!was_left(first));
	EXPECT(was_left(second));
	EXPECT(reaches(&s, 0, first));
	signers_free(&s);
	close(first);
	close(second);
	close(third);
}

static void
where_it_has_died_the_newest_signs(void)
{
	struct signers s;
	struct err err = ERR_INIT;
	int first, second;

	signers_init(&s, 2);
	signers_begin(&s, 0); /* there is none yet */
	EXPECT_NUMBER("none", -1, signers_connect(&s, 0, &err));
	signers_end(&s, 0);
	signers_add(&s, make_signer(1001, &first));
	signers_begin(&s, 0);
	signers_begin(&s, 1);
	EXPECT(!signers_bury(&s, 4711));
	EXPECT(signers_bury(&s, 1001));
	EXPECT_NUMBER("none", -1, signers_connect(&s, 0, &err));
	signers_add(&s, make_signer(1002, &second));
	EXPECT(reaches(&s, 0, second));
	EXPECT(!signers_bury(&s, 1001));
	signers_end(&s, 0);
	signers_end(&s, 1);
	signers_free(&s);
	close(first);
	close(second);
}

int
main(void)
{
	UNIT_RUN(a_session_keeps_the_one_that_it_began_with);
	UNIT_RUN(one_that_nobody_began_with_goes_at_once);
	UNIT_RUN(where_it_has_died_the_newest_signs);
	return UNIT_RESULT;
}
