#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

setup() {
	need python3
	S=$T/pool.sock
	STAGE="$HERE/pool_stage.py"
	touch "$T/seen"
}

# id N: a valid ULID.
id() { printf '01ARZ3NDEKTSV4RRFF%08d' "$1"; }

# record N BODY: one record without an end mark.
record() {
	local body="Subject: $1"$'\r\n\r\n'"$2"$'\r\n'
	printf '{"fe":1,"id":"%s","size":%d,"envelope":{"from":"","to":[{"address":"a@example.org"},{"address":"b@example.org"}]}}\n%s' \
		"$(id "$1")" "${#body}" "$body"
}
mark() { printf '{"fe":1,"end":%d}\n' "$1"; }

# pool ARGUMENT...: starts one whose pipelines are the test's stage.
pool() {
	start "$T/log" fe-pool "$@" "$S" python3 "$STAGE" "$T/seen"
	wait_for 10 fe-pool --status "$S"
}
# talk OUT FILE: writes it in one piece, keeps the connection; all answers are
# in OUT.
talk() {
	start "$1" python3 -c "$(cat <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(open(sys.argv[2], 'rb').read())
		with s.makefile('rb') as answers:
		    for line in answers:
		        print(line.decode(), end='', flush=True)
		print('{"closed":1}', flush=True)
	END
	)" "$S" "$2"
}
connect() { timeout 30 fe-pool --connect "$S" "$@"; }
statuses() { jq -r 'select(.delivery) | .id[-2:] + " " + .delivery[0].status'; }

@test "fe-pool answers each record with what its pipeline says" {
	pool -j 1
	run -0 connect < <(record 1 one; record 2 two; mark 2)
	[ "$(statuses <<<"$output")" = $'01 stored\n02 stored' ]
	[ "$(jq -c 'select(.end)' <<<"$output")" = '{"fe":1,"end":2}' ]
}

@test "fe-pool matches answers that come in another order by id" {
	start "$T/log" fe-pool -j 1 "$S" python3 "$STAGE" "$T/seen" reverse
	wait_for 10 fe-pool --status "$S"
	run -0 connect < <(record 1 one; record 2 two; mark 2)
	[ "$(statuses <<<"$output")" = $'02 stored\n01 stored' ]
}

@test "fe-pool answers one segment after the other" {
	pool -j 2
	run -0 connect < <(record 1 one; mark 1; record 2 two; mark 1)
	[ "$(jq -s 'map(.end // 0) | add' <<<"$output")" = 2 ]
	[ "$(tail -n 1 <<<"$output" | jq 'has("end")')" = true ]
}

@test "fe-pool answers a second segment that came in one piece with the first" {
	pool -j 1
	(record 1 one; mark 1; record 2 two; mark 1) >"$T/both"
	talk "$T/got" "$T/both"
	ends() { [ "$(grep -c '"end":1' "$T/got")" = 2 ]; }
	wait_for 10 ends
	[ "$(jq -rR 'fromjson? | .delivery[0].status // empty' "$T/got" |
		xargs)" = 'stored stored' ]
}

@test "fe-pool lets nobody wait for a writer that stops in mid-record" {
	pool -j 1
	record 1 "$(printf '%5000s' x)" | head -c 1000 >"$T/half"
	start "$T/slow" bash -c \
		"{ cat '$T/half'; sleep 20; } | fe-pool --connect '$S'"
	sleep 0.3
	run -0 timeout 5 fe-pool --connect "$S" < <(record 2 two; mark 1)
	[ "$(statuses <<<"$output")" = '02 stored' ]
	[ "$(wc -l <"$T/seen")" = 1 ]
}

@test "fe-pool reads no more from one who does not read its answers, and serves others" {
	pool -j 1 --depth 10
	cat >"$T/deaf" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.settimeout(1)
		sent = 0
		try:
		    while sent < 200000:
		        s.sendall(b'{"fe":1,"id":"01ARZ3NDEKTSV4RRFF%08d","size":2,'
		                  b'"envelope":{"from":"","to":[{"address":'
		                  b'"a@example.org"}]}}\n\r\n' % (1000 + sent))
		        sent += 1
		except TimeoutError:
		    print('held up', flush=True)
		time.sleep(20)
	END
	start "$T/deaf.out" python3 "$T/deaf" "$S"
	wait_for 20 grep -q 'held up' "$T/deaf.out"
	run -0 timeout 5 fe-pool --connect "$S" < <(record 2 two; mark 1)
	[ "$(statuses <<<"$output")" = '02 stored' ]
}

