# SPDX-License-Identifier: ISC
load helper

# message SUBJECT: one with LF line ends.
message() {
	printf 'From: bob@example.com\nTo: alice@example.org\nDate: %s\nSubject: %s\n\nhello %s\n' \
		'Tue, 1 Jul 2003 10:52:37 +0200' "$1" "$1"
}

make_maildir() {
	mkdir -p "$1"/{cur,new,tmp} "$1"/.Junk.Entw\&APw-rfe/{cur,new,tmp}
	message one >"$1/cur/1700000000.a.host:2,FS"
	message two >"$1/new/1700000001.b.host"
	message three >"$1/.Junk.Entw&APw-rfe/cur/1700000002.c.host:2,T"
}

@test "a file becomes one record and one end mark" {
	message one >"$T/x.eml"
	run -0 fe-cat "$T/x.eml"
	[[ ${lines[0]} == '{"fe":1,"id":"'* ]]
	[[ ${lines[-1]} == '{"fe":1,"end":1}' ]]
	[ "$(grep -c '"end"' <<<"$output")" = 1 ]
}

@test "the body has CRLF and the size says how long it is" {
	message one >"$T/x.eml"
	fe-cat "$T/x.eml" >"$T/out"
	size=$(head -n 1 "$T/out" | jq .size)
	tail -n +2 "$T/out" | head -c "$size" >"$T/body"
	message one | sed 's/$/\r/' | cmp - "$T/body"
}

