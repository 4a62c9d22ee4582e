# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# fe-mailbox: what is in a mailbox, changes to it, its keys and its end.
load helper

ALICE=alice@example.org

# Passwords cost time: one home, copied for each test.
setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE"
	export FE_HOME=$BATS_FILE_TMPDIR/home
	mail 'Tea at four' 'bring biscuits' bob@example.net
	mail 'Invoice 42' 'pay soon' carol@example.net
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	export FE_HOME=$T/home
	DB=$T/home/mail/example.org/alice.sqlite
}

# mail SUBJECT TEXT FROM
mail() {
	printf 'From: %s\nTo: %s\nSubject: %s\n\n%s\n' "$3" "$ALICE" "$1" \
		"$2" | fe-store -i mail --rcpt "$ALICE" >/dev/null
}
search() { fe-mailbox search "$ALICE" "$@"; }

@test "help and version go to standard output; bad usage fails with 64" {
	run -0 fe-mailbox --help
	[[ $output == *rekey* ]]
	run -0 fe-mailbox --version
	run -64 fe-mailbox --no-such-option
	run -64 fe-mailbox
	run -64 fe-mailbox frobnicate
	run -64 fe-mailbox list
	run -64 fe-mailbox list a b
	run -64 fe-mailbox list nobody@example.org
	[[ $output == *"no mailbox 'nobody@example.org'"* ]]
	run -64 fe-mailbox list ../../etc/passwd
}

