# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# fe-backup: snapshots of a home, what they cost, and what goes wrong.
load backup
load paused

setup_file() {
	make_repository
	age
}

# Files that changed just now are read again by the next backup.
age() { sleep 2.1; }

# added: what the last backup added to the repository.
added() { fe-backup list -o json | tail -n 1 | jq .added; }

conf() { printf '%s\n' "$@" >>"$FE_HOME/fe.conf"; }

# there_and_back: a repository where fe.conf says now, used for all that there is.
there_and_back() {
	run -0 fe-backup init
	grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}' <<<"$output" >"$T/key"
	head -c 20000000 /dev/urandom >"$FE_HOME/model/big"
	run -0 fe-backup -q
	mail more
	run -0 fe-backup -q
	run -0 fe-backup check --read-data
	fe-restore home --to "$T/back" --key-file "$T/key" -q
	cmp "$FE_HOME/model/big" "$T/back/model/big"
	FE_HOME=$T/back fe-mailbox check
	fe-backup forget -q --keep-last 1
	run -0 fe-backup prune
	run -0 fe-backup check --read-data
}

# once: what is slow and the same in the sanitized half.
once() { [ -z "$SAN" ] || skip 'the plain half is enough'; }

@test "help and version go to standard output; bad usage fails with 64" {
	run -0 fe-backup --help
	[[ $output == *erase* ]]
	run -0 fe-backup --version
	run -64 fe-backup --no-such-option
	run -64 fe-backup frobnicate
	run -64 fe-backup find
	run -64 fe-backup list nothing-of-that-name
	run -64 fe-backup prune now
}

@test "without a destination it says how to name one" {
	sed -i '/^\[fe-backup\]/,$d' "$FE_HOME/fe.conf"
	run -75 fe-backup
	[[ $output == *'[fe-backup NAME]'* ]] || false
}

@test "a repository key is shown once, and typed back" {
	run -1 fe-backup status
	[[ $output == *'never confirmed'* ]]
	run -64 fe-backup key confirm <<<'AAAA-BBBB'
	run -0 fe-backup key confirm <"$KEY"
	run -0 fe-backup key
	[[ $output != *'never confirmed'* ]]
	run ! grep -rqF "$(cat "$KEY")" "$FE_HOME" "$REPO"
	run -64 fe-backup init
	[[ $output == *'holds a repository already'* ]]
}

@test "another repository's key confirms nothing" {
	fe-backup init --repo "$T/other" >"$T/said" 2>&1 && false
	[[ $(cat "$T/said") == *'key of another repository'* ]]
	FE_HOME=$T/empty fe-backup init --repo "$T/other" >"$T/said"
	run -64 fe-backup key confirm <<<"$(grep -Eo \
		'([0-9A-Z]{4}-){13}[0-9A-Z]{4}' "$T/said")"
	[[ $output == *'but not of'* ]]
}

@test "two backups in a row: the second reads and adds next to nothing" {
	run -0 fe-backup -o json
	[ "$(jq .missed <<<"$output")" = 0 ]
	[ "$(jq .without_keys <<<"$output")" = 0 ]
	age
	fe-backup -q
	run -0 fe-backup -o json
	[ "$(jq .changed <<<"$output")" -le 1 ]
	[ "$(jq .added <<<"$output")" -lt 20000 ]
	run -0 fe-backup check --read-data
	[[ $output == *'ok: 3 snapshots'* ]]
}

@test "on a terminal it tells how far it is, else not" {
	need script
	script -qec fe-backup "$T/typed" </dev/null >/dev/null
	grep -Eq '[0-9.]+ (octets|MB) of [0-9.]+ (octets|MB), [0-9]+ of [0-9]+ files' \
		"$T/typed"
	script -qec "fe-restore home --to '$T/back'" "$T/typed" </dev/null \
		>/dev/null
	grep -Eq ' of [0-9.]+ (octets|MB), [0-9]+ of [0-9]+ files' "$T/typed"
	run -0 fe-backup
	[[ $output != *' of '*files* ]]
}

@test "quiet from cron: no word while all is well" {
	run -0 fe-backup -q
	[ -z "$output" ]
	run -0 fe-backup status -q
	[ -z "$output" ]
	run -0 fe-backup check -q
	[ -z "$output" ]
}

