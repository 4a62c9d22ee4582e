# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# fe-store killed at any moment, rekeyed and erased under: what a receipt says
# is so, and nothing is there twice.  KILLS (30) sets the rounds, DELIVERIES
# (2000) how many records go on under rekey and erase; test/soak/store has more.
load helper

ALICE=alice@example.org
BOB=bob@example.org

setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE" "$BOB"
}

setup() {
	N=${DELIVERIES:-2000}
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	export FE_HOME=$T/home
}

# stream FROM TO: numbered records for both, and the end mark.
stream() {
	awk -v from="$1" -v to="$2" 'BEGIN {
		for (i = from; i <= to; i++) {
			body = sprintf("Subject: n%06d\r\n\r\nnumber%06d\r\n",
			    i, i)
			for (k = 0; k < 60; k++)
				body = body "a line of some length, to fill\r\n"
			printf "{\"fe\":1,\"id\":\"01M80000000000000000%06d\"," \
			    "\"size\":%d,\"fingerprint\":\"f%d\"," \
			    "\"envelope\":{\"from\":\"s@example.net\"," \
			    "\"to\":[{\"address\":\"alice@example.org\"}," \
			    "{\"address\":\"bob@example.org\"}]}}\n%s",
			    i, length(body), i, body
		}
		printf "{\"fe\":1,\"end\":%d}\n", to - from + 1
	}'
}
# Each stored record is there once, in each mailbox.
check_once() {
	local who
	for who in "$ALICE" "$BOB"; do
		jq -r --arg a "$who" 'select(.delivery) | .id as $id |
			.delivery[] | select(.address == $a and
			(.status == "stored" or .status == "duplicate")) |
			$id' "$T/receipts" 2>/dev/null | sort -u >"$T/said"
		fe-mailbox list -o json "$who" | jq -r .id | sort >"$T/there"
		[ -z "$(uniq -d "$T/there")" ]
		[ -z "$(comm -23 "$T/said" "$T/there")" ]
		fe-mailbox check -q "$who"
	done
}

@test "fe-store killed again and again: every receipt holds, a retry adds no copy" {
	local rounds=${KILLS:-30} i
	: >"$T/receipts"
	for i in $(seq 1 "$rounds"); do
		stream $((i * 20 - 30 > 0 ? i * 20 - 30 : 1)) $((i * 20 + 200)) \
			>"$T/in"
		fe-store -i record <"$T/in" >"$T/out" 2>>"$T/err" &
		local pid=$!
		# before, while and after it starts, replays, accepts, applies
		sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
		# a last line may be cut
		grep -a '}$' "$T/out" >>"$T/receipts" || true
	done
	check_once
	[ -s "$T/said" ]
	stream 1 $((rounds * 20 + 200)) >"$T/in"
	fe-store -i record <"$T/in" >"$T/receipts"
	check_once
	[ "$(wc -l <"$T/there")" = $((rounds * 20 + 200)) ]
}

@test "rekey under delivery: nothing is lost, the old key opens nothing" {
	fe-mailbox keys export "$ALICE" --to "$T/old"
	stream 1 "$N" >"$T/in"
	fe-store -i record <"$T/in" >"$T/receipts" &
	local pid=$! n=0
	while kill -0 "$pid" 2>/dev/null; do
		fe-mailbox rekey "$ALICE"
		n=$((n + 1))
		sleep 0.02
	done
	wait "$pid"
	[ "$n" -ge 2 ]
	[ "$(jq -r '.delivery[]?.status' "$T/receipts" | sort | uniq -c |
		xargs)" = "$((2 * N)) stored" ]
	check_once
	[ "$(wc -l <"$T/there")" = "$N" ]
	run -75 fe-mailbox sql --key-file "$T/old" 'SELECT 1' \
		--db "$T/home/mail/example.org/alice.sqlite"
}

@test "rekey killed at any moment leaves a mailbox that opens" {
	stream 1 200 >"$T/in"
	fe-store -i record <"$T/in" >"$T/receipts"
	local i
	for i in $(seq 1 "${KILLS:-30}"); do
		fe-mailbox rekey "$ALICE" 2>>"$T/err" &
		local pid=$!
		sleep "0.0$((RANDOM % 6))$((RANDOM % 10))"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
		[ "$(fe-mailbox list "$ALICE" | wc -l)" = 200 ]
	done
	fe-mailbox rekey "$ALICE"
	[ "$(fe-mailbox keys "$ALICE" | grep -c '^key')" = 1 ]
	check_once
}

@test "erase under delivery: stored before or refused after" {
	stream 1 "$N" >"$T/in"
	fe-store -i record <"$T/in" >"$T/receipts" 2>"$T/err" &
	local pid=$!
	wait_for 10 test -s "$T/receipts"
	fe-mailbox erase --yes -q "$ALICE"
	wait "$pid" || [ $? = 75 ]
	# stored ... stored failed ... failed, never the other way again
	[ "$(jq -r '.delivery[0]?.status // empty' "$T/receipts" | uniq |
		xargs)" = "stored failed" ]
	[ "$(jq -r '.delivery[1]?.status // empty' "$T/receipts" | uniq)" = \
		stored ]
	run -1 sh -c 'ls -A "$FE_HOME/mail/example.org" | grep alice'
	[ "$(fe-mailbox list "$BOB" | wc -l)" = "$N" ]
}