@test "lists messages in text and JSON" {
	run -0 fe-mailbox list "$ALICE:INBOX"
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} == "$ALICE:INBOX/2	"*"carol@example.net	Invoice 42" ]]
	run -0 fe-mailbox list -o json "$ALICE"
	[ "$(jq -r .summary.subject <<<"${lines[0]}")" = 'Tea at four' ]
	run -0 fe-mailbox list "$ALICE:INBOX/2"
	[[ ${#lines[@]} = 1 && $output == *:INBOX/2$'\t'* ]]
	run -64 fe-mailbox list "$ALICE:INBOX/99"
	[[ $output == *"'$ALICE:INBOX/99' is not there" ]]
	run -0 fe-mailbox list "$ALICE:Junk"
	[ -z "$output" ]
	run -64 fe-mailbox list "$ALICE:Nowhere"
}

@test "a full standard output fails, a reader that goes away does not" {
	run -75 sh -c 'fe-mailbox list "$0" >/dev/full' "$ALICE"
	run -0 bash -c 'set -o pipefail; fe-mailbox list "$0" | true' "$ALICE"
}

@test "an escape sequence in a subject does not reach the terminal" {
	mail "$(printf 'red \033[31m')" x bob@example.net
	run -0 fe-mailbox list "$ALICE"
	[[ $output == *red* && $output != *$'\033'* ]]
}

@test "searches by field, word, age, flag and folder" {
	[ "$(search from:bob)" = "$ALICE:INBOX/1" ]
	[ "$(search 'subject:invoice pay')" = "$ALICE:INBOX/2" ]
	[ "$(search 'bisc*')" = "$ALICE:INBOX/1" ]
	[ "$(search -- -from:bob)" = "$ALICE:INBOX/2" ]
	[ "$(search since:1h | wc -l)" = 2 ]
	[ -z "$(search before:2020-01-01)" ]
	[ -z "$(search to:bob)" ]
	run -64 fe-mailbox search "$ALICE" colour:red
	[[ $output == *"'colour:red'"* ]]
	run -64 fe-mailbox search "$ALICE" since:tuesday
	run -64 fe-mailbox search "$ALICE"
}

@test "flags, moves and deletes, and -n does nothing" {
	fe-mailbox flag --add '\Flagged' --add work "$ALICE:INBOX/1"
	[ "$(search is:flagged flag:work)" = "$ALICE:INBOX/1" ]
	fe-mailbox flag --remove work "$ALICE:INBOX/1"
	[ -z "$(search flag:work)" ]
	run -64 fe-mailbox flag --add '\Nonsense' "$ALICE:INBOX/1"
	run -64 fe-mailbox flag "$ALICE:INBOX/1"
	run -64 fe-mailbox move "$ALICE:INBOX/1" 'Old Mail'
	fe-mailbox move -n --create "$ALICE:INBOX/1" 'Old Mail'
	[ "$(search from:bob)" = "$ALICE:INBOX/1" ]
	fe-mailbox move --create "$ALICE:INBOX/1" 'Old Mail'
	[ "$(search from:bob)" = "$ALICE:Old%20Mail/1" ]
	run -64 fe-mailbox delete "$ALICE:Old%20Mail"
	[[ $output == *--yes* ]]
	fe-mailbox delete --yes "$ALICE:Old%20Mail"
	[ -z "$(search from:bob)" ]
	run -64 fe-mailbox delete "$ALICE:INBOX/9" "$ALICE:INBOX/2"
	[[ $output == *INBOX/9* ]]
	[ -z "$(search pay)" ]
	run -0 fe-mailbox check "$ALICE"
}

@test "stat and folders count" {
	run -0 fe-mailbox stat -o json "$ALICE"
	[ "$(jq -c '[.messages,.pending,.unparsed]' <<<"$output")" = '[2,2,0]' ]
	run -0 fe-mailbox folders "$ALICE"
	[[ ${lines[0]} == "INBOX	2	2	"* ]]
}

@test "an exported key opens the file with any tool of the format, until a rekey" {
	fe-mailbox keys export "$ALICE" --to "$T/key"
	[ "$(stat -c %a "$T/key")" = 600 ]
	grep -qE '^raw:[0-9a-f]{64}$' "$T/key"
	run -75 fe-mailbox keys export "$ALICE" --to "$T/key"
	run -64 fe-mailbox keys export "$ALICE" --to -
	run -64 fe-mailbox keys export "$ALICE"
	run -0 fe-mailbox sql --db "$DB" --key-file "$T/key" \
		'SELECT count(*) FROM message'
	[ "$output" = 2 ]
	fe-mailbox rekey "$ALICE"
	run -75 fe-mailbox sql --db "$DB" --key-file "$T/key" 'SELECT 1'
	[[ $output == *'wrong key'* ]]
	[ "$(search from:bob)" = "$ALICE:INBOX/1" ]
	[ "$(fe-mailbox keys "$ALICE" | grep -c '^key')" = 1 ]
}

@test "check finds one changed octet anywhere" {
	run -0 fe-mailbox check "$ALICE"
	[[ $output == *"	ok	"* ]]
	local size
	size=$(stat -c %s "$DB")
	cp "$DB" "$T/good"
	for at in 5000 $((size / 2)) $((size - 1)); do
		cp "$T/good" "$DB"
		flip "$DB" "$at"
		run fe-mailbox check "$ALICE"
		[ "$status" = 1 ] || [ "$status" = 75 ]
		[[ $output != *"	ok	"* ]]
	done
}

@test "erase wants --yes, destroys keys and files, and says so" {
	run -64 fe-mailbox erase "$ALICE"
	[ -e "$DB" ]
	fe-mailbox erase -n "$ALICE"
	[ -e "$DB" ]
	# of a writer that was killed: it opens the mailbox as well
	cp "$T/home/mail/example.org/alice.keys" \
		"$T/home/mail/example.org/.alice.keys.new"
	run -0 fe-mailbox erase --yes "$ALICE"
	[[ $output == *"keys were destroyed"* ]]
	run -1 sh -c 'ls -A "$T/home/mail/example.org" | grep .'
	run -64 fe-mailbox stat "$ALICE"
	run -64 fe-mailbox erase --yes "$ALICE"
}

@test "a locked mailbox is said to be locked" {
	# five seconds are half of what it waits where nobody says otherwise
	run -75 flock "${DB%.sqlite}.lock" \
		timeout 5 fe-mailbox list --lock-wait 0s "$ALICE"
	[[ $output == *'is locked by another program'* ]]
	run -75 flock -s "${DB%.sqlite}.lock" \
		fe-mailbox rekey --lock-wait 0s "$ALICE"
	run -0 flock -s "${DB%.sqlite}.lock" fe-mailbox list "$ALICE"
}

@test "a home without service key, damaged keys, no database" {
	mv "$T/home/keys/service" "$T/service"
	run -75 fe-mailbox list "$ALICE"
	mv "$T/service" "$T/home/keys/service"
	cp "${DB%.sqlite}.keys" "$T/keys"
	echo '{' >"${DB%.sqlite}.keys"
	run -75 fe-mailbox list "$ALICE"
	cp "$T/keys" "${DB%.sqlite}.keys"
	run -0 fe-mailbox list "$ALICE"
}

# quarantine N: a record that is held back.
quarantine() {
	local body=$'Return-Path: <x@y>\r\nSubject: held\r\n\r\nostrich\r\n'
	printf '{"fe":1,"id":"01M80000000000000000%06d","size":%d,"envelope":{"from":"eve@example.net","to":[{"address":"alice+x@example.org"}]},"headers":[{"op":"prepend","name":"X-A","value":"1"}],"verdict":{"action":"quarantine","text":"a worm"}}\n%s' \
		"$1" "${#body}" "$body"
}

@test "quarantine: listed, released to its recipient with its id, deleted" {
	run -0 fe-mailbox quarantine list
	[ -z "$output" ]
	run -64 fe-mailbox quarantine release 1
	(quarantine 7; quarantine 8; printf '{"fe":1,"end":2}\n') |
		fe-store >/dev/null
	run -0 fe-mailbox quarantine list
	[[ ${lines[0]} == "1	"*"	alice+x@example.org	"*"held	a worm" ]]
	[ "${#lines[@]}" = 2 ]
	run -0 fe-mailbox quarantine list -o json
	[ "$(jq -r .verdict.action <<<"${lines[1]}")" = quarantine ]
	run -0 fe-mailbox quarantine release -n 1
	run -0 fe-mailbox quarantine release 1
	run -0 search ostrich
	[ "$output" = "$ALICE:INBOX/3" ]
	run -0 search -o json id:01M80000000000000000000007
	[ "${#lines[@]}" = 1 ]
	run -0 fe-mailbox sql "$ALICE" \
		'SELECT CAST(content AS TEXT) FROM body ORDER BY id DESC LIMIT 1'
	[ "$output" = 'Return-Path: <eve@example.net>\x0d\nX-A: 1\x0d\nSubject: held\x0d\n\x0d\nostrich\x0d\n' ]
	run -0 fe-mailbox quarantine delete 2
	run -64 fe-mailbox quarantine delete 2
	run -64 fe-mailbox quarantine delete x
	run -64 fe-mailbox quarantine frobnicate
	run -0 fe-mailbox quarantine list
	[ -z "$output" ]
}

@test "quarantine: what cannot be delivered stays; released twice it is there once" {
	(quarantine 7; printf '{"fe":1,"end":1}\n') | fe-store >/dev/null
	cp -a "$T/home/mail/.quarantine.sqlite" "$T/saved"
	mv "$T/home/mail/example.org/alice.keys" "$T/keys"
	run -75 fe-mailbox quarantine release 1
	[[ $output == *"stays in the quarantine"* ]]
	mv "$T/keys" "$T/home/mail/example.org/alice.keys"
	# one that is locked gets it from the journal
	flock "$T/home/mail/example.org/alice.lock" \
		fe-mailbox quarantine release --lock-wait 0s 1
	rm -f "$T/home/mail/.quarantine.sqlite"*
	cp -a "$T/saved" "$T/home/mail/.quarantine.sqlite"
	fe-mailbox quarantine release 1
	run -0 search ostrich
	[ "$output" = "$ALICE:INBOX/3" ]
}

@test "check without an address looks at every mailbox" {
	(quarantine 7; printf '{"fe":1,"end":1}\n') | fe-store >/dev/null
	run -0 fe-mailbox check
	[[ ${lines[0]} == ".quarantine	ok	"* ]]
	[[ ${lines[1]} == "$ALICE	ok	"* ]]
	[ "${#lines[@]}" = 2 ]
	run -0 fe-mailbox check -q
	[ -z "$output" ]
	flip "$DB" 9000
	run -1 fe-mailbox check -q
	[[ $output == "$ALICE	DAMAGED	"* ]]
}

@test "sql on a mailbox reads with the service key, and only reads" {
	run -0 fe-mailbox sql -o json "$ALICE" 'SELECT uid, flags FROM message'
	[ "$output" = $'[1,0]\n[2,0]' ]
	run -64 fe-mailbox sql "$ALICE" 'DELETE FROM message'
	[[ $output == *'more than read'* ]]
	run -64 fe-mailbox sql "$ALICE" "ATTACH '$T/x' AS x"
	run -64 fe-mailbox sql nobody@example.org 'SELECT 1'
	run -64 fe-mailbox sql 'SELECT 1'
	run -0 fe-mailbox list "$ALICE"
	[ "${#lines[@]}" = 2 ]
}
