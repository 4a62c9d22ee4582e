# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# fe-store: plans obeyed, receipts given, nothing lost, nothing twice.
load helper

ALICE=alice@example.org
BOB=bob@example.org

# Passwords cost time: one home, copied for each test.
setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE" "$BOB"
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	export FE_HOME=$T/home
}

# record N RECIPIENTS [MEMBERS]: one record, its message numbered; a literal
# member list goes in as it is.
record() {
	local to= one body
	for one in $2; do
		to="$to${to:+,}{\"address\":\"$one\"}"
	done
	body=$(printf 'From: Bob <b@example.net>\r\nSubject: number %s\r\n\r\nsnowflake %s\r\n.' "$1" "$1")
	body=${body%.}
	printf '{"fe":1,"id":"01M80000000000000000%06d","size":%d,' "$1" \
		"${#body}"
	printf '"fingerprint":"f%s","envelope":{"from":"b@example.net","to":[%s]}%s}\n%s' \
		"$1" "$to" "${3:+,$3}" "$body"
}
end() { printf '{"fe":1,"end":%d}\n' "$1"; }
statuses() { jq -r '.delivery[]?.status' "$@"; }
places() { fe-mailbox search "$@" 'smaller:1G' | sed 's/^[^:]*://' | sort; }
# content PLACE: the stored octets, by way of the exported key.
content() {
	local user=${1%%@*}
	rm -f "$T/key"
	fe-mailbox keys export "$1" --to "$T/key"
	fe-mailbox sql -o json --db "$T/home/mail/example.org/$user.sqlite" \
		--key-file "$T/key" \
		"SELECT CAST(content AS TEXT) FROM body ORDER BY id" |
		jq -rj '.[0]'
}

@test "help and version go to standard output; a bad option fails with 75" {
	run -0 fe-store --help
	[[ $output == *--keep-meta* ]]
	run -0 fe-store --version
	run -75 fe-store --no-such-option </dev/null
	run -75 fe-store -o mail -i mail </dev/null
}

@test "a plain message is stored whole, with Return-Path and full text" {
	printf 'Subject: Tea\n\nsnowflake\n' >"$T/m"
	run -0 fe-store -o text --mail-from b@example.net --rcpt "$ALICE" <"$T/m"
	[[ $output == 'receipt   '*'  of one message'*status=stored* ]]
	[[ $output != *'0 octets'* ]]
	content "$ALICE" >"$T/got"
	printf 'Return-Path: <b@example.net>\r\nSubject: Tea\r\n\r\nsnowflake\r\n' \
		>"$T/want"
	cmp "$T/want" "$T/got"
	run -0 fe-mailbox search "$ALICE" subject:tea snowflake
	[ "$output" = "$ALICE:INBOX/1" ]
}

@test "text in an old charset is found by its words" {
	printf 'Subject: x\nContent-Type: text/plain; charset=iso-8859-2\n\n\263\363d\277\n' \
		>"$T/m"
	fe-store -i mail --rcpt "$ALICE" <"$T/m" >/dev/null
	run -0 fe-mailbox search "$ALICE" łódż
	[ "$output" = "$ALICE:INBOX/1" ]
}

@test "an import without a sender is stored octet for octet" {
	printf 'Return-Path: <old@example.net>\r\nSubject: Tea\r\n\r\n\001bin\r\n' \
		>"$T/m"
	fe-store -i mail --rcpt "$ALICE" <"$T/m" >/dev/null
	content "$ALICE" >"$T/got"
	cmp "$T/m" "$T/got"
}

@test "where the sender is known there is one Return-Path, ours" {
	printf 'Return-Path: <old@example.net>\nSubject: Tea\nReturn-Path:\n <older@example.net>\n\nReturn-Path: body\n' \
		>"$T/m"
	fe-store -i mail --mail-from b@example.net --rcpt "$ALICE" <"$T/m" \
		>/dev/null
	content "$ALICE" >"$T/got"
	printf 'Return-Path: <b@example.net>\r\nSubject: Tea\r\n\r\nReturn-Path: body\r\n' \
		>"$T/want"
	cmp "$T/want" "$T/got"
}

@test "one receipt for each record, and one status for each recipient" {
	(record 1 "$ALICE $BOB nobody@example.org"; record 2 "$BOB"; end 2) \
		>"$T/in"
	run -75 sh -c 'fe-store -i record <"$0" >"$1" 2>"$2"' "$T/in" \
		"$T/out" "$T/err"
	[ "$(statuses "$T/out" | xargs)" = "stored stored failed stored" ]
	[ "$(jq -r '.delivery[2]?.enhanced // empty' "$T/out")" = 5.1.1 ]
	[ "$(tail -n 1 "$T/out")" = '{"fe":1,"end":2}' ]
	grep -q '^4.3.0 ' "$T/err"
}