@test "fe-pool --connect hands on as fast as it is answered, whatever stands behind it" {
	pool -j 1 --depth 200
	{
		for i in $(seq 1000 4999); do
			printf '{"fe":1,"id":"01ARZ3NDEKTSV4RRFF%08d","size":2,"envelope":{"from":"","to":[{"address":"a@example.org"}]}}\n\r\n' "$i"
		done
		mark 4000
	} >"$T/many"
	run -0 timeout 60 fe-pool --connect "$S" -i record -o json <"$T/many"
	[ "${#lines[@]}" = 4000 ]
	# more than the pool takes at once, and none of it was refused
	[ "$(statuses <<<"$output" | grep -c stored)" = 4000 ]
}

@test "fe-pool --connect reads answers while it writes: whole records, both ways" {
	start "$T/log" fe-pool -j 1 "$S" cat
	wait_for 10 fe-pool --status "$S"
	body=$(head -c 1000000 /dev/zero | tr '\0' x | fold -w 900 | sed 's/$/\r/')
	for i in $(seq 10 39); do record "$i" "$body"; done >"$T/large"
	mark 30 >>"$T/large"
	run -0 timeout 60 sh -c 'fe-pool --connect "$0" -i record <"$1" >"$2"' \
		"$S" "$T/large" "$T/out"
	cmp "$T/large" "$T/out"
}

@test "fe-pool passes nothing on of a record whose writer died" {
	pool -j 1
	run connect < <(record 1 "$(printf '%5000s' x)" | head -c 1000)
	[ "$status" -eq 75 ]
	run -0 connect < <(record 2 two; mark 1)
	[ "$(cut -d' ' -f1 "$T/seen")" = "$(id 2)" ]
}

@test "fe-pool refuses an id that is in hand" {
	pool -j 1
	(record 1 'WAIT 2'; record 1 again; mark 2) >"$T/stream"
	run -0 connect -i record <"$T/stream"
	[ "$(statuses <<<"$output")" = $'01 deferred\n01 stored' ]
	[ "$(wc -l <"$T/seen")" = 1 ]
}

@test "fe-pool answers deferred over its depth and keeps what it has" {
	pool -j 1 --depth 2
	(record 1 'WAIT 2'; record 2 x; record 3 x; record 4 x; mark 4) \
		>"$T/stream"
	run -0 connect -i record <"$T/stream"
	[ "$(statuses <<<"$output" | sort)" = $'01 stored\n02 stored\n03 deferred\n04 deferred' ]
	[ "$(jq -r 'select(.id[-1:] == "3") | .delivery | length' <<<"$output")" = 2 ]
}

@test "fe-pool gives the records of a dead pipeline to a fresh one" {
	pool -j 1
	run -0 connect < <(record 1 "DIE-ONCE $T/died"; record 2 x; record 3 x
		mark 3)
	[ "$(statuses <<<"$output" | sort)" = $'01 stored\n02 stored\n03 stored' ]
	[ "$(grep -c "$(id 1)" "$T/seen")" = 2 ]
}

@test "fe-pool answers 451 for a record that kills two pipelines, and no other" {
	pool -j 2
	run -0 connect < <(record 1 x; record 2 DIE; record 3 x; record 4 x
		record 5 x; mark 5)
	[ "$(statuses <<<"$output" | sort)" = $'01 stored\n02 deferred\n03 stored\n04 stored\n05 stored' ]
	[ "$(grep -c "$(id 2)" "$T/seen")" = 2 ]
	grep -q "record $(id 2) killed a pipeline 2 times" "$T/log"
}

# is_stored N: record N goes through.
is_stored() {
	[ "$(connect < <(record "$1" x; mark 1) | statuses)" = "0$1 stored" ]
}

