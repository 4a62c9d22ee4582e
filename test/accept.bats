#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-receive on a listening socket: a parent that accepts, a key process, a
# session a connection.  What a connection says is tested in fe-receive.bats.

load helper

setup_file() {
	make -s -C "$TOP" BUILD="$BUILD" SAN="$SAN" "$BUILD/bench/receipts" \
		"$BUILD/bench/smtp_load" "$BUILD/bench/peek" \
		"$BUILD/bench/intrude" >&2
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org bob@example.org
	local tls=$BATS_FILE_TMPDIR/home/keys/tls
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tls/key.pem" \
		-out "$tls/cert.pem" -days 30 -subj /CN=mx.example.org \
		2>/dev/null
}

setup() {
	FE_HOME=$BATS_FILE_TMPDIR/home
	export FE_HOME
	IN=$T/in
	mkdir "$IN"
}

# serve [OPTION]...: sets $PORT, and $STARTED to the accepting parent.
serve() {
	PORT=$(free_port)
	start "$T/log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$PORT" \
		fe-receive --log json -v "$@" -- "$BUILD/bench/receipts" "$IN"
	wait_for_port "$PORT"
	wait_for 10 signer
}

# Sets $POOL, a process group.
start_pool() {
	start "$T/pool.log" fe-pool -j 1 "$T/pool.sock" \
		"$BUILD/bench/receipts" "$IN"
	POOL=$STARTED
	wait_for 5 test -S "$T/pool.sock"
}

gone() { ! kill -0 "$1"; }

# The same with a resident pipeline; whoever accepts then starts nothing, and
# has a sandbox of its own.
serve_pool() {
	PORT=$(free_port)
	start_pool
	start "$T/log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$PORT" \
		fe-receive --log json -v "$@" --pool "$T/pool.sock"
	wait_for_port "$PORT"
	wait_for 10 signer
}

# The processes of fe-receive by age: which number is the higher says nothing.
children() {
	ps -o pid=,comm= --ppid "$STARTED" --sort start_time |
		awk '$2 == "fe-receive" { print $1; n++ } END { exit !n }'
}
# The one that holds the key, and those of the connections.
signer() { children | head -n 1 | grep .; }
sessions() { children | tail -n +2; }
idle() { [ "$(sessions | wc -l)" = 0 ]; }
# count N: there are so many processes.
count() { [ "$(children | wc -l)" = "$1" ]; }
# What the deliveries counted, which they write behind the answers.
marks() { awk '{ n += $1 } END { print n + 0 }' "$IN/marks"; }
marked() { [ "$(marks)" = "$1" ]; }

no_delivery() { ! pgrep -f "receipts $IN"; }

# client FD: connects; say FD TEXT; hear FD [SECONDS] reads one reply into
# $REPLY.
client() { eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"; }
say() { printf '%b' "$2" >&"$1"; }
hear() {
	read -r -t "${2:-20}" -u "$1" REPLY || return 1
	case $REPLY in ???-*) hear "$@" ;; esac
}

# begin FD: up to DATA.
begin() {
	client "$1"
	hear "$1"
	say "$1" 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n'
	hear "$1" && hear "$1" && hear "$1" && hear "$1"
}

load_some() {
	"$BUILD/bench/smtp_load" --to alice@example.org,bob@example.org \
		"$@" 127.0.0.1 "$PORT"
}

@test "a load over many connections is answered once and handed on once" {
	serve
	run -0 load_some --total 100 --per-connection 5 --log "$T/sent"
	[ "$(awk '$2 == 250' "$T/sent" | wc -l)" = 100 ]
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 100 ]
	wait_for 10 idle
	wait_for 10 marked 100
}

@test "two sockets are one service, the second as LISTEN_FDS" {
	local other
	PORT=$(free_port)
	other=$(free_port)
	start "$T/log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$PORT" \
		127.0.0.1 "$other" fe-receive -- "$BUILD/bench/receipts" "$IN"
	wait_for_port "$PORT"
	run -0 load_some --total 2
	PORT=$other
	run -0 load_some --total 2
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 4 ]
}

