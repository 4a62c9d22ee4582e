# SPDX-License-Identifier: ISC
load helper

ID=01ARZ3NDEKTSV4RRFFQ69G5FA

# record LETTER MEMBERS BODY: one whose id ends in that letter.
record() {
	printf '{"fe":1,"id":"%s%s","size":%d%s}\n' "$ID" "$1" \
		"$(printf '%b' "$3" | wc -c)" "$2"
	printf '%b' "$3"
}
mark() { printf '{"fe":1,"end":%d}\n' "$1"; }

@test "each message becomes ID.eml, octet for octet" {
	{ record A '' 'a: b\r\n\r\n\0\rc'; record B '' '\n'; mark 2; } |
		fe-split -d "$T/out/deep"
	[ "$(ls -A "$T/out/deep")" = "${ID}A.eml"$'\n'"${ID}B.eml" ]
	printf 'a: b\r\n\r\n\0\rc' | cmp - "$T/out/deep/${ID}A.eml"
	[ "$(stat -c %a "$T/out/deep/${ID}A.eml")" = 600 ]
}

@test "line ends are those that fe-cat saw" {
	{
		record A ',"source":{"lines":"lf"}' 'a\r\nb\r\n'
		record B ',"source":{"lines":"crlf"}' 'a\r\nb\r\n'
		record C ',"source":{"lines":[1,1]}' 'a\r\nb\r\n'
		record D '' 'a\r\nb\r\n'
		mark 4
	} >"$T/in"
	fe-split -d "$T/files" <"$T/in"
	cd "$T/files"
	printf 'a\nb\n' | cmp - "${ID}A.eml"
	printf 'a\r\nb\r\n' | cmp - "${ID}B.eml"
	printf 'a\r\nb\n' | cmp - "${ID}C.eml"
	printf 'a\r\nb\r\n' | cmp - "${ID}D.eml"
	# where nobody knows, a Maildir has LF
	fe-split -d "$T/md" --maildir <"$T/in"
	printf 'a\nb\n' | cmp - "$T"/md/new/*"${ID}D.fe"
	printf 'a\r\nb\r\n' | cmp - "$T"/md/new/*"${ID}B.fe"
}

@test "line ends that nobody knows any more are told" {
	{ record A ',"source":{"lines":"mixed"}' 'a\r\n'; mark 1; } >"$T/in"
	run -0 --separate-stderr fe-split -d "$T/out" <"$T/in"
	[[ $stderr == *'line ends'* ]]
}

@test "a Maildir has folders, flags and times" {
	{
		record A ',"source":{"folder":"INBOX","flags":["\\Seen","$Forwarded","work"],"date":"2023-11-14T22:13:20Z","lines":"lf"}' 'a\r\n'
		record B ',"source":{"folder":"Junk/Entwürfe","flags":[],"date":"2023-11-14T22:13:21Z"}' 'b\r\n'
		record C ',"source":{"folder":"v1.2"}' 'c\r\n'
		mark 3
	} | fe-split -d "$T/md" --maildir
	cd "$T/md"
	[ -f "cur/1700000000.${ID}A.fe:2,PS" ]
	[ -f ".Junk.Entw&APw-rfe/new/1700000001.${ID}B.fe" ]
	[ -f ".Junk.Entw&APw-rfe/maildirfolder" ]
	[ -d ".v1&AC4-2/tmp" ]
	[ "$(stat -c %Y cur/*)" = 1700000000 ]
	[ "$(fe-cat -o json . | jq -r .source.folder | sort | tr '\n' ' ')" = \
		'INBOX Junk/Entwürfe v1.2 ' ]
}

@test "mboxes are quoted, and read again the same" {
	{
		record A ',"envelope":{"from":"a b@c","to":[]},"source":{"folder":"Sent","date":"1970-01-01T00:00:01Z"}' \
			'A: 1\r\n\r\nFrom here\r\n>From there\r\n'
		record B ',"source":{"folder":"Sent","date":"1970-01-01T00:00:02Z"}' 'B: 2\r\n\r\nno end'
		record C '' 'C: 3\r\n'
		mark 3
	} | fe-split -d "$T/out" --mbox
	[ "$(ls -A "$T/out")" = INBOX.mbox$'\n'Sent.mbox ]
	diff - "$T/out/Sent.mbox" <<-'WANT'
	From a_b@c Thu Jan  1 00:00:01 1970
	A: 1

	>From here
	>>From there

	From MAILER-DAEMON Thu Jan  1 00:00:02 1970
	B: 2

	no end

	WANT
	fe-cat "$T/out/Sent.mbox" | fe-split -d "$T/files"
	grep -qx 'From here' "$T"/files/*
}

@test "nothing that is there is overwritten" {
	{ record A '' 'new\r\n'; record B '' 'b\r\n'; mark 2; } >"$T/in"
	mkdir "$T/out"
	echo old >"$T/out/${ID}A.eml"
	run -65 fe-split -d "$T/out" <"$T/in"
	[[ $output == *"${ID}A.eml' is there already" ]]
	[ "$(cat "$T/out/${ID}A.eml")" = old ]
	[ -f "$T/out/${ID}B.eml" ]
	echo old >"$T/out/INBOX.mbox"
	run -75 fe-split -d "$T/out" --mbox <"$T/in"
	[ "$(cat "$T/out/INBOX.mbox")" = old ]
}

@test "the same id twice in one stream is told" {
	{ record A '' 'a\r\n'; record A '' 'b\r\n'; mark 2; } >"$T/in"
	run -65 fe-split -d "$T/out" <"$T/in"
	printf 'a\r\n' | cmp - "$T/out/${ID}A.eml"
}

@test "no id and no folder climbs out" {
	printf '{"fe":1,"id":"../../../etc/x","size":1}\nx{"fe":1,"end":1}\n' \
		>"$T/in"
	run -65 fe-split -d "$T/out" <"$T/in"
	[ -z "$(ls -A "$T/out")" ]
	{
		record A ',"source":{"folder":"../../x"}' 'a'
		record B ',"source":{"folder":"/x"}' 'a'
		record C ',"source":{"folder":"x//y"}' 'a'
		record D ',"source":{"folder":".."}' 'a'
		mark 4
	} >"$T/in"
	for form in --maildir --mbox; do
		run -65 fe-split -d "$T/jail/$form" "$form" <"$T/in"
	done
	[ "$(find "$T" -newer "$T/in" -type f ! -path "$T/jail/*" |
		wc -l)" = 0 ]
	[ -d "$T/jail/--maildir/.&AC4ALg-.&AC4ALg-.x" ]
}

@test "a receipt is no message" {
	{ printf '{"fe":1,"id":"%sA","size":0,"delivery":[]}\n' "$ID"
		record B '' b; mark 2; } >"$T/in"
	run -65 fe-split -d "$T/out" <"$T/in"
	[ "$(ls "$T/out")" = "${ID}B.eml" ]
}

@test "a stream without its end is 75, and what was whole is written" {
	record A '' 'a\r\n' >"$T/in"
	run -75 fe-split -d "$T/out" <"$T/in"
	[ -f "$T/out/${ID}A.eml" ]
	{ record B '' 'b\r\n'; record C '' 'long body'; } | head -c -3 >"$T/in"
	run -75 fe-split -d "$T/out" <"$T/in"
	[ "$(ls "$T/out")" = "${ID}A.eml"$'\n'"${ID}B.eml" ]
	{ record D '' d; mark 7; } >"$T/in"
	run -75 fe-split -d "$T/out" --mbox <"$T/in"
	[ -f "$T/out/INBOX.mbox" ]
}

@test "empty, closed and odd standard input" {
	run -75 fe-split -d "$T/out" </dev/null
	run -75 bash -c "fe-split -d '$T/out' <&-"
	run -65 fe-split -d "$T/out" <<<'Subject: a message'
	mark 0 | fe-split -d "$T/out"
	[ -z "$(ls -A "$T/out")" ]
}

@test "a killed run leaves no half file under a name, and can be repeated" {
	yes "$(printf 'x%.0s' {1..70})" | head -n 500 >"$T/m.eml"
	mkdir "$T/in"
	for i in {1..400}; do { echo "N: $i"; cat "$T/m.eml"; } >"$T/in/$i"; done
	(fe-cat "$T/in" | fe-split -d "$T/out") 3>&- &
	wait_for 5 test -d "$T/out"
	sleep 0.1
	pkill -KILL -P $! -x fe-split || true
	wait $! || true
	for f in "$T"/out/*.eml; do
		[ ! -e "$f" ] || [ "$(wc -l <"$f")" = 501 ]
	done
	fe-cat "$T/in" | fe-split -d "$T/out" || [ $? = 65 ]
	[ "$(ls -A "$T/out" | wc -l)" = 400 ]
	sha256sum "$T"/in/* | cut -d ' ' -f 1 | sort >"$T/a"
	sha256sum "$T"/out/*.eml | cut -d ' ' -f 1 | sort | diff "$T/a" -
}

@test "a huge message passes" {
	yes | head -c 20000000 >"$T/huge"
	fe-cat "$T/huge" | fe-split -d "$T/out"
	cmp "$T/huge" "$T"/out/*
	fe-cat "$T/huge" >"$T/in"
	run -65 fe-split -d "$T/small" --size-max 1M <"$T/in"
}

@test "wrong usage is 64" {
	run -64 fe-split </dev/null
	run -64 fe-split -d "$T/out" --maildir --mbox </dev/null
	run -64 fe-split -d "$T/out" file </dev/null
	run -64 fe-split --nonsense </dev/null
}

@test "--help and --version, also into a full disk" {
	run -0 fe-split --help
	[[ $output == 'usage: fe-split'* ]]
	run -0 fe-split --version
	run bash -c 'fe-split --help >/dev/full'
	[ "$status" != 0 ]
}
