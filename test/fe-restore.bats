# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# fe-restore: messages, mailboxes and homes back out of a backup, and drills.
load backup

setup_file() {
	make_repository
	sed -i "s|^path = .*|path = $BATS_FILE_TMPDIR/repo|" "$FE_HOME/fe.conf"
	fe-backup -q
}

subjects() {
	fe-mailbox list -o json "$@" | jq -r .summary.subject | sort | paste -sd ,
}

@test "help and version go to standard output; bad usage fails with 64" {
	run -0 fe-restore --help
	[[ $output == *drill* ]]
	run -0 fe-restore --version
	run -64 fe-restore --no-such-option
	run -64 fe-restore
	run -64 fe-restore frobnicate
	run -64 fe-restore find --message-id message-2@b
	[[ $output == *'find in which mailbox?'* ]]
	run -64 fe-restore find "$ALICE"
	[[ $output == *"find what in '$ALICE'?"* ]]
	run -64 fe-restore home there
	run -64 fe-restore nobody@example.org
	run -64 fe-restore --snapshot none home
	run -64 fe-restore --at 2001-01-01 home
	[[ $output == *'that old'* ]]
}

@test "a deleted message comes back by its Message-ID, once" {
	fe-mailbox delete "$ALICE:INBOX/2"
	run -0 fe-restore find "$ALICE" 'subject:message since:30d'
	[ "${#lines[@]}" = 3 ]
	run -0 fe-restore find "$ALICE" --message-id message-2@b
	[[ $output == "$ALICE:INBOX/2	"* ]]
	run -1 fe-restore find "$ALICE" 'subject:nothing'
	run -0 fe-restore -n "$ALICE" --message-id '<message-2@b>' --into Restored
	[[ $output == *'would be restored: 1 messages'* ]]
	[ "$(subjects "$ALICE")" = 'message 1,message 3' ]
	fe-restore -q "$ALICE" --message-id '<message-2@b>' --into Restored
	[ "$(subjects "$ALICE:Restored")" = 'message 2' ]
	run -0 fe-restore "$ALICE" --message-id '<message-2@b>' --into Restored
	[[ $output == *'0 messages'*'1 were there already'* ]]
	run -64 fe-restore "$ALICE" --message-id '<other@b>'
	fe-mailbox check "$ALICE"
	[ "$(fe-mailbox search "$ALICE" 'message folder:Restored' | wc -l)" = 1 ]
}

@test "by UID, by query, and the octets are the same" {
	fe-cat "$ALICE:INBOX/3" -o mail >"$T/before"
	fe-mailbox flag --add '\Flagged' "$ALICE:INBOX/1"
	fe-backup -q
	fe-mailbox delete --yes "$ALICE:INBOX/1" "$ALICE:INBOX/3"
	fe-restore -q "$ALICE:INBOX/3"
	fe-restore -q "$ALICE" 'subject:1'
	[ "$(subjects "$ALICE:INBOX")" = 'message 1,message 2,message 3' ]
	uid=$(fe-mailbox search "$ALICE" 'subject:3')
	fe-cat "$uid" -o mail >"$T/after"
	cmp "$T/before" "$T/after"
	[ "$(fe-mailbox search "$ALICE" is:flagged | wc -l)" = 1 ]
	run -64 fe-restore "$ALICE:INBOX/99"
	run -64 fe-restore "$ALICE:Nowhere/1"
}

@test "a folder is added to, or becomes as it was" {
	fe-mailbox delete "$ALICE:INBOX/1"
	mail 'newer'
	fe-restore -q "$ALICE:INBOX"
	[ "$(subjects "$ALICE:INBOX")" = \
		'message 1,message 2,message 3,newer' ]
	fe-restore -q --replace "$ALICE:INBOX"
	[ "$(subjects "$ALICE:INBOX")" = 'message 1,message 2,message 3' ]
	run -64 fe-restore --replace "$ALICE:INBOX/1"
	fe-mailbox check "$ALICE"
}

@test "a whole mailbox is swapped under a running service, UIDs are not reused" {
	before=$(fe-mailbox folders -o json "$ALICE" | jq -r .uidvalidity |
		sort -n | tail -n 1)
	(
		for i in {1..15}; do
			mail "flow $i"
		done
	) 3>&- &
	pid=$!
	fe-restore -q --replace "$ALICE"
	wait "$pid"
	fe-mailbox check "$ALICE"
	[[ $(subjects "$ALICE") == *'message 1,message 2,message 3' ]]
	after=$(fe-mailbox folders -o json "$ALICE" | jq -r .uidvalidity |
		sort -n | head -n 1)
	[ "$after" -gt "$before" ]
	mail later
	[[ $(subjects "$ALICE") == *later* ]]
	generation=$(fe-mailbox stat -o json "$ALICE" | jq .generation)
	fe-restore -q --replace "$ALICE"
	[ "$(fe-mailbox stat -o json "$ALICE" | jq .generation)" -gt \
		"$generation" ]
	[ "$(subjects "$ALICE")" = 'message 1,message 2,message 3' ]
}

