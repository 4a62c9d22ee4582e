#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-verify through the real binary.  The messages of test/data/dkim were
# signed once by dkimpy; their zone holds the keys and policies.
load helper

D=$DATA/dkim

# verify FILE [option]...: the facts as JSON, of mail that example.org's own
# host sends.
verify() {
	fe-verify -i mail -o json --authserv-id mx.example.org \
		--client-ip 192.0.2.1 --helo mx.example.org \
		--mail-from alice@example.org --dns-zone "$D/zone" \
		"${@:2}" <"$1"
}

# dkim FILE: results and reasons of its signatures, one a line.
dkim() {
	verify "$@" | jq -r '.checks.dkim[] | .result + " " + (.reason // "")'
}

# zone LINE...: a zone file of these lines.
zone() { printf '%s\n' "$@" >"$T/zone"; }

# from ADDRESS: a message by that author.
from() {
	printf 'From: %s\r\nSubject: t\r\n\r\nHello\r\n' "$1" >"$T/mail"
}

# checks [option]...: the facts of $T/mail with $T/zone.
checks() {
	fe-verify -i mail -o json --authserv-id mx.example.org \
		--dns-zone "$T/zone" "$@" <"$T/mail" | jq -c .checks
}

# timed [option]...: as checks, done within two seconds of its own; the start
# of a program on a busy host is not counted.
timed() {
	fe-verify -i mail -o json --authserv-id mx.example.org \
		--dns-zone "$T/zone" "$@" <"$T/mail" |
		jq -ce 'if .timing["fe-verify"].wall < 2000 then .checks
			else error("it took \(.timing["fe-verify"].wall) ms")
			end'
}

# record META [BODY]: a stream of one record, MEMBERS in its meta.
record() {
	local body=${2:-$'From: a@example.org\r\n\r\nx\r\n'}
	printf '{"fe":1,"id":"01M80KPX000000000000000000","size":%d%s}\n%s' \
		"${#body}" "$1" "$body"
	printf '{"fe":1,"end":1}\n'
}

@test "--help and --version answer and exit 0" {
	run -0 fe-verify --help
	[[ $output == *--dns-zone* ]]
	run -0 fe-verify --version
	[[ $output == fe-verify* ]]
}

@test "an unknown option is 64 for people and 75 on the delivery path" {
	run -64 fe-verify -o json --wrong <"$D/rsa.eml"
	run -75 fe-verify -o record --wrong <"$D/rsa.eml"
	[[ ${lines[0]} == "4.3.0 "* ]]
}

@test "signatures that are right pass, in every form" {
	local name
	for name in rsa simple mixed ed25519 pkcs1 rsa1024 empty-body \
		empty-body-simple subdomain testing length; do
		run -0 dkim "$D/$name.eml"
		[ "$output" = "pass " ] || { echo "$name: $output"; false; }
	done
}

@test "a changed body or header fails" {
	run -0 dkim "$D/body-changed.eml"
	[ "$output" = "fail the body hash does not match" ]
	run -0 dkim "$D/header-changed.eml"
	[ "$output" = "fail the signature does not match" ]
}

@test "each signature is judged on its own" {
	run -0 dkim "$D/both.eml"
	[ "${lines[*]}" = "pass  pass " ]
	run -0 dkim "$D/one-broken.eml"
	[ "${lines[0]}" = "pass " ]
	[[ ${lines[1]} == "fail the signature does not match" ]]
	sed '1i DKIM-Signature: v=1; nonsense\r' "$D/rsa.eml" >"$T/mail"
	run -0 dkim "$T/mail"
	[ "${lines[0]}" = "neutral the signature is no tag list" ]
	[ "${lines[1]}" = "pass " ]
}

@test "what verifies but is not to be trusted is policy, with the reason" {
	run -0 dkim "$D/sha1.eml"
	[[ $output == "policy rsa-sha1 "* ]]
	run -0 dkim "$D/short-key.eml"
	[[ $output == "policy "*"1024 bits"* ]]
	run -0 dkim "$D/length-appended.eml"
	[[ $output == "policy "*"not signed (l=)" ]]
	run -0 dkim "$D/second-from.eml"
	[ "$output" = "policy a From field is not signed" ]
}

@test "the octets behind l= are counted" {
	run -0 verify "$D/length-appended.eml"
	[ "$(jq .checks.dkim[0].unsigned <<<"$output")" = 14 ]
	run -0 verify "$D/length.eml"
	[ "$(jq .checks.dkim[0].unsigned <<<"$output")" = null ]
}

@test "a From added above an oversigned one breaks the signature" {
	run -0 dkim "$D/second-from-oversigned.eml"
	[ "$output" = "fail the signature does not match" ]
}