@test "an inetd that waits gives the socket as all three descriptors" {
	need python3
	PORT=$(free_port)
	start "$T/log" python3 -c '
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
for fd in 0, 1, 2: os.dup2(s.fileno(), fd)
os.execvp(sys.argv[2], sys.argv[2:])' "$PORT" \
		fe-receive -- "$BUILD/bench/receipts" "$IN"
	wait_for_port "$PORT"
	run -0 load_some --total 3
	[ "$(jq -r .client.ip "$(find "$IN" -name '*.json' | head -n 1)")" = 127.0.0.1 ]
}

@test "openbsd-inetd, wait and nowait" {
	need_peer openbsd-inetd inetd
	[ "$(id -u)" = 0 ] || skip "inetd wants root"
	local words="fe-receive --home $FE_HOME -- $BUILD/bench/receipts $IN" how
	for how in wait nowait; do
		PORT=$(free_port)
		echo "127.0.0.1:$PORT stream tcp $how root $BIN/fe-receive $words" \
			>"$T/inetd.conf"
		start "$T/log" "$PEER" -i "$T/inetd.conf"
		wait_for_port "$PORT"
		run -0 load_some --total 3
	done
	# inetd makes each program a session of its own
	for how in $(pgrep -f "receipts $IN"); do
		kill "$how" || true
	done
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 6 ]
}

@test "systemd-socket-activate: one for all, and one a connection" {
	local words=(fe-receive -- "$BUILD/bench/receipts" "$IN") how
	need systemd-socket-activate
	for how in "" --inetd --accept "--inetd --accept"; do
		PORT=$(free_port)
		# shellcheck disable=SC2086
		start "$T/log" systemd-socket-activate -E FE_HOME $how \
			-l "127.0.0.1:$PORT" "${words[@]}"
		wait_for_port "$PORT"
		run -0 load_some --total 3
	done
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 12 ]
}

@test "TLS sessions resume in another session's process" {
	local version
	need openssl
	serve
	for version in -tls1_2 -tls1_3; do
		tls() {
			timeout 10 openssl s_client -ign_eof -crlf \
				-connect "127.0.0.1:$PORT" -starttls smtp \
				$version "$@" 2>&1 <<<QUIT | tr -d '\0'
		}
		run -0 tls -sess_out "$T/session"
		[[ $output == *"New, TLSv1"* ]]
		run -0 tls -sess_in "$T/session"
		[[ $output == *"Reused, TLSv1"* ]]
	done
	kill -HUP "$STARTED"
	wait_for 10 count 1
	run -0 tls -sess_in "$T/session"
	[[ $output == *"Reused, TLSv1"* ]]
}

@test "SIGHUP: a new certificate and key for the next connection" {
	need openssl
	cp -r "$FE_HOME" "$T/home"
	FE_HOME=$T/home
	serve_pool
	tls() {
		timeout 10 openssl s_client -connect "127.0.0.1:$PORT" \
			-starttls smtp -brief </dev/null 2>&1
	}
	run -0 tls
	[[ $output == *"CN = mx.example.org"* ]]
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/home/keys/tls/key.pem" -days 30 \
		-out "$T/home/keys/tls/cert.pem" -subj /CN=new.example.org \
		2>/dev/null
	kill -HUP "$STARTED"
	new() { tls | grep -q 'CN = new.example.org'; }
	wait_for 5 new
	# a key that does not fit changes nothing
	openssl ecparam -genkey -name prime256v1 -noout \
		-out "$T/home/keys/tls/key.pem" 2>/dev/null
	kill -HUP "$STARTED"
	wait_for 5 grep -q "not the certificate's" "$T/log"
	new
}

@test "a key process that dies is replaced" {
	local old
	need swaks
	serve_pool
	old=$(signer)
	kill -KILL "$old"
	wait_for 5 grep -q 'starting another' "$T/log"
	run -0 swaks -s "127.0.0.1:$PORT" -t alice@example.org -tls --silent 2
	[ "$(signer)" != "$old" ]
}

@test "a key process that cannot be replaced at once is so later" {
	need swaks
	cp -r "$FE_HOME" "$T/home"
	FE_HOME=$T/home
	serve_pool
	mv "$T/home/keys/tls/key.pem" "$T/key.pem"
	kill -KILL "$(signer)"
	wait_for 5 grep -q 'no TLS: ' "$T/log"
	mv "$T/key.pem" "$T/home/keys/tls/key.pem"
	secured() {
		swaks -s "127.0.0.1:$PORT" -t alice@example.org -tls --silent 2
	}
	wait_for 10 secured
}