@test "to a point in time, also from before a rekey" {
	then=$(date -u +%FT%TZ)
	sleep 1.1
	fe-mailbox delete "$ALICE:INBOX/2"
	fe-mailbox rekey "$ALICE"
	fe-backup -q
	run -1 fe-restore find "$ALICE" subject:2
	run -0 fe-restore find "$ALICE" subject:2 --at "$then"
	fe-restore -q "$ALICE" --at "$then"
	[ "$(subjects "$ALICE")" = 'message 1,message 2,message 3' ]
}

@test "a mailbox that is gone comes back whole, and its login opens it" {
	fe-mailbox erase --yes "$ALICE" >/dev/null
	run -64 fe-restore "$ALICE:INBOX"
	run -0 fe-restore "$ALICE"
	[ "$(subjects "$ALICE")" = 'message 1,message 2,message 3' ]
	fe-mailbox check "$ALICE"
	mail after
	[[ $(subjects "$ALICE") == after,* ]]
}

@test "a machine with only the repository and the printed key has all of it" {
	export FE_HOME=$T/new
	run -64 fe-restore home --repo "$REPO" --ask-key <<<'AAAA'
	fe-restore home -q --repo "$REPO" --ask-key --to "$T/new" <"$KEY"
	diff -r --exclude=mail --exclude=keys --exclude=backup \
		"$BATS_FILE_TMPDIR/home" "$T/new"
	cmp "$T/home/keys/tls/key.pem" "$T/new/keys/tls/key.pem"
	[ "$(stat -c %a "$T/new/keys/account.key")" = 400 ]
	[ "$(subjects "$ALICE")" = 'message 1,message 2,message 3' ]
	fe-mailbox check
	mail 'on the new host'
	[[ $(subjects "$ALICE") == *'on the new host'* ]]
	sed -i "s|^path = .*|path = $REPO|" "$FE_HOME/fe.conf"
	run -0 fe-backup init --adopt <"$KEY"
	run -0 fe-backup -q
	run -0 fe-backup check --read-data
	# what is there stays, and a second run is done at once
	echo mine >"$T/new/deliver"
	run -0 fe-restore home
	[ "$(cat "$T/new/deliver")" = mine ]
}

@test "mail that only the delivery journal had comes back, once" {
	local lock=$FE_HOME/mail/example.org/alice.lock line body
	mkfifo "$T/in" "$T/out"
	exec 9<"$lock"
	flock 9
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in" "$T/out"
	exec 5>"$T/in" 6<"$T/out"
	body=$'Subject: only there\r\n\r\nx\r\n'
	printf '{"fe":1,"id":"01M80000000000000000000001","size":%d,"fingerprint":"f1","envelope":{"from":"b@example.net","to":[{"address":"%s"}]}}\n%s' \
		"${#body}" "$ALICE" "$body" >&5
	read -r -t 20 line <&6
	[[ $line == *'"status":"stored"'* ]]
	kill -KILL -- "-$STARTED"
	exec 5>&- 6<&-
	flock -u 9
	exec 9<&-
	ls "$FE_HOME/journal/"*.seg
	run -0 fe-backup -q
	export FE_HOME=$T/new
	fe-restore home -q --repo "$REPO" --ask-key --to "$T/new" <"$KEY"
	cp -a "$T/new/journal" "$T/saved"
	ls "$T/saved/"*.seg
	run -0 fe-store --replay
	[ "$(subjects "$ALICE")" = 'message 1,message 2,message 3,only there' ]
	# a journal of before its mailbox stores nothing twice
	rm -rf "$T/new/journal"
	cp -a "$T/saved" "$T/new/journal"
	run -0 fe-store --replay
	[ "$(subjects "$ALICE")" = 'message 1,message 2,message 3,only there' ]
}

@test "a restore that was killed is finished by the next" {
	head -c 40000000 /dev/urandom >"$FE_HOME/model/big"
	fe-backup -q
	# in the midst of a file; then before the keys of mailboxes
	# (SIGXFSZ at the octet that is one too many)
	run -153 bash -c 'ulimit -f 20000 && exec fe-restore home -q "$@"' sh \
		--to "$T/new" --key-file "$KEY"
	[ -s "$(find "$T/new" -name '.*.restoring')" ]
	run -0 fe-restore home --to "$T/new" --key-file "$KEY"
	[ -z "$(find "$T/new" -name '*.restoring')" ]
	cmp "$FE_HOME/model/big" "$T/new/model/big"
	rm "$T/new/mail/example.org/alice.keys"
	run -0 fe-restore home --to "$T/new" --key-file "$KEY"
	FE_HOME=$T/new fe-mailbox check
	[ "$(subjects --home "$T/new" "$ALICE")" = \
		'message 1,message 2,message 3' ]
}