@test "a key that is missing, revoked or unfit is permerror" {
	local row
	while read -r row; do
		run -0 dkim "$D/${row%% *}.eml"
		[ "$output" = "permerror ${row#* }" ] ||
			{ echo "$row: $output"; false; }
	done <<-'EOF'
		no-key no key for the signature
		revoked the key is revoked
		other-type the key is of another type
		strict-identity the key wants i= to be d= itself
	EOF
}

@test "a signature without From is permerror, an expired one fails" {
	sed 's/h=from *: *to/h=to/; s/ : from;/;/' "$D/rsa.eml" >"$T/mail"
	run -0 dkim "$T/mail"
	[ "$output" = "permerror From is not signed" ]
	sed 's/ t=[0-9]*;/ t=1; x=1700000000;/' "$D/rsa.eml" >"$T/mail"
	run -0 dkim "$T/mail"
	[ "$output" = "fail the signature has expired" ]
	run -0 dkim "$T/mail" --now 2023-11-14T22:13:20Z
	[ "$output" = "fail the signature does not match" ]
}

@test "the signatures over the limit are counted, not looked at" {
	{
		for _ in {1..20}; do
			printf 'DKIM-Signature: v=1; a=rsa-sha256\r\n'
		done
		cat "$D/rsa.eml"
	} >"$T/mail"
	run -0 verify "$T/mail"
	[ "$(jq '.checks.dkim | length' <<<"$output")" = 16 ]
	[ "$(jq .checks.truncated <<<"$output")" = 5 ]
}

@test "the messages of the DKIM suite pass" {
	need_shared suites/dkim
	local name
	for name in 001 002 003 rfc8463/rfc8463; do
		jq -r 'to_entries[] | "\(.key). TXT \"\(.value)\""' \
			"$SHARED/suites/dkim/"{001,002,003}.dns.json >"$T/zone"
		run -0 dkim "$SHARED/suites/dkim/$name.eml" \
			--dns-zone "$T/zone"
		[ -n "$output" ]
		[ "$(sort -u <<<"$output")" = "pass " ] ||
			{ echo "$name: $output"; false; }
	done
}

@test "all 203 cases of the SPF suite pass, explanations too" {
	need_shared suites/spf/rfc7208-tests.json
	run -0 "$HERE/peers/spf-suite" \
		"$SHARED/suites/spf/rfc7208-tests.json"
	[ "${lines[-1]}" = "203 of 203" ]
}

@test "all 171 cases of the ARC validation suite are judged as it says" {
	need_shared suites/arc/arc-draft-validation-tests.json
	run -0 "$HERE/peers/arc-suite" \
		"$SHARED/suites/arc/arc-draft-validation-tests.json"
	[ "${lines[-1]}" = "171 of 171" ]
}

