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
		words "$T/spam/$i" $(shuf --random-source=<(yes "$i") -e casino winner prize money pills offer)
		words "$T/ham/$i" $(shuf --random-source=<(yes "$i") -e meeting patch report kernel lunch notes)
	done
	(fe-cat --label spam "$T/spam"; fe-cat --label ham "$T/ham") |
		fe-learn --model "$1" train
}

@test "without a model the class is unknown, and nothing fails" {
	words "$T/x" casino winner
	run -0 fe-scan --model "$T/none" -o json <"$T/x"
	[ "$(jq -c .scan.spam <<<"$output")" = '{"score":0.5,"class":"unknown"}' ]
	[ "$(jq -r '[.scan.layers[].layer] | join(" ")' <<<"$output")" = \
		"text spam urls phishing attachments virus reputation" ]
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

@test "the model of the only recipient counts the more the more it learned" {
	mkdir -p "$T/home/model/example.org" "$T/home/run"
	model "$T/home/model/site.model"
	local user=$T/home/model/example.org/alice.model
	# alice likes what others call spam
	(fe-cat --label ham "$T/spam"; fe-cat --label spam "$T/ham") |
		fe-learn --model "$user" train
	printf 'al@example.org\talice@example.org\n' >"$T/home/run/recipients"
	words "$T/x" prize casino winner money pills offer
	score() { # RCPT...: score and share
		fe-scan --home "$T/home" "$@" -i mail -o json <"$T/x" |
			jq -c '.scan.spam | [.score > 0.5, .user_share]'
	}
	[ "$(score)" = '[true,null]' ]
	[ "$(score --rcpt bob@example.org)" = '[true,null]' ]
	[ "$(score --rcpt alice@example.org)" = '[true,0.14]' ]
	[ "$(score --rcpt al+x@example.org)" = '[true,0.14]' ]
	[ "$(score --rcpt alice@example.org --rcpt bob@example.org)" = \
		'[true,null]' ]
	[ "$(score --rcpt '../../x@example.org')" = '[true,null]' ]
	for _ in 1 2 3 4 5; do fe-cat --label ham "$T/spam"
		fe-cat --label spam "$T/ham"; done >"$T/more"
	for _ in 1 2 3; do cat "$T/more"; done | fe-learn --model "$user" train
	[ "$(score --rcpt alice@example.org)" = '[false,0.72]' ]
	rm "$T/home/model/site.model"
	[[ $(score --rcpt alice@example.org) == '[false,'* ]]
}

@test "more users than models that are held are judged by their own" {
	mkdir -p "$T/home/model/example.org"
	model "$T/home/model/site.model"
	for n in 1 2 3 4 5 6; do
		cp "$T/home/model/site.model" "$T/home/model/example.org/u$n.model"
	done
	words "$T/x" prize casino winner money pills offer
	for n in 1 2 3 4 5 6 1 2 7; do
		fe-cat --rcpt "u$n@example.org" "$T/x"
	done | fe-scan --home "$T/home" -o json |
		jq -r '.scan.spam.user_share' | tr '\n' ' ' >"$T/out"
	[ "$(cat "$T/out")" = '0.14 0.14 0.14 0.14 0.14 0.14 0.14 0.14 null ' ]
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
	[ -n "$SAN" ] || [ "$(jq '[.scan.layers[].us] | add < 2000000' "$T/out")" = true ]
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

@test "links are found in attached HTML and where no part begins" {
	cat >"$T/x" <<-'MAIL'
	From: a@example.org
	Content-Type: multipart/mixed; boundary=b

	--b
	Content-Type: application/octet-stream; name="Invoice.html"
	Content-Transfer-Encoding: base64

	PG1ldGEgaHR0cC1lcXVpdj0iUmVmcmVzaCIgY29udGVudD0iMDsgVVJMPSdodHRwczovL2V2aWwu
	b3JnL2EnIj48Zm9ybT48aW5wdXQgdHlwZT0nUGFzc1dvcmQnPjxidXR0b24gZm9ybWFjdGlvbj0i
	aHR0cHM6Ly9ldmlsLm9yZy9iIj48c2NyaXB0PjE8L3NjcmlwdD4K
	--b--
	MAIL
	fe-scan --model "$T/none" -o json <"$T/x" >"$T/out"
	jq -c '[.scan.urls[].url], [.scan.phishing.reasons[].reason]' "$T/out" |
		diff - <(cat <<-'WANT'
		["https://evil.org/a","https://evil.org/b"]
		["form","script"]
		WANT
	)
	# a script of data runs nothing
	printf 'Content-Type: text/html\n\n%s</script>\n' \
		'<script type="application/ld+json">{}' >"$T/y"
	[ "$(fe-scan --model "$T/none" -o json <"$T/y" |
		jq -c .scan.phishing.reasons)" = '[]' ]
	sed '1,2s/boundary=b/boundary=c/' "$T/x" | sed 's/^PG1.*/http:\/\/c.org/' |
		fe-scan --model "$T/none" -o json |
		jq -r '.scan.urls[].host' | diff - <(echo c.org)
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
	cat >"$T/x" <<-'MAIL'
	From: PayPaI <a@paypal-login.evil.web.app>
	Subject: verify your account
	Content-Type: text/html

	<a href="https://urldefense.com/v3?u=https%3A%2F%2Fpaypa1.com%2Fx&d=1"
	>www.paypal.com</a> <img src="https://bit.ly/pixel">
	MAIL
	fe-scan --model "$T/none" -o json <"$T/x" |
		jq -r '.scan.phishing.reasons[].reason' | diff - <(cat <<-'WANT'
		name_disguised
		author_at_free_host
		link_text
		link_names_brand
		asks_for_account
		WANT
	)
	# a link home, a picture from elsewhere, a family name
	cat >"$T/x" <<-'MAIL'
	From: Ed Norton <ed@example.com>
	Subject: reset your password
	Content-Type: text/html

	<a href="https://www.example.com/reset">here</a>
	<a href="https://social.example.net/">follow us</a>
	<img src="https://t.co/pixel"> <img src="https://x.web.app/logo">
	MAIL
	[ "$(fe-scan --model "$T/none" -o json <"$T/x" |
		jq -c .scan.phishing.reasons)" = '[]' ]
	printf 'From: Bob <bob@example.com>\nSubject: x\n\nsee http://example.com/\n' >"$T/y"
	[ "$(fe-scan --model "$T/none" -o json <"$T/y" |
		jq -c .scan.phishing)" = '{"score":0,"reasons":[]}' ]
}

@test "hosts on a block list are flagged, and the list is read again" {
	cat >"$T/list" <<-END
	# a comment
	bad.example.com
	0.0.0.0 hosts-file.example
	$(printf hashed.example.net | sha256sum | cut -d ' ' -f 1)
	192.0.2.9
	END
	printf 'Subject: x\n\n%s\n' 'http://a.bad.example.com/ http://example.com/
	http://notbad.example.com http://hosts-file.example http://0xc0000209/
	http://x.hashed.example.net http://new.example.org/' >"$T/x"
	mkfifo "$T/fifo"
	fe-scan --model "$T/none" --block-list "$T/list" -i record -o json \
		<"$T/fifo" >"$T/out" 3>&- &
	local scan=$!
	exec 4>"$T/fifo"
	fe-cat "$T/x" >&4
	wait_for 5 test -s "$T/out"
	echo new.example.org >"$T/list.new"
	mv "$T/list.new" "$T/list"
	sleep 1.2
	fe-cat "$T/x" >&4
	exec 4>&-
	wait "$scan"
	jq -c '[.scan.urls[] | select(.flags // [] | index("blocked")) | .host]' \
		"$T/out" | diff - <(cat <<-'WANT'
	["a.bad.example.com","hosts-file.example","192.0.2.9","x.hashed.example.net"]
	["new.example.org"]
	WANT
	)
	[ "$(jq -s -c '.[1].scan.phishing.reasons[] |
		select(.reason == "link_blocked")' "$T/out")" = \
		'{"reason":"link_blocked","evidence":"http://new.example.org/"}' ]
}

@test "domains that look like a protected one are told, its own are not" {
	local host yes="exarnple-bank.com example-bank.net examp1e-bank.com
		exmaple-bank.com example-bank.com.login.evil.org
		www.example-bank-login.org xn--xample-bank-rof.com example-bank.co
		secure-example-bank.com"
	local no="example-bank.com www.example-bank.com bank.org example.com
		example-organ.com"
	for host in $yes $no; do
		echo "http://$host/"
	done | (printf 'Subject: x\n\n'; cat) >"$T/x"
	fe-scan --model "$T/none" --protect example-bank.com -i mail -o json \
		<"$T/x" | jq -r '.scan.urls[] |
			select(.flags // [] | index("lookalike")) | .host' >"$T/out"
	# shellcheck disable=SC2086 # words
	diff <(printf '%s\n' $yes) "$T/out"
	printf 'From: "Erika Boss" <x@evil.org>\nSubject: x\n\nx\n' >"$T/x"
	printf 'From: a@exarnple-bank.com\nSubject: x\n\nx\n' >"$T/y"
	printf 'From: "Erika Boss" <boss@example-bank.com>\nSubject: x\n\nx\n' \
		>"$T/z"
	for file in x y z; do
		fe-scan --model "$T/none" --protect example-bank.com \
			--protect-name 'erika boss' -o json <"$T/$file" |
			jq -r '[.scan.phishing.reasons[].reason] | join(",")'
	done >"$T/out"
	diff - "$T/out" <<-'WANT'
	display_name
	author_lookalike

	WANT
}

@test "settings that cannot be are refused, each with its sentence" {
	local option value said
	printf 'Subject: x\n\nx\n' >"$T/x"
	mkdir "$T/home"
	export FE_HOME=$T/home
	while IFS='|' read -r option value said; do
		run -75 fe-scan --no-history -i mail -o record "--$option" "$value" \
			<"$T/x"
		[[ $output == *"--$option: "*"$said"* ]]
		printf '[fe-scan]\n%s = %s\n' "$option" "$value" >"$T/home/fe.conf"
		run -75 fe-scan --no-history -i mail -o record <"$T/x"
		[[ $output == *"fe.conf:2: $option: "*"$said"* ]]
	done <<-END
	domain|not a domain|'not a domain' is no domain name
	protect|a..b|'a..b' is no domain name
	block-list|$T/home|'$T/home' is no file
	clamd|/$(printf 'x%.0s' {1..200})|is no path for a socket
	END
	rm "$T/home/fe.conf"
	run -75 fe-scan -i mail -o record --protect-name ' ' <"$T/x"
	[[ $output == *"--protect-name: ' ' is no name"* ]]
	run -75 fe-scan -i mail -o record --block-list '' <"$T/x"
	[[ $output == *"--block-list: '' is no file"* ]]
}

@test "a protected domain may be written as people write it" {
	printf 'From: "x" <x@evil.org>\nSubject: x\n\n%s\n' \
		'http://exarnple-bank.com/ http://xn--bcher-login-thb.org/' >"$T/x"
	fe-scan --model "$T/none" --protect Example-Bank.COM. -i mail -o json \
		--protect "$(printf 'b\303\274cher.org')" <"$T/x" |
		jq -r '.scan.urls[] |
			select(.flags // [] | index("lookalike")) | .host' >"$T/out"
	diff - "$T/out" <<-'WANT'
	exarnple-bank.com
	xn--bcher-login-thb.org
	WANT
}

@test "a block list that is not there, and lines that name no host, are told" {
	printf 'Subject: x\n\nhttp://a.example/\n' >"$T/x"
	run -0 fe-scan --model "$T/none" --block-list "$T/list" -i mail -o json \
		<"$T/x"
	[[ $output == *"no link is blocked by '$T/list': No such file"* ]]
	printf '# hosts\n\na.example # x\na b..c\n..\n' >"$T/list"
	run -0 fe-scan --model "$T/none" --block-list "$T/list" -i mail -o json \
		<"$T/x"
	[[ $output == *"'$T/list': 2 lines name no host, the first is line 4"* ]]
	[[ $output == *'"blocked"'* ]]
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

@test "on real mail: attachments are the octets that another library decodes" {
	need_shared corpus/dev.tar.zst
	[ -z "$SAN" ] || skip 'too slow when sanitized'
	tar -C "$T" -I zstd -xf "$SHARED/corpus/dev.tar.zst"
	python3 - "$T"/dev/*/*.eml >"$T/want" <<-'END'
		import email, hashlib, os, sys
		for name in sys.argv[1:]:
		    octets = open(name, 'rb').read()
		    if b'disposition: attachment' not in octets.lower():
		        continue
		    for part in email.message_from_bytes(octets).walk():
		        encoding = part.get('content-transfer-encoding', '')
		        if part.get_content_disposition() == 'attachment' and \
		            encoding.strip().lower() == 'base64':
		            print(os.path.basename(name), hashlib.sha256(
		                part.get_payload(decode=True)).hexdigest())
	END
	fe-cat "$T"/dev/{ham,spam,phish} | fe-scan --model "$T/none" -o json >"$T/out"
	jq -r '(.source.path | split("/")[-1]) as $name |
		.scan.attachments[] | "\($name) \(.sha256)"' "$T/out" >"$T/got"
	[ "$(wc -l <"$T/want")" -gt 100 ]
	[ -z "$(comm -23 <(sort "$T/want") <(sort "$T/got"))" ]
	# what honest mail has is called neither a program nor something else
	jq -c 'select(.source.path | test("/ham/")) | .scan.attachments[] |
		select(.name // "" | endswith(".py") or endswith(".py.txt") | not) |
		select(.flags) | [.name, .flags]' "$T/out" >"$T/flagged"
	diff /dev/null "$T/flagged"
}

@test "names are taken as Windows takes them, and promise a kind" {
	local name
	{
		printf 'Subject: x\nMIME-Version: 1.0\n'
		printf 'Content-Type: multipart/mixed; boundary=b\n\n'
		for name in 'a.pdf .exe. ' "a.js$(printf '\342\200\213')" a.RDP \
			a.iqy a.txt "a$(printf '\342\200\256')fdp.exe"; do
			printf -- '--b\nContent-Type: application/x; name="%s"\n\nx\n' \
				"$name"
		done
		for name in a.pdf a.docx a.jpg a.dat; do
			printf -- '--b\nContent-Type: application/x; name="%s"\n\nMZ\n' \
				"$name"
		done
		printf -- '--b\nContent-Type: application/x; name=a.html\n\n'
		printf '<HTML><Script>1\n--b\nContent-Type: image/svg+xml\n\n'
		printf '<svg><script>1\n--b--\n'
	} >"$T/x"
	fe-scan --model "$T/none" -o json <"$T/x" | jq -c \
		'.scan.attachments[] | [.type_found, .flags]' >"$T/out"
	diff - "$T/out" <<-'WANT'
	["",["executable","two_extensions"]]
	["",["script"]]
	["",["shortcut"]]
	["",["script"]]
	["",null]
	["",["executable","turned_name"]]
	["exe",["executable","type_differs"]]
	["exe",["executable","type_differs"]]
	["exe",["executable","type_differs"]]
	["exe",["executable"]]
	["html",["script"]]
	["svg",["script"]]
	WANT
}

# flags FILE...: what is said of these attachments.
flags() {
	python3 "$HERE/scan_files.py" --mail "$@" |
		fe-scan --model "$T/none" -i mail -o json |
		jq -r '.scan.attachments[] |
			[.name, .type_found, (.flags // [] | join(","))] |
			map(select(. != null and . != "")) | join(" ")'
}

@test "documents with programs in them are told from those without" {
	flags macro.doc plain.doc macro.docm plain.docx locked.docx setup.msi \
		package.doc plain.xls xlm.xls locked.xls remote.docx \
		>"$T/out"
	diff - "$T/out" <<-'WANT'
	macro.doc ole2 macros
	plain.doc ole2
	macro.docm ooxml macros
	plain.docx ooxml
	locked.docx ole2 encrypted
	setup.msi ole2 executable
	package.doc ole2 object
	plain.xls ole2
	xlm.xls ole2 macros
	locked.xls ole2 encrypted
	remote.docx ooxml external
	WANT
}

@test "a PDF that acts is found by escaped names and in object streams" {
	flags plain.pdf script.pdf escaped.pdf launch.pdf hidden.pdf \
		packed.pdf >"$T/out"
	diff - "$T/out" <<-'WANT'
	plain.pdf pdf
	script.pdf pdf pdf_active
	escaped.pdf pdf pdf_active
	launch.pdf pdf pdf_active
	hidden.pdf pdf pdf_active
	packed.pdf pdf
	WANT
}

@test "shortcuts, disk images and scripts are known by their octets" {
	flags link.lnk link.txt disk.txt run.txt note.txt invoice.txt \
		photo.jpg words.txt >"$T/out"
	diff - "$T/out" <<-'WANT'
	link.lnk lnk shortcut
	link.txt url shortcut,type_differs
	disk.txt iso disk_image,type_differs
	run.txt script script
	note.txt
	invoice.txt script script
	photo.jpg script script,type_differs
	words.txt
	WANT
}

@test "archives are looked into, those in archives too" {
	flags plain.zip nested.zip encrypted.zip cut.zip eicar.tar.gz >"$T/out"
	diff - "$T/out" <<-'WANT'
	plain.zip zip
	nested.zip zip executable,two_extensions,nested
	encrypted.zip zip encrypted
	cut.zip zip damaged
	eicar.tar.gz gzip eicar
	WANT
	python3 "$HERE/scan_files.py" --mail nested.zip |
		fe-scan --model "$T/none" -i mail -o json >"$T/json"
	[ "$(jq -c '.scan.attachments[0].archive | [.files, .depth,
		.items[1].name]' "$T/json")" = '[3,2,"inner.zip/invoice.pdf.exe"]' ]
	python3 "$HERE/scan_files.py" --mail nested.zip |
		fe-scan --model "$T/none" --no-unpack -i mail -o json >"$T/json"
	[ "$(jq -c '.scan.attachments[0] | [.flags, .archive]' "$T/json")" = \
		'[null,null]' ]
}

@test "files in messages and in winmail.dat that are files are looked at" {
	flags winmail.dat packed.dat cut.dat letter.bin letter.zip plain.eml \
		>"$T/out"
	diff - "$T/out" <<-'WANT'
	winmail.dat tnef executable,two_extensions
	packed.dat tnef eicar
	cut.dat tnef executable,damaged
	letter.bin eml executable,two_extensions
	letter.zip zip script
	plain.eml eml
	WANT
	python3 "$HERE/scan_files.py" --mail winmail.dat letter.zip |
		fe-scan --model "$T/none" -i mail -o json >"$T/json"
	jq -c '.scan.attachments[].archive.items[].name' "$T/json" >"$T/out"
	diff - "$T/out" <<-'WANT'
	"invoice.pdf.exe"
	"x.eml/b.zip/run.js"
	WANT
}

@test "what RAR 5 encrypts is told, be it a file or the names of all" {
	flags plain5.rar locked5.rar sealed5.rar >"$T/out"
	diff - "$T/out" <<-'WANT'
	plain5.rar rar executable
	locked5.rar rar encrypted
	sealed5.rar rar encrypted
	WANT
}

@test "a page that makes a file when it is opened is told from one with a script" {
	flags blob.html wide.html saved.html blob.svg script.html click.svg \
		text.html >"$T/out"
	diff - "$T/out" <<-'WANT'
	blob.html html script,smuggling
	wide.html html script,smuggling
	saved.html html smuggling
	blob.svg svg script,smuggling
	script.html html script
	click.svg svg script
	text.html html
	WANT
	# neither is a way to keep it busy
	python3 -c 'print("Subject: x\nContent-Type: x/y; name=a.html\n\n<html>" +
		"<" * 4000000 + " onload onload" * 300000)' >"$T/x"
	run -0 timeout 20 fe-scan --model "$T/none" -o json <"$T/x"
	[ -n "$SAN" ] || [ "$(jq '.scan.layers[] |
		select(.layer == "attachments") | .us < 1000000' <<<"$output")" = true ]
}

@test "documents that fetch, and files packaged in notes, are told" {
	flags fetch.rtf share.rtf own.rtf object.rtf picture.one program.one \
		page.one office.mso >"$T/out"
	diff - "$T/out" <<-'WANT'
	fetch.rtf rtf external
	share.rtf rtf external
	own.rtf rtf
	object.rtf rtf object
	picture.one one
	program.one one executable,object
	page.one one script,object
	office.mso mso macros
	WANT
	# and a note of files alone keeps nobody busy
	python3 - >"$T/note.one" <<-'END'
	import sys
	head = bytes.fromhex('e4525c7b8cd8a74daeb15378d02996d3')
	file = bytes.fromhex('e716e3bd65261145a4c48d4d0b7a9eac') + b'\0' * 7 + \
	    b'\1' + b'\0' * 12 + b'<html>'
	sys.stdout.buffer.write(head + file * 200000)
	END
	run -0 timeout 20 bash -c "python3 '$HERE/scan_files.py' --mail \
		'$T/note.one' | fe-scan --model '$T/none' -o json"
	[ "$(jq -c '.scan.attachments[0].flags' <<<"$output")" = '["object"]' ]
	[ -n "$SAN" ] || [ "$(jq '.scan.layers[] |
		select(.layer == "attachments") | .us < 1000000' <<<"$output")" = true ]
}

@test "a file is known by its end, too, and what nothing opens is unread" {
	flags fixed.bin fruit.bin behind.gif.bin old.ace >"$T/out"
	diff - "$T/out" <<-'WANT'
	fixed.bin vhd disk_image
	fruit.bin dmg disk_image
	behind.gif.bin zip executable
	old.ace ace unread
	WANT
}

@test "what other programs make is told: archives, images, installers" {
	cd "$T"
	local zip iso disk msi fat tnef
	need_peer p7zip-full 7z; zip=$PEER
	need_peer genisoimage genisoimage; iso=$PEER
	need_peer qemu-utils qemu-img; disk=$PEER
	need_peer wixl wixl; msi=$PEER
	need_peer mtools mtools; fat=$PEER
	need_peer tnef tnef; tnef=$PEER
	mkdir in
	printf 'MZ%099d' 0 >in/a.exe
	echo secret >s.txt
	"$zip" a -px a.7z s.txt >7z.out
	"$zip" a -px -mhe=on b.7z s.txt >7z.out
	"$zip" a c.7z in/a.exe >7z.out
	"$zip" a -tzip -px -mem=AES256 d.zip s.txt >7z.out
	"$iso" -quiet -J -o e.bin in
	"$iso" -quiet -udf -o f.bin in
	truncate -s 1440K raw
	for form in vdi vhdx vmdk qcow2 vpc; do
		"$disk" convert -O "$form" raw "$form.bin"
	done
	"$disk" convert -O vpc -o subformat=fixed raw fixed.bin
	"$fat" -c mformat -i raw -f 1440 ::
	mv raw floppy.bin
	cat >p.wxs <<-'END'
	<?xml version="1.0"?>
	<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi"><Product Name="x"
	Id="*" UpgradeCode="12345678-1234-1234-1234-111111111111" Language="1033"
	Codepage="1252" Version="1.0.0" Manufacturer="x"><Package Id="*"
	Keywords="x" Description="x" InstallerVersion="100" Languages="1033"
	SummaryCodepage="1252"/><Directory Id="TARGETDIR" Name="SourceDir"/>
	<Feature Id="X" Level="1"/></Product></Wix>
	END
	"$msi" -o setup.bin p.wxs
	flags ./a.7z ./b.7z ./c.7z ./d.zip ./e.bin ./f.bin ./vdi.bin ./vhdx.bin \
		./vmdk.bin ./qcow2.bin ./vpc.bin ./fixed.bin ./floppy.bin \
		./setup.bin >out
	diff - out <<-'WANT'
	a.7z 7z encrypted
	b.7z 7z encrypted
	c.7z 7z executable
	d.zip zip encrypted
	e.bin iso executable,disk_image
	f.bin iso executable,disk_image
	vdi.bin vdi disk_image
	vhdx.bin vhd disk_image
	vmdk.bin vmdk disk_image
	qcow2.bin qcow disk_image
	vpc.bin vhd disk_image
	fixed.bin vhd disk_image
	floppy.bin disk disk_image
	setup.bin ole2 executable
	WANT
	# and what the tests make by hand is what others take it for
	python3 "$HERE/scan_files.py" winmail.dat locked5.rar sealed5.rar
	run -0 "$tnef" -t winmail.dat
	[[ $output == *invoice.pdf.exe* ]]
	run -0 "$zip" l -slt locked5.rar
	[[ $output == *s.txt*"Encrypted = +"* ]]
	run "$zip" l -px sealed5.rar
	[[ $output == *"encrypted archive"* ]]
}

@test "bombs are bounded in time, and the next archive is looked into" {
	python3 "$HERE/scan_files.py" --mail bomb.zip deep.zip flat.gz files.zip \
		eicar.zip >"$T/x"
	timeout 20 fe-scan --model "$T/none" -o json <"$T/x" >"$T/out"
	[ "$(jq -c '[.scan.attachments[] | [.archive.limit, .flags[-1]]]' \
		"$T/out")" = '[["depth","bomb"],["depth","bomb"],["ratio","bomb"],["files","bomb"],[null,"eicar"]]' ]
	[ "$(jq -c .scan.virus "$T/out")" = \
		'{"result":"found","name":"EICAR-Test-File","attachment":"eicar.zip","by":"fe-scan"}' ]
	[ -n "$SAN" ] || [ "$(jq '.scan.layers[] | select(.layer == "attachments") |
		.us < 5000000' "$T/out")" = true ]
}

@test "a child that dies over an archive costs that archive alone" {
	mkdir "$T/bin"
	cp "$BIN/fe-scan" "$T/bin/fe-scan"
	# stands in for a library that crashes, once
	cat >"$T/bin/fe-unpack" <<-END
	#!/bin/sh
	[ -e $T/died ] && exec $BIN/fe-unpack "\$@"
	: >$T/died
	sleep 0.3
	kill -SEGV \$\$
	END
	chmod +x "$T/bin/fe-unpack"
	python3 "$HERE/scan_files.py" --mail plain.zip eicar.zip >"$T/x"
	run -0 --separate-stderr "$T/bin/fe-scan" --model "$T/none" -o json <"$T/x"
	[ "$(jq -c '[.scan.attachments[].flags]' <<<"$output")" = \
		'[["unread"],["eicar"]]' ]
	[[ $stderr == *"not looked into: fe-unpack died"* ]]
}

# clamd_start: the real one, with two signatures of its own; its socket is
# $T/clam/s.
clamd_start() {
	need_peer clamav-daemon clamd
	mkdir -p "$T/clam/db" "$T/clam/tmp"
	echo '44d88612fea8a8f36de82e1278abb02f:68:Eicar-Hash' >"$T/clam/db/a.hdb"
	echo "Eicar-Text:0:*:$(printf EICAR-STANDARD-ANTIVIRUS-TEST-FILE |
		od -An -tx1 | tr -d ' \n')" >"$T/clam/db/a.ndb"
	cat >"$T/clam/conf" <<-END
	DatabaseDirectory $T/clam/db
	LocalSocket $T/clam/s
	TemporaryDirectory $T/clam/tmp
	Foreground yes
	END
	start "$T/clam/out" "$PEER" -c "$T/clam/conf"
	wait_for 20 python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$T/clam/s"
}

virus() { # FILE OPTIONS...
	local file=$1
	shift
	fe-scan --model "$T/none" --clamd "$T/clam/s" "$@" -o json <"$file" |
		jq -c .scan.virus
}

@test "clamd finds EICAR in attachments, in base64 and in a ZIP" {
	clamd_start
	python3 "$HERE/scan_files.py" --mail note.txt eicar.zip >"$T/x"
	[ "$(virus "$T/x")" = \
		'{"result":"found","name":"Eicar-Text.UNOFFICIAL","attachment":"eicar.zip","by":"clamd"}' ]
	python3 "$HERE/scan_files.py" --mail eicar.com eicar.zip >"$T/x"
	[[ $(virus "$T/x") == *'"attachment":"eicar.com","by":"clamd"'* ]]
	python3 "$HERE/scan_files.py" --mail note.txt plain.zip >"$T/y"
	[ "$(virus "$T/y")" = '{"result":"clean"}' ]
	[[ $(virus "$T/x" --clamd-scope message) == *'"by":"clamd"'* ]]
	[ "$(virus "$T/y" --clamd-scope both)" = '{"result":"clean"}' ]
	run -1 fe-scan --model "$T/none" --clamd "$T/clam/s" -e -o json <"$T/x"
	run -0 fe-scan --model "$T/none" --clamd "$T/clam/s" -e -o json <"$T/y"
	fe-scan --model "$T/none" --clamd "$T/clam/s" -o mail <"$T/x" |
		grep -q '^X-Fe-Scan: .* virus=found'
}

@test "many attachments and messages go through one session" {
	clamd_start
	# shellcheck disable=SC2046 # words
	python3 "$HERE/scan_files.py" --mail $(yes note.txt | head -n 60) \
		eicar.zip $(yes note.txt | head -n 20) >"$T/x"
	printf 'Subject: x\n\nx\n' >"$T/y"
	(for _ in 1 2 3 4 5; do fe-cat "$T/x" "$T/y"; done) |
		fe-scan --model "$T/none" --clamd "$T/clam/s" -o json |
		jq -r '.scan.virus | [.result, .attachment // empty] | join(" ")' |
		sort | uniq -c | tr -s ' ' >"$T/out"
	diff - "$T/out" <<-'WANT'
	 5 clean
	 5 found eicar.zip
	WANT
}

@test "a clamd that is missing, hangs, or comes back is stated as it is" {
	python3 "$HERE/scan_files.py" --mail note.txt >"$T/x"
	printf 'Subject: x\n\nx\n' >"$T/y"
	[ "$(virus "$T/x" 2>/dev/null)" = \
		'{"result":"unavailable","why":"cannot connect to clamd"}' ]
	[ "$(virus "$T/y")" = '{"result":"clean"}' ]
	clamd_start
	local clamd=$STARTED
	mkfifo "$T/fifo"
	fe-scan --model "$T/none" --clamd "$T/clam/s" --clamd-timeout 5s \
		-i record -o json <"$T/fifo" >"$T/out" 2>"$T/err" 3>&- &
	local scan=$!
	exec 4>"$T/fifo"
	next() { # N: one more message, and wait for N answers
		fe-cat "$T/x" >&4
		wait_for 15 bash -c "[ \$(wc -l <$T/out) = $1 ]"
	}
	next 1
	kill -STOP "$clamd"
	next 2
	kill -CONT "$clamd"
	next 3
	kill -KILL "$clamd"
	wait "$clamd" || true
	next 4
	rm -f "$T/clam/s"
	clamd_start 4>&-
	next 5
	exec 4>&-
	wait "$scan"
	[ "$(jq -r .scan.virus.result "$T/out" | tr '\n' ' ')" = \
		'clean unavailable clean unavailable clean ' ]
	[ "$(jq -s -r '.[1].scan.virus.why' "$T/out")" = \
		'clamd did not answer in time' ]
	[ "$(grep -c 'not looked through for viruses' "$T/err")" = 2 ]
}

@test "records without attachments do not wait for those that clamd has" {
	clamd_start
	python3 "$HERE/scan_files.py" --mail note.txt >"$T/x"
	printf 'Subject: x\n\nx\n' >"$T/y"
	(fe-cat "$T/x" "$T/y" "$T/x" "$T/x") | fe-scan --model "$T/none" \
		--clamd "$T/clam/s" -i record -o json |
		jq -s -c 'map(.scan.virus.result)' >"$T/out"
	[ "$(cat "$T/out")" = '["clean","clean","clean","clean"]' ]
	kill -STOP "$STARTED"
	local from=$SECONDS
	(fe-cat "$T/x" "$T/y"; for _ in 1 2 3 4 5 6 7 8; do fe-cat "$T/x"; done) |
		fe-scan --model "$T/none" --clamd "$T/clam/s" --clamd-timeout 2s \
			-i record -o json | jq -c .scan.virus.result >"$T/out"
	[ $((SECONDS - from)) -le 12 ] # and not two for each
	[ "$(head -n 1 "$T/out")" = '"clean"' ]
	[ "$(grep -c unavailable "$T/out")" = 9 ]
}

@test "the deadline of a record bounds the wait for clamd" {
	clamd_start
	kill -STOP "$STARTED"
	python3 "$HERE/scan_files.py" --mail note.txt >"$T/x"
	fe-cat "$T/x" | sed "1s/^{\"fe\":1,/&\"deadline\":\"$(date -u -d '+3 seconds' \
		+%FT%TZ)\",/" >"$T/in"
	local from=$SECONDS
	run -0 timeout 30 fe-scan --model "$T/none" --clamd "$T/clam/s" -i record \
		-o json <"$T/in"
	[ $((SECONDS - from)) -le 12 ]
	[[ $output == *'"result":"unavailable"'* ]]
}

@test "text that the eye does not see is told, and is no text to the classifier" {
	page() {
		printf '%s\n' 'From: a@b.example' 'Subject: x' \
			'Content-Type: text/html' '' '<p>seen</p>'
		printf '<div style="color:white;font-size:0">%s</div>\n' "$1"
	}
	page "$(printf 'pleasant words %.0s' {1..50})" >"$T/much"
	page "$(printf 'pleasant words %.0s' {1..9})" >"$T/preview"
	run -0 fe-scan --model "$T/none" -o json <"$T/much"
	[ "$(jq -r '.scan.phishing.reasons[] | select(.reason ==
		"text_hidden") | .evidence[0:14]' <<<"$output")" = 'pleasant words' ]
	run -0 fe-scan --model "$T/none" -o json <"$T/preview"
	[ "$(jq -c .scan.phishing.reasons <<<"$output")" = '[]' ]
	# words that the model knows, but no pair of them that it has seen
	model "$T/m"
	local words='casino q1 q2 q3 q4 q5 winner q6 q7 q8 q9 q10 prize'
	page "$words" >"$T/hidden"
	page '' >"$T/empty"
	sed 's/font-size:0/font-size:9px/' "$T/hidden" >"$T/shown"
	score() { fe-scan --model "$T/m" -o json <"$1" | jq .scan.spam.score; }
	[ "$(score "$T/hidden")" = "$(score "$T/empty")" ]
	[ "$(score "$T/shown")" != "$(score "$T/empty")" ]
}

@test "a hundred thousand links are bounded" {
	{ printf 'Content-Type: text/html\n\n'
		seq 100000 | sed 's|.*|<a href=http://h&.example.com/&>x</a>|'; } >"$T/x"
	fe-scan --model "$T/none" -o json <"$T/x" >"$T/out"
	[ "$(jq '.scan.urls | length' "$T/out")" = 201 ]
	[ "$(jq '.scan.urls[200].truncated > 0' "$T/out")" = true ]
	[ -n "$SAN" ] || [ "$(jq '[.scan.layers[].us] | add < 1000000' "$T/out")" = true ]
}

# peak FILE: KiB of its own that fe-scan takes for a message, without what clamd
# would be handed, which is memory of a file.
peak() {
	python3 - "$1" "$T/out" <<-'END'
		import re, subprocess, sys
		child = subprocess.Popen(['fe-scan', '-i', 'mail', '-o', 'json',
		    '--size-max', '60M'], stdin=open(sys.argv[1]),
		    stdout=open(sys.argv[2], 'w'))
		peak = 0
		while child.poll() is None:
		    status = open('/proc/%d/status' % child.pid).read()
		    found = re.search(r'RssAnon:\s*(\d+)', status)
		    peak = max(peak, int(found.group(1)) if found else 0)
		print(peak)
		sys.exit(child.returncode)
	END
}

@test "a message of 49 MiB needs its own size and a little more" {
	[ -z "$SAN" ] || skip 'a sanitizer has memory of its own'
	{
		printf '%s\n' 'Subject: large' 'MIME-Version: 1.0' \
			'Content-Type: application/octet-stream; name=a.bin' \
			'Content-Transfer-Encoding: base64' ''
		head -c 36M /dev/zero | tr '\0' 'x' | base64
	} >"$T/large"
	head -c 36M /dev/zero | tr '\0' 'x' | sha256sum >"$T/sum"
	peak "$T/large" >"$T/peak"
	echo "RssAnon: $(cat "$T/peak") KiB"
	[ "$(cat "$T/peak")" -gt 40000 ]
	[ "$(cat "$T/peak")" -lt $((64 << 10)) ]
	[ "$(jq -r '.scan.attachments[0].sha256' "$T/out")" = \
		"$(cut -d ' ' -f 1 "$T/sum")" ]
	[ "$(jq -r '.scan.attachments[0].size' "$T/out")" = $((36 << 20)) ]
}

@test "so does one with a page of UTF-16" {
	[ -z "$SAN" ] || skip 'a sanitizer has memory of its own'
	python3 - "$T/large" <<-'END'
		import base64, sys
		page = '<html>' + '<p onclicx=x>x ' * 1300000 + '<p onclick=x>'
		open(sys.argv[1], 'wb').write(b'Subject: large\nContent-Type: '
		    b'application/octet-stream; name=a.html\n'
		    b'Content-Transfer-Encoding: base64\n\n' + base64.encodebytes(
		    b'\xff\xfe' + page.encode('utf-16le')))
	END
	peak "$T/large" >"$T/peak"
	echo "RssAnon: $(cat "$T/peak") KiB"
	[ "$(cat "$T/peak")" -gt 40000 ]
	[ "$(cat "$T/peak")" -lt $((64 << 10)) ]
	[ "$(jq -c '.scan.attachments[0].flags' "$T/out")" = '["script"]' ]
}

@test "one that stays keeps less than 24 MiB of its own" {
	[ -z "$SAN" ] || skip 'a sanitizer has memory of its own'
	need_shared corpus/mime-torture.tar.zst
	need zstd
	tar -C "$T" -I zstd -xf "$SHARED/corpus/mime-torture.tar.zst"
	fe-cat "$T/mime-torture" 2>/dev/null >"$T/in" || true
	python3 "$HERE/scan_files.py" --mail files.zip bomb.zip macro.doc \
		>"$T/files" # so that the child for archives is there, too
	python3 - "$T/in" "$T/files" "$TOP/share/starter.model" >"$T/kib" <<-'END'
		import glob, re, subprocess, sys, threading
		stream = open(sys.argv[1], 'rb').read()
		files = open(sys.argv[2], 'rb').read()
		stream = stream[:stream.rindex(b'{"fe":1,"end":')]
		stream += b'{"fe":1,"id":"%s","size":%d}\n%s' % (
		    b'7' * 26, len(files), files)
		child = subprocess.Popen(['fe-scan', '--model', sys.argv[3], '-i',
		    'record', '-o', 'json'], stdin=subprocess.PIPE,
		    stdout=subprocess.PIPE)
		def feed():
		    child.stdin.write(stream)
		    child.stdin.flush()
		threading.Thread(target=feed).start()
		for line in child.stdout:
		    if b'7' * 26 in line:
		        break
		def private(pid):
		    told = open('/proc/%s/smaps_rollup' % pid).read()
		    return sum(int(n) for n in
		        re.findall(r'Private_(?:Clean|Dirty): *(\d+)', told))
		def family(pid):
		    for stat in glob.glob('/proc/[0-9]*/stat'):
		        try:
		            fields = open(stat).read().rpartition(')')[2].split()
		        except OSError:
		            continue
		        if int(fields[1]) == pid:
		            yield from family(int(stat.split('/')[2]))
		    yield pid
		pids = list(family(child.pid))
		print(len(pids), sum(private(pid) for pid in pids))
		child.kill()
	END
	read -r processes kib <"$T/kib"
	echo "$processes processes, $kib KiB"
	[ "$processes" -ge 2 ]
	[ "$kib" -gt 1000 ]
	[ "$kib" -lt $((24 << 10)) ]
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

@test "without zones in the config nobody is asked about a message" {
	need strace
	[ -z "$SAN" ] || skip "strace and LeakSanitizer exclude each other"
	printf '%s\n' 'From: a@b.example' 'Reply-To: c@d.example' '' \
		'see http://login.bank.example/ and http://192.0.2.7/' >"$T/x"
	run -0 strace -f -o "$T/trace" -e trace=%network fe-scan -i mail \
		-o json <"$T/x"
	[[ $output == *'"host":"login.bank.example"'* ]]
	[ "$(grep -c 'exited with 0' "$T/trace")" -ge 1 ]
	[ "$(grep -c 'AF_INET' "$T/trace")" = 0 ]
}

@test "in XHTML an empty script hides nothing of what follows" {
	local type
	for type in application/xhtml+xml image/svg+xml; do
		printf '%s\n' 'From: a@b.example' 'MIME-Version: 1.0' \
			"Content-Type: $type" '' \
			'<html><script src="x.js"/><p>see' \
			'<a href="http://login.bank.example/">this</a></p>' \
			'</html>' >"$T/x"
		run -0 fe-scan -i mail -o json <"$T/x"
		[[ $output == *'"host":"login.bank.example"'* ]]
	done
}

@test "XHTML beside its plain text is no attachment, unless it has a name" {
	local name
	for name in '' '; name=a.xhtml'; do
		printf '%s\n' 'From: a@b.example' 'MIME-Version: 1.0' \
			'Content-Type: multipart/alternative; boundary=b' '' \
			'--b' '' 'hello' '' '--b' \
			"Content-Type: application/xhtml+xml$name" '' \
			'<html xmlns="http://www.w3.org/1999/xhtml">' \
			'<body><p>hello</p></body></html>' '--b--' >"$T/x"
		fe-scan -i mail -o json <"$T/x"
	done >"$T/json"
	[ "$(jq -c '[.scan.attachments[].name]' "$T/json")" = \
		$'[]\n["a.xhtml"]' ]
}
