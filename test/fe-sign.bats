#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-sign through the real binary; what it signs is verified by fe-verify,
# dkimpy, libopendkim and mailauth.
load helper

setup() {
	H=$T/home
	K=$H/keys/dkim/example.org
	mkdir -p "$K"
	cp "$DATA"/sign/*.pem "$DATA"/sign/*.json "$K"
	chmod 400 "$K"/*.pem
	Z=$DATA/sign/zone
	printf '%s\r\n' 'From: Alice <alice@example.org>' \
		'To: bob@example.net' 'To: carol@example.net' 'Subject: a' \
		'  folded  subject' 'Date: Sun, 22 Nov 2026 03:00:00 +0000' \
		'Message-ID: <1@example.org>' '' 'Hello  there ' '' 'bye' '' \
		>"$T/mail"
}

# sign [option]...: $T/mail, signed, to standard output with CRLF.
sign() {
	fe-sign --home "$H" -i mail -o mail --crlf \
		--authserv-id mx.example.org "$@" <"$T/mail"
}

# verify FILE: the facts.
verify() {
	fe-verify -i mail -o json --authserv-id mx.example.org \
		--dns-zone "$Z" <"$1" | jq -c .checks
}

# seal FILE [option]...: what fe-verify found goes into a set.
seal() {
	fe-verify -i mail -o record --authserv-id mx.example.org \
		--dns-zone "$Z" <"$1" |
		fe-sign --home "$H" --arc --authserv-id mx.example.org \
			-o mail --crlf "${@:2}"
}

# dkimpy FILE: its verdict.
dkimpy() {
	run "$HERE/peers/dkimpy-verify" "$Z" "$1"
	[ "$status" != 2 ] || skip "python3-dkim is not here: $output"
}

# mailauth FILE: its verdict.
mailauth() {
	local folder
	folder=$("$HERE/peers/unpack-npm" mailauth 7.1.0 2>"$T/npm.err") ||
		skip "$(cat "$T/npm.err")"
	run -0 "$HERE/peers/mailauth-verify" "$folder" "$Z" "$1"
}

@test "--help and --version answer and exit 0" {
	run -0 fe-sign --help
	[[ $output == *--key-file* ]]
	run -0 fe-sign --version
	[[ $output == fe-sign* ]]
}

@test "an unknown option is 64 for people and 75 on the delivery path" {
	run -64 fe-sign -o json --wrong <"$T/mail"
	run -75 fe-sign -o record --wrong <"$T/mail"
	[[ ${lines[0]} == "4.3.0 "* ]]
}

@test "every active key of the author's domain signs, RSA first" {
	sign >"$T/out"
	run -0 verify "$T/out"
	jq -e '.dkim | map([.result, .selector, .algorithm]) ==
		[["pass", "rsa", "rsa-sha256"], ["pass", "ed", "ed25519-sha256"]]' \
		<<<"$output"
	jq -e '.dmarc.result == "pass"' <<<"$output"
	tail -c "$(wc -c <"$T/mail")" "$T/out" | cmp - "$T/mail"
	! grep -q "$(printf '^.\\{78,\\}\r$')" "$T/out"
}

@test "dkimpy takes both signatures" {
	sign >"$T/out"
	dkimpy "$T/out"
	[ "${lines[*]}" = "dkim True dkim True arc none" ]
}

@test "libopendkim takes both signatures" {
	sign >"$T/out"
	run -0 bash -c "fe-opinion -i mail -o json --dns-zone '$Z' <'$T/out'"
	jq -e '.opinion.dkim | map([.result, .selector]) ==
		[["pass", "rsa"], ["pass", "ed"]]' <<<"$output"
}

@test "mailauth takes both signatures, and a chain" {
	sign >"$T/out"
	mailauth "$T/out"
	[ "${lines[*]}" = \
		'dkim pass rsa-sha256 dkim pass ed25519-sha256 arc none' ]
	seal "$T/out" >"$T/one"
	seal "$T/one" >"$T/two"
	mailauth "$T/two"
	[ "${lines[2]}" = 'arc pass' ]
}

@test "nobody can add a second From, To, Subject or Date" {
	local name
	sign >"$T/out"
	for name in From To Subject Date; do
		{
			printf '%s: x@example.org\r\n' "$name"
			cat "$T/out"
		} >"$T/more"
		run -0 verify "$T/more"
		jq -e '.dkim | all(.result == "fail")' <<<"$output" ||
			{ echo "$name: $output"; false; }
	done
	{ printf 'X-Other: x\r\n'; cat "$T/out"; } >"$T/more"
	run -0 verify "$T/more"
	jq -e '.dkim | all(.result == "pass")' <<<"$output"
}

@test "a changed body or header breaks both" {
	sign >"$T/out"
	sed 's/^bye/by/' "$T/out" >"$T/more"
	run -0 verify "$T/more"
	jq -e '.dkim | all(.result == "fail")' <<<"$output"
	sed 's/<1@/<2@/' "$T/out" >"$T/more"
	run -0 verify "$T/more"
	jq -e '.dkim | all(.result == "fail")' <<<"$output"
}

@test "empty bodies, bodies without a last line end, and bare From are signed" {
	local body
	for body in '' '\r\n' '\r\n\r\n\r\n' '\r\nx' '\r\n \t\r\nx \r\n \r\n'; do
		printf 'From: a@example.org\r\n%b' "$body" >"$T/mail"
		sign >"$T/out"
		run -0 verify "$T/out"
		jq -e '.dkim | map(.result) == ["pass", "pass"]' \
			<<<"$output" || { echo "'$body': $output"; false; }
	done
}

@test "a domain below one with keys is signed by that" {
	sed -i 's/alice@example.org/alice@Mail.Example.ORG/' "$T/mail"
	sign >"$T/out"
	run -0 verify "$T/out"
	jq -e '.dkim[0] | .result == "pass" and .domain == "example.org"' \
		<<<"$output"
}

@test "a domain without a key is refused, with the reason" {
	sed -i 's/alice@example.org/alice@example.net/' "$T/mail"
	run -75 --separate-stderr sign
	[ -z "$output" ]
	[ "$stderr" = "4.3.0 fe-sign: no active key to sign for 'example.net'" ]
	run -0 bash -c "cat '$T/mail' | fe-sign --home '$H' -i mail -o record"
	jq -se '.[0].verdict | .action == "tempfail" and .by == "fe-sign"
		and .text == "no active key to sign for '\''example.net'\''"' \
		<<<"$(head -n 1 <<<"$output")"
	# What looks alike is not below.
	sed -i 's/alice@example.net/alice@notexample.org/' "$T/mail"
	run -75 sign
	run -75 sign --domain example.com
	run -1 fe-sign --home "$H" -i mail -o json -e <"$T/mail"
}

@test "only active keys sign" {
	echo '{"fe":1,"state":"retiring"}' >"$K/rsa.json"
	sign >"$T/out"
	run -0 verify "$T/out"
	jq -e '.dkim | map(.selector) == ["ed"]' <<<"$output"
	echo '{"fe":1,"state":"published"}' >"$K/ed.json"
	run -75 sign
}

@test "a resident fe-sign takes a key that was rotated meanwhile" {
	mkfifo "$T/in"
	# what it says is kept; a copy of each record comes back with its names
	start "$T/out" sh -c 'exec fe-sign --home "$1" -i record -o record \
		--sandbox require <"$2" 2>"$3"' sh "$H" "$T/in" "$T/said"
	exec 5>"$T/in"
	selectors() {
		before=$(wc -c <"$T/out")
		printf '{"fe":1,"id":"01J%023d","size":%d,"envelope":{}}\n' 1 \
			"$(wc -c <"$T/mail")" >&5
		cat "$T/mail" >&5
		wait_for 10 grown "$before"
		tail -c "+$((before + 1))" "$T/out" | tr -d '\r\n ' |
			grep -o 's=[a-z]*;' | xargs
	}
	grown() { [ "$(wc -c <"$T/out")" -gt "$(($1 + $(wc -c <"$T/mail")))" ]; }
	only_ed() { [ "$(selectors)" = 's=ed;' ]; }
	[ "$(selectors)" = 's=rsa; s=ed;' ]
	echo '{"fe":1,"state":"retiring"}' >"$K/rsa.json"
	wait_for 10 only_ed
	# a key that cannot be read keeps none from signing
	chmod 644 "$K/ed.pem"
	said() { selectors >/dev/null && grep -q 'of before sign on' "$T/said"; }
	wait_for 10 said
	[ "$(selectors)" = 's=ed;' ]
	exec 5>&-
}

@test "--selector takes one of the home's keys, --key-file one from elsewhere" {
	run -0 sign --selector ed
	[[ $output == *"s=ed;"* && $output != *"s=rsa;"* ]]
	fe-sign -i mail -o mail --crlf --domain example.org --selector rsa \
		--key-file "$K/rsa.pem" --selector ed --key-file "$K/ed.pem" \
		<"$T/mail" >"$T/out"
	run -0 verify "$T/out"
	jq -e '.dkim | map(.result) == ["pass", "pass"]' <<<"$output"
	run -64 fe-sign -o json --key-file "$K/rsa.pem" <"$T/mail"
	[[ $output == *"each --key-file wants a --selector"* ]]
}

@test "keys that will not do are named" {
	run -75 sign --domain example.org --selector s --key-file "$T/mail"
	[[ $output == *"mail' is open to all users"* ||
		$output == *"mail' holds no private key in PEM"* ]]
	run -75 sign --domain example.org --selector s --key-file "$T/none"
	[[ $output == *"cannot open key '$T/none': No such file"* ]]
	chmod 604 "$K/rsa.pem"
	run -75 sign
	[[ $output == *"rsa.pem' is open to all users: chmod o= it"* ]]
	chmod 400 "$K/rsa.pem"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$T/ec.pem"
	run -75 sign --domain example.org --selector s --key-file "$T/ec.pem"
	[[ $output == *"neither RSA of 1024 to 4096 bits nor Ed25519" ]]
	echo nonsense >"$K/rsa.json"
	run -75 sign
	[[ $output == *"rsa.json'"* ]]
}

@test "the time is --now, and --expire counts from it" {
	sign --now 2026-01-01T00:00:00Z --expire 1h --selector ed >"$T/out"
	grep -q ' t=1767225600; x=1767229200;' "$T/out"
	run -0 fe-verify -i mail -o json --dns-zone "$Z" \
		--now 2026-01-01T02:00:00Z <"$T/out"
	[ "$(jq -r .checks.dkim[0].reason <<<"$output")" = \
		"the signature has expired" ]
}

@test "changes to the header are applied, then signed" {
	local body=$'From: a@example.org\r\nX-Old: 1\r\n\r\nx\r\n'
	printf '{"fe":1,"id":"01M80KPX000000000000000000","size":%d,%s}\n%s%s\n' \
		"${#body}" '"headers":[{"op":"delete","name":"X-Old"},{"op":'`
		`'"prepend","name":"Subject","value":"new","by":"other"}]' \
		"$body" '{"fe":1,"end":1}' >"$T/in"
	fe-sign --home "$H" -i record -o record <"$T/in" >"$T/out"
	[ "$(head -n 1 "$T/out" | jq -c .headers)" = '[]' ]
	fe-verify -i record -o json --dns-zone "$Z" <"$T/out" >"$T/facts"
	jq -e '.checks.dkim | map(.result) == ["pass", "pass"]' "$T/facts"
	grep -q '^Subject: new' "$T/out"
	! grep -q '^X-Old' "$T/out"
}

@test "an mbox line in a record goes, so that the header stays one" {
	local body=$'>From x\r\nFrom: a@example.org\r\n\r\nx\r\n'
	printf '{"fe":1,"id":"01M80KPX000000000000000000","size":%d}\n%s%s\n' \
		"${#body}" "$body" '{"fe":1,"end":1}' >"$T/in"
	fe-sign --home "$H" -i record -o record <"$T/in" >"$T/out"
	fe-verify -i record -o json --dns-zone "$Z" <"$T/out" >"$T/facts"
	jq -e '.checks.dkim | map(.result) == ["pass", "pass"]' "$T/facts"
}

@test "what must not be signed is refused" {
	sed -i '1i From: b@example.org\r' "$T/mail"
	run -75 sign
	[[ $output == *"the message has 2 From fields"* ]]
	printf 'Subject: x\r\n\r\nx\r\n' >"$T/mail"
	run -75 sign --domain example.org
	[[ $output == *"the message has 0 From fields"* ]]
	{
		printf 'From: a@example.org\r\n'
		yes "$(printf 'X: y\r')" | head -n 60000
		printf '\r\nx\r\n'
	} >"$T/mail"
	run -75 sign
	[[ $output == *"the header is too large to be signed"* ]]
}

@test "--arc makes the first set, which fe-verify and dkimpy take" {
	sign >"$T/signed"
	seal "$T/signed" >"$T/out"
	run -0 verify "$T/out"
	jq -e '.arc | .result == "pass" and .instance == 1
		and .chain[0].domain == "example.org"' <<<"$output"
	grep -q '^ARC-Authentication-Results: i=1; mx.example.org;' "$T/out"
	[ "$(sed -n '/^ARC-A/,/^Auth/p' "$T/out" | grep -c 'dkim=pass')" = 2 ]
	dkimpy "$T/out"
	[ "${lines[*]}" = "dkim True dkim True arc pass" ]
}

@test "--arc adds to a chain that passes" {
	seal "$T/mail" >"$T/one"
	seal "$T/one" >"$T/two"
	seal "$T/two" >"$T/three"
	run -0 verify "$T/three"
	jq -e '.arc | .result == "pass" and
		(.chain | map(.cv) == ["none", "pass", "pass"])' <<<"$output"
	dkimpy "$T/three"
	[ "${lines[-1]}" = "arc pass" ]
	# Of others too.
	Z=$T/zone
	cat "$DATA/sign/zone" "$DATA/arc/zone" >"$Z"
	sed -i '/^;/d' "$Z"
	seal "$DATA/arc/two.eml" >"$T/out"
	run -0 verify "$T/out"
	jq -e '.arc | .result == "pass" and .instance == 3' <<<"$output"
	dkimpy "$T/out"
	[ "${lines[-1]}" = "arc pass" ]
}

@test "a chain that broke is sealed as failed, once" {
	seal "$T/mail" | sed 's/^bye/by/' >"$T/broken"
	seal "$T/broken" >"$T/two"
	grep -q '^ARC-Seal: i=2; a=rsa-sha256; cv=fail;' "$T/two"
	run -0 verify "$T/two"
	jq -e '.arc | .result == "fail" and .instance == 2
		and .reason == "the chain had failed there"' <<<"$output"
	seal "$T/two" >"$T/three"
	[ "$(grep -c '^ARC-Seal' "$T/three")" = 2 ]
}

@test "a chain that nobody verified is not sealed" {
	seal "$T/mail" >"$T/one"
	run -75 --separate-stderr fe-sign --home "$H" -i mail -o mail --arc \
		--authserv-id other.example.org <"$T/one"
	[[ $stderr == *"nobody has verified the chain: fe-verify comes first" ]]
}

@test "a plain message is sealed on the word of its own results" {
	{
		printf 'Authentication-Results: mx.example.org; arc=pass;\r\n'
		printf ' dmarc=fail header.from=author.test\r\n'
		cat "$DATA/arc/two.eml"
	} >"$T/mail"
	fe-sign -i mail -o mail --crlf --arc --domain example.org \
		--selector rsa --key-file "$K/rsa.pem" \
		--authserv-id mx.example.org --now 2026-11-22T05:00:00Z \
		<"$T/mail" >"$T/out"
	grep -q '^ARC-Seal: i=3; a=rsa-sha256; cv=pass;' "$T/out"
	cat "$DATA/sign/zone" "$DATA/arc/zone" >"$T/zone"
	Z=$T/zone
	run -0 verify "$T/out"
	jq -e '.arc.result == "pass"' <<<"$output"
}

@test "a final verdict and a receipt pass untouched" {
	printf '{"fe":1,"id":"01M80KPX000000000000000000","size":3,%s}\nx\r\n%s\n' \
		'"verdict":{"action":"reject"}' '{"fe":1,"end":1}' >"$T/in"
	fe-sign --home "$H" -i record -o record <"$T/in" >"$T/out"
	cmp "$T/in" "$T/out"
}

@test "a full disk, a closed input, an empty pipe and a cut stream are 75" {
	run -75 bash -c "fe-sign --home '$H' -i mail -o mail <'$T/mail' >/dev/full"
	run -75 bash -c "fe-sign --home '$H' -i record -o record <&-"
	run -75 bash -c ": | fe-sign --home '$H' -i record -o record"
	fe-cat -o record "$T/mail" | head -n -1 >"$T/in"
	run -75 bash -c "cat '$T/in' | fe-sign --home '$H' -i record -o record"
}

@test "a huge message is signed" {
	{
		printf 'From: a@example.org\r\n\r\n'
		yes "$(printf '%76s\r' x)" | head -c 40000000
		printf '\r\n'
	} >"$T/mail"
	sign >"$T/out"
	run -0 verify "$T/out"
	jq -e '.dkim | map(.result) == ["pass", "pass"]' <<<"$output"
}