# arc FILE [option]...: the chain's result, what DMARC would have done, and
# the reason why it is not.
arc() {
	fe-verify -i mail -o json --dns-zone "$DATA/arc/zone" "${@:2}" \
		<"$DATA/arc/$1.eml" | jq -r '.checks | .arc.result + " "
		+ .dmarc.disposition + " " + (.dmarc.override.comment // "-")'
}

@test "a chain of two that others sealed passes, and is told link by link" {
	run -0 fe-verify -i mail -o json --dns-zone "$DATA/arc/zone" \
		--explain <"$DATA/arc/two.eml"
	jq -e '.checks.arc | .result == "pass" and .instance == 2
		and (.chain | map([.instance, .domain, .selector, .cv, .result])
		== [[1, "list.test", "s1", "none", "pass"],
		[2, "relay.test", "s1", "pass", "pass"]])' <<<"$output"
	jq -e '.checks.explain.arc[-1] == "chain of 2: pass"' <<<"$output"
	jq -e '.headers[] | select(.op == "prepend")
		| .value | test("arc=pass")' <<<"$output"
}

@test "a chain breaks with the body, a header, a set or a seal" {
	local edit
	while IFS='|' read -r edit want; do
		sed "$edit" "$DATA/arc/two.eml" >"$T/mail"
		run ! cmp -s "$T/mail" "$DATA/arc/two.eml"
		run -0 bash -c "fe-verify -i mail -o json --dns-zone \
			'$DATA/arc/zone' <'$T/mail' | jq -r '.checks.arc
			| .result + \" \" + .reason'"
		[ "$output" = "fail $want" ] || { echo "$edit: $output"; false; }
	done <<-'EOF'
		s/^a footer/another/|the body hash does not match
		s/^Subject: ./&x/|the message signature does not match
		s/dmarc=pass/dmarc=none/|the seal does not match
		s/^ARC-Authentication-Results: i=1;/&x/|the seal does not match
		s/^ARC-Seal: i=1;/ARC-Seal: i=3;/|the set is not whole
		s/^ARC-Seal: i=2; cv=pass/ARC-Seal: i=2; cv=fail/|the chain had failed there
		s/^ARC-Seal: i=2; cv=pass/ARC-Seal: i=2; cv=none/|cv= of a later set is not pass
		s/^ARC-Seal: i=1; cv=none/ARC-Seal: i=2; cv=none/|ARC-Seal is there twice
		s/^ARC-Seal: i=1;/ARC-Seal: i=51;/|an ARC-Seal has no instance
	EOF
}

@test "without DNS a sound chain is neutral, a broken one fails" {
	run -0 fe-verify -i mail -o json --no-dns <"$DATA/arc/two.eml"
	[ "$(jq -r .checks.arc.result <<<"$output")" = neutral ]
	sed 's/cv=none/cv=pass/' "$DATA/arc/two.eml" >"$T/mail"
	run -0 fe-verify -i mail -o json --no-dns <"$T/mail"
	[ "$(jq -r .checks.arc.result <<<"$output")" = fail ]
}

@test "a policy gives way to a trusted sealer who saw DMARC pass" {
	run -0 arc one
	[ "$output" = "pass reject -" ]
	run -0 arc one --trust-sealer list.test
	[ "$output" = "pass none arc=pass as[1].d=list.test as[1].s=s1" ]
	# Whoever is between must be trusted as well.
	run -0 arc two --trust-sealer list.test
	[ "$output" = "pass reject -" ]
	run -0 arc two --trust-sealer relay.test
	[ "$output" = "pass reject -" ]
	run -0 arc two --trust-sealer RELAY.test --trust-sealer list.test
	[[ $output == "pass none arc=pass as[2].d=relay.test "* ]]
	# He saw it fail, or pass for somebody else.
	run -0 arc saw-fail --trust-sealer list.test
	[ "$output" = "pass reject -" ]
	run -0 arc other-author --trust-sealer list.test
	[ "$output" = "pass reject -" ]
}

@test "a broken chain overrides nothing" {
	sed 's/^a footer/another/' "$DATA/arc/one.eml" >"$T/mail"
	run -0 fe-verify -i mail -o json --dns-zone "$DATA/arc/zone" \
		--trust-sealer list.test <"$T/mail"
	[ "$(jq -r .checks.dmarc.disposition <<<"$output")" = reject ]
	run -64 fe-verify -o json --trust-sealer 'a b' <"$T/mail"
	[[ $output == *"--trust-sealer: 'a b' is no domain name"* ]]
}

@test "--require names the checks that must pass for -e" {
	run -0 verify "$D/rsa.eml" -e --require dmarc,dkim
	run -1 verify "$D/rsa.eml" -e --require dmarc,arc
	run -1 verify "$D/body-changed.eml" -e --require dkim
	run -0 verify "$D/body-changed.eml" -e --require spf,dmarc
	run -0 verify "$D/body-changed.eml" --require dkim
	run -64 verify "$D/rsa.eml" --require dmarc,dikm
	[[ $output == *"'dikm' is none of iprev, spf, dkim, arc and dmarc" ]]
}

@test "Received-SPF is added on request, whatever the sender chose" {
	run -0 verify "$D/rsa.eml" -o mail --received-spf
	[ "${lines[0]}" = "Received-SPF: pass" ]
	[[ $output == *"client-ip=192.0.2.1;"*"identity=mailfrom;"* ]]
	[[ $output == *'envelope-from="alice@example.org";'* ]]
	run -0 verify "$D/rsa.eml" -o mail
	[[ $output != *Received-SPF* ]]
	record ',"client":{"ip":"192.0.2.1","helo":"h\"; x=\r\ny"},'`
		`'"envelope":{"from":"","to":[]}' >"$T/in"
	run -0 fe-verify -i record -o mail --no-dns --received-spf <"$T/in"
	[[ $output == *$'identity=helo;\n\thelo="h\\"; x=??y";'* ]]
}

@test "a BIMI record is a fact where DMARC passes under a policy" {
	cat "$D/zone" - >"$T/zone" <<-'EOF'
		$ORIGIN .
		default._bimi.example.org. TXT "v=BIMI1; l=https://b.test/l.svg; a="
	EOF
	fe-verify -i mail -o json --authserv-id mx.example.org \
		--dns-zone "$T/zone" <"$D/rsa.eml" >"$T/out"
	jq -e '.checks.bimi == {result: "pass", domain: "example.org",
		selector: "default", location: "https://b.test/l.svg",
		record: "v=BIMI1; l=https://b.test/l.svg; a="}' "$T/out"
	fe-verify -i mail -o json --dns-zone "$T/zone" \
		<"$D/body-changed.eml" >"$T/out"
	jq -e '.checks.bimi.result == "none"' "$T/out"
	run -0 verify "$D/rsa.eml"
	[ "$(jq -r .checks.bimi.result <<<"$output")" = none ]
}