@test "one delivery stores the pages that it touched, not the mailbox" {
	for i in {1..30}; do
		mail "$(printf 'filler %02d %2000s' "$i" x)"
	done
	age
	fe-backup -q
	size=$(stat -c %s "$FE_HOME/mail/example.org/alice.sqlite")
	mail 'one more'
	fe-backup -q
	[ "$(added)" -lt $((size / 2)) ]
	fe-restore home --to "$T/back" --key-file "$KEY" -q
	FE_HOME=$T/back fe-mailbox check "$ALICE"
	[ "$(FE_HOME=$T/back fe-mailbox list "$ALICE" | wc -l)" = 34 ]
}

@test "after delete, VACUUM and rekey the copy is right" {
	fe-backup -q
	fe-mailbox delete "$ALICE:INBOX/2"
	fe-backup -q
	fe-mailbox rekey "$ALICE"
	fe-backup -q
	run -0 fe-backup check --read-data
	fe-restore home --to "$T/back" --key-file "$KEY" -q
	FE_HOME=$T/back fe-mailbox check "$ALICE"
	[ "$(FE_HOME=$T/back fe-mailbox list "$ALICE" | wc -l)" = 2 ]
	# the snapshot before the rekey needs the key from before
	first=$(fe-backup list -o json | head -n 1 | jq -r .snapshot)
	fe-restore home --snapshot "$first" --to "$T/old" --key-file "$KEY" -q
	[ "$(FE_HOME=$T/old fe-mailbox list "$ALICE" | wc -l)" = 3 ]
}