@test "ids follow from folder and octets, so a second import is the same" {
	make_maildir "$T/md"
	cp -r "$T/md" "$T/copy"
	touch "$T/copy"/cur/* # the time of a file does not matter
	fe-cat -o json "$T/md" | jq -r .id | sort >"$T/a"
	fe-cat -o json "$T/copy" | jq -r .id | sort >"$T/b"
	cmp "$T/a" "$T/b"
	[ "$(sort -u "$T/a" | wc -l)" = 3 ]
	# 2003-07-01T08:52:37Z is in all of them
	[ "$(cut -c 1-10 "$T/a" | sort -u | wc -l)" = 1 ]
	message one >"$T/x.eml"
	[ "$(fe-cat -o json "$T/x.eml" | jq -r .id)" != "$(head -n 1 "$T/a")" ]
}

@test "a Maildir++ gives folders, flags and dates" {
	make_maildir "$T/md"
	fe-cat -o json "$T/md" | jq -c '[.source.kind, .source.folder,
		.source.flags, .source.date]' >"$T/out"
	cat >"$T/want" <<-'WANT'
	["maildir","INBOX",["\\Flagged","\\Seen"],"2023-11-14T22:13:20.000Z"]
	["maildir","INBOX",[],"2023-11-14T22:13:21.000Z"]
	["maildir","Junk/Entwürfe",["\\Deleted"],"2023-11-14T22:13:22.000Z"]
	WANT
	diff "$T/want" "$T/out"
}

@test "one Maildir++ folder can be named alone" {
	make_maildir "$T/md"
	run -0 fe-cat -o json "$T/md/.Junk.Entw&APw-rfe"
	[ "$(jq -r .source.folder <<<"$output")" = 'Junk/Entwürfe' ]
}

@test "an mbox is unquoted, and its From lines give the date" {
	{
		echo 'From a@b Thu Jan  1 00:00:01 1970'
		printf 'Subject: a\n\n>From here\n>>From there\nFrom now on\n\n'
		echo 'From c Thu Jan  1 00:00:02 1970'
		printf 'Subject: b\n\nb'
	} >"$T/Sent.Old.mbox"
	fe-cat -o json "$T/Sent.Old.mbox" |
		jq -c '[.source.kind,.source.folder,.source.date]' >"$T/out"
	diff - "$T/out" <<-'WANT'
	["mbox","Sent/Old","1970-01-01T00:00:01.000Z"]
	["mbox","Sent/Old","1970-01-01T00:00:02.000Z"]
	WANT
	fe-cat "$T/Sent.Old.mbox" | fe-split -d "$T/files"
	printf 'Subject: a\n\nFrom here\n>From there\nFrom now on\n' |
		cmp - "$(grep -l 'Subject: a' "$T"/files/*)"
}

@test "a folder that is no Maildir is read with all its files" {
	mkdir -p "$T/d/e"
	message one >"$T/d/1.eml"
	message two >"$T/d/e/2.eml"
	message hidden >"$T/d/.hidden"
	[ "$(fe-cat -o json "$T/d" | wc -l)" = 2 ]
}

@test "standard input is read where nothing or - is named" {
	[ "$(message one | fe-cat -o json | jq -r .source.path)" = - ]
	[ "$(message one | fe-cat -o json - | jq -r .source.path)" = - ]
}

@test "a file that poses as records stays a message" {
	printf '{"fe":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","size":0,"verdict":{"action":"accept"}}\n{"fe":1,"end":1}\n' \
		>"$T/x.eml"
	run -0 fe-cat -o json "$T/x.eml"
	[ "$(jq .verdict <<<"$output")" = null ]
	[ "$(jq -r .source.path <<<"$output")" = "$T/x.eml" ]
	[ "$(fe-cat -o json <"$T/x.eml" | jq .verdict)" = null ]
}

@test "--rcpt and --label are in every record" {
	message one >"$T/1.eml"
	message two >"$T/2.eml"
	run -0 fe-cat -o json --rcpt alice@example.org --rcpt '<bob@example.org>' \
		--label spam "$T/1.eml" "$T/2.eml"
	[ "$(jq -c '[.envelope.to[].address, .source.label]' <<<"$output" |
		sort -u)" = '["alice@example.org","bob@example.org","spam"]' ]
	run -75 fe-cat --rcpt 'no address' "$T/1.eml"
}

@test "queries choose" {
	make_maildir "$T/md"
	count() { fe-cat -o json "$T/md" "$@" | wc -l; }
	[ "$(count)" = 3 ]
	[ "$(count subject:one)" = 1 ]
	[ "$(count 'subject:ONE from:bob')" = 1 ]
	[ "$(count from:bob@example.com)" = 3 ]
	[ "$(count from:alice)" = 0 ]
	[ "$(count to:alice -- -subject:one)" = 2 ]
	[ "$(count 'subject:t*')" = 2 ]
	[ "$(count --query 'hello three')" = 1 ]
	[ "$(count --query '"two hello"')" = 1 ]
	[ "$(count is:seen)" = 1 ]
	[ "$(count is:unseen)" = 2 ]
	[ "$(count since:2023-11-14T22:13:21Z)" = 2 ]
	[ "$(count --since 5s --now 2023-11-14T22:13:26Z)" = 2 ]
	[ "$(count larger:1M)" = 0 ]
	run -64 fe-cat -o json "$T/md" since:yesterday
	[[ $output == *"'since:yesterday' means nothing"* ]]
}

@test "one bad file among many is told, and the others come" {
	message one >"$T/1.eml"
	: >"$T/2.eml"
	message three >"$T/3.eml"
	run -65 --separate-stderr fe-cat -o json "$T/1.eml" "$T/2.eml" "$T/3.eml"
	[ "${#lines[@]}" = 2 ]
	[[ $stderr == *"2.eml' is empty"* ]]
	run -75 --separate-stderr fe-cat "$T/1.eml" "$T/none.eml" "$T/3.eml"
	[[ ${lines[-1]} == '{"fe":1,"end":2}' ]]
	[[ $stderr == "4.3.0 fe-cat: cannot read '$T/none.eml': No such file"* ]]
}

@test "a message over --size-max is told and left out" {
	head -c 3000 /dev/zero >"$T/big.eml"
	message one >"$T/1.eml"
	run -65 --separate-stderr fe-cat -o json --size-max 2K "$T/big.eml" "$T/1.eml"
	[ "${#lines[@]}" = 1 ]
	[[ $stderr == *larger* ]]
	{ echo 'From a b'; message one; echo; echo 'From a b'
		head -c 3000 /dev/zero | tr '\0' 'x'; printf '\n\nFrom a b\n'
		message three; } >"$T/m"
	run -65 --separate-stderr fe-cat -o json --size-max 2K "$T/m"
	[ "${#lines[@]}" = 2 ]
}

@test "a huge message passes" {
	{ printf 'Subject: x\n\n'; yes | head -c 20000000; } >"$T/huge"
	[ "$(fe-cat -o json "$T/huge" | jq .size)" = 30000014 ]
}

@test "-o mail gives one message with LF, and only one" {
	message one >"$T/1.eml"
	fe-cat -o mail "$T/1.eml" | cmp "$T/1.eml" -
	fe-cat -o mail --crlf "$T/1.eml" | tr -d '\r' | cmp "$T/1.eml" -
	run -75 --separate-stderr fe-cat -o mail "$T/1.eml" "$T/1.eml"
	[ -z "$output" ]
}

@test "-o text escapes what would move a terminal" {
	printf 'Subject: \033[31m\342\200\256x\n\nx\n' >"$T/x.eml"
	run -0 fe-cat -o text "$T/x.eml"
	[[ $output == *'\x1b[31m\u{202e}x'* ]]
}

@test "no line end of files is lost" {
	printf 'a: b\r\n\r\nc\nd\re\0f\r\r\ng' >"$T/mixed"
	printf 'a\r\n' >"$T/crlf"
	printf '\n' >"$T/lf"
	printf 'x' >"$T/none"
	fe-cat "$T/mixed" "$T/crlf" "$T/lf" "$T/none" | fe-split -d "$T/out"
	sha256sum "$T"/{mixed,crlf,lf,none} | cut -d ' ' -f 1 | sort >"$T/a"
	sha256sum "$T"/out/* | cut -d ' ' -f 1 | sort | diff "$T/a" -
}

@test "the odd messages of the world come back octet for octet" {
	need_shared corpus/mime-torture.tar.zst
	need zstd
	mkdir "$T/in"
	tar --zstd -xf "$SHARED/corpus/mime-torture.tar.zst" -C "$T/in"
	find "$T/in" -type f -print0 |
		xargs -0 grep -lZE -m 1 '^From ' | xargs -0 -r rm
	fe-cat "$T/in" | fe-split -d "$T/out"
	find "$T/in" -type f -exec sha256sum {} + | cut -d ' ' -f 1 |
		sort -u >"$T/a"
	[ "$(wc -l <"$T/a")" -gt 300 ]
	sha256sum "$T"/out/* | cut -d ' ' -f 1 | sort -u | diff "$T/a" -
}

@test "a mailbox gives back what went in, with its facts" {
	make_home "$T/home" alice@example.org
	make_maildir "$T/md"
	export FE_HOME=$T/home
	fe-cat --rcpt alice@example.org "$T/md" | fe-store >/dev/null
	fe-cat alice@example.org | fe-split -d "$T/out" --maildir
	for part in . '.Junk.Entw&APw-rfe'; do
		find "$T/md/$part/cur" "$T/md/$part/new" -type f \
			-exec sha256sum {} + | cut -d ' ' -f 1 | sort >"$T/a"
		find "$T/out/$part/cur" "$T/out/$part/new" -type f \
			-exec sha256sum {} + | cut -d ' ' -f 1 | sort |
			diff "$T/a" -
	done
	[ -e "$T"/out/cur/*:2,FS ]
	run -0 fe-cat -o json alice@example.org:Junk/Entw%C3%BCrfe
	[ "$(jq -r .source.path <<<"$output")" = 'alice@example.org:Junk/Entwürfe/1' ]
	[ "$(jq -c .source.flags <<<"$output")" = '["\\Deleted"]' ]
	[ "$(fe-cat -o json alice@example.org:INBOX subject:two | wc -l)" = 1 ]
	[ "$(fe-cat -o json alice@example.org:INBOX/1 | wc -l)" = 1 ]
	[ "$(fe-cat -o json alice@example.org is:flagged | wc -l)" = 1 ]
	run -64 fe-cat -o json alice@example.org:INBOX/99
	[[ $output == *'no such message'* ]]
	run -64 fe-cat -o json alice@example.org:Nowhere
	run -64 fe-cat -o json nobody@example.org
}

@test "files and mailboxes are not read by one process" {
	message one >"$T/1.eml"
	run -64 fe-cat -o json alice@example.org "$T/1.eml"
	[[ $output == *'hold keys'* ]]
}

@test "--help and --version" {
	run -0 fe-cat --help
	[[ $output == 'usage: fe-cat'* ]]
	run -0 fe-cat --version
	[[ $output == *fe* ]]
}

@test "an unknown option is 75 with records and 64 for people" {
	run -75 fe-cat --nonsense
	run -64 fe-cat -o json --nonsense
}

@test "a full disk and a gone reader are told" {
	message one >"$T/1.eml"
	run -75 bash -c "fe-cat '$T/1.eml' >/dev/full"
	run -75 bash -c "fe-cat -o json '$T/1.eml' >/dev/full"
	message one >"$T/1.eml"
	yes "$T/1.eml" | head -n 2000 >"$T/names"
	run -0 bash -c "xargs fe-cat -o json <'$T/names' | head -n 1 | wc -l
		exit \${PIPESTATUS[0]}"
	[ "$output" = 1 ]
	run bash -c "xargs fe-cat <'$T/names' | head -n 1 >/dev/null
		exit \${PIPESTATUS[0]}"
	[ "$status" = 123 ] # xargs says so of any failure
}

@test "a closed standard input is an empty message" {
	run -65 bash -c 'fe-cat -o json <&-'
}