@test "iprev, SPF, DKIM and DMARC of honest mail pass" {
	run -0 verify "$D/rsa.eml"
	jq -e '.checks
		| .iprev.result == "pass" and .iprev.name == "mx.example.org"
		and .spf.result == "pass" and .spf.domain == "example.org"
		and .spf.scope == "mfrom" and .spf.helo.result == "none"
		and .spf.helo.domain == "mx.example.org"
		and .dkim[0].domain == "example.org"
		and .dkim[0].selector == "rsa"
		and .dkim[0].algorithm == "rsa-sha256"
		and .dmarc.result == "pass" and .dmarc.policy == "reject"
		and .dmarc.disposition == "none"
		and .dmarc.domain == "example.org"
		and .dmarc.aligned == {spf: true, dkim: true}
		and (.dmarc.record | startswith("v=DMARC1; p=reject"))' \
		<<<"$output"
}

@test "forged mail fails SPF and DMARC" {
	from alice@example.org
	run -0 verify "$T/mail" --client-ip 203.0.113.9 --helo x.test
	jq -e '.checks | .spf.result == "fail" and .dkim == []
		and .iprev.result == "permerror"
		and .dmarc.result == "fail" and .dmarc.disposition == "reject"
		and .dmarc.aligned == {spf: false, dkim: false}' <<<"$output"
}

@test "iprev tells a liar from a nobody" {
	run -0 verify "$D/rsa.eml" --client-ip 192.0.2.2
	[ "$(jq -r .checks.iprev.result <<<"$output")" = fail ]
	run -0 verify "$D/rsa.eml" --client-ip 192.0.2.3
	[ "$(jq -r .checks.iprev.result <<<"$output")" = permerror ]
	run -0 fe-verify -i mail -o json --dns-zone "$D/zone" <"$D/rsa.eml"
	[ "$(jq -r .checks.iprev.result <<<"$output")" = none ]
	[ "$(jq -r .checks.spf.result <<<"$output")" = none ]
}

@test "a null path is judged by the HELO name" {
	zone 'mx.example.org. TXT "v=spf1 ip4:192.0.2.1 -all"'
	from a@example.org
	run -0 checks --client-ip 192.0.2.1 --helo mx.example.org --mail-from ''
	jq -e '.spf | .result == "pass" and .scope == "helo"
		and .domain == "mx.example.org"
		and .helo.result == "pass"' <<<"$output"
}

@test "DMARC: a subdomain inherits sp, its own record goes first" {
	zone '_dmarc.example.org. TXT "v=DMARC1; p=reject; sp=quarantine"' \
		'_dmarc.own.example.org. TXT "v=DMARC1; p=none"' \
		'sub.example.org. A 192.0.2.1'
	from a@sub.example.org
	run -0 checks
	jq -e '.dmarc | .result == "fail" and .policy == "quarantine"
		and .domain == "example.org"' <<<"$output"
	from a@own.example.org
	run -0 checks
	jq -e '.dmarc | .policy == "none" and .domain == "own.example.org"' \
		<<<"$output"
}

@test "DMARC: np is for names that do not exist, t=y asks for less" {
	zone '_dmarc.example.org. TXT "v=DMARC1; p=none; np=reject; t=y"' \
		'real.example.org. A 192.0.2.1'
	from a@nosuch.example.org
	run -0 checks
	jq -e '.dmarc | .policy == "reject" and .disposition == "quarantine"' \
		<<<"$output"
	from a@real.example.org
	run -0 checks
	jq -e '.dmarc | .policy == "none" and .disposition == "none"' \
		<<<"$output"
}

@test "DMARC: relaxed alignment stays below the organization, strict is strict" {
	zone 'mail.example.org. TXT "v=spf1 +all"' \
		'example.com. TXT "v=spf1 +all"' \
		'_dmarc.example.org. TXT "v=DMARC1; p=reject"' \
		'_dmarc.strict.test. TXT "v=DMARC1; p=reject; aspf=s"' \
		'mail.strict.test. TXT "v=spf1 +all"'
	from a@example.org
	run -0 checks --client-ip 192.0.2.1 --mail-from x@mail.example.org
	[ "$(jq -c .dmarc.aligned <<<"$output")" = '{"spf":true,"dkim":false}' ]
	[ "$(jq -r .dmarc.result <<<"$output")" = pass ]
	run -0 checks --client-ip 192.0.2.1 --mail-from x@example.com
	[ "$(jq -r .dmarc.result <<<"$output")" = fail ]
	from a@strict.test
	run -0 checks --client-ip 192.0.2.1 --mail-from x@mail.strict.test
	[ "$(jq -r .dmarc.result <<<"$output")" = fail ]
}

@test "DMARC: psd=y keeps neighbours below a suffix apart" {
	zone '_dmarc.bank.test. TXT "v=DMARC1; p=reject; psd=y"' \
		'b.bank.test. TXT "v=spf1 +all"'
	from a@a.bank.test
	run -0 checks --client-ip 192.0.2.1 --mail-from x@b.bank.test
	jq -e '.dmarc | .result == "fail" and .domain == "bank.test"' \
		<<<"$output"
}