@test "fe-pool answers in time for a stuck pipeline, and replaces it" {
	pool -j 1 --wait 1 --stuck 1
	SECONDS=0
	run -0 connect < <(record 1 STUCK; mark 1)
	[ "$(statuses <<<"$output")" = '01 deferred' ]
	[ "$SECONDS" -lt 20 ]
	run -0 connect < <(record 2 x; mark 1)
	wait_for 10 grep -q 'was stuck' "$T/log"
	# the new one must start within the same second, which a busy host
	# may not give it at once
	wait_for 20 is_stored 3
}

@test "fe-pool goes on where a pipeline does not end at SIGHUP or SIGTERM" {
	# long enough for a look between the two, on a busy host too
	start "$T/log" fe-pool -j 2 --stuck 3 "$S" \
		python3 "$STAGE" "$T/seen" linger
	wait_for 10 fe-pool --status "$S"
	local old
	old=$(fe-pool -o json --status "$S" | jq -r '.pipelines[].pid')
	kill -HUP "$STARTED"
	# one after the other, so that there is always one to work
	one_is_new() { [ "$(fe-pool -o json --status "$S" |
		jq -r '.pipelines[].pid' | grep -cxF "$old")" = 1 ]; }
	wait_for 30 one_is_new
	renewed() {
		local now
		now=$(fe-pool -o json --status "$S" |
			jq -r '.pipelines[].pid')
		[ "$(sort <<<"$old"$'\n'"$now" | uniq -d | wc -l)" = 0 ] &&
			[ "$(grep -cx 0 <<<"$now")" = 0 ]
	}
	wait_for 30 renewed
	wait_for 20 is_stored 4
	kill -TERM "$STARTED"
	wait_for 30 test ! -e "$S"
	grep -q 'did not end and is killed' "$T/log"
}

@test "fe-pool ends at SIGTERM though a client does not read its answers" {
	pool -j 1 --stuck 1
	cat >"$T/deaf" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		s.connect(sys.argv[1])
		s.settimeout(3)
		try:
		    s.sendall(open(sys.argv[2], 'rb').read())
		except OSError:
		    pass
		print("sent", flush=True)
		time.sleep(1000)
	END
	for i in $(seq 1 3000); do record "$i" x; done >"$T/many"
	local pool=$STARTED
	start "$T/sent" python3 "$T/deaf" "$S" "$T/many"
	wait_for 20 grep -q sent "$T/sent"
	kill -TERM "$pool"
	wait_for 30 test ! -e "$S"
}

@test "fe-pool answers deferred over its octets and keeps what it has" {
	pool -j 1 --memory-max 100K
	(record 1 'WAIT 2'; mark 1) >"$T/first"
	connect <"$T/first" -i record >"$T/out" 3>&- &
	wait_for 5 test -s "$T/seen"
	run -0 connect < <(record 2 "$(printf '%60000s' x)"; mark 1)
	[ "$(statuses <<<"$output")" = '02 stored' ]
	run -0 connect < <(record 3 "WAIT 1 $(printf '%60000s' x)"
		record 4 "$(printf '%60000s' x)"; mark 2)
	[[ $output == *'too many octets in hand'* ]]
	[ "$(statuses <<<"$output" | sort)" = $'03 stored\n04 deferred' ]
	wait $!
	[ "$(statuses <"$T/out")" = '01 stored' ]
	# one that is larger than all may be is taken where it is alone
	run -0 connect < <(record 5 "$(printf '%200000s' x)"; mark 1)
	[ "$(statuses <<<"$output")" = '05 stored' ]
	[ "$(fe-pool -o json --status "$S" | jq .octets)" = 0 ]
}

@test "fe-pool counts a body that is half read among its octets" {
	pool -j 1 --memory-max 100K
	record 1 "$(printf '%60000s' x)" >"$T/one"
	cat >"$T/half" <<-'END'
		import os, socket, sys, time
		octets = open(sys.argv[2], 'rb').read()
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(octets[:len(octets) // 2])
		while not os.path.exists(sys.argv[3]):
		    time.sleep(0.02)
		if len(sys.argv) > 4:
		    s.sendall(octets[len(octets) // 2:] + b'{"fe":1,"end":1}\n')
		    with s.makefile('rb') as answers:
		        print(answers.readline().decode())
	END
	held() { [ "$(fe-pool -o json --status "$S" | jq .octets)" -gt 60000 ]; }
	free() { [ "$(fe-pool -o json --status "$S" | jq .octets)" = 0 ]; }
	python3 "$T/half" "$S" "$T/one" "$T/go" whole >"$T/out" 3>&- &
	wait_for 5 held
	# one that has no room is read past, and the next is read from its end
	run -0 connect < <(record 2 "$(printf '%60000s' x)"; record 3 small; mark 2)
	[[ $output == *'too many octets in hand'* ]]
	[ "$(statuses <<<"$output" | sort)" = $'02 deferred\n03 stored' ]
	touch "$T/go"
	wait $!
	[ "$(statuses <"$T/out")" = '01 stored' ]
	wait_for 5 free
	# who dies in the middle of it takes nothing along
	rm "$T/go"
	python3 "$T/half" "$S" "$T/one" "$T/go" 3>&- &
	wait_for 5 held
	touch "$T/go"
	wait $!
	wait_for 5 free
	run -0 connect < <(record 2 "$(printf '%60000s' x)"; mark 1)
	[ "$(statuses <<<"$output")" = '02 stored' ]
}

@test "fe-pool cuts off a writer that stops in mid-record, and answers what it brought whole" {
	pool -j 1 --memory-max 100K --stuck 1
	record 1 'WAIT 3' >"$T/octets"
	record 2 "$(printf '%60000s' x)" | head -c 30000 >>"$T/octets"
	talk "$T/out" "$T/octets"
	holds() { [ "$(fe-pool -o json --status "$S" | jq .octets)" -gt 60000 ]; }
	wait_for 5 holds
	# a body that is read past, and a meta: no memory, but a connection
	record 3 "$(printf '%60000s' x)" | head -c 30000 >"$T/refused"
	talk "$T/out3" "$T/refused"
	record 4 x | head -c 30 >"$T/meta"
	talk "$T/out4" "$T/meta"
	alone() { fe-pool -o json --status "$S" |
		jq -e '.octets == 0 and .clients == 1'; }
	wait_for 20 alone
	[ "$(statuses <"$T/out")" = '01 stored' ]
	[ "$(statuses <"$T/out3")" = '03 deferred' ]
	grep -q closed "$T/out"
	[ "$(grep -c 'stopped in the middle of a record' "$T/log")" = 3 ]
	run -0 connect < <(record 5 "$(printf '%60000s' x)"; mark 1)
	[ "$(statuses <<<"$output")" = '05 stored' ]
}

@test "fe-pool waits for a slow writer, and between two records for any" {
	pool -j 1 --stuck 2
	record 1 x >"$T/one"
	cat >"$T/slow" <<-'END'
		import socket, sys, time
		octets = open(sys.argv[2], 'rb').read()
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		step = len(octets) // 8 + 1
		for at in range(0, len(octets), step):
		    s.sendall(octets[at:at + step])
		    time.sleep(0.5)
		time.sleep(3)
		s.sendall(octets.replace(b'00000001', b'00000002') +
		          b'{"fe":1,"end":2}\n')
		with s.makefile('rb') as answers:
		    for i in range(3):
		        print(answers.readline().decode(), end='')
	END
	timeout 30 python3 "$T/slow" "$S" "$T/one" >"$T/out"
	[ "$(statuses <"$T/out")" = $'01 stored\n02 stored' ]
	[ "$(jq .end "$T/out" | tail -n 1)" = 2 ]
	[ ! -s "$T/log" ]
}

@test "fe-pool reads a record that is begun to its end though its writer does not read" {
	# no answer comes before the last record has begun
	start "$T/log" fe-pool -j 1 --memory-max 20M "$S" sh -c \
		"until [ -e '$T/go' ]; do sleep 0.1; done; exec cat"
	wait_for 10 fe-pool --status "$S"
	for i in $(seq 10 19); do
		record "$i" "$(printf '%400000s' x)"
	done >"$T/ten"
	cat >"$T/deaf" <<-'END'
		import os, socket, sys, time
		octets = open(sys.argv[2], 'rb').read()
		last = octets.rindex(b'{"fe"') + 1000
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(octets[:last])
		while not os.path.exists(sys.argv[3]):
		    time.sleep(0.02)
		s.sendall(octets[last:])
		time.sleep(60)
	END
	start "$T/deaf.out" python3 "$T/deaf" "$S" "$T/ten" "$T/rest"
	state() { fe-pool -o json --status "$S" | jq -e "$1"; }
	wait_for 20 state '.in_hand == 9 and .octets > 4000000'
	touch "$T/go"
	wait_for 20 state '.in_hand == 0 and .octets > 400000'
	touch "$T/rest"
	wait_for 20 state '.records == 10 and .octets == 0'
}

@test "fe-pool loses nothing at SIGHUP under load" {
	pool -j 2 --ahead 4
	local pids
	{ for i in $(seq 10 89); do record "$i" 'WAIT 0.02'; done; mark 80; } \
		>"$T/stream"
	connect <"$T/stream" -i record >"$T/out" 3>&- &
	handed() { [ "$(wc -l <"$T/seen")" -ge "$1" ]; }
	for i in 5 25 45; do
		wait_for 30 handed "$i"
		kill -HUP "$STARTED"
	done
	wait $!
	[ "$(statuses <"$T/out" | sort -u | wc -l)" = 80 ]
	[ "$(statuses <"$T/out" | grep -c stored)" = 80 ]
	pids=$(cut -d' ' -f2 "$T/seen" | sort -u | wc -l)
	[ "$pids" -gt 2 ]
	[ "$(wc -l <"$T/seen")" = 80 ]
}

@test "fe-pool ends at SIGTERM with what it has answered, and takes its socket away" {
	pool -j 1
	connect < <(record 1 'WAIT 1'; mark 1) >"$T/out" 3>&- &
	wait_for 5 test -s "$T/seen"
	kill -TERM "$STARTED"
	wait $!
	[ "$(statuses <"$T/out")" = '01 stored' ]
	wait_for 5 test ! -e "$S"
	[ ! -s "$T/log" ]
}

@test "fe-pool survives thirty kills of its pipelines, each record answered once" {
	pool -j 2
	for round in $(seq 30); do
		{ for i in 1 2 3 4; do record "$((round * 10 + i))" 'WAIT 0.01'
		done; mark 4; } >"$T/stream"
		connect -i record <"$T/stream" >"$T/out" 3>&- &
		sleep "0.0$((RANDOM % 9))"
		pkill -KILL -f "^python3 .*$T/seen" || true
		wait $!
		[ "$(statuses <"$T/out" | sort -u | wc -l)" = 4 ] || {
			cat "$T/out" "$T/log"; false; }
	done
}

@test "fe-pool --connect answers deferred where there is no pool" {
	run --separate-stderr -0 connect < <(record 1 x; mark 1)
	[ "$(statuses <<<"$output")" = '01 deferred' ]
	[[ $stderr == *"cannot connect to '$S'"* ]]
}

@test "fe-pool --connect answers deferred for what was in the hand of a killed pool" {
	pool -j 1
	connect < <(record 1 'WAIT 20'; mark 1) >"$T/out" 2>"$T/err" 3>&- &
	wait_for 5 test -s "$T/seen"
	kill -KILL "$STARTED"
	wait $!
	[ "$(statuses <"$T/out")" = '01 deferred' ]
}

@test "fe-pool --connect says what became of the records with -o text" {
	pool -j 1
	run -0 connect -o text < <(record 1 x; mark 1)
	[[ $output == *a@example.org*stored* ]]
}

@test "fe-pool replaces a stale socket and refuses a live one" {
	pool -j 1
	run -75 fe-pool "$S" cat
	[[ $output == *"another process serves '$S'"* ]]
	stop KILL
	[ -S "$S" ]
	pool -j 1
	run -0 connect < <(record 1 x; mark 1)
	[ "$(statuses <<<"$output")" = '01 stored' ]
}

@test "fe-pool does not replace the socket of one that is too busy to answer" {
	cat >"$T/busy" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(0)
		waiting = []
		try:
		    while True:
		        c = socket.socket(socket.AF_UNIX)
		        c.setblocking(False)
		        c.connect(sys.argv[1])
		        waiting.append(c)
		except BlockingIOError:
		    print("full", flush=True)
		time.sleep(60)
	END
	start "$T/full" python3 "$T/busy" "$S"
	wait_for 10 grep -q full "$T/full"
	local was
	was=$(stat -c %i "$S")
	run -75 fe-pool "$S" cat
	[[ $output == *"another process serves '$S'"* ]]
	[ "$(stat -c %i "$S")" = "$was" ]
}

@test "fe-pool refuses users who are not named, and gives the socket its mode and group" {
	[ "$EUID" -eq 0 ] || skip 'only root can be somebody else'
	need setpriv
	T=$(mktemp -d /tmp/fe.XXXXXX)
	S=$T/pool.sock
	chmod 755 "$T"
	install -m 755 "$BIN/fe-pool" "$T/fe-pool"
	touch "$T/seen"
	pool -j 1 --mode 0666 --group nogroup
	[ "$(stat -c '%a %G' "$S")" = '666 nogroup' ]
	record 1 x >"$T/one"; mark 1 >>"$T/one"; chmod 644 "$T/one"
	run --separate-stderr setpriv --reuid 65534 --clear-groups \
		timeout 10 "$T/fe-pool" -i record --connect "$S" <"$T/one"
	[ "$(statuses <<<"$output")" = '01 deferred' ]
	grep -q 'refused a client with uid 65534' "$T/log"
	stop KILL
	pool -j 1 --mode 0666 --peer 65534
	run --separate-stderr setpriv --reuid 65534 --clear-groups \
		timeout 10 "$T/fe-pool" -i record --connect "$S" <"$T/one"
	[ "$(statuses <<<"$output")" = '01 stored' ]
}

# The CPU that a process has used so far, in hundredths of a second.
spent() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

@test "fe-pool lets clients wait for whom there is no descriptor, and does not spin" {
	local before
	(ulimit -n 48 && start "$T/log" fe-pool -j 1 --clients 500 "$S" \
		python3 "$STAGE" "$T/seen" && echo "$STARTED" >"$T/pool.pid")
	wait_for 10 fe-pool --status "$S"
	grep -q 'clients at once, for we may have 48 descriptors' "$T/log"
	start "$T/clients" python3 -c '
import socket, sys, time
all = []
for i in range(100):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    all.append(s)
print("there", flush=True)
time.sleep(60)' "$S"
	wait_for 10 grep -q there "$T/clients"
	sleep 0.3
	before=$(spent "$(cat "$T/pool.pid")")
	sleep 1
	[ $(($(spent "$(cat "$T/pool.pid")") - before)) -lt 20 ]
	stop KILL
	run -0 connect < <(record 1 x; mark 1)
	[ "$(statuses <<<"$output")" = '01 stored' ]
}

@test "fe-pool --status tells what is in hand" {
	pool -j 2 --depth 7
	connect < <(record 1 'WAIT 20'; mark 1) >"$T/out" 3>&- &
	wait_for 5 test -s "$T/seen"
	run -0 fe-pool -o json --status "$S"
	[ "$(jq -c '[.in_hand,.depth,.records,(.pipelines|length)]' <<<"$output")" = '[1,7,1,2]' ]
	run -0 fe-pool -o text --status "$S"
	[[ $output == *'in_hand 1'* ]]
	kill $! 2>/dev/null || true
}

@test "fe-pool waits before it starts again what dies at once" {
	start "$T/log" fe-pool -j 1 "$S" false
	wait_for 10 fe-pool --status "$S"
	sleep 2
	[ "$(grep -c 'has ended' "$T/log")" -le 6 ]
	run -0 fe-pool -o json --status "$S"
	[ "$(jq .deaths <<<"$output")" -ge 1 ]
}

@test "fe-pool says how it is used" {
	run -0 fe-pool --help
	[[ $output == 'usage: fe-pool'* ]]
	run -0 fe-pool --version
	run -75 fe-pool --no-such-option
	[[ $output == *"unknown option '--no-such-option'"* ]]
	run -75 fe-pool "$S"
	[[ $output == *'SOCKET and a program'* ]]
	run -64 fe-pool -o text --mode 9 "$S" cat
	run -75 fe-pool --connect "$S" </dev/null
	run -75 bash -c "'$BIN/fe-pool' --connect '$S' <&-"
	pool -j 1
	run -75 connect -i record < <(record 1 x)
	record 1 x >"$T/one"
	mark 1 >>"$T/one"
	run -75 bash -c "'$BIN/fe-pool' --connect '$S' -i record <'$T/one' >/dev/full"
}
