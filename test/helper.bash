# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
#
# What the bats files share.  `load helper' gives
#	$HERE	the folder test/		$TOP	the top of the tree
#	$BIN	the folder of the programs, first in PATH as well
#	$DATA	test/data			$SHARED	../shared, or empty
#	$T	a folder of this test's own, gone afterwards
#	$SAN	1 where the programs are sanitized
#	${AS[@]} what fe-listen wants when root runs the tests
# A file with a setup or teardown of its own calls helper_teardown in the
# latter.
HERE=$BATS_TEST_DIRNAME
TOP=$(cd "$HERE/.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
BIN=$BUILD/bin
DATA=$HERE/data
SHARED=
[ -d "$TOP/../shared" ] && SHARED=$(cd "$TOP/../shared" && pwd)
SAN=${SAN:-}
AS=()
[ "$(id -u)" != 0 ] || AS=(-u root)
PATH=$BIN:$PATH
T=$(mktemp -d "${BATS_RUN_TMPDIR:-${TMPDIR:-/tmp}}/fe.XXXXXX")
# Where there is no home: what this host has of one is no part of a test.
export FE_HOME=/nonexistent
bats_require_minimum_version 1.5.0

teardown() { helper_teardown; }

helper_teardown() {
	local pid
	for pid in $(cat "$T/pids" 2>/dev/null); do
		kill -KILL -- "-$pid" 2>/dev/null || true
	done
	chmod -R u+rwX "$T" 2>/dev/null || true
	rm -rf "$T"
}

# need COMMAND: skips the test where it is missing.
need() { command -v "$1" >/dev/null || skip "$1 is not here"; }

# need_shared [PATH]: skips where the shared data (or that file of it) is not.
need_shared() {
	[ -e "${SHARED:-/nowhere}/${1:-}" ] || skip "../shared/${1:-} is not here"
}

# need_peer PACKAGE COMMAND: sets $PEER to a program of a Debian package that
# is unpacked under the build folder, not installed.
need_peer() {
	PEER=$("$HERE/peers/unpack" "$1" "$2" 2>"$T/peer.err") ||
		skip "$1: $(tail -n 1 "$T/peer.err")"
}

# free_port: a TCP port of 127.0.0.1 that nobody listens on.
free_port() {
	local port=$((20000 + RANDOM % 12000))
	while port_is_open "$port"; do
		port=$((20000 + RANDOM % 12000))
	done
	echo "$port"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# port_is_open PORT [ADDRESS]; wait_for_port waits for it.
port_is_open() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }
wait_for_port() { wait_for 10 port_is_open "$@"; }

# start LOG COMMAND...: in the background as a process group of its own, which
# teardown kills; its pid is in $STARTED.
start() {
	local log=$1
	shift
	setsid "$@" </dev/null >"$log" 2>&1 3>&- &
	STARTED=$!
	echo "$STARTED" >>"$T/pids"
}

# stop SIGNAL: ends what was started last; back when it has gone, and with it
# its locks and sockets.
stop() {
	kill "-$1" "$STARTED"
	wait "$STARTED" 2>/dev/null || true
}

# flip FILE OCTET: turns one bit over. Writing an octet of our choice changes
# nothing one time in 256.
flip() {
	python3 - "$1" "$2" <<'END'
import sys
name, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(name, 'rb').read())
data[at] ^= 4
open(name, 'wb').write(data)
END
}

# sign_security_txt HOME: security.txt as fe-audit writes it, in the armour of
# a signature (which fe-audit does not verify).
sign_security_txt() {
	local file=$1/service/security-txt/security.txt
	fe-audit --home "$1" -q security-txt 2>/dev/null
	printf -- '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n%s\n%s\n' \
		"$(cat "$file")" "-----BEGIN PGP SIGNATURE-----

xx
-----END PGP SIGNATURE-----" >"$file.asc"
	mv "$file.asc" "$file"
}

# make_home DIR [ADDRESS]...: a home for example.org with these accounts, each
# with the password `correct horse'; the recovery keys are in DIR.recovery.
make_home() {
	local home=$1 address
	fe-init --home "$home" --domain example.org --host mx.example.org \
		>"$home.init" || return 1
	for address in "${@:2}"; do
		echo 'correct horse' |
			fe-account --home "$home" add "$address" \
				>>"$home.recovery" || return 1
	done
}