@test "DMARC of RFC 7489 asks the public suffix list" {
	zone '_dmarc.example.co.uk. TXT "v=DMARC1; p=reject; sp=none"' \
		'_dmarc.co.uk. TXT "v=DMARC1; p=quarantine"'
	from a@x.y.example.co.uk
	run -0 checks --dmarc 7489
	jq -e '.dmarc | .domain == "example.co.uk" and .policy == "none"' \
		<<<"$output"
}

@test "DMARC: two records are none, a bad policy counts with rua alone" {
	zone '_dmarc.two.test. TXT "v=DMARC1; p=reject"' \
		'_dmarc.two.test. TXT "v=DMARC1; p=none"' \
		'_dmarc.bad.test. TXT "v=DMARC1; p=bogus"' \
		'_dmarc.rua.test. TXT "v=DMARC1; p=bogus; rua=mailto:a@b.test"'
	from a@two.test
	[ "$(checks | jq -r .dmarc.result)" = none ]
	from a@bad.test
	[ "$(checks | jq -r .dmarc.result)" = none ]
	from a@rua.test
	[ "$(checks | jq -r '.dmarc | .result + .policy')" = failnone ]
}

@test "DMARC: of several authors the worst stands" {
	zone '_dmarc.good.test. TXT "v=DMARC1; p=none"' \
		'good.test. TXT "v=spf1 +all"' \
		'_dmarc.bank.test. TXT "v=DMARC1; p=reject"'
	from 'a@good.test, ceo@bank.test'
	run -0 checks --client-ip 192.0.2.1 --mail-from a@good.test
	jq -e '.dmarc | .result == "fail" and .author == "bank.test"
		and .authors == 2 and .disposition == "reject"' <<<"$output"
	printf 'From: ceo@bank.test\r\n%s' "$(cat "$T/mail")" >"$T/two"
	sed -i 's/, ceo@bank.test//' "$T/two"
	mv "$T/two" "$T/mail"
	run -0 checks --client-ip 192.0.2.1 --mail-from a@good.test
	jq -e '.dmarc | .result == "fail" and .authors == 2' <<<"$output"
}

@test "DMARC without an author is none" {
	zone '; nothing'
	printf 'Subject: x\r\n\r\n' >"$T/mail"
	[ "$(checks | jq -r .dmarc.result)" = none ]
	from '<>'
	[ "$(checks | jq -r .dmarc.result)" = none ]
}

@test "names in other scripts are asked for as A-labels" {
	zone 'xn--bcher-kva.test. TXT "v=spf1 ip4:192.0.2.1 -all"' \
		'_dmarc.xn--bcher-kva.test. TXT "v=DMARC1; p=reject"'
	from 'a@bücher.test'
	run -0 checks --client-ip 192.0.2.1 --mail-from 'a@bücher.test'
	jq -e '.spf.domain == "xn--bcher-kva.test" and .spf.result == "pass"
		and .dmarc.result == "pass"' <<<"$output"
}

@test "DNS that fails is temperror, with every check" {
	zone '$SERVFAIL example.org' '$SERVFAIL _dmarc.example.org' \
		'$SERVFAIL rsa._domainkey.example.org' \
		'$SERVFAIL 1.2.0.192.in-addr.arpa'
	run -0 verify "$D/rsa.eml" --dns-zone "$T/zone"
	jq -e '.checks | [.iprev.result, .spf.result, .dkim[0].result,
		.dmarc.result] | unique == ["temperror"]' <<<"$output"
}

@test "a key that cannot be asked for leaves DMARC open, not failed" {
	run -0 verify "$D/trouble.eml" --mail-from x@elsewhere.test
	jq -e '.checks | .dkim[0].result == "temperror"
		and .dmarc.result == "temperror"' <<<"$output"
}

@test "an answer that never comes ends with the time for one question" {
	zone '$TIMEOUT example.org' '$TIMEOUT _dmarc.example.org' \
		'$TIMEOUT mx.example.org' '$TIMEOUT 1.2.0.192.in-addr.arpa' \
		'$TIMEOUT rsa._domainkey.example.org'
	local start=${EPOCHREALTIME/./}
	run -0 verify "$D/rsa.eml" --dns-zone "$T/zone" --dns-timeout 3s
	# and not once for each of the five questions
	[ $((${EPOCHREALTIME/./} - start)) -lt 9000000 ]
	jq -e '.checks | [.iprev.result, .spf.result, .dkim[0].result,
		.dmarc.result] | unique == ["temperror"]' <<<"$output"
}

@test "a slow answer counts if it comes in time" {
	zone 'example.org. TXT "v=spf1 +all"' '$DELAY example.org 200'
	from a@example.org
	[ "$(checks --client-ip 192.0.2.1 --mail-from a@example.org |
		jq -r .spf.result)" = pass ]
	zone 'example.org. TXT "v=spf1 +all"' '$DELAY example.org 5000'
	[ "$(checks --client-ip 192.0.2.1 --mail-from a@example.org \
		--dns-timeout 1s | jq -r .spf.result)" = temperror ]
}

