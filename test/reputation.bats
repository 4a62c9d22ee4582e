#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The layer `reputation' of fe-scan: history of senders, and lists in DNS.
load helper

setup_file() { make_home "$BATS_FILE_TMPDIR/home"; }

setup() {
	FE_HOME=$BATS_FILE_TMPDIR/home
	export FE_HOME
	rm -f "$FE_HOME"/state/*
	printf 'From: a@b.example\r\nSubject: x\r\n\r\nhttp://www.example.net/x\r\n' >"$T/m"
	printf 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n' |
		cat "$T/m" - >"$T/gtube"
}

# records CLIENT FILE...: a stream as fe-receive makes it; CLIENT are members
# of `client', $CHECKS the facts of fe-verify.
records() {
	local client=$1 n=0 file
	shift
	for file; do
		n=$((n + 1))
		printf '{"fe":1,"id":"01J%023d","size":%d,"received":"2026-11-22T02:19:17Z","client":{%s},"envelope":{"from":"a@b.example","to":[{"address":"c@example.org"}]},"checks":%s}\n' \
			$n "$(stat -c %s "$file")" "$client" "${CHECKS:-{\}}"
		cat "$file"
	done
	printf '{"fe":1,"end":%d}\n' $n
}

# scan [OPTION]...: `reputation' of each record, with a clock that stands.
scan() {
	fe-scan --now "${NOW:-1790000000}" --no-unpack -i record -o json "$@" |
		jq -c '.scan.reputation'
}

@test "a new sender is known as new, then by what came from him" {
	run -0 scan < <(records '"ip":"192.0.2.9"' "$T/gtube" "$T/gtube")
	[ "${lines[0]}" = '{"history":[{"of":"ip","new":true},{"of":"net","new":true}],"new":true,"score":0.5}' ]
	run -0 scan < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c '[.new, (.history[] | .of, .messages, .bad, .good, .since)]' \
		<<<"$output")" = '[false,"ip",2,2,0,"2026-09-21T14:13:20.000Z","net",2,2,0,"2026-09-21T14:13:20.000Z"]' ]
	# (bad+1)/(good+1) is 3: three to one
	[ "$(jq .score <<<"$output")" = 0.75 ]
	# another address of the same network
	run -0 scan < <(records '"ip":"192.0.2.10"' "$T/m")
	[ "$(jq -c '[.new, (.history[] | .of, .new)]' <<<"$output")" = \
		'[false,"ip",true,"net",false]' ]
	# IPv6: a /64
	scan < <(records '"ip":"2001:db8:1:2::9"' "$T/gtube")
	run -0 scan < <(records '"ip":"2001:db8:1:2:ffff::1"' "$T/m")
	[ "$(jq -c '[.history[] | .of, .new]' <<<"$output")" = \
		'["ip",true,"net",false]' ]
	run -0 scan < <(records '"ip":"2001:db8:1:3::9"' "$T/m")
	[ "$(jq -c .new <<<"$output")" = true ]
}

@test "what came counts half after each half-life, and is forgotten" {
	scan < <(records '"ip":"192.0.2.9"' "$T/gtube" "$T/gtube")
	NOW=1791209600 run -0 scan < <(records '"ip":"192.0.2.9"' "$T/gtube")
	[ "$(jq -c '.history[0] | [.messages, .bad]' <<<"$output")" = '[1,1]' ]
	# 2 halved and 1 added, halved with another half-life
	NOW=1791296000 run -0 scan --half-life 1d \
		< <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c '.history[0] | [.messages, .bad]' <<<"$output")" = '[1,1]' ]
	NOW=1800000000 run -0 scan < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c '.history[0].messages < 0.2' <<<"$output")" = true ]
	NOW=1830000000 run -0 scan < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c .new <<<"$output")" = true ]
}

@test "only proven names have a history" {
	local client='"ip":"192.0.2.9","helo":"MX.example.net"' row
	while read -r row; do
		CHECKS=${row#* } records "$client" "$T/m" | scan >"$T/out"
		[ "$(jq -r '[.history[].of] | join(",")' "$T/out")" = \
			"ip,net${row%%[ -]*}" ] || { echo "$row"; cat "$T/out"; false; }
	done <<-'END'
		- {"spf":{"result":"fail","domain":"b.example","helo":{"result":"none","domain":"mx.example.net"}},"iprev":{"result":"fail","name":"mx.example.net"}}
		- {"dkim":[{"result":"fail","domain":"b.example"}],"dmarc":{"result":"fail","domain":"b.example"},"iprev":{"result":"pass","name":"other.example.net"}}
		,helo {"spf":{"result":"fail","helo":{"result":"pass","domain":"mx.example.net"}}}
		,helo {"iprev":{"result":"pass","name":"mx.example.net"}}
		,domain {"spf":{"result":"pass","domain":"b.example"}}
		,domain {"dkim":[{"result":"fail","domain":"x"},{"result":"pass","domain":"b.example"}]}
		,helo,domain {"dmarc":{"result":"pass","domain":"b.example"},"iprev":{"result":"pass","name":"mx.example.net"}}
	END
	# a domain is known whatever proved it, and is no HELO
	scan < <(CHECKS='{"dkim":[{"result":"pass","domain":"B.example"}]}' \
		records '"ip":"198.51.100.1","helo":"b.example"' "$T/m") >"$T/out"
	[ "$(jq -c '.history | map([.of, .messages])' "$T/out")" = \
		'[["ip",null],["net",null],["domain",3]]' ]
}

@test "lists in DNS, with weights: of addresses and of links" {
	cat >"$T/zone" <<-'END'
		9.2.0.192.bl.example. A 127.0.0.2
		9.2.0.192.white.example. A 127.0.0.3
		9.2.0.192.closed.example. A 127.255.255.254
		9.2.0.192.sold.example. A 198.51.100.1
		example.net.links.example. A 127.0.1.2
		1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example. A 127.0.0.4
		$SERVFAIL 9.2.0.192.broken.example.
	END
	local all=(--dns-zone "$T/zone" --no-history --dnsbl bl.example:3
		--dnsbl white.example:-2 --dnsbl closed.example:9
		--dnsbl sold.example:9 --dnsbl broken.example --dnsbl none.example
		--uribl links.example)
	run -0 scan "${all[@]}" < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c '.lists | map([.zone, .of, .result, .weight])' \
		<<<"$output")" = '[["bl.example","ip","listed",3],["white.example","ip","listed",-2],["closed.example","ip","refused",null],["sold.example","ip","invalid",null],["broken.example","ip","temperror",null],["links.example","link","listed",1]]' ]
	[ "$(jq -r '.lists[] | select(.of == "link") | .name' <<<"$output")" = \
		example.net ]
	# 3 - 2 + 1: 1 / (1 + e^-2)
	[ "$(jq .score <<<"$output")" = 0.8808 ]
	run -0 scan "${all[@]}" < <(records '"ip":"2001:db8::1"' "$T/m")
	[ "$(jq -c '.lists[0] | [.zone, .answer]' <<<"$output")" = \
		'["bl.example","127.0.0.4"]' ]
	run -0 scan "${all[@]}" < <(records '"helo":"x"' "$T/m")
	[ "$(jq -c '.lists | map(.zone)' <<<"$output")" = '["links.example"]' ]
	# without DNS, and without zones
	run -0 scan "${all[@]}" --no-dns < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$output" = '{"lists":[],"score":0.5}' ]
	run -0 scan --no-history < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$output" = '{"score":0.5}' ]
	for bad in x 'a b.c' bl.example:99 bl.example:x; do
		run -75 fe-scan --dnsbl "$bad" -i mail -o record <"$T/m"
		[[ $output == *"'$bad' is no zone"* ]]
	done
}

@test "real mail, of one sender who sends both: sums as the classes say" {
	need_shared corpus/dev.tar.zst
	local files
	files=$(awk -F '\t' '$0 ~ /spamassassin/ && ++n[$2] <= 6 { print "dev/" $1 }' \
		"$SHARED/corpus/dev.MANIFEST.tsv" | head -n 12)
	(cd "$T" && tar --zstd -xf "$SHARED/corpus/dev.tar.zst" $files)
	(cd "$T" && records '"ip":"192.0.2.9"' $files) >"$T/in"
	fe-scan --model "$TOP/share/starter.model" --now 1790000000 \
		--no-unpack -i record -o json <"$T/in" >"$T/out"
	[ "$(wc -l <"$T/out")" -ge 8 ]
	run -0 scan < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c '.history[0] | [.messages, .good, .bad]' <<<"$output")" = \
		"$(jq -s -c '[length, (map(select(.scan.spam.class == "ham")) |
			length), (map(select(.scan.spam.class == "spam")) |
			length)]' "$T/out")" ]
}

@test "four processes make one history" {
	local files=() pids=() i
	for i in 1 2 3 4 5 6 7 8 9 10; do files+=("$T/m" "$T/gtube"); done
	records '"ip":"192.0.2.9"' "${files[@]}" >"$T/in"
	for i in 1 2 3 4; do
		scan <"$T/in" >"$T/out.$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	run -0 scan < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq -c '.history[0] | [.messages, .bad]' <<<"$output")" = '[80,40]' ]
}

@test "looking by hand, and what fe-cat reads, makes no history" {
	fe-scan -i mail -o json --client-ip 192.0.2.9 <"$T/gtube" >"$T/out"
	[ "$(jq .scan.reputation.new "$T/out")" = true ]
	records '"ip":"192.0.2.9"' "$T/gtube" | sed 's/"received":"[^"]*",//' |
		scan >"$T/out"
	run -0 scan < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$(jq .new <<<"$output")" = true ]
	# without a home there is none
	run -0 scan --home "$T/none" < <(records '"ip":"192.0.2.9"' "$T/m")
	[ "$output" = '{"score":0.5}' ]
}

@test "the history holds no address, and a damaged one stops no mail" {
	CHECKS='{"dmarc":{"result":"pass","domain":"b.example"}}' \
		records '"ip":"192.0.2.9","helo":"mx.example.net"' "$T/m" | scan
	printf 'raw:%s' "$(od -An -v -tx1 "$FE_HOME/keys/state.key" | tr -d ' \n')" >"$T/key"
	chmod 400 "$T/key"
	run -0 fe-mailbox sql --db "$FE_HOME/state/reputation.sqlite" \
		--key-file "$T/key" 'SELECT * FROM entry'
	[ "${#lines[@]}" = 3 ]
	[[ ! $output =~ example|192\.0 ]]
	head -c 24576 /dev/urandom >"$FE_HOME/state/reputation.sqlite"
	run -0 --separate-stderr scan < <(records '"ip":"192.0.2.9"' "$T/m" "$T/m")
	[ "${lines[1]}" = '{"history":[],"result":"unavailable","score":0.5}' ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[[ $stderr == *'no history of senders'*'not an encrypted database'* ]]
}
