# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Rotations that are killed, and deliveries during them.
load rotate

@test "deliveries go on while service and mailbox keys change" {
	once
	mkdir -p "$T/Maildir/cur"
	for i in $(seq 120); do
		printf 'From: a@b\nMessage-ID: <m%s@b>\nSubject: m%s\n\n%s\n' \
			"$i" "$i" "$i" >"$T/Maildir/cur/$i:2,"
	done
	fe-cat --rcpt "$ALICE" "$T/Maildir" >"$T/stream"
	python3 -c '
import os, sys, time
data = open(sys.argv[1], "rb").read()
step = len(data) // 60 + 1
for at in range(0, len(data), step):
    sys.stdout.buffer.write(data[at:at + step])
    sys.stdout.flush()
    time.sleep(0.03)
    # the second half is for after the first rotations
    while at > len(data) / 2 and not os.path.exists(sys.argv[2]):
        time.sleep(0.03)' "$T/stream" "$T/twice" 3>&- |
		fe-store -o json >"$T/receipts" 2>"$T/errors" 3>&- &
	store=$!
	while kill -0 "$store" 2>/dev/null; do
		rotate -q service
		rotate -q "mailbox:$ALICE"
		[ "$(events service | grep -c done)" -lt 2 ] || : >"$T/twice"
	done
	wait "$store"
	fe-store --replay
	[ "$(fe-mailbox list "$ALICE" | wc -l)" = 123 ]
	run -0 fe-mailbox check
	[ "$(events service | grep -c done)" -gt 1 ]
}

# after_kill: nothing is lost.
after_kill() {
	fe-mailbox list "$ALICE" | cut -f 6 | diff "$T/list" - || return 1
	[ "$(states | grep active | cut -c 1 | sort -u | xargs)" = 'e r' ]
}

# after_rest: and the next run has brought all in order.
after_rest() {
	fe-rotate-keys check || return 1
	run -0 find "$KEYS" -name '[a-z]*.next' -o -name '*.old'
	[ -z "$output" ] || return 1
	fe-mailbox list "$BOB" >/dev/null || return 1
	fe-sign -i mail -o mail <"$T/mail" | grep -q DKIM-Signature || return 1
	[ "$(find "$KEYS/service" -name '*.key' | wc -l)" = 1 ]
}

@test "killed at random moments: no key is lost, and it goes on" {
	printf 'From: x@example.org\n\nx\n' >"$T/mail"
	fe-mailbox list "$ALICE" | cut -f 6 >"$T/list"
	kinds=(service mailbox account dkim state log queue fingerprint)
	killed=0
	# Names for 26 keys of DKIM a day: enough for 140 rounds.
	for round in $(seq "${KILLS:-$([ -n "$SAN" ] && echo 8 || echo 30)}"); do
		kind=${kinds[round % 8]}
		[ "$kind" != dkim ] || [ "$round" -lt 140 ] || kind=service
		fe-rotate-keys --force -q "$kind" \
			>/dev/null 2>"$T/err" 3>&- &
		pid=$!
		sleep "0.0$((RANDOM % 60 + 20))"
		kill -KILL "$pid" 2>/dev/null && killed=$((killed + 1))
		wait "$pid" 2>/dev/null || true
		after_kill
		if ((round % 5 == 0)); then
			fe-rotate-keys --due -q --no-dns >/dev/null
			after_rest
		fi
	done
	[ "$killed" -gt 0 ]
	printf 'correct horse\ncorrect horse again\n' |
		fe-account passwd --old "$ALICE"
	run -0 fe-mailbox check
}

@test "a full disk: it says so, and nothing is lost" {
	once
	need bwrap
	cp -a "$FE_HOME" "$T/small"
	cat >"$T/within" <<-'END'
		cp -a "$T/small/." "$T/home/"
		for i in 1 2 3 4 5 6; do
			head -c 1000000 /dev/urandom >>"$T/home/model/full"
		done 2>/dev/null
		for kind in service mailbox account state fingerprint dkim; do
			fe-rotate-keys --no-dns -q "$kind" >>"$T/said" 2>&1
			echo "$kind $?"
		done
		rm "$T/home/model/full"
		fe-rotate-keys --due -q --no-dns >/dev/null || exit 1
		fe-rotate-keys check -q || exit 2
		fe-mailbox check -q && fe-mailbox list "$1" | wc -l
	END
	export T
	run -0 bwrap --dev-bind / / --size 3000000 --tmpfs "$T/home" \
		sh "$T/within" "$ALICE"
	cat "$T/said"
	[ "${lines[0]}" = 'service 75' ]
	[ "$(grep -c ' 75$' <<<"$output")" -ge 4 ]
	[ "${lines[-1]}" = 3 ]
	grep -q 'No space left\|disk is full' "$T/said"
}

@test "backup: killed at random moments" {
	once
	conf '[fe-backup here]' "path = $T/repo"
	fe-backup init --instance here | key_in >"$T/key1"
	fe-backup -q
	for round in $(seq "${BACKUP_KILLS:-4}"); do
		setsid fe-rotate-keys -q backup:here >>"$T/said" 2>&1 3>&- &
		pid=$!
		sleep "0.$((RANDOM % 5))"
		kill -KILL -- "-$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		fe-rotate-keys -q --due backup >>"$T/said" 2>&1
		run -0 fe-backup check -q
		fe-rotate-keys -q --force --due backup
		[ -z "$(ls -d "$T"/repo-* 2>/dev/null)" ]
	done
	run -0 fe-rotate-keys check
	key_in <"$T/said" | tail -n 1 >"$T/key"
	[ -s "$T/key" ] || cp "$T/key1" "$T/key"
	fe-restore home -q --to "$T/back" --key-file "$T/key" --repo "$T/repo"
	[ "$(fe-mailbox list --home "$T/back" "$ALICE" | wc -l)" = 3 ]
}
