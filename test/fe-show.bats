#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

# page: a message with a text in two forms and an attachment.
page() {
	cat <<-'MAIL'
	From: =?utf-8?q?B=C3=B6b?= <bob@example.com>
	To: alice@example.org
	Subject: look http://subject.example/
	Date: Tue, 1 Jul 2003 10:52:37 +0200
	X-Odd: a
	 folded one
	MIME-Version: 1.0
	Content-Type: multipart/mixed; boundary=m

	--m
	Content-Type: multipart/alternative; boundary=a

	--a
	Content-Type: text/plain; charset=iso-8859-1
	Content-Transfer-Encoding: quoted-printable

	Gr=FC=DFe, see http://plain.example/x?y=1.
	--a
	Content-Type: text/html

	<p>Hello <a href="https://evil.example/&#97;">www.bank.example</a></p>
	--a--
	--m
	Content-Type: application/octet-stream; name="a.bin"
	Content-Transfer-Encoding: base64

	AAECAxtbMko=
	--m--
	MAIL
}

@test "a message is shown: fields, tree, text, where links lead" {
	page | fe-show >"$T/out"
	diff - "$T/out" <<-'WANT'
	From      Böb <bob@example.com>
	To        alice@example.org
	Date      Tue, 1 Jul 2003 10:52:37 +0200
	Subject   look hxxp://subject[.]example/
	part 0    multipart/mixed, 426 octets
	part 1      multipart/alternative, 251 octets
	part 2        text/plain iso-8859-1 quoted-printable, 42 octets
	part 3        text/html, 70 octets
	part 4      application/octet-stream "a.bin" base64, 12 octets, attachment

	--- part 2, text/plain
	Grüße, see hxxp://plain[.]example/x?y=1.

	--- part 3, text/html (another form of the text above: its links)
	links of the HTML:
	  <a> hxxps://evil[.]example/a  "www[.]bank[.]example"
	WANT
}

@test "of files the tree says what their octets and names are" {
	printf 'Content-Type: application/pdf; name="a.pdf.exe"\n\nMZ\n' >"$T/x"
	fe-show <"$T/x" | head -n 1 | diff - <(cat <<-'WANT'
	part 0    application/pdf "a.pdf.exe", 4 octets, attachment: executable two_extensions type_differs
	WANT
	)
}

@test "a file can be named, and a stream holds several" {
	page >"$T/a.eml"
	page | fe-show >"$T/one"
	fe-show "$T/a.eml" | cmp - "$T/one"
	[ "$(fe-cat "$T/a.eml" "$T/a.eml" | fe-show | grep -c '^part 0')" = 2 ]
	run -75 fe-show "$T/none"
	[[ $output == *"cannot open '$T/none': No such file"* ]]
	run -64 fe-show "$T/a.eml" "$T/a.eml"
}

@test "--part writes the octets of one part" {
	page | fe-show --part 4 >"$T/bin"
	printf '\000\001\002\003\033[2J' | cmp - "$T/bin"
	run -64 fe-show --part 9 < <(page)
	[[ $output == *"there is no part 9: the message has parts 0 to 4"* ]]
}

@test "a terminal gets no octets that it would obey" {
	need script
	printf 'Subject: \033[2Jx\r\n\r\n\033]0;title\007 \302\233 \342\200\256' \
		>"$T/a.eml"
	for option in -v --raw --headers '--part 0'; do
		script -qec "fe-show $option $T/a.eml" /dev/null >"$T/out" </dev/null
		run ! grep -q $'[\033\007]' "$T/out"
	done
	page >"$T/b.eml"
	run -64 script -qec "fe-show --part 4 $T/b.eml" /dev/null </dev/null
	[[ $output == *"the part is no text"* ]]
}

@test "--headers shows all fields, --raw gives the octets back" {
	page | fe-show --headers >"$T/out"
	[ "$(sed -n 5p "$T/out")" = 'X-Odd: a folded one' ]
	[ "$(wc -l <"$T/out")" = 7 ]
	page >"$T/a.eml"
	fe-show --raw "$T/a.eml" | cmp - "$T/a.eml"
	run -64 fe-show --raw --headers "$T/a.eml"
}

@test "facts of the record are shown" {
	body=$'Subject: x\r\n\r\nx\r\n'
	{
		printf '{"fe":1,"id":"01M80KPX000000000000000000","size":%d,' ${#body}
		printf '"verdict":{"action":"junk","by":"fe-sieve","why":"spam"},'
		printf '"checks":{"spf":{"result":"pass"},"dkim":[{"result":"fail",'
		printf '"domain":"a.example"}],"dmarc":{"result":"fail"}},'
		printf '"scan":{"spam":{"score":0.98,"class":"spam"},"phishing":'
		printf '{"score":0.9,"reasons":[{"reason":"link_text",'
		printf '"evidence":"http://a.example\\u001b"}]}}}\n%s' "$body"
		printf '{"fe":1,"end":1}\n'
	} | fe-show >"$T/out"
	diff - <(head -6 "$T/out") <<-'WANT'
	Subject   x
	verdict   junk by fe-sieve; why: spam
	checks    spf=pass dkim=fail by a[.]example dmarc=fail
	spam      spam, score 0.98
	phishing  link_text: hxxp://a[.]example\x1b
	part 0    text/plain, 3 octets
	WANT
}

@test "each of the odd messages is shown, none with a control character" {
	need_shared corpus/mime-torture.tar.zst
	tar -C "$T" -I zstd -xf "$SHARED/corpus/mime-torture.tar.zst"
	fe-cat "$T/mime-torture" 2>/dev/null | fe-show >"$T/out"
	[ "$(grep -c '^part 0' "$T/out")" -ge 450 ]
	run ! grep -aPq '[\x00-\x09\x0b-\x1f\x7f]' "$T/out"
}

@test "a huge message and endless HTML are cut and bounded" {
	{ printf 'Content-Type: text/html\n\n<p>'; yes '<b>x <a href=http://a.example/' |
		head -c 30000000; } >"$T/huge"
	timeout 20 fe-show "$T/huge" >"$T/out"
	[ "$(stat -c %s "$T/out")" -lt 3000000 ]
	{ printf '\n\n'; yes | head -c 20000000; } | fe-show >"$T/out"
	grep -q 'the rest is left out' "$T/out"
}

@test "broken input, full disks, wrong options end as they should" {
	run -64 fe-show --wrong </dev/null
	run -75 bash -c 'fe-show <&-'
	: >"$T/empty"
	run -65 fe-show "$T/empty"
	page >"$T/a.eml"
	run -75 bash -c "fe-show $T/a.eml >/dev/full"
	run -75 bash -c "fe-cat $T/a.eml | head -c 200 | fe-show -i record"
	run -0 fe-show --help
	run -0 fe-show --version
	[[ $output == fe-show* ]]
}

@test "shows XHTML as its readers do" {
	cat >"$T/mail" <<-'END'
		From: a@b.example
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: application/xhtml+xml

		<html><head><script/></head><body>Please <a href="http://x.example/pay">pay</a></body></html>
		--b--
	END
	run -0 fe-show "$T/mail"
	[[ $output == *'Please pay'* ]]
	[[ $output == *'x[.]example/pay'* ]]
}
