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
# Where there is no home: what this host has of one is no part of a test.  Nor
# is its zone: days of summer time have 23 hours.
export FE_HOME=/nonexistent TZ=UTC0
bats_require_minimum_version 1.5.0

teardown() { helper_teardown; }

helper_teardown() {
	local pid begun
	# A number may be another's by now, whose group is no affair of ours.
	while read -r pid begun; do
		[ ! -e "/proc/$pid" ] || [ "$begun" = "$(begun "$pid")" ] || continue
		kill -KILL -- "-$pid" 2>/dev/null || true
	done < <(cat "$T/pids" 2>/dev/null)
	chmod -R u+rwX "$T" 2>/dev/null || true
	rm -rf "$T"
}

# begun PID: when the process began, in ticks since the boot.
begun() {
	local stat
	read -r stat <"/proc/$1/stat" || return 0
	# shellcheck disable=SC2086 # the words behind the name
	set -- ${stat##*) }
	echo "${20}"
} 2>/dev/null

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

# free_port: a port of 127.0.0.1 that nobody listens on, nor on the three behind
# it; no other test of this host is given one of them within a quarter of an hour.
free_port() {
	local port taken=${TMPDIR:-/tmp}/fe-ports-$UID
	mkdir -p -m 700 "$taken" && [ -O "$taken" ] || taken=$BATS_RUN_TMPDIR
	find "$taken" -maxdepth 1 -name 'port-*' -mmin +15 -delete ||
		true # another test deletes them too
	while port=$((20000 + RANDOM % 3000 * 4)); do
		(set -C && : >"$taken/port-$port") 2>/dev/null || continue
		port_is_open "$port" || port_is_open "$port" ::1 || break
	done
	echo "$port"
}

# wait_for SECONDS COMMAND...: until the command succeeds; half a minute at
# least, since a busy host is no fault of what is tested.
wait_for() {
	local end=$((SECONDS + ($1 < 30 ? 30 : $1)))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# port_is_open PORT [::1]: does anybody listen there (at 127.0.0.1 else)?  Asks
# the kernel: a connection would be one that the test does not know of.
# wait_for_port waits for it.
port_is_open() {
	local address='0100007F|0{8}|0{32}' port
	[ "${2:-}" != ::1 ] || address='0{24}01000000|0{32}'
	printf -v port %04X "$1"
	grep -Eqs ": ($address):$port [0-9A-F:]+ 0A" /proc/net/tcp{,6}
}
wait_for_port() { wait_for 10 port_is_open "$@"; }

# start LOG COMMAND...: in the background as a process group of its own, which
# teardown kills; its pid is in $STARTED.
start() {
	local log=$1
	shift
	setsid "$@" </dev/null >"$log" 2>&1 3>&- &
	STARTED=$!
	echo "$STARTED $(begun "$STARTED")" >>"$T/pids"
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