@test "a disk that is full leaves no half file behind" {
	[ "$(id -u)" = 0 ] || skip 'only root can mount'
	head -c 9000000 /dev/urandom >"$FE_HOME/model/big"
	fe-backup -q
	mkdir "$T/small"
	mount -t tmpfs -o size=4m none "$T/small" || skip 'cannot mount'
	run fe-restore home -q --to "$T/small/new" --key-file "$KEY"
	left=$(find "$T/small" -name 'big*' -o -name '*.restoring')
	umount "$T/small"
	[ "$status" = 75 ]
	[[ $output == *'No space left on device'* ]]
	[ -z "$left" ]
}

@test "without the repository's slot key mailboxes stay closed" {
	rm "$FE_HOME/keys/backup/main.slot"
	run -64 fe-restore find "$ALICE" subject:2
	[[ $output == *--ask-key* ]]
	run -0 fe-restore find "$ALICE" subject:2 --ask-key <"$KEY"
}

@test "tar and mtree, by no tool of ours from there on" {
	mkdir "$T/out"
	fe-restore latest -o tar | tar -x -C "$T/out"
	cmp "$FE_HOME/sieve/site.sieve" "$T/out/sieve/site.sieve"
	[ "$(stat -c %a "$T/out/keys/account.key")" = 400 ]
	[ -s "$T/out/mail/example.org/alice.sqlite" ]
	fe-restore latest -o tar --below sieve | tar -t >"$T/list"
	[ "$(grep -vc '^sieve/' "$T/list")" = 0 ]
	fe-restore latest -o mtree >"$T/mtree"
	grep -q '^#mtree' "$T/mtree"
	grep -q 'site.sieve.*size=' "$T/mtree"
	run -75 sh -c 'fe-restore latest -o tar >/dev/full'
}

@test "a drill opens mailboxes and signs its report" {
	run -0 fe-restore drill --sample 0
	[[ $output == *'ok: '*'2 of 2 mailboxes, 3 messages'* ]]
	report=$(ls "$FE_HOME"/backup/drill-main-*.json)
	run -0 fe-restore drill verify "$report"
	cmp "$report" "$REPO"/drills/*
	sed -i 's/"messages":3/"messages":4/' "$report"
	run -65 fe-restore drill verify "$report"
	[[ $output == *'was changed'* ]]
	run -0 fe-backup status
	[[ $output == *'drill 2'*' ok '*'by the repository key never'* ]]
	# once a year it must be what is on paper that opens it
	later() { date -u -d "+$1 days" +%FT%TZ; }
	sed -i "s|^path = .*|&\nrpo = 9000d|" "$FE_HOME/fe.conf"
	run -0 fe-backup status -q --now "$(later 360)"
	run -1 fe-backup status -q --now "$(later 370)"
	[[ $output == *'by the repository key never (DUE'* ]]
	run -0 fe-restore drill -q --now "$(later 369)"
	run -1 fe-backup status -q --now "$(later 370)"
	run -0 fe-restore drill -o json --ask-key --now "$(later 370)" <"$KEY"
	[ "$(jq -r .report.opened_by <<<"$output")" = 'repository key' ]
	run -0 fe-restore drill -q --now "$(later 380)"
	run -0 fe-backup status -q --now "$(later 700)"
	run -0 fe-backup status -o json --now "$(later 700)"
	[ "$(jq -r .key_drill_met <<<"$output")" = true ]
	run -1 fe-backup status -q --now "$(later 740)"
	[ ! -e "$FE_HOME/restore" ]
}

@test "a drill has as many threads as a restore" {
	need strace
	threads() {
		strace -qq -f -e trace=clone,clone3 -e signal=none \
			-o "$T/calls" "$@" >/dev/null
		grep -c CLONE_THREAD "$T/calls"
	}
	restore=$(threads fe-restore home --to "$T/new" --key-file "$KEY")
	drill=$(threads fe-restore drill --sample 0)
	[ "$restore" -gt 1 ]
	[ "$drill" = "$restore" ]
}

@test "a drill tells each mailbox that is damaged" {
	for pack in "$REPO"/packs/??/*; do
		[ "$(stat -c %s "$pack")" -lt 20000 ] || big=$pack
	done
	printf 'rotten' | dd of="$big" bs=1 seek=9000 conv=notrunc status=none
	run -1 fe-restore drill --sample 0
	[[ $output == *"'mail/example.org/"*'FAILED'* ]]
}

@test "a drill is silent in cron unless a target is broken" {
	run -0 fe-restore drill -q
	[ -z "$output" ]
	sed -i "s|^path = .*|&\nrpo = 1h|" "$FE_HOME/fe.conf"
	run -0 fe-restore drill -q
	run -1 fe-restore drill -q --now "$(date -u -d '+2 hours' +%FT%TZ)"
	[[ $output == *'RPO MISSED'* ]]
	pack=$(ls -S "$REPO"/packs/*/* | head -n 1)
	flip "$pack" 3000
	run -1 fe-restore drill -q --sample 0
	[[ $output == *damaged* ]]
}
