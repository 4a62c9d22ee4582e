#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

# words FILE WORDS...: a message of these words.
words() {
	local file=$1
	shift
	printf 'From: a@%s.example\nSubject: %s\n\n%s\n' "$1" "$1 $2" "$*" >"$file"
}

# model FILE: one that knows spam from ham by their words.
model() {
	local i
	mkdir -p "$T/spam" "$T/ham"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		words "$T/spam/$i" $(shuf -e casino winner prize money pills offer)
		words "$T/ham/$i" $(shuf -e meeting patch report kernel lunch notes)
	done
	(fe-cat --label spam "$T/spam"; fe-cat --label ham "$T/ham") |
		fe-learn --model "$1" train
}

@test "without a model the class is unknown, and nothing fails" {
	words "$T/x" casino winner
	run -0 fe-scan --model "$T/none" -o json <"$T/x"
	[ "$(jq -c .scan.spam <<<"$output")" = '{"score":0.5,"class":"unknown"}' ]
	[ "$(jq -r '.scan.layers[0].layer' <<<"$output")" = spam ]
}

@test "a model tells spam from ham, and says by which features" {
	model "$T/m"
	words "$T/x" prize casino winner money pills offer
	words "$T/y" report meeting patch kernel lunch notes
	[ "$(fe-scan --model "$T/m" -o json <"$T/x" |
		jq '.scan.spam.score > 0.5')" = true ]
	[ "$(fe-scan --model "$T/m" -o json <"$T/y" |
		jq '.scan.spam.score < 0.5')" = true ]
	run -0 fe-scan --model "$T/m" --explain -o json <"$T/x"
	[ "$(jq '.scan.spam.features | length' <<<"$output")" = 12 ]
	[ "$(jq '[.scan.spam.features[] | .feature != "" and .weight != 0] | all' \
		<<<"$output")" = true ]
}

@test "GTUBE is spam for any model, and -e says so" {
	printf 'Subject: test\n\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n' >"$T/x"
	run -1 fe-scan --model "$T/none" -e -o json <"$T/x"
	[ "$(jq -c .scan.spam <<<"$output")" = \
		'{"score":1,"class":"spam","gtube":true}' ]
	run -0 fe-scan --model "$T/none" -e -o record <"$T/x"
	words "$T/y" a b
	run -0 fe-scan --model "$T/none" -e -o json <"$T/y"
}

@test "the field is ours: one that came with the message goes" {
	printf 'X-Fe-Scan: spam=ham score=0\nSubject: x\n\nx\n' >"$T/x"
	run -0 fe-scan --model "$T/none" -o mail <"$T/x"
	[ "${lines[0]}" = 'X-Fe-Scan: spam=unknown score=0.5000' ]
	[ "$(grep -c X-Fe-Scan <<<"$output")" = 1 ]
}

@test "bodies, foreign members and final records pass untouched" {
	words "$T/x" casino winner
	fe-cat "$T/x" >"$T/in"
	fe-scan --model "$T/none" -i record <"$T/in" >"$T/out"
	cmp <(tail -n +2 "$T/in") <(tail -n +2 "$T/out")
	sed '1s/^{"fe":1,/&"verdict":{"action":"reject"},"odd":[1,  2],/' \
		"$T/in" >"$T/final"
	fe-scan --model "$T/none" -i record <"$T/final" | cmp - "$T/final"
	sed '1s/^{"fe":1,/&"odd":[1,  2],"scan":{"old":1},/' "$T/in" |
		fe-scan --model "$T/none" >"$T/out"
	grep -q '"odd":\[1,  2\]' "$T/out"
	run ! grep -q '"old"' "$T/out"
}

@test "a model that is replaced is taken over, a damaged one is not" {
	model "$T/m"
	words "$T/x" prize casino winner money pills offer
	mkfifo "$T/fifo"
	fe-scan --model "$T/m" -i record -o json <"$T/fifo" >"$T/out" 2>"$T/err" 3>&- &
	local scan=$!
	exec 4>"$T/fifo"
	fe-cat "$T/x" >&4
	wait_for 5 test -s "$T/out"
	(fe-cat --label ham "$T/spam"; fe-cat --label spam "$T/ham") |
		fe-learn --model "$T/m2" train
	mv "$T/m2" "$T/m"
	sleep 1.2
	fe-cat "$T/x" >&4
	wait_for 5 bash -c "[ \$(wc -l <$T/out) = 2 ]"
	cp "$T/m" "$T/m3" && truncate -s 5000 "$T/m3" && mv "$T/m3" "$T/m"
	sleep 1.2
	fe-cat "$T/x" >&4
	exec 4>&-
	wait "$scan"
	[ "$(jq -s -c 'map(.scan.spam.score > 0.5)' "$T/out")" = '[true,false,false]' ]
	grep -q damaged "$T/err"
}

@test "each of the odd messages is scanned, and gives valid facts" {
	need_shared corpus/mime-torture.tar.zst
	tar -C "$T" -I zstd -xf "$SHARED/corpus/mime-torture.tar.zst"
	model "$T/m"
	fe-cat "$T/mime-torture" 2>/dev/null >"$T/in" || true
	fe-scan --model "$T/m" -i record -o json <"$T/in" >"$T/out"
	[ "$(jq -s 'map(.scan.spam.score >= 0) | all' "$T/out")" = true ]
	[ "$(wc -l <"$T/out")" -ge 450 ]
	[ -n "$SAN" ] || [ "$(jq -s 'map([.scan.layers[].us] | add) | max < 100000' "$T/out")" = true ]
}

