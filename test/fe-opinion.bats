#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-opinion, alone and as the second engine of fe-verify.
load helper

D=$DATA/dkim

# opinion FILE [option]...: the member, of mail that example.org's host sends.
opinion() {
	fe-opinion -i mail -o json --client-ip 192.0.2.1 \
		--helo mx.example.org --mail-from alice@example.org \
		--dns-zone "$D/zone" "${@:2}" <"$1" | jq -c .opinion
}

# both FILE [option]...: fe-verify's facts with both engines.
both() {
	fe-verify -i mail -o json --engine both --client-ip 192.0.2.1 \
		--helo mx.example.org --mail-from alice@example.org \
		--dns-zone "$D/zone" "${@:2}" <"$1" 2>"$T/err"
}

@test "--help and --version answer and exit 0" {
	run -0 fe-opinion --help
	[[ $output == *--dns-zone* ]]
	run -0 fe-opinion --version
	[[ $output == fe-opinion* ]]
}

@test "an unknown option is 64 for people and 75 on the delivery path" {
	run -64 fe-opinion -o json --wrong <"$D/rsa.eml"
	run -75 fe-opinion -o record --wrong <"$D/rsa.eml"
	[[ ${lines[0]} == "4.3.0 "* ]]
}

@test "libspf2 and libopendkim say what they think" {
	run -0 opinion "$D/both.eml"
	jq -e '.spf.result == "pass" and (.dkim | map(.result + " " + .selector))
		== ["pass ed", "pass rsa"]' <<<"$output"
	run -0 opinion "$D/one-broken.eml" --client-ip 203.0.113.1
	jq -e '.spf.result == "fail" and (.dkim | map(.result))
		== ["pass", "fail"]' <<<"$output"
}

@test "what the libraries let pass and callers must not is policy" {
	local name
	for name in sha1 short-key length-appended second-from; do
		run -0 opinion "$D/$name.eml"
		[ "$(jq -r '.dkim[0].result' <<<"$output")" = policy ] ||
			{ echo "$name: $output"; false; }
	done
}

@test "DNS trouble is temperror, no DNS is none and neutral" {
	printf '%s\n' '$SERVFAIL example.org' \
		'$SERVFAIL rsa._domainkey.example.org' >"$T/zone"
	run -0 opinion "$D/rsa.eml" --dns-zone "$T/zone"
	jq -e '.spf.result == "temperror"
		and .dkim[0].result == "temperror"' <<<"$output"
	run -0 fe-opinion -i mail -o json --no-dns <"$D/rsa.eml"
	jq -e '.opinion | .spf.result == "none"
		and .dkim[0].result == "neutral"' <<<"$output"
}

@test "the suite's cases differ where share/doc/second-opinion says" {
	need_shared suites/spf/rfc7208-tests.json
	awk '/^libopendkim, on/ { exit } /^\t.* .* / { print $1, $2, $3 }' \
		"$TOP/share/doc/second-opinion" | grep -v '^case' |
		sort >"$T/want"
	[ "$(wc -l <"$T/want")" = 52 ]
	"$HERE/peers/spf-suite" --engine both \
		"$SHARED/suites/spf/rfc7208-tests.json" >"$T/out" || true
	sed -n 's/^differs //p' "$T/out" | sort >"$T/got"
	diff "$T/want" "$T/got"
}