@test "who may be written to is known anew to each connection" {
	cp -r "$FE_HOME" "$T/home"
	FE_HOME=$T/home
	serve
	run -1 "$BUILD/bench/smtp_load" --total 1 --to carol@example.org \
		127.0.0.1 "$PORT"
	printf 'carol@example.org\tcarol@example.org\n' >"$T/new"
	mv "$T/new" "$T/home/run/recipients"
	sleep 1.1
	run -0 "$BUILD/bench/smtp_load" --total 1 --to carol@example.org \
		127.0.0.1 "$PORT"
}

@test "SIGTERM: the message in hand is finished, the idle hear 421, then the parent ends" {
	serve
	client 6
	hear 6
	begin 5
	say 5 'Subject: x\r\n\r\nhalf'
	kill -TERM "$STARTED"
	hear 6
	[[ $REPLY == "421 4.3.2"* ]]
	wait_for 5 sh -c "! (exec 7<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null"
	say 5 'half\r\n.\r\n'
	hear 5
	[[ $REPLY == "250 2.0.0"* ]]
	hear 5
	[[ $REPLY == "421 4.3.2"* ]]
	wait_for 5 sh -c "! kill -0 $STARTED"
	wait_for 10 marked 1
	exec 5>&- 6>&-
}

@test "what does not end within --drain is cut, its delivery too" {
	serve --drain 1s
	begin 5
	kill -TERM "$STARTED"
	wait_for 5 sh -c "! kill -0 $STARTED"
	grep -q 'did not end in time' "$T/log"
	wait_for 5 no_delivery
	exec 5>&-
}

@test "a parent that is killed takes nothing with it but its sessions" {
	serve
	begin 5
	kill -KILL "$STARTED"
	say 5 'Subject: x\r\n\r\nx\r\n.\r\n'
	hear 5
	[[ $REPLY == "250 2.0.0"* ]]
	hear 5
	[[ $REPLY == "421 4.3.2"* ]]
	wait_for 5 no_delivery
	exec 5>&-
}

@test "one client has --max-per-address connections, others get theirs" {
	serve --max-per-address 2
	client 5
	client 6
	hear 5 && hear 6
	client 7
	hear 7
	[[ $REPLY == "421 4.7.0 too many"* ]]
	exec 5>&-
	wait_for 10 count 2
	client 7
	hear 7
	[[ $REPLY == "220 "* ]]
	exec 6>&- 7>&-
}

@test "--memory-max counts the messages of all connections" {
	local i
	serve --memory-max 300K
	begin 5
	{ yes "$(printf 'x%.0s' {1..998})" | head -n 200; } | sed 's/$/\r/' >&5
	client 6
	hear 6
	say 6 'EHLO c\r\n'
	hear 6
	# the first session may not have read all of it yet
	full() {
		say 6 'RSET\r\nMAIL FROM:<a@b> SIZE=200000\r\n'
		hear 6 && hear 6
		[[ $REPLY == "452 4.3.1"* ]]
	}
	wait_for 10 full
	say 6 'MAIL FROM:<a@b>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n'
	hear 6 && hear 6 && hear 6
	{ yes "$(printf 'x%.0s' {1..998})" | head -n 200; } | sed 's/$/\r/' >&6
	say 6 '.\r\n'
	hear 6
	[[ $REPLY == "452 4.3.1"* ]]
	# what a session held is free again when it is killed
	kill -KILL "$(sessions | head -n 1)"
	wait_for 10 count 2
	say 6 'MAIL FROM:<a@b> SIZE=200000\r\n'
	hear 6
	[[ $REPLY == "250 2.1.0"* ]]
	exec 5>&- 6>&-
}

@test "a delivery that dies is started again once, with the same id" {
	serve
	begin 5
	say 5 'x\r\n.\r\nRSET\r\n'
	hear 5
	[[ $REPLY == "250 2.0.0"* ]]
	hear 5
	say 5 'MAIL FROM:<die-once@x>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nMessage-ID: <1@x>\r\n\r\nx\r\n.\r\n'
	hear 5 && hear 5 && hear 5 && hear 5
	[[ $REPLY == "250 2.0.0"* ]]
	exec 5>&-
	wait_for 5 grep -q 'ended .*with exit status 1' "$T/log"
	[ "$(find "$IN" -name '*.json' | wc -l)" = 2 ]
}