@test "the same id or fingerprint is a duplicate; another message under a known id fails" {
	(record 1 "$ALICE"; record 1 "$ALICE"; end 2) | fe-store >"$T/out"
	[ "$(statuses "$T/out" | xargs)" = "stored duplicate" ]
	(record 1 "$ALICE" | sed 's/01M80000000000000000000001/01M80000000000000000000009/'
	end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out")" = duplicate ]
	(record 1 "$ALICE" | sed 's/"f1"/"other"/'; end 1) >"$T/in"
	run -75 sh -c 'fe-store -i record <"$0" >"$1" 2>"$2"' "$T/in" \
		"$T/out" "$T/err"
	[ "$(statuses "$T/out")" = failed ]
	grep -q 'bug: id' "$T/err"
	[ "$(places "$ALICE")" = INBOX/1 ]
}

@test "a deleted message stays known" {
	(record 1 "$ALICE"; end 1) | fe-store >/dev/null
	fe-mailbox delete "$ALICE:INBOX/1"
	(record 1 "$ALICE"; end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out")" = duplicate ]
}

@test "verdicts: junk, quarantine, reject, discard, tempfail" {
	(record 1 "$ALICE" '"verdict":{"action":"junk"}'
	record 2 "$ALICE" '"verdict":{"action":"quarantine"}'
	record 3 "$ALICE" '"verdict":{"action":"reject","code":554,"text":"no"}'
	record 4 "$ALICE" '"verdict":{"action":"discard"}'
	record 5 "$ALICE" '"verdict":{"action":"tempfail"}'
	end 5) | fe-store >"$T/out"
	[ "$(statuses "$T/out" | xargs)" = \
		"stored quarantined rejected discarded deferred" ]
	[ "$(places "$ALICE")" = Junk/1 ]
	[ -s "$T/home/mail/.quarantine.sqlite" ]
	[ "$(jq -r 'select(.verdict.action == "reject").delivery[0].code' \
		"$T/out")" = 554 ]
}

@test "a plan is obeyed: folders, flags, several places, discard" {
	(record 1 "$ALICE" '"plan":[{"actions":[{"do":"fileinto","folder":"Lists/fe","create":true,"flags":["\\Flagged","work"]},{"do":"keep","flags":["\\Seen"]}]}]'
	record 2 "$ALICE" '"plan":[{"actions":[{"do":"fileinto","folder":"Not There"}]}]'
	record 3 "$ALICE" '"plan":[{"actions":[{"do":"discard"}]}]'
	record 4 "$ALICE" '"plan":[{"actions":[{"do":"quarantine"}]}]'
	end 4) | fe-store >"$T/out"
	[ "$(statuses "$T/out" | xargs)" = \
		"stored stored discarded quarantined" ]
	[ "$(places "$ALICE" | xargs)" = "INBOX/1 INBOX/2 Lists/fe/1" ]
	run -0 fe-mailbox search "$ALICE" is:flagged flag:work
	[ "$output" = "$ALICE:Lists/fe/1" ]
	run -0 fe-mailbox search "$ALICE" is:seen
	[ "$output" = "$ALICE:INBOX/1" ]
}

@test "a folder that is named twice gets the message once, with all flags" {
	(record 1 "$ALICE" '"plan":[{"actions":[{"do":"keep","flags":["\\Seen","work"]},{"do":"fileinto","folder":"inbox","flags":["\\Flagged","work","home"]}]}]'
	record 2 "$ALICE" '"plan":[{"actions":[{"do":"fileinto","folder":"Not There"},{"do":"fileinto","folder":"Nor This"},{"do":"fileinto","folder":"Junk"}]}]'
	end 2) | fe-store >"$T/out"
	[ "$(places "$ALICE" | xargs)" = "INBOX/1 INBOX/2 Junk/1" ]
	run -0 fe-mailbox search "$ALICE" is:seen is:flagged flag:work flag:home
	[ "$output" = "$ALICE:INBOX/1" ]
}

@test "redirect, vacation and notify keep the message and warn" {
	(record 1 "$ALICE" '"plan":[{"actions":[{"do":"redirect","to":"x@example.net"}]}]'
	end 1) | fe-store >"$T/out" 2>"$T/err"
	[ "$(statuses "$T/out")" = stored ]
	[ "$(grep -c 'need a queue' "$T/err")" = 1 ]
	[ "$(places "$ALICE")" = INBOX/1 ]
}