@test "keys that a repository must not have are not in it" {
	# nor logs and their keys, which would outlive their time there
	echo alice@example.org | fe-log "$FE_HOME/log"
	fe-backup -q
	run -0 fe-backup list latest
	[[ $output != *keys/log/* && $output != *.log* ]]
	[[ $output == *mail/example.org/alice.sqlite* ]]
	[[ $output == *keys/account.key* ]]
	[[ $output != *keys/service/* && $output != *keys/backup/* ]]
	[[ $output != *.keys* && $output != *-wal* && $output != *.lock$'\n'* ]] ||
		[[ $output != *alice.keys* && $output != *alice.lock* ]]
}

@test "finds files, and says what changed between two snapshots" {
	fe-backup -q
	echo 'keep;' >"$FE_HOME/sieve/new.sieve"
	rm "$FE_HOME/deliver"
	fe-backup -q
	run -0 fe-backup find new.sieve
	[ "${#lines[@]}" = 1 ]
	run -1 fe-backup find 'no*such'
	first=$(fe-backup list -o json | head -n 1 | jq -r .snapshot)
	run -0 fe-backup diff "$first"
	[[ $output == *'+'*sieve/new.sieve* ]]
	[[ $output == *'-'*deliver* ]]
	[[ $output != *alice.sqlite* ]]
}

@test "forgets by rules and by name, and prune takes away what is not needed" {
	for day in 01 02 03; do
		head -c 300000 /dev/urandom >"$FE_HOME/model/day"
		fe-backup -q --now "2026-01-${day}T10:00:00Z"
	done
	run -0 fe-backup forget -n --keep-last 1
	[ "${#lines[@]}" = 2 ]
	[ "$(fe-backup list | wc -l)" = 3 ]
	fe-backup forget -q --keep-daily 2
	[ "$(fe-backup list | wc -l)" = 2 ]
	fe-backup forget -q "$(fe-backup list -o json | head -n 1 |
		jq -r .snapshot)"
	before=$(du -s "$REPO" | cut -f 1)
	fe-backup prune -q
	after=$(du -s "$REPO" | cut -f 1)
	[ $((before - after)) -gt 500 ]
	run -0 fe-backup check --read-data
	fe-restore home --to "$T/back" --key-file "$KEY" -q
	cmp "$FE_HOME/model/day" "$T/back/model/day"
	FE_HOME=$T/back fe-mailbox check
}

@test "prune thins blobs of pages, and what is needed of them stays whole" {
	for i in 1 2 3 4; do
		mail "$(printf 'growing %d %3000s' "$i" x)"
		fe-backup -q
	done
	fe-backup forget -q --keep-last 1
	fe-backup prune -q --prune-waste 0
	run -0 fe-backup check --read-data
	fe-restore home --to "$T/back" --key-file "$KEY" -q
	FE_HOME=$T/back fe-mailbox check
	# the pages of an older state come back: they are not taken for there
	fe-mailbox delete "$ALICE:INBOX/1"
	fe-backup -q
	run -0 fe-backup check --read-data
}

@test "prune frees a disk that is full to the last octet" {
	once
	[ "$(id -u)" = 0 ] || skip 'only root can mount a small disk'
	fe-backup -q
	mkdir "$T/small"
	mount -t tmpfs -o size=24m none "$T/small" || skip 'cannot mount'
	cp -a "$REPO/." "$T/small"
	sed -i "s|^path = .*|path = $T/small|" "$FE_HOME/fe.conf"
	# packs of which nothing, half and all will be needed
	head -c 4000000 /dev/urandom >"$FE_HOME/model/gone"
	fe-backup -q
	mv "$FE_HOME/model/gone" "$T/gone"
	for name in half whole; do
		head -c 3000000 /dev/urandom >"$FE_HOME/model/$name"
	done
	fe-backup -q
	rm "$FE_HOME/model/half"
	fe-backup -q
	before=$(du -sk "$T/small" | cut -f 1)
	cat /dev/zero >"$T/small/filler" 2>/dev/null || :
	free=$(df --output=avail "$T/small" | tail -n 1)
	run fe-backup forget -q --keep-last 1
	forgotten=$status
	run fe-backup prune -q --prune-waste 10
	pruned=$status said=$output
	rm "$T/small/filler"
	after=$(du -sk "$T/small" | cut -f 1)
	run fe-backup check --read-data
	checked=$status
	run fe-restore home --to "$T/new" --key-file "$KEY"
	reserve=$(stat -c %s "$T/small/reserve" || echo 0)
	umount "$T/small"
	[ "$((free))" = 0 ]
	[ "$forgotten" = 0 ]
	[ "$pruned" = 0 ] || echo "$said"
	[ "$pruned" = 0 ]
	[ "$((before - after))" -gt 6500 ]
	[ "$checked" = 0 ]
	[ "$status" = 0 ]
	cmp "$FE_HOME/model/whole" "$T/new/model/whole"
	[ "$reserve" -ge 262144 ]
}

# small_disk SIZE: the repository moves to a disk of that size, at $T/small.
small_disk() {
	once
	[ "$(id -u)" = 0 ] || skip 'only root can mount a small disk'
	mkdir "$T/small"
	mount -t tmpfs -o "size=$1" none "$T/small" || skip 'cannot mount'
	cp -a "$REPO/." "$T/small"
	sed -i "s|^path = .*|path = $T/small|" "$FE_HOME/fe.conf"
}

teardown() {
	for disk in small far; do
		! mountpoint -q "$T/$disk" || umount "$T/$disk"
	done
	helper_teardown
}

@test "a full disk that holds no pack to give up is pruned all the same" {
	small_disk 24m
	head -c 4000000 /dev/urandom >"$FE_HOME/model/half"
	head -c 3000000 /dev/urandom >"$FE_HOME/model/whole"
	fe-backup -q
	rm "$FE_HOME/model/half"
	fe-backup -q
	before=$(du -sk --exclude=reserve "$T/small" | cut -f 1)
	cat /dev/zero >"$T/small/filler" 2>/dev/null || :
	[ "$(df --output=avail "$T/small" | tail -n 1)" -eq 0 ]
	run -0 fe-backup forget -q --keep-last 1
	run -0 fe-backup prune --prune-waste 10
	[[ $output == *' 0 removed, '[1-9]*' rewritten'* ]]
	after=$(du -sk --exclude=reserve --exclude=filler "$T/small" |
		cut -f 1)
	[ "$((before - after))" -gt 3500 ]
	rm "$T/small/filler"
	run -0 fe-backup check --read-data
	run -0 fe-restore home --to "$T/new" --key-file "$KEY"
	cmp "$FE_HOME/model/whole" "$T/new/model/whole"
}

@test "a backup that finds the disk full lets old snapshots go, and is made" {
	small_disk 40m
	conf 'keep-last = 1'
	# the first prune is at once, the next would be a week later
	for _ in 1 2 3 4 5 6 7 8; do
		head -c 8000000 /dev/urandom >"$FE_HOME/model/big"
		run -0 fe-backup -q
		[ -z "$output" ]
	done
	[ "$(fe-backup list | wc -l)" = 1 ]
	run -0 fe-backup check --read-data
	run -0 fe-restore home --to "$T/new" --key-file "$KEY"
	cmp "$FE_HOME/model/big" "$T/new/model/big"
	# what no rule lets go leaves no room: the snapshot stays
	head -c 30000000 /dev/urandom >"$FE_HOME/model/bigger"
	run -75 fe-backup -q
	[[ $output == *'No space left on device' ]]
	[ "$(fe-backup list | wc -l)" = 1 ]
	rm "$FE_HOME/model/bigger"
	run -0 fe-backup -q
	run -0 fe-backup check --read-data
}

@test "append-only: nothing is removed, and erase says until when" {
	fe-backup -q
	conf 'append-only = yes' 'keep-daily = 7'
	run -75 fe-backup forget
	[[ $output == *append-only* ]]
	run -75 fe-backup prune
	run -1 fe-backup erase --yes "$ALICE"
	[[ $output == *append-only*'snapshots may go on 2'* ]]
	fe-backup -q
	[ "$(fe-backup list | wc -l)" = 2 ]
}

@test "erase shreds a mailbox in all snapshots, the others stay" {
	fe-backup -q
	run -0 fe-mailbox erase --yes "$ALICE"
	[[ $output == *"in the backups of main: fe-backup erase $ALICE"* ]]
	run -0 fe-restore -n "$ALICE" --key-file "$KEY"
	run -64 fe-backup erase "$ALICE"
	run -0 fe-backup erase --yes "$ALICE"
	[[ $output == *shredded* ]]
	run -64 fe-restore "$ALICE" --key-file "$KEY"
	[[ $output == *'was erased'* ]]
	[ ! -e "$FE_HOME/mail/example.org/alice.sqlite" ]
	run -0 fe-restore find bob@example.org 'since:1d' || [ "$status" = 1 ]
	fe-backup -q
	run -0 fe-backup check --read-data
}

@test "a mailbox without a backup keyslot is named" {
	rm "$FE_HOME"/keys/backup/main.slot
	echo 'correct horse' | fe-account add carol@example.org >/dev/null
	run -1 fe-backup -q
	[[ $output == *carol@example.org*'fe-mailbox slots'* ]]
}

@test "a lock of a dead process does not count, one of a living one does" {
	boot=$(cat /proc/sys/kernel/random/boot_id)
	lock() {
		printf '{"fe":1,"use":"remove","host":"%s","boot":"%s",%s}\n' \
			"$(hostname)" "$boot" "$1" >"$REPO/locks/X"
	}
	lock '"pid":999999,"start":1,"renewed":"2026-01-01T00:00:00Z"'
	fe-backup -q
	[ ! -e "$REPO/locks/X" ]
	start=$(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20)
	lock "\"pid\":$$,\"start\":$start,\"renewed\":\"$(date -u +%FT%TZ)\""
	run -75 fe-backup -q --lock-wait 0s
	[[ $output == *"in use by process $$"*unlock* ]]
	run -0 fe-backup unlock
	[ -e "$REPO/locks/X" ]
	run -0 fe-backup unlock --all
	fe-backup -q
}

@test "two backups at once: one works, the other says who" {
	once
	head -c 60000000 /dev/urandom >"$FE_HOME/model/big"
	fe-backup -q &
	first=$!
	wait_for 10 sh -c "ls $REPO/locks/* >/dev/null"
	run fe-backup -q --lock-wait 0s
	wait "$first"
	[ "$status" = 75 ] && [[ $output == *'in use by process'* ]] ||
		[ "$status" = 0 ]
	run -0 fe-backup check --read-data
}

@test "a destination that is not there, is not mounted, or is full" {
	once
	mv "$REPO" "$T/away"
	run -75 fe-backup
	[[ $output == *'cannot reach the destination'* ]]
	mkdir "$REPO"
	run -64 fe-backup
	[[ $output == *'is it mounted'* ]]
	rmdir "$REPO"
	mv "$T/away" "$REPO"
	[ "$(id -u)" = 0 ] || skip 'only root can mount a small disk'
	mkdir "$T/small"
	mount -t tmpfs -o size=2m none "$T/small" || skip 'cannot mount'
	cp -a "$REPO/." "$T/small"
	head -c 4000000 /dev/urandom >"$FE_HOME/model/big"
	run fe-backup --repo "$T/small"
	full=$status said=$output
	rm "$FE_HOME/model/big"
	run fe-backup check --read-data --repo "$T/small"
	checked=$status
	run fe-backup --repo "$T/small"
	umount "$T/small"
	[ "$full" = 75 ]
	[[ $said == *'No space left'* ]]
	[ "$checked" = 0 ]
	[ "$status" = 0 ]
}

@test "what root makes at a destination belongs to whom the folder belongs to" {
	[ "$(id -u)" = 0 ] || skip 'not root'
	chown -R 2001:2002 "$REPO"
	rm -r "$REPO/drills"
	fe-backup -q
	fe-restore drill -q --key-file "$KEY"
	fe-backup forget -q --keep-last 1
	fe-backup prune -q --prune-waste 0
	[ -n "$(ls "$REPO/drills")" ]
	[ -z "$(find "$REPO" ! -user 2001 -o ! -group 2002)" ]
}

@test "a missed destination within its target is silent, beyond it is not" {
	fe-backup -q
	conf 'rpo = 24h'
	mv "$REPO" "$T/away"
	run -0 fe-backup
	[ -z "$output" ]
	sed -i 's/"time":"[^"]*"/"time":"2026-01-01T00:00:00Z"/' \
		"$FE_HOME/backup/main.json"
	run -75 fe-backup -q
	[[ $output == *'cannot reach'* ]]
}

@test "status on the far host needs no key and notices a dead cron" {
	fe-backup -q
	run -0 env FE_HOME="$T/nothing" fe-backup status -q --repo "$REPO"
	[ -z "$output" ]
	run -1 env FE_HOME="$T/nothing" fe-backup status -q --repo "$REPO" \
		--now "$(date -u -d '+3 days' +%FT%TZ)"
	[[ $output == *'TARGET MISSED'* ]]
	run -0 fe-backup status -o json
	[ "$(jq .snapshots <<<"$output")" = 1 ]
	[ "$(jq .rpo_met <<<"$output")" = true ]
	fe-backup status -o svg | python3 -c '
import sys, xml.dom.minidom
assert xml.dom.minidom.parse(sys.stdin).getElementsByTagName("rect")'
}

@test "every damaged pack, index and snapshot is found" {
	once
	fe-backup -q
	for file in "$REPO"/packs/*/* "$REPO"/index/* "$REPO"/snapshots/*; do
		size=$(stat -c %s "$file")
		for at in 0 9 40 $((size / 2)) $((size - 1)); do
			cp "$file" "$T/kept"
			flip "$file" "$at"
			run fe-backup check --read-data -q
			[ "$status" != 0 ] || {
				echo "$file $at"
				false
			}
			cp "$T/kept" "$file"
		done
	done
	run -0 fe-backup check --read-data
	rm "$(ls "$REPO"/packs/*/* | head -n 1)"
	run -1 fe-backup check
	[[ $output == *missing* ]]
}

@test "the wrong key opens nothing and says so" {
	FE_HOME=$T/other fe-backup init --repo "$T/second" >"$T/said"
	grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}' "$T/said" >"$T/wrong"
	run -64 fe-backup list --key-file "$T/wrong"
	[[ $output == *'another repository key'* ]]
	run -64 fe-backup list --key-file "$FE_HOME/fe.conf"
	sed -i 's/^./Z/' "$T/wrong"
	run -64 fe-backup list --key-file "$T/wrong"
}

