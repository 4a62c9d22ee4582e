#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-watch on what a real sshd, Postfix and Dovecot log while they are attacked
# (test/peers/logs).
#
# peers: openssh-server sshd, postfix postfix, dovecot-core dovecot,
# peers: dovecot-imapd imap

load helper

setup_file() {
	local status=0
	"$BATS_TEST_DIRNAME/peers/logs" "$BATS_FILE_TMPDIR/logs" \
		>"$BATS_FILE_TMPDIR/said" 2>&1 || status=$?
	echo "$status" >"$BATS_FILE_TMPDIR/status"
}

setup() {
	[ "$(cat "$BATS_FILE_TMPDIR/status")" != 75 ] ||
		skip "$(tail -n 1 "$BATS_FILE_TMPDIR/said")"
	LOG=$BATS_FILE_TMPDIR/logs/syslog
	mkdir -p "$T/home"
	{ cat "$BATS_FILE_TMPDIR/said"; echo ==; cat "$LOG"; } # shown on failure
}

watch() { fe-watch --home "$T/home" --replay "$@" <"$LOG"; }

@test "each attack has its event, with the attacker's address and no other" {
	watch >"$T/out"
	cat "$T/out"
	jq -r '[.source,.event,.address // .network // .account]|@tsv' "$T/out" |
		grep -v network | sort -u >"$T/seen"
	while read -r source event whom; do
		grep -qx "$source	$event	$whom" "$T/seen"
	done <<-'END'
		sshd password-guessing 192.0.2.7
		sshd password-spraying 192.0.2.7
		sshd user-enumeration 192.0.2.7
		sshd service-start sshd
		postfix/smtpd password-guessing 192.0.2.7
		postfix/smtpd recipient-enumeration 192.0.2.7
		postfix/smtpd relay-probing 192.0.2.7
		postfix/smtpd protocol-abuse 192.0.2.7
		postfix/master service-start postfix
		dovecot password-guessing 2001:db8::7
		dovecot service-start dovecot
	END
	run ! grep -q -e 203.0.113.9 -e 192.0.2.8 "$T/seen"
	run ! grep -q -e new-place -e root-login "$T/seen"
}

@test "every line about a login is known, and the forged ones are what they are" {
	{
		echo 'tell good info login'
		echo 'tell bad info login-failed'
		echo 'tell root info root-login'
		grep '^line' "$TOP/share/watch.rules"
	} >"$T/rules"
	watch --rules "$T/rules" >"$T/out"
	cat "$T/out"
	count() { # EVENT SOURCE: how many
		jq -r --arg e "$1" --arg s "$2" \
			'select(.event == $e and .source == $s).event' "$T/out" | wc -l
	}
	[ "$(count bad sshd)" = "$(grep -c 'sshd.*: Failed password' "$LOG")" ]
	[ "$(count bad sshd)" -ge 9 ]
	[ "$(count bad postfix/smtpd)" = 7 ]
	[ "$(count bad dovecot)" = 7 ]
	[ "$(count good sshd)" = 1 ]
	[ "$(count good postfix/smtpd)" = 1 ]
	[ "$(count good dovecot)" = 1 ]
	[ "$(count root sshd)" = 0 ]
	[ "$(jq -r 'select(.event == "good").address' "$T/out" | sort -u)" = 192.0.2.8 ]
	[ "$(jq -r 'select(.event == "bad").address' "$T/out" | sort -u)" = \
		"$(printf '192.0.2.7\n2001:db8::7')" ]
	jq -r 'select(.event == "bad").account' "$T/out" >"$T/accounts"
	grep -qxF 'x from 203.0.113.9 port 22 ssh2' "$T/accounts"
	grep -qxF 'a, sasl_username=ada]: x[203.0.113.9' "$T/accounts"
	grep -qF 'x>, method=plain, rip=203.0.113.9, lip=::1, session=<y' "$T/accounts"
	grep -qF 'y\nnov 27 10' "$T/accounts"
	run ! grep -q "$(printf '\033')" "$T/out"
}

@test "the same lines without a host, as in a file that Dovecot writes itself" {
	grep ' mx dovecot: imap-login: ' "$LOG" |
		sed 's/ mx dovecot: imap-login: / imap-login: Info: /' >"$T/own"
	fe-watch --home "$T/home" --replay <"$T/own" >"$T/out"
	[ "$(jq -r '[.source,.event,.address]|@tsv' "$T/out" | head -n 1)" = \
		"imap-login	password-guessing	2001:db8::7" ]
}

@test "while it happens: the same, with the present time" {
	fe-watch --home "$T/home" --key-days 36500 <"$LOG" >"$T/live"
	watch >"$T/out"
	diff <(jq -r .event "$T/live" | sort -u) <(jq -r .event "$T/out" | sort -u)
	fe-watch --home "$T/home" <"$LOG" | fe-ban -n --home "$T/home" \
		--firewall off --severity alert >"$T/bans" || true
	run ! grep -q 203.0.113 "$T/bans"
}
