#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-receive asking fe-limit: connections and recipients over a limit.
load helper

setup_file() {
	make -s -C "$TOP" BUILD="$BUILD" SAN="$SAN" "$BUILD/bench/receipts" \
		"$BUILD/bench/smtp_load" >&2
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org bob@example.org
	sed -i '/^rule = /d' "$BATS_FILE_TMPDIR/home/fe.conf"
}

setup() {
	FE_HOME=$BATS_FILE_TMPDIR/home
	export FE_HOME
	rm -f "$FE_HOME"/state/* "$FE_HOME/run/limit.sock"
	IN=$T/in
	mkdir "$IN"
}

limits() {
	start "$T/limit.log" fe-limit -v --log json \
		--serve "$FE_HOME/run/limit.sock" "$@"
	LIMIT=$STARTED
	wait_for 30 test -S "$FE_HOME/run/limit.sock"
}

# serve [OPTION]...: an accepting fe-receive.
serve() {
	PORT=$(free_port)
	start "$T/log" fe-listen "${AS[@]}" --wait 127.0.0.1 "$PORT" \
		fe-receive --tls off --log json -v "$@" -- \
		"$BUILD/bench/receipts" "$IN"
	wait_for_port "$PORT"
}

# dialogue LINE...: EHLO, these lines one by one, QUIT; prints the replies.
dialogue() {
	local line
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	reply
	for line in 'EHLO client.example' "$@" QUIT; do
		printf '%s\r\n' "$line" >&5 2>/dev/null || break
		reply || break
	done
	exec 5>&-
}
reply() {
	local line
	while read -r -t 20 line <&5; do
		[[ $line == ???-* ]] && continue
		echo "${line%$'\r'}"
		return 0
	done
	return 1
}

# rows: the state in clear.
count() {
	fe-limit list -o json "$@" 127.0.0.1 | jq -r '"\(.kind) \(.count)"'
}

@test "without fe-limit nothing is limited, and one warning says so" {
	serve
	run -0 "$BUILD/bench/smtp_load" --to alice@example.org --total 4 \
		--per-connection 1 127.0.0.1 "$PORT"
	[ "$(grep -c 'nothing is limited: cannot connect' "$T/log")" = 1 ]
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 4 ]
	serve --limit off
	dialogue
	run ! grep -q 'nothing is limited' "$T/log"
	# one connection, asked for by name
	run -0 bash -c "printf 'QUIT\r\n' |
		fe-receive --tls off --limit '$T/none' -- true"
	[[ $output == *'nothing is limited'*"$T/none"* ]]
	run -0 --separate-stderr bash -c \
		"printf 'QUIT\r\n' | fe-receive --tls off -- true"
	[ -z "$stderr" ]
}

@test "guessing addresses is slowed, refused, and banned" {
	need swaks
	local rule='u at=unknown key=client.net rate=3/1h slow=1s ban=1h' i
	limits --rule "$rule"
	serve
	SECONDS=0
	run dialogue 'MAIL FROM:<x@guess.example>' 'RCPT TO:<alice@example.org>' \
		'RCPT TO:<a@example.org>' 'RCPT TO:<b@example.org>' \
		'RCPT TO:<c@example.org>' 'RCPT TO:<d@example.org>' \
		'RCPT TO:<bob@example.org>' 'RCPT TO:<e@example.org>'
	echo "$output"
	[[ ${lines[3]} == 250* && ${lines[4]} == '550 5.1.1 '* ]]
	[[ ${lines[5]} == '550 5.1.1 '* && ${lines[6]} == '550 5.1.1 '* ]]
	[[ ${lines[7]} == '450 4.7.1 not now; try again in 3600 seconds' ]]
	# who exists is not told any more
	[[ ${lines[8]} == '450 4.7.1 '* && ${lines[9]} == '450 4.7.1 '* ]]
	[ "$SECONDS" -ge 4 ]
	# nor in another connection, as a real client sees it
	run swaks --server 127.0.0.1:"$PORT" --to alice@example.org \
		--from x@guess.example --silent 1
	[ "$status" -ne 0 ]
	[[ $output == *'421 4.7.1 not now; try again in '* ]]
	# across a restart of fe-limit, and until it is lifted
	kill "$LIMIT"
	wait_for 5 sh -c "! kill -0 $LIMIT"
	limits --rule "$rule"
	sleep 1.1
	run dialogue
	[[ ${lines[0]} == '421 4.7.1 '* ]]
	[ "$(count --rule "$rule" | sort | tr '\n' ' ')" = 'banned null rate 3 ' ]
	fe-limit reset --rule "$rule" 127.0.0.1
	run dialogue
	[[ ${lines[0]} == 220* ]]
	grep -q '"event":"limited".*"at":"unknown"' "$T/log"
	run ! grep -q '127.0.0.1' "$T/log"
}

@test "a greylist at RCPT: the first time waits, the second passes" {
	local rule='g at=recipient greylist delay=1s key=client.net,envelope.from,envelope.to'
	limits --rule "$rule"
	serve
	local mail=('MAIL FROM:<x@grey.example>' 'RCPT TO:<alice@example.org>')
	run dialogue "${mail[@]}" 'RCPT TO:<nobody@example.org>'
	[[ ${lines[3]} == '450 4.7.1 not now; try again in 1 seconds' ]]
	[[ ${lines[4]} == '550 5.1.1 '* ]]
	sleep 1.1
	run dialogue "${mail[@]}" 'RCPT TO:<bob@example.org>'
	[[ ${lines[3]} == '250 '* && ${lines[4]} == '450 4.7.1 '* ]]
	run dialogue "${mail[@]}" DATA $'Subject: x\r\n\r\nx\r\n.'
	[[ ${lines[5]} == '250 '* ]]
	# what was asked stands in the record
	[ "$(jq -c '.limits | map([.by, .rule, .greylist, .over])' "$IN"/*.json)" = \
		'[["fe-receive","g","passed",false]]' ]
}

@test "connections over a rate hear 421, and each is counted once" {
	limits --rule 'c at=connection key=client.net rate=5/1h'
	serve
	for i in 1 2 3 4 5; do
		run dialogue
		[[ ${lines[0]} == 220* ]]
	done
	run dialogue
	[[ ${lines[0]} == '421 4.7.1 not now; try again in '* ]]
	[ "$(count --rule 'c at=connection key=client.net rate=5/1h')" = 'rate 5' ]
}

@test "a load over many connections is counted exactly" {
	limits --rule 'c at=connection key=client.net rate=1000/365d' \
		--rule 'r at=recipient key=client.net rate=1000/365d'
	serve
	run -0 "$BUILD/bench/smtp_load" --to alice@example.org,bob@example.org \
		--total 60 --per-connection 3 --concurrency 4 127.0.0.1 "$PORT"
	run -0 fe-limit list -o json 127.0.0.1 \
		--rule 'c at=connection key=client.net rate=1000/365d' \
		--rule 'r at=recipient key=client.net rate=1000/365d'
	echo "$output"
	[ "$(jq -s -c 'map({(.rule): .count}) | add | .c >= 20 and .r == 60' \
		<<<"$output")" = true ]
}

@test "the client of a proxy is who it says, and one connection works, too" {
	local rule='u at=unknown key=client.ip rate=1/1h ban=1h'
	limits --rule "$rule"
	run -0 bash -c "printf 'EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<no@example.org>\r\nRCPT TO:<n2@example.org>\r\nRCPT TO:<alice@example.org>\r\nQUIT\r\n' |
		TCPREMOTEIP=2001:db8::9 PROTO=TCP fe-receive --tls off -- true"
	[[ $output == *'550 5.1.1'*'450 4.7.1'*'450 4.7.1'* ]]
	run -0 bash -c "printf 'QUIT\r\n' |
		TCPREMOTEIP=2001:db8::9 PROTO=TCP fe-receive --tls off -- true"
	[[ $output == '421 4.7.1'* ]]
	# PROXY v2, TCP over IPv6, ::1 to ::1 but the same client
	printf '\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x01\0\x19QUIT\r\n' >"$T/proxy"
	run -0 bash -c "TCPREMOTEIP=192.0.2.1 PROTO=TCP fe-receive --proxy \
		--tls off -- true <'$T/proxy'"
	[[ $output == '421 4.7.1'* ]]
}

@test "a server of limits that is stopped, dies or lies stops no mail" {
	need python3
	limits --rule 'u at=unknown key=client.ip rate=9/1h'
	serve
	kill -STOP "$LIMIT"
	SECONDS=0
	run -0 "$BUILD/bench/smtp_load" --to alice@example.org --total 1 \
		127.0.0.1 "$PORT"
	[ "$SECONDS" -le 15 ]
	grep -q 'not limited: fe-limit does not answer in time' "$T/log"
	kill -KILL "$LIMIT"
	run -0 "$BUILD/bench/smtp_load" --to alice@example.org --total 1 \
		127.0.0.1 "$PORT"
	rm -f "$FE_HOME/run/limit.sock"
	start "$T/liar" python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1]); s.listen(9)
for answer in b"{\"limits\":[", b"{}", b"\0" * 30000, b"":
    c, _ = s.accept(); c.recv(9999); c.send(answer); keep = c' \
		"$FE_HOME/run/limit.sock"
	wait_for 30 test -S "$FE_HOME/run/limit.sock"
	sleep 1.1
	for _ in 1 2 3 4; do
		run -0 "$BUILD/bench/smtp_load" --to alice@example.org \
			--total 1 127.0.0.1 "$PORT"
	done
	[ "$(grep -c 'answers nonsense' "$T/log")" = 3 ]
	[ "$(find "$IN" -name '*.eml' | wc -l)" = 6 ]
}

@test "a session has fe-limit's socket and that for events beside its own, and nothing else" {
	limits --rule 'u at=unknown key=client.ip rate=9/1h'
	serve
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	reply
	local session
	session=$(pgrep -n -P "$STARTED" fe-receive)
	[ "$(ls "/proc/$session/fd" | sort -n | paste -sd ' ')" = '0 1 2 3 4 10' ]
	exec 5>&-
}