@test "slots for a passphrase and for a key file open the repository" {
	fe-backup -q
	run -0 fe-backup key add --to "$T/keyfile" <"$KEY"
	run -0 env FE_HOME="$T/nothing" fe-backup list --repo "$REPO" \
		--key-file "$T/keyfile"
	[ "${#lines[@]}" = 1 ]
	{
		cat "$KEY"
		echo 'a long enough passphrase'
	} >"$T/both"
	run -0 fe-backup key add --passphrase <"$T/both"
	slot=${output##*	}
	run -0 env FE_HOME="$T/nothing" fe-backup list --repo "$REPO" \
		--passphrase <<<'a long enough passphrase'
	run -64 env FE_HOME="$T/nothing" fe-backup list --repo "$REPO" \
		--passphrase <<<'a wrong passphrase'
	fe-backup key remove "$slot"
	run -64 env FE_HOME="$T/nothing" fe-backup list --repo "$REPO" \
		--passphrase <<<'a long enough passphrase'
}

@test "a slot sealed to somebody's key opens with the private half" {
	fe-backup -q
	for who in me other; do
		openssl genpkey -algorithm X25519 -out "$T/$who.pem" 2>/dev/null
		openssl pkey -in "$T/$who.pem" -pubout -out "$T/$who.pub"
	done
	run -0 fe-backup key add --public "$T/me.pub" <"$KEY"
	[[ $output == *'quantum computer'* ]]
	run -0 fe-backup key
	[[ $output == *public* ]]
	run -0 env FE_HOME="$T/nothing" fe-backup list --repo "$REPO" \
		--key-file "$T/me.pem"
	[ "${#lines[@]}" = 1 ]
	run -64 env FE_HOME="$T/nothing" fe-backup list --repo "$REPO" \
		--key-file "$T/other.pem"
	run -64 fe-backup key add --public "$T/me.pem" <"$KEY"
	[[ $output == *'no X25519 public key'* ]]
	openssl genpkey -algorithm ed25519 | openssl pkey -pubout >"$T/ed.pub"
	run -64 fe-backup key add --public "$T/ed.pub" <"$KEY"
	run -64 fe-backup key add --public "$T/me.pub" --to "$T/file" <"$KEY"
}

@test "a sealed repository is written by a host that cannot read it" {
	rm "$FE_HOME"/keys/backup/*
	fe-backup init --sealed --repo "$T/sealed" >"$T/said"
	grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}' "$T/said" >"$T/key"
	sed -i "s|^path = .*|path = $T/sealed|" "$FE_HOME/fe.conf"
	fe-backup -q
	mail 'another'
	fe-backup -q
	[ "$(added)" -lt 200000 ]
	run -64 fe-restore home --to "$T/back"
	[[ $output == *'the repository key is needed'* ]]
	fe-backup check --read-data --key-file "$T/key"
	fe-restore home --to "$T/back2" --key-file "$T/key" -q
	[ "$(FE_HOME=$T/back2 fe-mailbox list "$ALICE" | wc -l)" = 4 ]
}

@test "a copy goes to a second destination of the same key" {
	fe-backup -q
	sed -i '/^\[fe-backup\]/,$d' "$FE_HOME/fe.conf"
	conf '[fe-backup main]' "path = $REPO" '[fe-backup second]' \
		"path = $T/second"
	run -0 fe-backup init --instance second --like main
	run -0 fe-backup copy main second
	[[ $output == *'1 snapshots'* ]]
	run -0 fe-backup copy main second
	[[ $output == *'0 snapshots, 0 packs'* ]]
	run -0 fe-backup check --read-data --instance second
	fe-restore home --from second --to "$T/back" --key-file "$KEY" -q
	FE_HOME=$T/back fe-mailbox check
	# and each destination is its own
	run -0 fe-backup -q
	[ -z "$output" ]
	[ "$(ls "$T/second/snapshots" | wc -l)" = 2 ]
	[ "$(ls "$REPO/snapshots" | wc -l)" = 2 ]
	run -0 fe-backup status
	[ "${#lines[@]}" = 2 ]
}

# beside_backups COMMAND...: it runs slowly, and whole backups come and go
# meanwhile.
beside_backups() {
	strace -f -o "$T/trace" -e trace=openat -e inject=openat:delay_exit=3000 \
		"$@" >"$T/said" 2>&1 3>&- &
	local pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		head -c 100000 /dev/urandom >"$FE_HOME/model/more"
		fe-backup -q --instance main
	done
	wait "$pid" || { cat "$T/said"; false; }
}

@test "check, restore and copy beside backups see what is whole" {
	once
	need strace
	sed -i '/^\[fe-backup\]/,$d' "$FE_HOME/fe.conf"
	conf '[fe-backup main]' "path = $REPO" '[fe-backup second]' \
		"path = $T/second"
	fe-backup -q --instance main
	fe-backup init -q --instance second --like main
	beside_backups fe-backup check -q --instance main
	beside_backups fe-restore home --from main --to "$T/back" \
		--key-file "$KEY" -q
	FE_HOME=$T/back fe-mailbox check
	beside_backups fe-backup copy -q main second
	run -0 fe-backup check --read-data -q --instance second
}

@test "killed at random moments of backup, prune and copy nothing is lost" {
	rounds=${KILLS:-20}
	[ -z "$SAN" ] || rounds=4
	sed -i '/^\[fe-backup\]/,$d' "$FE_HOME/fe.conf"
	conf '[fe-backup main]' "path = $REPO"
	fe-backup -q
	# fe.conf with the second place is for copy alone: `fe-backup' does all
	cp "$FE_HOME/fe.conf" "$T/conf"
	conf '[fe-backup second]' "path = $T/second"
	cp "$FE_HOME/fe.conf" "$T/both"
	fe-backup init -q --instance second --like main
	cp "$T/conf" "$FE_HOME/fe.conf"
	for ((round = 0; round < rounds; round++)); do
		head -c 3000000 /dev/urandom >"$FE_HOME/model/kill"
		mail "kill $round" bob@example.org
		verb=backup
		case $((round % 4)) in
		2)
			fe-backup forget -q --keep-last 1
			verb='prune --prune-waste 0'
			;;
		3)
			cp "$T/both" "$FE_HOME/fe.conf"
			verb='copy main second'
			;;
		esac
		# the process of each destination, too
		# shellcheck disable=SC2086 # two words
		setsid fe-backup -q $verb &
		pid=$!
		sleep "0.0$((RANDOM % 10))"
		kill -KILL -- "-$pid" 2>/dev/null || true
		wait "$pid" || true
		run -0 fe-backup check --read-data -q
		cp "$T/conf" "$FE_HOME/fe.conf"
	done
	fe-backup -q
	cp "$T/both" "$FE_HOME/fe.conf"
	fe-backup copy -q main second
	run -0 fe-backup check --read-data --instance second
	cp "$T/conf" "$FE_HOME/fe.conf"
	fe-backup forget -q --keep-last 1
	fe-backup prune -q
	run -0 fe-backup check --read-data
	[ -z "$(find "$REPO" -name '.*' -type f)" ]
	rm -rf "$T/back"
	fe-restore home --to "$T/back" --key-file "$KEY" -q
	cmp "$FE_HOME/model/kill" "$T/back/model/kill"
	FE_HOME=$T/back fe-mailbox check
	[ "$(FE_HOME=$T/back fe-mailbox list bob@example.org | wc -l)" = \
		"$rounds" ]
}

@test "interrupted within a file: nothing is left but what the next goes on from" {
	once
	head -c 80000000 /dev/urandom >"$FE_HOME/model/big"
	sent() { du -sk "$REPO/packs" | cut -f 1; }
	before=$(sent)
	paused read 120 "$FE_HOME/model/big" fe-backup
	kill -TERM "$PAUSED"
	resume 75
	[[ $(cat "$T/said") == *'interrupted: what was sent is found'* ]]
	[ -z "$(ls "$REPO/locks")" ]
	half=$(($(sent) - before))
	[ "$half" -gt 20000 ]
	[ "$half" -lt 60000 ]
	# it does not send again what is there
	run -0 fe-backup
	[ "$(($(sent) - before))" -lt 84000 ]
	run -0 fe-backup check --read-data
	# and back
	paused write 5 "$T/back/model/.big.restoring" \
		fe-restore home --to "$T/back" --key-file "$KEY"
	kill -INT "$PAUSED"
	resume 75
	[[ $(cat "$T/said") == *interrupted* ]]
	[ -z "$(find "$T/back" -name '.*.restoring')" ]
	[ ! -e "$T/back/model/big" ]
	[ -z "$(ls "$REPO/locks")" ]
	run -0 fe-restore home --to "$T/back" --key-file "$KEY"
	cmp "$FE_HOME/model/big" "$T/back/model/big"
}

@test "deliveries that run meanwhile are each whole in the snapshot or not in" {
	once
	(
		for i in {1..40}; do
			mail "flow $i" bob@example.org
		done
	) 3>&- &
	pid=$!
	for _ in 1 2 3 4; do
		fe-backup -q
	done
	wait "$pid"
	n=0
	for snapshot in $(fe-backup list -o json | jq -r .snapshot); do
		rm -rf "$T/back"
		fe-restore home --snapshot "$snapshot" --to "$T/back" \
			--key-file "$KEY" -q
		FE_HOME=$T/back fe-mailbox check
		now=$(FE_HOME=$T/back fe-mailbox list bob@example.org | wc -l)
		[ "$now" -ge "$n" ]
		n=$now
	done
	[ "$n" -gt 0 ]
}

@test "over SFTP to a real sshd" {
	once
	need_peer openssh-server sshd
	port=$(free_port)
	ssh-keygen -q -t ed25519 -N '' -f "$T/host"
	ssh-keygen -q -t ed25519 -N '' -f "$T/user"
	cp "$T/user.pub" "$T/authorized"
	need bwrap
	cat >"$T/sshd_config" <<-END
		Port $port
		ListenAddress 127.0.0.1
		HostKey $T/host
		AuthorizedKeysFile $T/authorized
		PidFile none
		UsePAM no
		StrictModes no
		PasswordAuthentication no
		Subsystem sftp internal-sftp
	END
	[ "$(id -u)" = 0 ] || skip 'only root can serve a login'
	mkdir -p /run/sshd
	sshd=$(sed -n "s/^exec '\(.*\)' .*/\1/p" "$PEER")
	library=$(sed -n "s/^LD_LIBRARY_PATH='\(.*\)'/\1/p" "$PEER")
	# root's sshd wants a user sshd, which this host may not have
	sed '$a sshd:x:74:74::/run/sshd:/usr/sbin/nologin' /etc/passwd \
		>"$T/passwd"
	start "$T/sshd.log" bwrap --dev-bind / / \
		--bind "$T/passwd" /etc/passwd \
		--setenv LD_LIBRARY_PATH "$library" "$sshd" -D -e \
		-f "$T/sshd_config"
	wait_for_port "$port" || skip "sshd: $(tail -n 1 "$T/sshd.log")"
	echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$T/host.pub")" >"$T/known"
	rm "$FE_HOME"/keys/backup/*
	sed -i '/^path/d' "$FE_HOME/fe.conf"
	conf "url = sftp://$(id -un)@127.0.0.1:$port$T/far" \
		"ssh-key = $T/user" "ssh-known-hosts = $T/known" 'timeout = 60s'
	mkdir "$T/far"
	mount -t tmpfs -o size=100m none "$T/far" || skip 'cannot mount'
	there_and_back
	# a full disk far away: the reserve gives the lock and the index room
	rm "$FE_HOME/model/big"
	run -0 fe-backup -q
	cat /dev/zero >"$T/far/filler" 2>/dev/null || :
	[ "$(df --output=avail "$T/far" | tail -n 1)" -eq 0 ]
	run -0 fe-backup forget -q --keep-last 1
	run -0 fe-backup prune
	[[ $output == *' '[1-9]*' removed, '* ]]
	rm "$T/far/filler"
	run -0 fe-backup check --read-data
	kill -TERM -- "-$STARTED"
	run -75 fe-backup -q
	[[ $output == *'cannot reach the destination'* ]]
}

@test "to S3, by a server that speaks it" {
	START=$("$HERE/peers/s3rver" 2>"$T/s3.err") ||
		skip "$(tail -n 1 "$T/s3.err")"
	port=$(free_port)
	mkdir "$T/s3"
	start "$T/s3.log" "$START" "$port" "$T/s3"
	wait_for 30 port_is_open "$port" || {
		cat "$T/s3.log"
		false
	}
	printf 'S3RVER\nS3RVER\n' >"$T/s3key"
	chmod 600 "$T/s3key"
	rm "$FE_HOME"/keys/backup/*
	sed -i '/^path/d' "$FE_HOME/fe.conf"
	conf "url = s3://127.0.0.1:$port/backup/mx" "s3-key-file = $T/s3key" \
		's3-plain = yes' 'timeout = 60s'
	there_and_back
	printf 'NOBODY\nwrong\n' >"$T/s3key"
	run -75 fe-backup -q
	[[ $output == *'the server says 403'* ]]
}

@test "a full standard output fails" {
	fe-backup -q
	run -75 sh -c 'fe-backup list >/dev/full'
}