@test "some done, some refused: who refused finds it in Junk" {
	(record 1 "$ALICE $BOB" '"plan":[{},{"verdict":{"action":"reject"}}]'
	end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out" | xargs)" = "stored stored" ]
	[ "$(places "$BOB")" = Junk/1 ]
	(record 2 "$BOB" '"plan":[{"verdict":{"action":"reject","enhanced":"5.7.26"}}]'
	end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out")" = rejected ]
	[ "$(jq -r '.delivery[0]?.enhanced // empty' "$T/out")" = 5.7.26 ]
}

@test "header changes are applied, those of the plan for its recipient alone" {
	(record 1 "$ALICE $BOB" '"headers":[{"op":"prepend","name":"X-A","value":"1"},{"op":"delete","name":"From"}],"plan":[{"headers":[{"op":"append","name":"X-B","value":"2"}]},{}]'
	end 1) | fe-store >/dev/null
	content "$ALICE" >"$T/got"
	printf 'Return-Path: <b@example.net>\r\nX-A: 1\r\nSubject: number 1\r\nX-B: 2\r\n\r\nsnowflake 1\r\n' \
		>"$T/want"
	cmp "$T/want" "$T/got"
	content "$BOB" >"$T/got"
	sed -i '/X-B/d' "$T/want"
	cmp "$T/want" "$T/got"
}

@test "what was known of a message is kept, without other recipients" {
	(record 1 "$ALICE $BOB" '"checks":{"spf":{"result":"pass"}},"source":{"kind":"file","path":"x"},"headers":[{"op":"prepend","name":"X","value":"y"}]'
	end 1) | fe-store >/dev/null
	fe-mailbox keys export "$BOB" --to "$T/key"
	fe-mailbox sql -o json --db "$T/home/mail/example.org/bob.sqlite" \
		--key-file "$T/key" \
		"SELECT json, source FROM meta JOIN letter USING (id)" >"$T/row"
	jq -r '.[0]' "$T/row" >"$T/meta"
	[ "$(jq -r .checks.spf.result "$T/meta")" = pass ]
	[ "$(jq -r '.envelope.to[].address' "$T/meta")" = "$BOB" ]
	[ "$(jq -r 'has("headers") or has("source")' "$T/meta")" = false ]
	[ "$(jq -r '.[1] | fromjson | .path' "$T/row")" = x ]
}

@test "an import keeps folder, flags and date" {
	(record 1 "$ALICE" '"source":{"kind":"maildir","path":"x","folder":"Old/2019","flags":["\\Seen"],"date":"2019-01-02T03:04:05Z"}'
	end 1) | fe-store >/dev/null
	run -0 fe-mailbox list -o json "$ALICE"
	[ "$(jq -r '[.folder,.flags[0],.received]|@csv' <<<"$output")" = \
		'"Old/2019","\Seen","2019-01-02T03:04:05.000Z"' ]
}

@test "the table of recipients decides, with detail and replaced under us" {
	(record 1 alice+news@example.org; end 1) | fe-store >"$T/out"
	[ "$(jq -r '.delivery[0]?.mailbox // empty' "$T/out")" = "$ALICE" ]
	mkfifo "$T/in" "$T/answers"
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in" "$T/answers"
	exec 5>"$T/in" 6<"$T/answers"
	record 2 late@example.org >&5
	read -r -t 10 line <&6
	[[ $line == *failed* ]]
	(cat "$T/home/run/recipients"; printf 'late@example.org\t%s\n' "$BOB") |
		sort >"$T/new"
	mv "$T/new" "$T/home/run/recipients"
	record 3 late@example.org >&5
	read -r -t 10 line <&6
	[[ $line == *stored* ]]
	exec 5>&- 6<&-
}

@test "a stream without its end: what is whole is stored, no mark, 75" {
	record 1 "$ALICE" >"$T/cut"
	run -75 fe-store -i record <"$T/cut"
	[[ $output != *'"end"'* ]]
	[ "$(places "$ALICE")" = INBOX/1 ]
	(record 2 "$ALICE"; record 3 "$ALICE" | head -c -5) >"$T/cut"
	run -75 fe-store -i record <"$T/cut"
	[ "$(places "$ALICE" | xargs)" = "INBOX/1 INBOX/2" ]
	run -75 fe-store -i record </dev/null
	run -75 sh -c 'exec fe-store -i record <&-'
}

@test "an oversized meta and a message over the limit end with 75" {
	(printf '{"fe":1,"x":"'; head -c 1100000 /dev/zero | tr '\0' a
	printf '"}\n') >"$T/in"
	run -75 fe-store -i record <"$T/in"
	(record 1 "$ALICE"; end 1) >"$T/in"
	run -75 fe-store --size-max 10 -i record <"$T/in"
	[ -z "$(places "$ALICE")" ]
}