@test "a record's deadline is kept: temperror rather than late" {
	zone '$TIMEOUT example.org' '$TIMEOUT _dmarc.example.org'
	local start=${EPOCHREALTIME/./}
	record ',"deadline":"'"$(date -u -d '+3 seconds' +%FT%TZ)"'",'`
		`'"client":{"ip":"192.0.2.1"},'`
		`'"envelope":{"from":"a@example.org","to":[]}' >"$T/in"
	fe-verify -i record -o json --dns-zone "$T/zone" --dns-timeout 25s \
		<"$T/in" >"$T/out"
	# without it, this is what one question takes
	[ $((${EPOCHREALTIME/./} - start)) -lt 20000000 ]
	[ "$(jq -r .checks.spf.result "$T/out")" = temperror ]
	[ "$(jq -r .checks.dmarc.result "$T/out")" = temperror ]
}

@test "zone files: chains, wildcards, no such name, no such type" {
	zone '$ORIGIN example.org.' \
		'a TXT "v=spf1 exists:%{i}.wild.example.org -all"' \
		'*.wild A 127.0.0.2' \
		'b CNAME c' 'c CNAME d.example.net.' \
		'd.example.net. TXT ( "v=spf1 " ; in two strings' '"+all" )' \
		'e A 192.0.2.1' 'f CNAME f'
	from x@x.test
	local name
	for name in a b; do
		run -0 checks --client-ip 192.0.2.1 \
			--mail-from "x@$name.example.org"
		[ "$(jq -r .spf.result <<<"$output")" = pass ]
	done
	run -0 checks --explain --client-ip 192.0.2.1 --mail-from x@e.example.org
	jq -e '.explain.spf[0] == "TXT e.example.org: no data"' <<<"$output"
	run -0 checks --explain --client-ip 192.0.2.1 --mail-from x@g.example.org
	jq -e '.explain.spf[0] == "TXT g.example.org: no such name"' \
		<<<"$output"
	run -0 checks --client-ip 192.0.2.1 --mail-from x@f.example.org
	[ "$(jq -r .spf.result <<<"$output")" = temperror ]
}

@test "hostile DNS is bounded in questions and in time" {
	local i
	from a@void.test
	{
		# 60 KB of terms that ask for names that do not exist.
		printf 'void.test. TXT ( "v=spf1 "'
		for ((i = 0; i < 250; i++)); do
			printf '\n\t"'
			printf 'exists:%d-%d.void.test ' $i 0 $i 1 $i 2 $i 3 \
				$i 4 $i 5 $i 6 $i 7 $i 8
			printf '"'
		done
		printf ' )\n'
		# A key record of 60 KB, and CNAMEs that never end.
		printf 's._domainkey.void.test. TXT ( "v=DKIM1; p="'
		for ((i = 0; i < 240; i++)); do
			printf '\n\t"%0250d"' 0
		done
		printf ' )\n'
		for ((i = 0; i < 200; i++)); do
			printf 'c%d.loop.test. CNAME c%d.loop.test.\n' $i \
				$((i + 1))
		done
		printf 'c200.loop.test. CNAME c0.loop.test.\n'
	} >"$T/zone"
	run -0 timed --explain --client-ip 192.0.2.1 --mail-from x@void.test
	jq -e '.spf.result == "permerror"
		and (.explain.spf | length < 20)' <<<"$output"
	run -0 timed --client-ip 192.0.2.1 --mail-from x@c0.loop.test
	jq -e '.spf.result == "temperror"' <<<"$output"
	{
		printf 'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;'
		printf ' d=void.test; s=s; h=from; b=AAAA; bh=%s\r\n' \
			"$(printf 'Hello\r\n' | openssl dgst -sha256 -binary |
				base64)"
		cat "$T/mail"
	} >"$T/signed"
	mv "$T/signed" "$T/mail"
	run -0 timed
	jq -e '.dkim[0].result == "permerror"' <<<"$output"
}

@test "a chain of 50 handlers whose keys do not come is bounded in time" {
	local i
	for ((i = 50; i > 0; i--)); do
		printf 'ARC-Seal: i=%d; a=rsa-sha256; d=d%d.test; s=s; cv=%s;' \
			$i $i "$([ $i = 1 ] && echo none || echo pass)"
		printf ' b=Zm9v\r\nARC-Message-Signature: i=%d; b=Zm9v;' $i
		printf ' a=rsa-sha256; d=d%d.test; s=s; h=from; bh=%s\r\n' $i \
			47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
		printf 'ARC-Authentication-Results: i=%d; x; none\r\n' $i
		echo "\$TIMEOUT s._domainkey.d$i.test" >>"$T/zone"
	done >"$T/mail"
	printf 'From: a@b.test\r\n\r\n' >>"$T/mail"
	run -0 timed --time-max 1s
	jq -e '.arc.result == "temperror" and .arc.instance == 50' <<<"$output"
}

