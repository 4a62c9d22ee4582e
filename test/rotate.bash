# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
# What the tests of fe-rotate-keys share: a home with two mailboxes, copied for
# each test, and its DNS as a zone file.
load helper

ALICE=alice@example.org
BOB=bob@example.org

# Passwords cost time: one home, copied for each test.
setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE" "$BOB"
	export FE_HOME=$BATS_FILE_TMPDIR/home
	for i in 1 2 3; do
		mail "message $i"
	done
	fe-dns -o zone --omit tlsa --omit caa >"$BATS_FILE_TMPDIR/zone" \
		2>/dev/null
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	cp "$BATS_FILE_TMPDIR/zone" "$T/zone"
	export FE_HOME=$T/home
	KEYS=$FE_HOME/keys
}

# mail SUBJECT [ADDRESS]
mail() {
	printf 'From: a@b.example\nTo: x\nSubject: %s\nMessage-ID: <%s@b>\n\n%s\n' \
		"$1" "${1// /-}" "text of $1" |
		fe-store -i mail --rcpt "${2:-$ALICE}" >/dev/null
}

conf() { printf '%s\n' "$@" >>"$FE_HOME/fe.conf"; }
once() { [ -z "$SAN" ] || skip 'the plain half is enough'; }
rotate() { fe-rotate-keys --dns-zone "$T/zone" "$@"; }
# later DAYS: the time then.
later() { date -u -d "+$1 days" +%FT%TZ; }
# states [DOMAIN]: of the DKIM keys, `e a active' a line.
states() {
	jq -r '(input_filename | sub(".*/"; "")) + " " + .state' \
		"$KEYS"/dkim/"${1:-example.org}"/*.json | sort
}
events() { jq -r 'select(.kind == "'"$1"'") | .event' "$KEYS/ledger.jsonl"; }
publish() { fe-dns -o zone --omit tlsa --omit caa >"$T/zone" 2>/dev/null; }
logs_in() { echo "$2" | fe-account passwd --old "$1" <<<"$2
$2"; }
key_in() { grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}'; }

# rotate_beside_backups NAME: a rotation moves nothing while a backup is at
# work; and a backup that stood before its lock meanwhile does not go on with
# the old key in the new repository.
rotate_beside_backups() {
	local name=$1
	conf 'lock-wait = 0s'
	printf '%s\n' more >"$FE_HOME/model/more"
	paused openat 1 "$FE_HOME/model/more" fe-backup -q
	run -75 rotate "backup:$name"
	[[ $output == *'in use by process '*' (add)'* ]] || return 1
	resume 0
	run -0 fe-backup check -q
	paused openat 1 /proc/sys/kernel/random/boot_id \
		fe-backup -q
	run -0 rotate "backup:$name"
	resume 75
	grep -q 'taken the place of .* meanwhile' "$T/said" || return 1
	run -0 fe-backup check -q
	run -0 fe-backup -q
}