@test "a full standard output is 75" {
	(record 1 "$ALICE"; end 1) >"$T/in"
	run -75 sh -c 'fe-store -i record <"$0" >/dev/full' "$T/in"
}

@test "a locked mailbox gets its mail later, and nobody waits" {
	(record 1 "$ALICE $BOB"; end 1) >"$T/in"
	flock "$T/home/mail/example.org/alice.lock" sh -c \
		'fe-store --lock-wait 0s -i record <"$0" >"$1" 2>"$1.err"; echo $? >"$1.code"' \
		"$T/in" "$T/out"
	[ "$(cat "$T/out.code")" = 0 ]
	[ "$(statuses "$T/out" | xargs)" = "stored stored" ]
	grep -q '1 messages wait in the journal' "$T/out.err"
	fe-store -i record <"$T/in" >"$T/out"
	[ "$(statuses "$T/out" | xargs)" = "duplicate duplicate" ]
	[ "$(places "$ALICE")" = INBOX/1 ]
	[ -z "$(ls "$T/home/journal")" ]
}

@test "a full disk: what cannot go into its mailbox waits in the journal, later mail is deferred" {
	[ "$(id -u)" = 0 ] || skip "only root can mount a small disk"
	cat >"$T/script" <<-'END'
		mount -t tmpfs -o size=1200k none "$T/home/mail" || exit 99
		cp -a "$T/saved/." "$T/home/mail/"
		fe-store -i record <"$T/in" >"$T/out" 2>"$T/err"
		fe-store -i record <"$T/one" >"$T/later" 2>>"$T/err"
		echo $? >"$T/code"
		mount -o remount,size=20M "$T/home/mail" || exit 99
		fe-store --replay >"$T/replay" 2>&1
		echo $? >"$T/replay.code"
		fe-mailbox check alice@example.org >"$T/check" 2>&1
		fe-mailbox search alice@example.org smaller:1G >"$T/there"
	END
	cp -a "$T/home/mail" "$T/saved"
	(for i in $(seq 1 160); do
		record "$i" "$ALICE" "\"pad\":\"$(head -c 9000 /dev/zero | tr '\0' x)\""
	done; end 160) >"$T/in"
	(record 161 "$ALICE"; end 1) >"$T/one"
	export T
	unshare -m sh "$T/script" || skip "no name space of mounts here"
	[ "$(cat "$T/code")" = 75 ]
	grep -q 'wait in the journal: .*disk is full' "$T/err"
	[ "$(statuses "$T/later")" = deferred ]
	[ "$(cat "$T/replay.code")" = 0 ]
	[ "$(grep -c . "$T/there")" = "$(statuses "$T/out" | grep -c stored)" ]
	grep -q '	ok	' "$T/check"
}

@test "a read-only home defers" {
	[ "$(id -u)" = 0 ] || skip "only root can mount"
	(record 1 "$ALICE"; end 1) >"$T/in"
	export T
	unshare -m sh -c 'mount --bind "$T/home" "$T/home" &&
		mount -o remount,ro,bind "$T/home" || exit 99
		fe-store --lock-wait 1s -i record <"$T/in" >"$T/out" 2>"$T/err"
		echo $? >"$T/code"' || skip "no name space of mounts here"
	[ "$(cat "$T/code")" = 75 ]
	[ "$(statuses "$T/out")" = deferred ]
}

@test "a message that begins like a record brings no facts of its own" {
	printf '{"fe":1,"verdict":{"action":"discard"},"id":"x"}\nSubject: x\n\nx\n' \
		>"$T/m"
	run -0 fe-store -i mail -o text --rcpt "$ALICE" <"$T/m"
	[[ $output == *status=stored* ]]
}

@test "no octet of a message is ever readable in a file" {
	(for i in $(seq 1 30); do record "$i" "$ALICE $BOB"; done; end 30) \
		>"$T.stream"
	mkdir "$T/tmp"
	TMPDIR=$T/tmp fe-store -i record <"$T.stream" >/dev/null &
	local pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		[ -z "$(grep -rlaE 'snowflake|number [0-9]' "$T/home" "$T/tmp")" ]
	done
	wait "$pid"
	rm -f "$T.stream"
	run -1 grep -rlaE 'snowflake|number [0-9]' "$T/home" "$T/tmp"
	[ "$(places "$ALICE" | wc -l)" = 30 ]
}