@test "a bad line of a zone file is named with its number" {
	local row
	from a@example.org
	while IFS='|' read -r row; do
		zone '; a comment' 'ok.test. A 192.0.2.1' "$row"
		run -75 fe-verify -o json --dns-zone "$T/zone" <"$T/mail"
		[[ $output == *"$T/zone:3: "* ]] || { echo "$row: $output"; false; }
	done <<-'EOF'
		x.test. A 192.0.2.256
		x.test. AAAA 192.0.2.1
		x.test. MX mail
		x.test. NOSUCH data
		x.test. TXT "open
		x.test. TXT ( "open"
		x..test. A 192.0.2.1
		$INCLUDE other
		$NOSUCH word
		$DELAY x.test. soon
		x.test. CH A 192.0.2.1
		) A 192.0.2.1
	EOF
	run -75 fe-verify -o json --dns-zone "$T/nosuch" <"$T/mail"
	[[ $output == *"$T/nosuch"* ]]
}

@test "the zone file works without root's rights" {
	[ "$(id -u)" = 0 ] || skip "not root: every test here shows it"
	local open
	open=$(mktemp -d /tmp/fe-open.XXXXXX)
	cp "$BIN/fe-verify" "$D/zone" "$D/rsa.eml" "$open"
	chmod -R a+rX "$open"
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \
		"cd '$open' && ./fe-verify -i mail -o json --dns-zone zone <rsa.eml"
	rm -r "$open"
	[ "$(jq -r .checks.dkim[0].result <<<"$output")" = pass ]
}

@test "forged Authentication-Results of our name go, others stay" {
	{
		printf 'Authentication-Results: mx.example.org; spf=pass\r\n'
		printf 'Authentication-Results: other.test; spf=pass\r\n'
		printf 'AUTHENTICATION-RESULTS : (a (b) c)\r\n "MX.example.ORG" 1;'
		printf '\r\n dmarc=pass\r\n'
		printf 'Authentication-Results: (never ends; dkim=pass\r\n'
		cat "$D/rsa.eml"
	} >"$T/mail"
	verify "$T/mail" -o mail >"$T/out"
	[ "$(grep -ci '^authentication-results' "$T/out")" = 2 ]
	[ "$(head -n 1 "$T/out")" = \
		"Authentication-Results: mx.example.org;" ]
	grep -q '^Authentication-Results: other.test; spf=pass' "$T/out"
	run ! grep -qi 'a (b) c' "$T/out"
	grep -q 'dkim=pass header.d=example.org header.s=rsa' "$T/out"
	grep -q 'dmarc=pass policy.dmarc=reject header.from=example.org' \
		"$T/out"
}

@test "nothing a sender chose can break out of Authentication-Results" {
	zone '; nothing'
	record ',"client":{"ip":"2001:db8::1","helo":"h"},"envelope":{"from":'`
		`'"x@evil\"; dmarc=pass header.from=bank.test","to":[]}' >"$T/in"
	fe-verify -i record -o mail --authserv-id mx.example.org \
		--dns-zone "$T/zone" <"$T/in" >"$T/out"
	grep -q 'policy.iprev="2001:db8::1"' "$T/out"
	[ "$(grep -c 'dmarc=' "$T/out")" -le 2 ]
	run ! grep -q '; dmarc=pass header.from=bank.test$' "$T/out"
	grep -q 'dmarc=none header.from=example.org' "$T/out"
}

@test "more forged fields than can be named are all deleted" {
	{
		for _ in {1..100}; do
			printf 'Authentication-Results: mx.example.org; a=b\r\n'
		done
		cat "$D/rsa.eml"
	} >"$T/mail"
	verify "$T/mail" -o mail >"$T/out"
	[ "$(grep -c '^Authentication-Results' "$T/out")" = 1 ]
}

@test "run again it rewrites its own members and touches no other" {
	record ',"x-unknown":{"a" : [1,2]},"scan":{"spam":1},"headers":'`
		`'[{"op":"prepend","name":"X-Other","value":"v","by":"other"}]'`
		`',"checks":{"dmarc":{"result":"pass"}}' >"$T/in"
	fe-verify -i record -o record --no-dns --authserv-id a.test \
		<"$T/in" >"$T/one"
	fe-verify -i record -o record --no-dns --authserv-id a.test \
		<"$T/one" >"$T/two"
	local filter='s/"timing":{[^}]*}}//'
	diff <(sed "$filter" "$T/one") <(sed "$filter" "$T/two")
	grep -q '"x-unknown":{"a" : \[1,2\]},"scan":{"spam":1}' "$T/two"
	[ "$(head -n 1 "$T/two" | jq -c '[.headers[].by]')" = \
		'["other","fe-verify"]' ]
	[ "$(head -n 1 "$T/two" | jq -r .checks.dmarc.result)" = none ]
}

