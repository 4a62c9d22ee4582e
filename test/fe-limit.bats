#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

setup_file() {
	make_home "$BATS_FILE_TMPDIR/home"
	# the rules that ship would count as well
	sed -i '/^rule = /d' "$BATS_FILE_TMPDIR/home/fe.conf"
}

setup() {
	FE_HOME=$BATS_FILE_TMPDIR/home
	export FE_HOME
	rm -f "$FE_HOME"/state/*
	printf 'Subject: x\n\nx\n' >"$T/m"
}

# limit SECONDS OPTION...: `limits' of a message from 192.0.2.9 at that time.
limit() {
	local at=$1
	shift
	fe-limit -i mail -o json --client-ip 192.0.2.9 \
		--mail-from Ann@b.example --rcpt bob@example.org \
		--now $((1790000000 + at)) "$@" <"$T/m" | jq -c .limits
}

# stream N EXPRESSION: N records, the client's address from printf and $i.
stream() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '{"fe":1,"id":"01J%023d","size":4,"client":{"ip":"%s"},"envelope":{"from":"ann@b.example","to":[{"address":"bob@example.org"}]}}\nx\r\n\n' \
			"$i" "$(eval "echo $2")"
	done
	printf '{"fe":1,"end":%d}\n' "$1"
}

# not_over FILE: how many records of a stream were not over.
not_over() { grep -ac '"over":false' "$1"; }

# state_lines: the whole content of the state in clear.
state_lines() {
	printf 'raw:%s' "$(od -An -v -tx1 "$FE_HOME/keys/state.key" | tr -d ' \n')" >"$T/key"
	chmod 400 "$T/key"
	fe-mailbox sql --db "$FE_HOME/state/limit.sqlite" --key-file "$T/key" \
		"$1"
}

@test "a rate is GCRA: a table by hand" {
	# interval 10 s, burst 3: the arrival time may be 30 s ahead
	local at over count retry
	while read -r at over count retry; do
		run -0 limit "$at" --rule 'r key=client.ip rate=6/1m burst=3'
		echo "at $at: $output"
		[ "$(jq -r '.[0] | "\(.over) \(.count) \(.retry_after_s)"' \
			<<<"$output")" = "$over $count $retry" ]
	done <<-'END'
		0	false	1	null
		0	false	2	null
		0	false	3	null
		0	true	3	10
		9	true	3	1
		10	false	3	null
		25	false	3	null
		25	true	3	5
		100	false	1	null
	END
}

@test "a greylist: new, waiting, passed, kept, and forgotten" {
	local at over state retry
	while read -r at over state retry; do
		run -0 limit "$at" --rule 'g greylist delay=5m window=1h keep=2d key=client.net,envelope.from,envelope.to'
		echo "at $at: $output"
		[ "$(jq -r '.[0] | "\(.over) \(.greylist) \(.retry_after_s)"' \
			<<<"$output")" = "$over $state $retry" ]
	done <<-'END'
		0	true	new	300
		60	true	waiting	240
		3600	true	new	300
		3900	false	passed	null
		3901	false	passed	null
		176000	false	passed	null
		348800	true	new	300
	END
}

@test "many rules are one pass, each with its entry" {
	run -0 limit 0 --rule 'a key=client.ip rate=1/h' \
		--rule 'b key=envelope.from rate=5/h' \
		--rule 'c key=client.user rate=5/h'
	[ "$(jq -c '[.[] | [.by, .rule, .over, .count, .result]]' \
		<<<"$output")" = '[["fe-limit","a",false,1,null],["fe-limit","b",false,1,null],["fe-limit","c",false,null,"none"]]' ]
	run -0 limit 1 --rule 'a key=client.ip rate=1/h' --key envelope.from \
		--rate 5/h
	[ "$(jq -c '[.[] | [.rule, .over, .count]]' <<<"$output")" = \
		'[["a",true,1],["envelope.from",false,1]]' ]
}

@test "rules stand in fe.conf as well, and its mistakes are told" {
	local home=$T/home
	make_home "$home"
	sed -i '/^rule = /d' "$home/fe.conf"
	printf '\n[fe-limit]\nrule = one key=client.net rate=3/1h\nexempt = to:@example.net\n' \
		>>"$home/fe.conf"
	run -0 fe-limit --home "$home" -i mail -o json --client-ip 192.0.2.1 <"$T/m"
	[ "$(jq -r '.limits[0].rule' <<<"$output")" = one ]
	for bad in 'x' 'x rate=1/h' 'x key=client.ip' 'x key=client.ip rate=1' \
		'x key=a..b rate=1/h' \
		'x key=client.ip rate=0/h' 'x key=client.ip rate=1/h greylist' \
		'x key=client.ip rate=1/h keep=1d' 'x! key=client.ip rate=1/h' \
		'x key=.. rate=1/h' 'x key=a,b,c,d,e rate=1/h' \
		'x key=client.ip greylist ban=1h' 'x key=a rate=1/h at=never' \
		'x key=client.ip rate=1/h at=unknown count=octets' \
		'x key=client.ip greylist delay=2h window=1h' \
		'x key=client.ip rate=1/366d burst=2'; do
		echo "rule: $bad"
		run -75 fe-limit -i mail -o record --rule "$bad" <"$T/m"
		[[ $output == *4.3.0*x* ]]
	done
	run -75 fe-limit -i mail -o record --rule 'x key=a rate=1/h' \
		--rule 'x key=b rate=1/h' <"$T/m"
	run -75 fe-limit -i mail -o record --exempt nobody --key a --rate 1/h <"$T/m"
	run -64 fe-limit -i mail -o json <"$T/m"
	[[ $output == *'there is no rule'* ]]
}

@test "a network is an IPv4 /24 or an IPv6 /64" {
	local ip
	for ip in 192.0.2.1 192.0.2.255 ::ffff:192.0.2.7 192.0.3.1 \
		2001:db8:1:2::1 2001:db8:1:2:ffff::1 2001:db8:1:3::1; do
		fe-limit -i mail -o json --client-ip "$ip" --key client.net \
			--rate 9/h --now 1790000000 <"$T/m" |
			jq -r '.limits[0].count'
	done | tr '\n' ' ' >"$T/counts"
	[ "$(cat "$T/counts")" = '1 2 3 1 1 2 1 ' ]
}

@test "exempt are networks, senders, recipients, users and trusted networks" {
	local rule=(--key client.ip --rate 1/h) whom
	for whom in 192.0.2.0/24 from:ann@B.example from:@b.example \
		to:bob@example.org to:@example.org; do
		run -0 limit 0 "${rule[@]}" --exempt "$whom"
		[ "$(jq -r '.[0].result' <<<"$output")" = exempt ]
	done
	run -0 limit 0 "${rule[@]}" --trusted-network 192.0.2.9
	[ "$(jq -r '.[0].result' <<<"$output")" = exempt ]
	printf '{"fe":1,"id":"01J00000000000000000000000","size":0,"client":{"ip":"192.0.2.9","user":"u"}}\n{"fe":1,"end":1}\n' |
		fe-limit -i record -o json "${rule[@]}" --exempt user >"$T/out"
	[ "$(jq -r '.limits[0].result' "$T/out")" = exempt ]
	# nobody was counted, and others are
	for whom in 192.0.3.0/24 from:@example from:bann@b.example \
		to:@example.net; do
		run -0 limit 0 "${rule[@]}" -n --exempt "$whom"
		[ "$(jq -r '.[0].count' <<<"$output")" = 1 ]
	done
}

@test "what counts may be recipients or octets, and one over it goes on" {
	run -0 limit 0 --rule 'r key=client.ip rate=2/h count=recipients' \
		--rcpt carl@example.org
	[ "$(jq -r '.[0].count' <<<"$output")" = 2 ]
	run -0 limit 0 --rule 'o key=client.ip rate=1K/h burst=20 count=octets'
	[ "$(jq -c '.[0] | [.over, .count]' <<<"$output")" = '[false,17]' ]
	run -0 limit 0 --rule 'o key=client.ip rate=1K/h burst=20 count=octets'
	[ "$(jq -c '.[0].over' <<<"$output")" = true ]
}

@test "a ban outlasts the rate, observe bans nobody, -n counts nothing" {
	local rule='b key=client.ip rate=1/s burst=1 ban=10m'
	limit 0 --rule "$rule"
	run -0 limit 0 --rule "$rule"
	[ "$(jq -c '.[0] | [.over, .banned, .retry_after_s]' <<<"$output")" = \
		'[true,true,600]' ]
	run -0 limit 590 --rule "$rule"
	[ "$(jq -c '.[0] | [.over, .banned, .retry_after_s]' <<<"$output")" = \
		'[true,true,10]' ]
	run -0 limit 601 --rule "$rule"
	[ "$(jq -c '.[0] | [.over, .count]' <<<"$output")" = '[false,1]' ]
	rule='o key=client.ip rate=1/h ban=10m observe'
	limit 0 --rule "$rule"
	run -0 limit 0 --rule "$rule"
	[ "$(jq -c '.[0] | [.over, .observed]' <<<"$output")" = '[false,true]' ]
	for _ in 1 2 3; do
		run -0 limit 0 -n --key client.ip --rate 1/h
		[ "$(jq -c '.[0] | [.over, .count]' <<<"$output")" = '[false,1]' ]
	done
}

@test "four processes count together, to the last one" {
	local i pids=
	stream 250 10.0.0.7 >"$T/in"
	for i in 1 2 3 4; do
		fe-limit -i record -o record --now 1790000000 --key client.ip \
			--rate 700/1d <"$T/in" >"$T/out.$i" 3>&- &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086 # words
	wait $pids
	cat "$T"/out.? >"$T/out"
	[ "$(grep -ac '"end":250' "$T/out")" = 4 ]
	[ "$(not_over "$T/out")" = 700 ]
	run -0 fe-limit list -o json --now 1790000000 --key client.ip \
		--rate 700/1d 10.0.0.7
	[ "$(jq -r .count <<<"$output")" = 700 ]
}

@test "records pass untouched but for our own entries; final ones wholly" {
	stream 1 192.0.2.1 | sed '1s/"client"/"odd":[1,  2],"limits":[{"by":"fe-receive","over":false},{"by":"fe-limit","over":true}],&/' >"$T/in"
	fe-limit -i record -o record --key client.ip --rate 2/h <"$T/in" >"$T/out"
	grep -q '"odd":\[1,  2\]' "$T/out"
	[ "$(head -n 1 "$T/out" | jq -c '[.limits[] | [.by, .over]]')" = \
		'[["fe-receive",false],["fe-limit",false]]' ]
	cmp <(tail -n +2 "$T/in") <(tail -n +2 "$T/out")
	sed '1s/"client"/"verdict":{"action":"reject"},&/' "$T/in" >"$T/final"
	fe-limit -i record -o record --key client.ip --rate 2/h <"$T/final" |
		cmp - "$T/final"
}

@test "the shipped policy defers what is over a limit" {
	stream 2 192.0.2.1 | fe-limit --key client.ip --rate 1/h |
		fe-sieve --site "$TOP/share/sieve/default.sieve" -o json >"$T/out"
	[ "$(jq -r '.verdict.action' "$T/out" | tr '\n' ' ')" = 'accept tempfail ' ]
	[ "$(tail -n 1 "$T/out" | jq -r .verdict.code)" = 451 ]
}

@test "no address is on the disk, nor in a list, unless it is asked for" {
	local rules=(--rule 'a key=client.ip rate=9/h'
		--rule 'g key=client.net,envelope.from,envelope.to greylist'
		--rule 'd key=envelope.from.domain rate=9/h')
	limit 0 "${rules[@]}"
	run ! grep -aqi -e 192.0.2 -e ann -e b.example "$FE_HOME"/state/*
	run -0 state_lines 'SELECT rule, key, kind, value, until FROM entry'
	[ "${#lines[@]}" = 3 ]
	[[ ! $output =~ 192|ann|bob|example ]]
	run -0 fe-limit list --now 1790000000 "${rules[@]}"
	[ "${#lines[@]}" = 3 ]
	[[ ! $output =~ 192|ann|bob|example ]]
	run -0 fe-limit list --now 1790000000 "${rules[@]}" 192.0.2.9
	[ "$output" = $'a\t192.0.2.9\trate\t1\t2026-09-21T14:20:00.000Z' ]
	run -0 fe-limit list -o json --now 1790000000 "${rules[@]}" \
		192.0.2.77,ANN@b.example,bob@example.org
	[ "$(jq -r '"\(.rule) \(.kind)"' <<<"$output")" = 'g waiting' ]
	run -64 fe-limit list "${rules[@]}" --of g 192.0.2.9
}

@test "list and reset by value, by rule, and all; usage is told" {
	local rules=(--now 1790000000 --rule 'a key=client.ip rate=9/h'
		--rule 'b key=envelope.from rate=9/h')
	limit 0 "${rules[@]}"
	[ "$(fe-limit list "${rules[@]}" | wc -l)" = 2 ]
	[ "$(fe-limit list "${rules[@]}" --of b | cut -f 1)" = b ]
	[ "$(fe-limit reset "${rules[@]}" 192.0.2.9)" = '1 forgotten' ]
	[ "$(fe-limit reset "${rules[@]}" 192.0.2.9)" = '0 forgotten' ]
	[ "$(fe-limit reset -o json "${rules[@]}" --of b)" = '{"forgotten":1}' ]
	[ -z "$(fe-limit reset -q --all)" ]
	[ -z "$(fe-limit list)" ]
	run -64 fe-limit reset
	run -64 fe-limit reset --all 192.0.2.9
	run -64 fe-limit forget
	run -64 fe-limit -o json --all --key a --rate 1/h <"$T/m"
	run -64 fe-limit list --nonsense
	run -75 bash -c 'fe-limit list --help >/dev/full'
}

@test "a restart keeps what was counted, kill -9 what was handed on" {
	mkfifo "$T/in"
	fe-limit -i record -o record --now 1790000000 --key client.ip \
		--rate 100/h <"$T/in" >"$T/out" 3>&- &
	local pid=$!
	exec 4>"$T/in"
	stream 20 192.0.2.9 | head -n -1 >&4
	wait_for 10 sh -c "[ \$(grep -ac '\"limits\"' '$T/out') = 20 ]"
	kill -9 "$pid"
	wait "$pid" || true
	exec 4>&-
	run -0 limit 0 --key client.ip --rate 100/h
	[ "$(jq -r '.[0].count' <<<"$output")" = 21 ]
}

@test "a damaged state stops no mail, and reset makes it anew" {
	limit 0 --key client.ip --rate 9/h
	head -c 24576 /dev/urandom >"$FE_HOME/state/limit.sqlite"
	stream 3 192.0.2.1 >"$T/in"
	run -0 --separate-stderr fe-limit -i record -o record --key client.ip \
		--rate 1/h <"$T/in"
	[ "$(grep -c '"over":false,"result":"unavailable"' <<<"$output")" = 3 ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[[ $stderr == *'nothing is limited'*'limit.sqlite'*'not an encrypted database'* ]]
	run -75 fe-limit list
	run -0 fe-limit reset --all
	run -0 limit 0 --key client.ip --rate 9/h
	[ "$(jq -r '.[0].count' <<<"$output")" = 1 ]
	flip "$FE_HOME/state/limit.sqlite" 9000
	run -0 limit 0 --key client.ip --rate 9/h
	[ "$(jq -r '.[0].result' <<<"$(tail -n 1 <<<"$output")")" = unavailable ]
}

@test "a full disk stops no mail" {
	run -0 --separate-stderr bash -c "trap '' XFSZ; ulimit -f 16
		fe-limit -i mail -o json --client-ip 192.0.2.1 --key client.ip \
			--rate 1/h <'$T/m'"
	[ "$(jq -r '.limits[0].over' <<<"$output")" = false ]
	[[ $stderr == *'nothing is limited'* || $stderr == *'is lost'* ]]
	[ "$(wc -l <<<"$stderr")" = 1 ]
}

@test "a state that another process keeps locked stops no mail" {
	need python3
	limit 0 --key client.ip --rate 9/h
	mkfifo "$T/keep"
	fe-limit -i record -o record --key client.ip --rate 9/h <"$T/keep" \
		>"$T/held" 3>&- &
	exec 4>"$T/keep"
	stream 1 192.0.2.1 | head -n -1 >&4
	wait_for 5 test -s "$T/held"
	start "$T/log" python3 -c '
import fcntl, sys, time
f = open(sys.argv[1], "r+b")
fcntl.lockf(f, fcntl.LOCK_EX, 1, 120)
print("locked", flush=True)
time.sleep(60)' "$FE_HOME/state/limit.sqlite-shm"
	wait_for 5 grep -q locked "$T/log"
	run -0 --separate-stderr limit 0 --key client.ip --rate 9/h
	exec 4>&-
	[ "$(jq -r '.[0].result' <<<"$output")" = unavailable ]
	echo "$stderr"
	[[ $stderr == *'nothing is limited'*'locked by another process'* ]]
}

@test "without the state's key nothing starts" {
	run -75 fe-limit --home "$T/none" -i mail -o record --key a --rate 1/h <"$T/m"
	[[ $output == *'4.3.0 '*'state.key'* ]]
}

@test "the state stays within its bound" {
	local n=6000
	[ -z "$SAN" ] || n=3000
	awk -v n=$n 'BEGIN { for (i = 0; i < n; i++) printf "{\"fe\":1,\"id\":\"01J%023d\",\"size\":0,\"client\":{\"helo\":\"%d-%0900d\"}}\n", i, i, 0; printf "{\"fe\":1,\"end\":%d}\n", n }' >"$T/in"
	# 14 rules: as many keys a record, about 50 octets each
	local rules=() i
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		rules+=(--rule "rule-$i key=client.helo rate=1/30d")
	done
	fe-limit -i record -o record --state-max 1M "${rules[@]}" <"$T/in" \
		>"$T/out" 2>"$T/err"
	cat "$T/err"
	[ "$(not_over "$T/out")" = $n ]
	[ "$(stat -c %s "$FE_HOME/state/limit.sqlite")" -lt 2200000 ]
	run -0 state_lines 'SELECT count(*) FROM entry'
	echo "$output"
	[ "$output" -gt 15000 ]
}

@test "what is over its time goes in passing" {
	awk 'BEGIN { for (i = 0; i < 4000; i++) printf "{\"fe\":1,\"id\":\"01J%023d\",\"size\":0,\"client\":{\"helo\":\"%d\"}}\n", i, i; printf "{\"fe\":1,\"end\":4000}\n" }' >"$T/in"
	fe-limit -i record -o record --key client.helo --rate 1/m \
		--now 1790000000 <"$T/in" >"$T/out"
	sed 's/"helo":"/&new/' "$T/in" |
		fe-limit -i record -o record --key client.helo --rate 1/m \
			--now 1790000100 >"$T/out"
	# each new one looks at four old ones
	[ "$(state_lines 'SELECT count(*) FROM entry')" -lt 4700 ]
}

@test "a truncated stream and /dev/full are 75, -e tells what is over" {
	stream 2 192.0.2.1 | head -c 300 |
		run -75 fe-limit -i record -o record --key client.ip --rate 9/h
	run -75 bash -c "fe-limit -i mail -o json --key client.ip --rate 9/h \
		<'$T/m' >/dev/full"
	run -0 bash -c "fe-limit -i mail -e -o json --client-ip 192.0.2.8 \
		--key client.ip --rate 1/h <'$T/m'"
	run -1 bash -c "fe-limit -i mail -e -o json --client-ip 192.0.2.8 \
		--key client.ip --rate 1/h <'$T/m'"
	run -0 bash -c "fe-limit -i mail -e -o record --client-ip 192.0.2.8 \
		--key client.ip --rate 1/h <'$T/m'"
}

# ask LINE...: sends each line as a datagram to $T/sock, prints the answers; an
# empty one says that the server has hung up.
ask() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(10)
s.connect(sys.argv[1])
for line in sys.argv[2:]:
    s.send(line.encode() * (40000 if line == "long" else 1))
    print(s.recv(65536).decode())' "$T/sock" "$@"
}

serve() {
	start "$T/log" fe-limit --serve "$T/sock" "$@"
	wait_for 30 test -S "$T/sock"
}

@test "the server answers questions, and hangs up on nonsense" {
	need python3
	local x=',"client":{"ip":"192.0.2.7"},"envelope":{"from":"a@b","to":[{"address":"c@d"}]}}'
	serve --rule 'c at=connection key=client.net rate=2/1h' \
		--rule 'u at=unknown key=client.net rate=1/1h ban=1h slow=3s' \
		--now 1790000000
	run -0 ask '{"fe":1,"at":"connection"'"$x" '{"fe":1,"at":"unknown"'"$x" \
		'{"fe":1,"at":"recipient"'"$x" '{"fe":1,"at":"unknown"'"$x" \
		'{"fe":1,"at":"recipient"'"$x"
	[ "$(jq -c '[.ask, (.limits[0] | .over, .count)]' <<<"${lines[0]}")" = \
		'[["unknown"],false,1]' ]
	[ "$(jq -c '.limits | map([.rule, .over, .slow_s])' <<<"${lines[1]}")" = \
		'[["u",false,3]]' ]
	[ "${lines[2]}" = '{"fe":1,"limits":[]}' ]
	[ "$(jq -c '.limits | map([.rule, .banned, .retry_after_s])' \
		<<<"${lines[3]}")" = '[["u",true,3600]]' ]
	[ "$(jq -c '.limits | map([.rule, .banned])' <<<"${lines[4]}")" = \
		'[["u",true]]' ]
	for x in 'no' '{"fe":1}' '{"fe":1,"at":"never"}' long \
		'{"fe":1,"at":"connection","client":{"ip":"no"}}'; do
		[ -z "$(ask "$x")" ]
	done
	# and goes on with others
	[ -n "$(ask '{"fe":1,"at":"connection"}')" ]
	kill "$STARTED"
	wait_for 5 sh -c "! kill -0 $STARTED"
}

@test "a client that was locked cannot be exchanged" {
	need python3
	local lock='{"fe":1,"at":"connection","lock":true,"client":{"ip":"192.0.2.7"}}'
	local other='{"fe":1,"at":"unknown","client":{"ip":"198.51.100.1"}}'
	serve --rule 'u at=unknown key=client.ip rate=9/1h' --now 1790000000
	run -0 ask "$lock" "$other" "$other"
	[ "$(jq -c '.limits[0].count' <<<"${lines[2]}")" = 2 ]
	run -0 fe-limit list --now 1790000000 192.0.2.7 \
		--rule 'u at=unknown key=client.ip rate=9/1h'
	[[ $output == *$'\t2\t'* ]]
	[ -z "$(fe-limit list --now 1790000000 198.51.100.1 \
		--rule 'u at=unknown key=client.ip rate=9/1h')" ]
}

@test "the server: who may come in, a socket in use, a path that is none" {
	need python3
	serve --mode 0600 --rule 'u at=unknown key=client.ip rate=9/1h'
	[ "$(stat -c %a "$T/sock")" = 600 ]
	run -75 fe-limit --serve "$T/sock" --key a --rate 1/h
	[[ $output == *'another process serves'* ]]
	touch "$T/file"
	run -75 fe-limit --serve "$T/file" --key a --rate 1/h
	run -64 fe-limit --serve "$T/x" --mode 999 --key a --rate 1/h
	run -64 fe-limit --serve "$T/x" --peer nobody-here --key a --rate 1/h
	# a socket that its server has left behind is replaced
	kill -9 "$STARTED"
	wait_for 5 sh -c "! kill -0 $STARTED"
	serve --rule 'u at=unknown key=client.ip rate=9/1h'
	wait_for 5 ask '{"fe":1,"at":"connection"}'
}