@test "an indexer that is killed costs terms, not mail" {
	mkfifo "$T/in" "$T/answers"
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in" "$T/answers"
	exec 5>"$T/in" 6<"$T/answers"
	record 1 "$ALICE" >&5
	read -r -t 10 line <&6
	spawner=$(pgrep -P "$STARTED")
	kill -STOP "$(pgrep -P "$spawner")"
	record 2 "$ALICE" >&5
	read -r -t 10 line <&6
	[[ $line == *stored* ]]
	record 3 "$ALICE" >&5
	read -r -t 10 line <&6
	[[ $line == *stored* ]]
	exec 5>&- 6<&-
	wait_for 10 grep -q 'without index terms' "$T/log"
	run -0 fe-mailbox search "$ALICE" is:unparsed
	[ "$output" = "$ALICE:INBOX/2" ]
	run -0 fe-mailbox search "$ALICE" snowflake
	[ "$(wc -l <<<"$output")" = 2 ]
	wait_for 5 sh -c "! kill -0 $spawner"
}

@test "over the quota is told to servers and stored all the same" {
	echo 'correct horse' | fe-account add --quota 100 small@example.org \
		>/dev/null
	(record 1 small@example.org; end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out")" = stored ]
	[ ! -s "$T/home/run/full" ]
	(record 2 small@example.org; end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out")" = stored ]
	grep -q '^small@example.org	small@example.org$' "$T/home/run/full"
}

@test "two records at once from one stream share nothing but the mailbox" {
	(for i in $(seq 1 40); do record "$i" "$ALICE"; done; end 40) |
		fe-store >"$T/one" &
	(for i in $(seq 1 40); do record "$i" "$ALICE"; done; end 40) |
		fe-store >"$T/two"
	wait $!
	# a message that both have and neither has applied is known to neither
	[ "$(cat "$T/one" "$T/two" | statuses |
		grep -cE '^(stored|duplicate)$')" = 80 ]
	[ "$(places "$ALICE" | wc -l)" = 40 ]
}

@test "records that wait are stored together, and none waits for half a record" {
	mkfifo "$T/in" "$T/answers"
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in" "$T/answers"
	exec 5>"$T/in" 6<"$T/answers"
	(record 1 "$ALICE"; record 2 "$BOB"; record 3 "$ALICE $BOB"
	record 1 "$ALICE" | sed 's/"f1"/"other"/'; record 2 "$BOB"
	record 4 "$ALICE" | head -c 60) >"$T/part"
	cat "$T/part" >&5
	for _ in 1 2 3 4 5; do
		read -r -t 10 line <&6
		echo "$line" >>"$T/out"
	done
	record 4 "$ALICE" | tail -c +61 >&5
	read -r -t 10 line <&6
	echo "$line" >>"$T/out"
	exec 5>&- 6<&-
	[ "$(statuses "$T/out" | xargs)" = \
		"stored stored stored stored failed duplicate stored" ]
	[ "$(places "$ALICE" | xargs)" = "INBOX/1 INBOX/2 INBOX/3" ]
	[ "$(places "$BOB" | xargs)" = "INBOX/1 INBOX/2" ]
}

# smtp DELIVER: a message for alice and bob through fe-receive; the reply.
smtp() {
	printf '#!/bin/sh\n%s\n' "$1" >"$T/deliver"
	chmod 755 "$T/deliver"
	printf '%s\r\n' 'EHLO c.example' 'MAIL FROM:<s@example.net>' \
		"RCPT TO:<$ALICE>" "RCPT TO:<$BOB>" DATA 'Subject: x' \
		'Message-ID: <1@x>' '' body . QUIT |
		fe-receive --tls off -- "$T/deliver" 2>"$T/err" |
		tr -d '\r' | sed -n '/^354/{n;p;}'
}

@test "SMTP, some done and some refused: 250, and Junk for who refused" {
	[[ $(smtp 'sed -u "/^{\"fe\":1,.*\"envelope\"/s/}$/,\"plan\":[{},{\"verdict\":{\"action\":\"reject\"}}]}/" |
		fe-store') == "250 2.0.0 "* ]]
	[ "$(places "$ALICE")" = INBOX/1 ]
	[ "$(places "$BOB")" = Junk/1 ]
}

@test "SMTP, some done and one mailbox gone: 451, and no second copy on a retry" {
	fe-mailbox erase --yes -q "$BOB"
	[[ $(smtp 'exec fe-store') == "451 4."* ]]
	[[ $(smtp 'exec fe-store') == "451 4."* ]]
	[ "$(places "$ALICE")" = INBOX/1 ]
	fe-mailbox erase --yes -q "$ALICE"
	[[ $(smtp 'exec fe-store') == "550 5.1.1 "* ]]
}