@test "a final verdict passes through untouched" {
	record ',"verdict":{"action":"reject"}' >"$T/in"
	fe-verify -i record -o record --no-dns <"$T/in" >"$T/out"
	cmp "$T/in" "$T/out"
}

@test "the body passes through octet for octet" {
	record '' $'From: a@b.test\r\n\r\n\0nul \xff and bare \r cr\r\n' \
		>"$T/in" 2>/dev/null
	verify "$D/both.eml" -o mail --crlf >"$T/out"
	sed '1,/^\tdmarc=/d' "$T/out" >"$T/rest"
	cmp "$T/rest" "$D/both.eml"
}

@test "--no-dns asks nobody and says so" {
	run -0 fe-verify -i mail -o json --no-dns --client-ip 192.0.2.1 \
		--mail-from a@example.org <"$D/rsa.eml"
	jq -e '.checks | .iprev.result == "none" and .spf.result == "none"
		and .dmarc.result == "none" and .dkim[0].result == "neutral"
		and .dkim[0].reason == "dns is off"' <<<"$output"
	run -0 fe-verify -i mail -o json --no-dns <"$D/body-changed.eml"
	[ "$(jq -r .checks.dkim[0].result <<<"$output")" = fail ]
}

@test "a message that begins like a record brings no facts of its own" {
	record ',"checks":{"dmarc":{"result":"pass"}},"client":{"ip":"192.0.2.1"}' \
		>"$T/mail"
	run -0 fe-verify -i mail -o json --dns-zone "$D/zone" <"$T/mail"
	jq -e '.client.ip == null and .checks.spf.result == "none"
		and .checks.dmarc.result != "pass"' <<<"$output"
}

@test "--explain gives each step and the record that decided it" {
	run -0 verify "$D/rsa.eml" --explain
	jq -e '.checks.explain
		| (.iprev[0] == "PTR 1.2.0.192.in-addr.arpa: '\''mx.example.org'\''")
		and (.spf | any(test("^TXT example.org: .v=spf1 ip4:")))
		and (.spf | any(test("ip4:192.0.2.0/24. matches: pass")))
		and (.dkim | any(test("^TXT rsa._domainkey.example.org: ")))
		and (.dmarc | any(test("^TXT _dmarc.example.org: .v=DMARC1")))' \
		<<<"$output"
	run -0 verify "$D/rsa.eml"
	[ "$(jq .checks.explain <<<"$output")" = null ]
}

@test "the report is for people: one line a check" {
	run -0 verify "$D/rsa.eml" -o text
	[[ $output == *"iprev"*"pass  name=mx.example.org"* ]]
	[[ $output == *"dmarc"*"pass  policy=reject"* ]]
}

@test "-e makes a finding of mail that fails, and of no other" {
	from alice@example.org
	run -1 verify "$T/mail" --client-ip 203.0.113.9 -e
	run -0 verify "$D/rsa.eml" -e
	run -0 verify "$T/mail" --client-ip 203.0.113.9 -e -o mail
}

@test "a full disk, a closed input and an empty pipe are not success" {
	run -75 bash -c "fe-verify -i mail --no-dns -o record \
		<'$D/rsa.eml' >/dev/full"
	run -75 bash -c 'fe-verify -i record -o record --no-dns <&-'
	run -75 bash -c ': | fe-verify -i record -o record --no-dns'
}

@test "a stream without its end mark is finished and reported" {
	record '' | head -n -1 >"$T/in"
	run -75 --separate-stderr bash -c \
		"cat '$T/in' | fe-verify -i record -o record --no-dns"
	[[ $output == '{"fe":1,'* ]]
	[[ $output != *'"end":'* ]]
}

@test "a huge message is verified, in time" {
	need openssl
	{
		printf 'From: a@example.org\r\n\r\n'
		yes "$(printf '%76s\r' '')" | head -c 30000000
		printf '\r\n'
	} >"$T/mail"
	{
		printf 'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;'
		printf ' d=example.org; s=rsa; h=from; bh=%s; b=AAAA\r\n' \
			"$(printf '' | openssl dgst -sha256 -binary | base64)"
		cat "$T/mail"
	} >"$T/signed"
	run -0 dkim "$T/signed"
	# Blank lines are no body at all in the relaxed form.
	[ "$output" = "fail the signature does not match" ]
}

@test "no resolver is left behind, not even by a kill" {
	zone '$TIMEOUT example.org'
	start "$T/log" bash -c "sleep 20 |
		fe-verify -i mail -o record --dns-zone '$T/zone'"
	wait_for 5 pgrep -g "$STARTED" -x fe-resolver
	kill -KILL "$(pgrep -g "$STARTED" -x fe-verify)"
	wait_for 5 bash -c "! pgrep -g $STARTED -x fe-resolver"
}