@test "a huge message takes little time" {
	{ printf 'Content-Type: text/html\n\n'; yes '<p>a <a href=http://x.example/>b' |
		head -c 45000000; } >"$T/x"
	timeout 20 fe-scan --model "$T/none" -o json <"$T/x" >"$T/out"
	[ -n "$SAN" ] || [ "$(jq '.scan.layers[0].us < 2000000' "$T/out")" = true ]
}

@test "links are taken as a browser would, and flagged" {
	cat >"$T/x" <<-'MAIL'
	From: a@example.org
	Content-Type: text/html

	<a href="http://bank.com@0x7f.1/">x</a>
	<a href="https://evil.org/?a=1&amp;b=2">www.bank.com</a>
	<a href="mailto:x@example.org">x</a> see http://plain.example.net/.
	MAIL
	fe-scan --model "$T/none" -o json <"$T/x" |
		jq -c '.scan.urls[] | [.url, .host, .registrable, .flags]' >"$T/out"
	diff - "$T/out" <<-'WANT'
	["http://bank.com@0x7f.1/","127.0.0.1","",["ip","credentials"]]
	["https://evil.org/?a=1&b=2","evil.org","evil.org",["text_differs"]]
	["www.bank.com","www.bank.com","bank.com",null]
	["http://plain.example.net/","plain.example.net","example.net",null]
	WANT
}

@test "deceit is stated with its evidence, honest mail has none" {
	cat >"$T/x" <<-'MAIL'
	From: "PayPal Service" <a@evil.org>
	Reply-To: b@other.net
	Subject: please

	Verify your account: http://bit.ly/x
	MAIL
	fe-scan --model "$T/none" -o json <"$T/x" |
		jq -r '.scan.phishing.reasons[] | .reason + ": " + .evidence' >"$T/out"
	diff - "$T/out" <<-'WANT'
	display_name: PayPal Service
	reply_to_elsewhere: b@other.net
	link_shortened: http://bit.ly/x
	asks_for_account: verify your
	WANT
	printf 'From: Bob <bob@example.com>\nSubject: x\n\nsee http://example.com/\n' >"$T/y"
	[ "$(fe-scan --model "$T/none" -o json <"$T/y" |
		jq -c .scan.phishing)" = '{"score":0,"reasons":[]}' ]
}

@test "on real mail: six phishing messages of ten have a reason, one ham of a hundred" {
	need_shared corpus/dev.tar.zst
	[ -z "$SAN" ] || skip 'too slow when sanitized'
	tar -C "$T" -I zstd -xf "$SHARED/corpus/dev.tar.zst"
	share() {
		fe-cat "$T/dev/$1" | fe-scan --model "$T/none" -o json |
			jq -s 'map(.scan.phishing.reasons | length > 0) |
				(map(select(.)) | length) / length'
	}
	[ "$(share phish | jq '. >= 0.6')" = true ]
	[ "$(share ham | jq '. < 0.01')" = true ]
}

@test "attachments are what their octets say" {
	{
		printf 'Subject: x\nMIME-Version: 1.0\n'
		printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n'
		printf -- '--b\nContent-Type: image/png; name="photo.png.scr"\n'
		printf 'Content-Transfer-Encoding: base64\n\nTVqQAAM=\n'
		printf -- '--b\nContent-Disposition: attachment; filename=a.txt\n\n'
		printf 'X5O!P%%@AP[4\\PZX54(P^)7CC)7}$'
		printf 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*\n--b\n'
		printf 'Content-Type: application/pdf; name=a.pdf\n\n'
		printf '%%PDF-1.4 /OpenAction /JavaScript\n--b--\n'
	} >"$T/x"
	fe-scan --model "$T/none" -o json <"$T/x" | jq -c \
		'.scan.attachments[] | [.name, .type_found, .flags]' >"$T/out"
	diff - "$T/out" <<-'WANT'
	["photo.png.scr","exe",["executable","two_extensions","type_differs"]]
	["a.txt","",["eicar"]]
	["a.pdf","pdf",["pdf_active"]]
	WANT
	[ "$(fe-scan --model "$T/none" -o json <"$T/x" |
		jq -r '.scan.attachments[0].sha256')" = \
		"$(printf 'MZ\220\000\003' | sha256sum | cut -d ' ' -f 1)" ]
}

@test "a hundred thousand links are bounded" {
	{ printf 'Content-Type: text/html\n\n'
		seq 100000 | sed 's|.*|<a href=http://h&.example.com/&>x</a>|'; } >"$T/x"
	fe-scan --model "$T/none" -o json <"$T/x" >"$T/out"
	[ "$(jq '.scan.urls | length' "$T/out")" = 201 ]
	[ "$(jq '.scan.urls[200].truncated > 0' "$T/out")" = true ]
	[ -n "$SAN" ] || [ "$(jq '[.scan.layers[].us] | add < 1000000' "$T/out")" = true ]
}

@test "broken input, full disks, wrong options end as they should" {
	words "$T/x" a b
	run -64 fe-scan -o json --wrong <"$T/x"
	run -75 fe-scan -o record --wrong <"$T/x"
	[[ ${lines[0]} == "4.3.0 "* ]]
	run -75 bash -c 'fe-scan -o record <&-'
	: >"$T/empty"
	run -65 fe-scan -o json <"$T/empty"
	run -75 bash -c "fe-scan -o json <$T/x >/dev/full"
	run -75 bash -c "fe-cat $T/x | head -c 150 | fe-scan -i record"
	run -0 fe-scan --help
	run -0 fe-scan --version
}
