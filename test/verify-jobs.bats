#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-verify with many records in hand: those that wait keep no other from its
# way, and what it holds is bounded.
load helper

# records FROM TO [DOMAIN]: each of a domain of its own, sN.example, or of
# DOMAIN; no end mark.
records() {
	local i domain body
	for ((i = $1; i <= $2; i++)); do
		domain=${3:-s$i.example}
		body=$'From: a@'$domain$'\r\nSubject: t\r\n\r\nHello\r\n'
		printf '{"fe":1,"id":"01ARZ3NDEKTSV4RRFFQ69%05d","size":%d,' \
			"$i" "${#body}"
		printf '"client":{"ip":"192.0.2.1"},"envelope":{"from":"a@%s"' \
			"$domain"
		printf ',"to":[{"address":"b@example.org"}]}}\n%s' "$body"
	done
}

mark() { printf '{"fe":1,"end":%d}\n' "$1"; }

# zone N: N domains whose server is dead, and one that answers.
zone() {
	seq -f "\$TIMEOUT s%g.example" "$1" >"$T/zone"
	echo 'quick.example. TXT "v=spf1 ip4:192.0.2.1 -all"' >>"$T/zone"
}

# ids FILE: the last digits of each id, in order; `mark' for an end mark.
ids() {
	jq -r 'if .end then "mark" else .id[21:] | tonumber end' "$1"
}

ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

@test "a hundred messages that wait for a dead server delay nobody else" {
	zone 100
	mkfifo "$T/in"
	fe-verify -i record -o json --dns-zone "$T/zone" --dns-timeout 12s \
		<"$T/in" >"$T/out" 3>&- &
	local pid=$! start
	start=$(ms)
	exec 4>"$T/in"
	{ records 1 100; records 999 999 quick.example; } >&4
	wait_for 10 test -s "$T/out"
	[ "$(ids "$T/out")" = 999 ]
	[ "$(jq -r .checks.spf.result "$T/out")" = pass ]
	# What comes later, in a segment of its own, does not wait either.
	{ mark 101; records 1000 1000 quick.example; mark 1; } >&4
	wait_for 10 grep -q 6901000 "$T/out"
	[ "$(ids "$T/out" | paste -sd ' ')" = '999 1000' ]
	exec 4>&-
	wait "$pid"
	# Side by side they all took the time of one.
	[ $(($(ms) - start)) -lt 30000 ]
	[ "$(ids "$T/out" | sort -n)" = \
		"$(seq 1 100; echo 999; echo 1000)" ]
	[ "$(jq -r .checks.spf.result "$T/out" | sort | uniq -c |
		tr -s ' ' | paste -sd,)" = ' 2 pass, 100 temperror' ]
}

@test "records leave as they are done, a mark when all before it are out" {
	printf '%s\n' '$DELAY s1.example 3000' '$DELAY s2.example 1500' \
		's1.example. TXT "v=spf1 +all"' \
		's2.example. TXT "v=spf1 +all"' \
		's3.example. TXT "v=spf1 +all"' >"$T/zone"
	{ records 1 2; mark 2; records 3 3; mark 1; } >"$T/in"
	cat "$T/in" | fe-verify -i record -o record --dns-zone "$T/zone" \
		>"$T/out"
	grep -a '^{' "$T/out" >"$T/metas"
	[ "$(ids "$T/metas" | paste -sd ' ')" = '3 2 1 mark' ]
	[ "$(tail -n 1 "$T/out")" = '{"fe":1,"end":3}' ]
	[ "$(jq -r '.checks.spf.result // empty' "$T/metas" | sort -u)" = pass ]
	cat "$T/in" | fe-verify -j 1 -i record -o record --dns-zone "$T/zone" |
		grep -a '^{' >"$T/metas"
	[ "$(ids "$T/metas" | paste -sd ' ')" = '1 2 mark 3 mark' ]
}

@test "each record keeps its own deadline" {
	zone 3
	{
		records 1 3
		mark 3
	} | sed "s/\"id\":\"01ARZ3NDEKTSV4RRFFQ6900002\"/&,\"deadline\":\"$(
		date -u -d '+3 seconds' +%FT%TZ)\"/" >"$T/in"
	local start
	start=$(ms)
	cat "$T/in" | fe-verify -i record -o json --dns-zone "$T/zone" \
		--dns-timeout 5s >"$T/out"
	[ "$(ids "$T/out" | head -n 1)" = 2 ]
	[ "$(head -n 1 "$T/out" | jq -r .checks.spf.result)" = temperror ]
	[ "$(head -n 1 "$T/out" |
		jq '.timing["fe-verify"].wall < 4500')" = true ]
}

@test "a neighbour that dies gets what was whole, and no mark" {
	zone 20
	run -75 --separate-stderr bash -c "$(declare -f records)
		{ records 1 20; records 21 21 quick.example | head -c 120; } |
		fe-verify -i record -o record --dns-zone '$T/zone' \
			--dns-timeout 1s"
	[ "$(grep -a '^{' <<<"$output" | jq -r '.checks.spf.result' |
		sort | uniq -c | tr -s ' ')" = ' 20 temperror' ]
	[[ $output != *'"end":'* ]]
}

@test "a reader that is gone ends it at once, whoever waits" {
	zone 20
	local start
	start=$(ms)
	run -0 bash -c "$(declare -f records mark)
		{ records 1 20; records 999 1100 quick.example; mark 122; } |
		{ fe-verify -i record -o record --dns-zone '$T/zone' \
			--dns-timeout 30s; echo \$? >'$T/code'; } | true
		until [ -s '$T/code' ]; do sleep 0.05; done"
	[ "$(cat "$T/code")" = 75 ]
	[ $(($(ms) - start)) -lt 25000 ]
}