@test "signatures differ where share/doc/second-opinion says" {
	local file name
	awk '/^libopendkim, on/ { on = 1 } on && /^\t/ { print $1, $2, $3, $4 }' \
		"$TOP/share/doc/second-opinion" | sort >"$T/want"
	for file in "$D"/*.eml; do
		name=$(basename "$file" .eml)
		both "$file" | jq -r --arg name "$name" \
			'.checks.disagreements | to_entries[]
			| "\($name) \(.key + 1) \(.value.native) \(.value.system)"'
	done | sort >"$T/got"
	diff "$T/want" "$T/got"
}

@test "--engine system takes their results, DMARC follows from them" {
	run -0 both "$D/pkcs1.eml" --engine system --client-ip 203.0.113.1
	jq -e '.checks | .spf.result == "fail"
		and .dkim[0].result == "permerror" and .dmarc.result == "fail"
		and .disagreements == null' <<<"$output"
	run -0 both "$D/rsa.eml" --engine system --client-ip 203.0.113.1
	jq -e '.checks | .dkim[0].result == "pass"
		and .dmarc.result == "pass"' <<<"$output"
}

@test "--engine both keeps our results, and logs how many differ" {
	run -0 both "$D/pkcs1.eml"
	jq -e '.checks | .dkim[0].result == "pass"
		and .disagreements == [{check: "dkim", domain: "example.org",
		selector: "pkcs1", native: "pass", system: "permerror"}]' \
		<<<"$output"
	grep -q 'the engines disagreed on 1 of 1 messages' "$T/err"
	run -0 both "$D/rsa.eml"
	[ "$(jq -c .checks.disagreements <<<"$output")" = '[]' ]
	[ ! -s "$T/err" ]
	both "$D/pkcs1.eml" --log json >/dev/null
	grep -q '"event":"opinion".*"messages":1.*"disagreed":1' "$T/err"
}

# fake SCRIPT: an fe-verify beside an fe-opinion of ours.
fake() {
	mkdir "$T/bin"
	cp "$BIN/fe-verify" "$T/bin"
	printf '#!/bin/sh\n%s\n' "$1" >"$T/bin/fe-opinion"
	chmod +x "$T/bin/fe-opinion"
	PATH=$T/bin:$PATH
}

@test "a second engine that dies, hangs or raves is unavailable, in time" {
	local script
	for script in 'exit 1' 'exec sleep 60' 'yes' 'exec cat' \
		'head -c 100 >/dev/null; echo "{\"fe\":1,\"opinion\":{}}"; exec sleep 60'; do
		rm -rf "$T/bin"
		fake "$script"
		local start=${EPOCHREALTIME/./}
		run -0 both "$D/rsa.eml" --time-max 3s
		[ $((${EPOCHREALTIME/./} - start)) -lt 15000000 ]
		jq -e '.checks | .dkim[0].result == "pass" and
			(.disagreements | map(.system) == ["unavailable",
			"unavailable"])' <<<"$output" ||
			{ echo "$script: $output"; false; }
		grep -q 'gave no answer on 1 of 1 messages' "$T/err"
		run -0 both "$D/rsa.eml" --time-max 1s --engine system
		[ "$(jq -r .checks.spf.result <<<"$output")" = temperror ]
	done
}

@test "a message whose time is over does not cost the next its second opinion" {
	printf '%s\n' '$TIMEOUT slow.test' '$TIMEOUT mx.slow.test' \
		'quick.test. TXT "v=spf1 +all"' \
		'both.test. TXT "v=spf1 redirect=both.slow.test"' \
		'$DELAY both.slow.test 1500' \
		'first.test. TXT "v=spf1 +all"' \
		'both.slow.test. TXT "v=spf1 +all"' >"$T/zone"
	local domain
	for domain in first slow both quick; do
		printf '{"fe":1,"id":"01M80KPX000000000000000000",'
		printf '"client":{"ip":"192.0.2.1"},"size":3,"envelope":{'
		printf '"from":"a@%s.test","to":[]}}\nx\r\n' "$domain"
	done >"$T/in"
	echo '{"fe":1,"end":4}' >>"$T/in"
	# The third has time for its own SPF and not for the other's.
	fe-verify -i record -o json --engine both --dns-zone "$T/zone" \
		--time-max 3s <"$T/in" >"$T/out" 2>"$T/err"
	[ "$(jq -r .checks.spf.result "$T/out" | paste -sd ' ')" = \
		'pass temperror pass pass' ]
	tail -n 1 "$T/out" | jq -e '.checks.disagreements == []'
}

@test "many records go through one second engine" {
	fe-cat -o record "$D"/*.eml >"$T/in"
	fe-verify -q -i record -o json --engine both --dns-zone "$D/zone" \
		<"$T/in" >"$T/out" 2>/dev/null
	[ "$(wc -l <"$T/out")" = "$(ls "$D"/*.eml | wc -l)" ]
	jq -se 'all(.checks.disagreements | all(.system != "unavailable")
		or length < 3)' "$T/out"
}

@test "a full disk, a closed input and an empty pipe are 75" {
	run -75 bash -c "fe-opinion -i mail --no-dns -o record \
		<'$D/rsa.eml' >/dev/full"
	run -75 bash -c 'fe-opinion -i record -o record --no-dns <&-'
	run -75 bash -c ': | fe-opinion -i record -o record --no-dns'
}

@test "empty and huge messages, and a stream cut short, do no harm" {
	printf '\r\n' >"$T/mail"
	run -0 opinion "$T/mail"
	{
		cat "$D/rsa.eml"
		yes "$(printf '%76s\r' x)" | head -c 20000000
	} >"$T/mail"
	run -0 opinion "$T/mail"
	[ "$(jq -r '.dkim[0].result' <<<"$output")" = fail ]
	fe-cat -o record "$D/rsa.eml" | head -n -1 >"$T/in"
	run -75 bash -c "cat '$T/in' | fe-opinion -i record -o record --no-dns"
}