# idle_clients N: connects N times from many addresses and says nothing, or
# (IDLE=noop) a NOOP a second, until it is killed; says when all are greeted.
idle_clients() {
	start "$T/clients" python3 -c '
import resource, selectors, socket, sys, time, os
n, port = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
all = []
for i in range(n):
    s = socket.create_connection(("127.0.0.1", port), 30,
        ("127.1.%d.%d" % (i // 250 + 1, i % 250 + 1), 0))
    s.recv(100)
    all.append(s)
print("greeted", flush=True)
while True:
    if os.environ.get("IDLE") == "noop":
        for s in all:
            try: s.sendall(b"NOOP\r\n")
            except OSError: pass
    time.sleep(1)' "$1" "$PORT"
}

@test "idle connections do not starve new ones: FE_IDLE (300) of them" {
	local n=${FE_IDLE:-300} parent begun how
	need python3
	for how in "" noop; do
		serve --max "$n" --max-per-address 5 --grace 1s
		parent=$STARTED
		IDLE=$how idle_clients "$n"
		wait_for $((60 + n / 20)) grep -q greeted "$T/clients"
		sleep 1.2
		begun=$SECONDS
		run -0 load_some --total 20 --concurrency 5
		[ $((SECONDS - begun)) -le 20 ]
		grep -q crowded-out "$T/log"
		kill -KILL -- "-$STARTED" "-$parent"
	done
}

@test "where nobody waits the idle may stay" {
	serve --max 3 --grace 0s
	client 5
	client 6
	hear 5 && hear 6
	sleep 2.2
	say 5 'NOOP\r\n'
	hear 5
	[[ $REPLY == "250 "* ]]
	exec 5>&- 6>&-
}

@test "slowloris: an octet at a time, or a line without its end, is cut off" {
	serve --timeout-command 1s --timeout-data 1s --timeout-message 2s
	client 5
	hear 5
	(for _ in {1..60}; do say 5 N; sleep 0.3; done) \
		>/dev/null 2>&1 3>&- &
	hear 5 15
	[[ $REPLY == "421 4.4.2"* ]]
	begin 6
	(for _ in {1..60}; do say 6 x; sleep 0.3; done) \
		>/dev/null 2>&1 3>&- &
	hear 6 15
	[[ $REPLY == "421 4.4.2"* ]]
	exec 5>&- 6>&-
	wait_for 5 idle
}

# needles FILE: the forms a private key has in memory, each into a file:
# a prime as OpenSSL keeps it, the same in network order, the text in PEM.
needles() {
	openssl rsa -in "$1" -noout -text 2>/dev/null |
		sed -n '/^prime1/,/^prime2/p' | grep -v prime |
		tr -d ' :\n' | sed 's/^00//' >"$T/hex"
	python3 -c '
import sys
p = bytes.fromhex(open(sys.argv[1]).read())
open(sys.argv[2] + "/prime", "wb").write(p[::-1])
open(sys.argv[2] + "/network", "wb").write(p)
open(sys.argv[2] + "/text", "wb").write(open(sys.argv[3], "rb").read().split(b"\n")[9])' \
		"$T/hex" "$T" "$1"
}

@test "the TLS key is in the memory of the key process and of no other" {
	local pids form found=0 server
	need python3
	[ -z "$SAN" ] || skip "the sanitizer's heap is not ours to judge"
	needles "$FE_HOME/keys/tls/key.pem"
	serve
	# one session that has shaken hands, one that has not, one with a mail
	server=$STARTED
	start "$T/tls" sh -c 'sleep 60 | exec openssl s_client "$@"' sh \
		-connect "127.0.0.1:$PORT" -starttls smtp
	STARTED=$server
	begin 5
	client 6
	hear 6
	wait_for 5 grep -q 'Verify return code' "$T/tls"
	pids=$(sessions)
	[ "$(wc -l <<<"$pids")" = 3 ]
	for form in prime network text; do
		# shellcheck disable=SC2086
		run "$BUILD/bench/peek" "$STARTED" $pids <"$T/$form"
		[ "$status" -ne 75 ] || skip "cannot read another's memory"
		[ "$status" = 0 ]
		[ "${#lines[@]}" = 4 ]
		"$BUILD/bench/peek" "$(signer)" <"$T/$form" || found=1
	done
	[ "$found" = 1 ]
	exec 5>&- 6>&-
}

@test "a session has its connection, its parent, its delivery and a socket for events open, and can have no more" {
	local pid fds name result
	[ -z "$SAN" ] || skip "the sanitizer's filter is wider"
	serve
	client 5
	hear 5
	pid=$(sessions)
	fds=$(readlink "/proc/$pid/fd/"* | sort) ||
		skip "cannot look at another's descriptors"
	# 0 and 1 are one socket, 2 the log, 3 the door to the parent, 10 is for
	# security events; nobody listens to them here, so that it is no socket
	[ "$(ls "/proc/$pid/fd" | sort -n | paste -sd ' ')" = '0 1 2 3 10' ]
	[ "$(grep -c '^socket:' <<<"$fds")" = 3 ]
	[ "$(grep '^socket:' <<<"$fds" | sort -u | wc -l)" = 2 ]
	[ "$(grep -v '^socket:' <<<"$fds")" = "/dev/null
$T/log" ]
	run "$BUILD/bench/intrude" "$pid"
	[ "$status" -ne 75 ] && [ "$status" -ne 77 ] || skip "cannot trace"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "getpid $pid" ]
	[ "${#lines[@]}" = 15 ]
	while read -r name result; do
		[ "$name $result" = "$name -13" ]
	done <<<"$(tail -n +2 <<<"$output")"
	# it was not harmed, and with a message it has a delivery's two ends and
	# the channel to the parent by which they came
	say 5 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\n'
	hear 5 && hear 5 && hear 5
	[[ $REPLY == "250 2.1.5"* ]]
	fds=$(readlink "/proc/$pid/fd/"* | sort)
	[ "$(wc -l <<<"$fds")" = 8 ]
	[ "$(grep -c '^pipe:' <<<"$fds")" = 2 ]
	[ "$(grep '^socket:' <<<"$fds" | sort -u | wc -l)" = 3 ]
	exec 5>&-
}

@test "a session shares no memory that it could write" {
	local pid
	[ -z "$SAN" ] || skip "the sanitizer maps for itself"
	serve
	client 5
	hear 5
	pid=$(sessions)
	cat "/proc/$pid/maps" >"$T/maps" || skip "cannot look at its memory"
	# the counters of all, which their parent alone writes
	[ "$(awk '$2 ~ /s$/ { print $2 }' "$T/maps")" = 'r--s' ]
	exec 5>&-
}

@test "the key process has no file and no connection open, and can open none" {
	local pid
	[ -z "$SAN" ] || skip "the sanitizer's filter is wider"
	serve
	pid=$(signer)
	run readlink "/proc/$pid/fd/"*
	[ "$status" = 0 ] || skip "cannot look at another's descriptors"
	[ "$(grep -c '^socket:' <<<"$output")" = 1 ]
	[ "$(sort -u <<<"$output" | grep -v -e '^socket:' -e '^anon_inode:' \
		-e "^$T/log" -e ^/dev/null | wc -l)" = 0 ]
	run "$BUILD/bench/intrude" "$pid"
	[ "$status" -ne 75 ] && [ "$status" -ne 77 ] || skip "cannot trace"
	[ "$(grep -c ' -13$' <<<"$output")" = 14 ]
}

@test "under a super-server, too, a session can have no more, and has no key" {
	local server monitor session form found=0
	need python3
	[ -z "$SAN" ] || skip "the sanitizer's filter is wider"
	needles "$FE_HOME/keys/tls/key.pem"
	PORT=$(free_port)
	start "$T/log" fe-listen "${AS[@]}" 127.0.0.1 "$PORT" \
		fe-receive -- "$BUILD/bench/receipts" "$IN"
	wait_for_port "$PORT"
	server=$STARTED
	start "$T/tls" sh -c 'sleep 60 | exec openssl s_client "$@"' sh \
		-connect "127.0.0.1:$PORT" -starttls smtp
	wait_for 10 grep -q 'Verify return code' "$T/tls"
	# the monitor is the parent of the session
	monitor=$(pgrep -P "$server" -x fe-receive)
	session=$(pgrep -P "$monitor" -x fe-receive)
	run "$BUILD/bench/intrude" "$session"
	[ "$status" -ne 75 ] && [ "$status" -ne 77 ] || skip "cannot trace"
	[ "$status" = 0 ]
	[ "$(grep -c ' -13$' <<<"$output")" = 14 ]
	[ "$(awk '$2 ~ /ws$/' "/proc/$session/maps" | wc -l)" = 0 ]
	run readlink "/proc/$session/fd/"*
	[ "$(sort -u <<<"$output" | grep -vc -e '^socket:' -e "^$T/log" \
		-e ^/dev/null)" = 0 ]
	for form in prime network text; do
		run "$BUILD/bench/peek" "$session" <"$T/$form"
		[ "$status" = 0 ]
		"$BUILD/bench/peek" "$monitor" <"$T/$form" || found=1
	done
	[ "$found" = 1 ]
}

@test "with a pool the parent has a sandbox, and a session has no more than without" {
	local pid
	[ -z "$SAN" ] || skip "the sanitizer's filter is wider"
	serve_pool
	client 5
	hear 5
	pid=$(sessions)
	run "$BUILD/bench/intrude" "$pid"
	[ "$status" -ne 75 ] && [ "$status" -ne 77 ] || skip "cannot trace"
	[ "$(grep -c ' -13$' <<<"$output")" = 14 ]
	# and its delivery, which is one connection, 5
	[ "$(ls "/proc/$pid/fd" | sort -n | paste -sd ' ')" = '0 1 2 3 5 10' ]
	grep -q '^Seccomp:[[:space:]]*2$' "/proc/$STARTED/status"
	say 5 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\n'
	hear 5 && hear 5 && hear 5
	[[ $REPLY == "250 2.1.5"* ]]
	exec 5>&-
	run -0 "$BUILD/bench/smtp_load" --total 20 --concurrency 4 \
		--to alice@example.org 127.0.0.1 "$PORT"
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 20 ]
}

@test "a session that has died is told of and collected while others sit idle" {
	local pid
	serve_pool
	client 5
	hear 5
	pid=$(sessions)
	client 6
	hear 6
	kill -KILL "$pid"
	wait_for 5 grep -q "child $pid ended with signal 9" "$T/log"
	wait_for 5 count 2
	kill -KILL "$(signer)"
	wait_for 5 grep -q 'starting another' "$T/log"
	exec 5>&- 6>&-
	wait_for 5 idle
}

@test "a full house is told at once that one has left" {
	local begun
	serve_pool --max 1
	client 5
	hear 5
	client 6
	say 5 'QUIT\r\n'
	begun=${EPOCHREALTIME/./}
	hear 6
	[[ $REPLY == "220 "* ]]
	[ $((${EPOCHREALTIME/./} - begun)) -lt 900000 ]
	exec 5>&- 6>&-
}

@test "the last words are heard, and by those who say more than QUIT" {
	serve
	client 5
	hear 5
	say 5 'QUIT\r\n'
	hear 5
	[[ $REPLY == "221 "* ]]
	run ! hear 5 5
	client 6
	hear 6
	{ printf 'QUIT\r\n'; head -c 200000 /dev/zero; } >&6 || true
	hear 6
	[[ $REPLY == "221 "* ]]
	exec 5>&- 6>&-
}

@test "a pool that ends and comes back is found again, by those born before too" {
	serve_pool
	client 5
	client 6
	hear 5 && hear 6
	kill -TERM "$POOL"
	wait_for 5 gone "$POOL"
	say 5 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\n'
	hear 5 && hear 5 && hear 5
	[[ $REPLY == "451 4.3.0"* ]]
	start_pool
	say 6 'EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\n'
	hear 6 && hear 6 && hear 6
	[[ $REPLY == "250 2.1.5"* ]]
	exec 5>&- 6>&-
	run -0 "$BUILD/bench/smtp_load" --total 20 --concurrency 4 \
		--to alice@example.org 127.0.0.1 "$PORT"
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 20 ]
}

@test "a pool that is killed in between gets the message when it is back" {
	serve_pool
	begin 5
	kill -KILL -- "-$POOL"
	wait_for 5 gone "$POOL"
	rm -f "$T/pool.sock"
	start_pool
	say 5 'Subject: x\r\n\r\nx\r\n.\r\n'
	hear 5
	[[ $REPLY == "250 2.0.0"* ]]
	exec 5>&-
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 1 ]
}