@test "killed with records in hand, the next stage sees no end" {
	zone 20
	start "$T/log" bash -c "$(declare -f records mark)
		{ records 1 20; mark 20; sleep 20; } |
		fe-verify -i record -o record --dns-zone '$T/zone' |
		{ fe-sieve -i record -o record; echo \$? >'$T/code'; }"
	wait_for 5 pgrep -g "$STARTED" -x fe-resolver
	kill -KILL "$(pgrep -g "$STARTED" -x fe-verify)"
	wait_for 5 test -s "$T/code"
	[ "$(cat "$T/code")" = 75 ]
	wait_for 5 bash -c "! pgrep -g $STARTED -x fe-resolver"
}

@test "where the resolver dies a resident filter is started anew, and nothing is lost" {
	zone 1
	printf '#!/bin/sh\nexec fe-verify -j 4 --dns-zone %s\n' "$T/zone" \
		>"$T/pipeline"
	chmod +x "$T/pipeline"
	start "$T/log" fe-pool -j 1 "$T/sock" "$T/pipeline"
	wait_for 10 fe-pool --status "$T/sock"
	verified() {
		{ records "$1" "$1" quick.example; mark 1; } |
			fe-pool --connect "$T/sock" -i record -o json |
			jq -r '.checks.spf.result // .delivery[0].status'
	}
	[ "$(verified 1)" = pass ]
	kill -SEGV "$(pgrep -g "$(pgrep -P "$STARTED" -x fe-verify)" -x fe-resolver)"
	# the one that finds it dead is given to the next, as those after it
	[ "$(verified 2)" = pass ]
	[ "$(verified 3)" = pass ]
	grep -q 'resolver process' "$T/log"
}

@test "in a pool two pipelines let a quick message past a hundred dead ones" {
	zone 100
	printf '#!/bin/sh\nfe-verify --dns-zone %s --dns-timeout 50s |
		python3 %s %s\n' "$T/zone" "$HERE/pool_stage.py" "$T/stage" \
		>"$T/deliver"
	chmod +x "$T/deliver"
	start "$T/log" fe-pool -j 2 "$T/sock" "$T/deliver"
	wait_for 5 test -S "$T/sock"
	start "$T/connect.log" bash -c "$(declare -f records mark)
		{ records 1 100; records 999 999 quick.example; mark 101; } |
		fe-pool --connect '$T/sock' >'$T/out'"
	wait_for 20 grep -q 00999 "$T/stage"
	[ "$(grep -c . "$T/stage")" = 1 ]
}

# peak COMMAND...: its peak of memory in KiB, on descriptor 1; what it writes
# goes nowhere.
peak() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

# large SIZE [N]: a message by s1 or sN, of a little more than that.
large() {
	printf 'From: a@s%d.example\r\nSubject: t\r\n\r\n' "${2:-1}"
	yes $'0123456789 0123456789 0123456789 0123456789 012345678\r' |
		head -c "$1"
}

@test "messages that wait hold no more memory than --memory-max" {
	[ -z "$SAN" ] || skip 'the sanitizer takes memory of its own'
	zone 10
	local i size=8000000
	for ((i = 1; i <= 10; i++)); do
		printf '{"fe":1,"id":"01ARZ3NDEKTSV4RRFFQ69%05d","size":%d,' \
			"$i" "$size"
		printf '"client":{"ip":"192.0.2.1"},'
		printf '"envelope":{"from":"a@s%d.example","to":[]}}\n' "$i"
		large "$size" "$i" | head -c "$size"
	done >"$T/in"
	mark 10 >>"$T/in"
	run -0 peak fe-verify -i record -o record --dns-zone "$T/zone" \
		--dns-timeout 1s --memory-max 20M <"$T/in"
	echo "peak: $output KiB"
	# two at once; with all ten it would be 80 MB
	[ "$output" -lt 28000 ]
	[ "$output" -gt 15000 ]
}

@test "a message of 50 MB is held once, with under 8 MiB beside it" {
	[ -z "$SAN" ] || skip 'the sanitizer takes memory of its own'
	local size=50000000
	{
		printf 'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;'
		printf ' d=example.org; s=rsa; h=from; bh=%044d; b=AAAA\r\n' 0
		printf 'DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple;'
		printf ' d=example.org; s=rsa; h=from; bh=%044d; b=AAAA\r\n' 0
		large "$size"
	} | head -c "$size" >"$T/mail"
	{
		printf '{"fe":1,"id":"01ARZ3NDEKTSV4RRFFQ6900001","size":%d}\n' \
			"$size"
		cat "$T/mail"
		mark 1
	} >"$T/in"
	run -0 peak fe-verify -i record -o record \
		--dns-zone "$DATA/dkim/zone" <"$T/in"
	echo "record: $output KiB"
	[ "$output" -lt $((size / 1024 + 8192)) ]
	run -0 peak fe-verify -i mail -o json \
		--dns-zone "$DATA/dkim/zone" <"$T/mail"
	echo "mail: $output KiB"
	[ "$output" -lt $((size / 1024 + 8192)) ]
}

@test "a filter whose reader is gone ends at once, though nobody writes to it" {
	local filter input start
	start=$(ms)
	for filter in "fe-verify --no-dns" fe-scan fe-sieve \
		"fe-limit --key client.net --rate 10/h"; do
		for input in auto record; do
			run -0 bash -c "sleep 70 | { $filter -i $input \
				-o record; echo \$? >'$T/code'
				kill \$(pgrep -P \$\$ sleep); } | true"
			[ "$(cat "$T/code")" = 75 ]
		done
	done
	[ $(($(ms) - start)) -lt 60000 ]
}
