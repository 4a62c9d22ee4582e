#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# fe-sieve through the real binary.
load helper

ID=01M80KPX000000000000000000

# mail [FIELD]...: a message into $T/mail.
mail() {
	{
		printf '%s\r\n' 'From: Bob <bob@example.com>' \
			'To: alice@example.org' 'Message-ID: <1@example.com>' \
			"$@" '' 'Hello Alice'
	} >"$T/mail"
}

# record MEMBERS [RECIPIENT]...: a stream of $T/mail with these members.
record() {
	local members=$1 to= address
	[ -f "$T/mail" ] || mail 'Subject: t'
	shift
	for address in "${@:-alice@example.org}"; do
		to="$to,{\"address\":\"$address\"}"
	done
	printf '{"fe":1,"id":"%s","size":%d,"envelope":{"from":%s,"to":[%s]}%s}\n' \
		"$ID" "$(stat -c %s "$T/mail")" '"bob@example.com"' "${to#,}" \
		"$members"
	cat "$T/mail"
	printf '{"fe":1,"end":1}\n'
}

# A home with scripts alone, and who has which mailbox.
home() {
	mkdir -p "$T/home/sieve/example.org/alice" "$T/home/run" \
		"$T/home/sieve/example.org/carol"
	printf '%s\t%s\n' alice@example.org alice@example.org \
		carol@example.org carol@example.org >"$T/home/run/recipients"
	export FE_HOME=$T/home
}

site() { home && cat >"$T/home/sieve/site.sieve"; }
user() { cat >"$T/home/sieve/example.org/$1/active"; }

# decide [MEMBERS [RECIPIENT]...]: verdict and plan, as JSON.
decide() { record "$@" | fe-sieve -o json | jq -c '[.verdict, .plan]'; }

# deliver ID SUBJECT [USER]: through processes of their own.
deliver() {
	ID=01M80KPX00000000000000000$1
	mail "Subject: $2" && record '' "${3:-alice}@example.org" |
		fe-sieve -i record 2>>"$T/err" | fe-store -o json 2>>"$T/err" |
		jq -r '.delivery[0] | "\(.status) \(.folder)"'
}

@test "--help and --version answer and exit 0" {
	run -0 fe-sieve --help
	[[ $output == *--user-scripts* ]]
	run -0 fe-sieve --version
	[[ $output == fe-sieve* ]]
}

@test "an unknown option or verb is 64 for people and 75 for delivery" {
	mail
	run -64 fe-sieve -o json --wrong <"$T/mail"
	run -75 fe-sieve -o record --wrong <"$T/mail"
	[[ ${lines[0]} == "4.3.0 "* ]]
	run -64 fe-sieve -o text wrong <"$T/mail"
	run -64 fe-sieve diff one <"$T/mail"
	run -64 fe-sieve check --wrong "$T/none"
	run -64 fe-sieve test "$T/none" <"$T/mail"
	[[ $output == *"there is no script"* ]]
}

@test "without scripts a record passes, octet for octet but for timing" {
	home
	record ',"x":{"y":[1, 2]}' >"$T/in"
	fe-sieve -i record <"$T/in" | sed 's/,"timing":{[^}]*}}//' >"$T/out"
	cmp "$T/in" "$T/out"
}

@test "the site's script refuses with its own code and text" {
	site <<-'EOF'
		require ["reject", "vnd.fe.record"];
		if fe :is "checks.dmarc.result" "fail" {
			reject "554 5.7.26 not from you";
		}
	EOF
	run -0 decide ',"checks":{"dmarc":{"result":"fail"}}'
	[ "$output" = '[{"action":"reject","code":554,"enhanced":"5.7.26","text":"not from you","by":"fe-sieve","why":["site.sieve:3 reject"]},null]' ]
	run -0 decide ',"checks":{"dmarc":{"result":"pass"}}'
	[ "$output" = '[{"action":"accept","by":"fe-sieve"},null]' ]
}

@test "a user cannot save what the site refuses, discards or files" {
	site <<-'EOF'
		require ["fileinto", "reject", "vnd.fe.record"];
		if header "subject" "reject" { reject "no"; }
		if header "subject" "discard" { discard; }
		if header "subject" "junk" { fileinto "Junk"; }
	EOF
	user alice <<<'require "fileinto"; fileinto "Mine";'
	local word
	for word in reject discard junk; do
		mail "Subject: $word"
		run -0 decide
		[[ $output != *Mine* && $output == *"\"action\":\"$word\""* ]]
	done
	mail 'Subject: other'
	run -0 decide
	[ "$(jq -c '.[1][0].actions' <<<"$output")" = \
		'[{"do":"fileinto","folder":"Mine","create":false}]' ]
}

@test "each recipient's own script writes his own entry" {
	home
	user alice <<<'require ["fileinto","imap4flags"]; fileinto :flags "\\Seen" "A";'
	user carol <<<'require "reject"; reject "I am gone";'
	run -0 decide '' alice@example.org carol@example.org x@elsewhere.example
	[ "$(jq -c '.[1][0]' <<<"$output")" = '{"address":"alice@example.org","mailbox":"alice@example.org","actions":[{"do":"fileinto","folder":"A","create":false,"flags":["\\Seen"]}]}' ]
	[ "$(jq -c '.[1][1].verdict | [.action, .code, .text]' <<<"$output")" = '["reject",550,"I am gone"]' ]
	[ "$(jq -c '.[1][2]' <<<"$output")" = '{"address":"x@elsewhere.example"}' ]
}

@test "an old decision of ours is replaced, a final verdict of others stays" {
	site <<<'keep;'
	run -0 decide ',"plan":[{"address":"x"}],"verdict":{"action":"junk"}'
	[[ $output == *'"action":"accept"'* && $output != *'"x"'* ]]
	run -0 decide ',"verdict":{"action":"tempfail","by":"other"}'
	[[ $output == *'"by":"other"'* ]]
}

@test "a broken script of a user keeps his mail, and he hears of it" {
	home
	user alice <<<'fileinto "x";'
	record '' | fe-sieve -o json >"$T/out" 2>"$T/err"
	grep -q "'fileinto' needs: require" "$T/err"
	run -0 jq -c '.plan[0] | [.actions, .headers[0].name]' "$T/out"
	[ "$output" = '[null,"X-Fe-Sieve-Error"]' ]
	# two records of one run: logged once
	{ record ''; record ''; } | fe-sieve -o json >"$T/out" 2>"$T/err"
	[ "$(grep -c needs "$T/err")" = 1 ]
}

@test "he hears of a fault once, whichever process it was" {
	make_home "$T/home" alice@example.org
	export FE_HOME=$T/home
	rm -f "$T/home/sieve/site.sieve"
	mkdir -p "$T/home/sieve/example.org/alice"
	told() {
		fe-cat "alice@example.org:INBOX/$1" -o mail |
			grep -c '^X-Fe-Sieve-Error: active:' || true
	}
	user alice <<<'fileinto "x";'
	run -0 deliver 1 one
	[ "$output" = 'stored INBOX' ]
	run -0 deliver 2 two
	[ "$output" = 'stored INBOX' ]
	[ "$(told 1) $(told 2)" = '1 0' ]
	run -0 bash -c 'fe-cat alice@example.org:INBOX/1 | fe-sieve explain'
	[[ $output == *"alice@example.org:INBOX/1  from bob@example.com"* ]]
	[[ $output == *"alice@example.org: "*"needs: require"*"=> accept"* ]]
	# another fault is told again
	user alice <<<'redirect "x";'
	run -0 deliver 3 three
	run -0 deliver 4 four
	[ "$(told 3) $(told 4)" = '1 0' ]
}

@test "a broken script of the site defers, unless there was a good one" {
	site <<<'keep'
	run -0 bash -c "$(declare -f record mail decide); T=$T ID=$ID; decide"
	[[ $output == *'"action":"tempfail"'* ]]
	site <<<'discard;'
	mkfifo "$T/in"
	fe-sieve -o json <"$T/in" >"$T/out" 2>"$T/err" 3>&- &
	local pid=$!
	exec 4>"$T/in"
	record '' >&4
	wait_for 5 grep -q discard "$T/out"
	echo 'discard' >"$T/home/sieve/site.sieve"
	record '' >&4
	wait_for 5 grep -q 'stays in force' "$T/err"
	echo 'keep;' >"$T/home/sieve/new" &&
		mv "$T/home/sieve/new" "$T/home/sieve/site.sieve"
	sleep 0.1
	record '' >&4
	wait_for 5 grep -q accept "$T/out"
	# nor does it end because its file is away for a moment
	echo 'discard;' >"$T/home/sieve/site.sieve"
	record '' >&4
	wait_for 5 bash -c "[ \"\$(grep -c discard '$T/out')\" = 3 ]"
	rm "$T/home/sieve/site.sieve"
	record '' >&4
	exec 4>&-
	wait "$pid"
	run -0 jq -r .verdict.action "$T/out"
	[ "${lines[*]}" = 'discard discard accept discard discard' ]
	grep -q 'there is no script .*stays in force' "$T/err"
}

@test "a site script that was named must be there" {
	home
	record '' | fe-sieve -o json --site "$T/none" >"$T/out" 2>"$T/err"
	run -0 jq -r .verdict.action "$T/out"
	[ "$output" = tempfail ]
	grep -q "there is no script '$T/none'" "$T/err"
}

@test "the three policies of share decide as they say" {
	local name facts want policy
	home
	while read -r facts want; do
		for policy in default strict relaxed; do
			name=$(record ",$facts" | fe-sieve -o json \
				--site "$TOP/share/sieve/$policy.sieve" |
				jq -r .verdict.action)
			[ "$name" = "${want%%,*}" ] ||
				{ echo "$facts $policy: $name"; false; }
			want=${want#*,}
		done
	done <<-'EOF'
		"x":1 accept,accept,accept
		"checks":{"dmarc":{"result":"pass"}} accept,accept,accept
		"checks":{"dmarc":{"result":"fail","disposition":"reject"}} reject,reject,junk
		"checks":{"dmarc":{"result":"fail","disposition":"quarantine"}} junk,reject,junk
		"checks":{"dmarc":{"result":"fail","disposition":"none"}} accept,accept,accept
		"checks":{"dmarc":{"result":"temperror","policy":"reject"}} tempfail,tempfail,accept
		"checks":{"dmarc":{"result":"temperror","policy":"none"}} accept,accept,accept
		"checks":{"spf":{"result":"fail"}} accept,reject,accept
		"scan":{"virus":{"result":"found"}} reject,reject,reject
		"scan":{"virus":{"result":"unavailable"}} accept,tempfail,accept
		"scan":{"spam":{"score":0.9995}} reject,reject,junk
		"scan":{"spam":{"score":0.96}} junk,junk,junk
		"scan":{"spam":{"score":0.85}} accept,junk,accept
		"scan":{"phishing":{"reasons":[{"reason":"href"}]}} junk,quarantine,junk
		"scan":{"phishing":{"reasons":[]}} accept,accept,accept
		"limits":[{"over":false},{"over":true}] tempfail,tempfail,tempfail
		"limits":[{"over":false}] accept,accept,accept
	EOF
}

@test "phishing is told in a header field" {
	home
	record ',"scan":{"phishing":{"reasons":[{"reason":"link"}]}}' |
		fe-sieve -o json --site "$TOP/share/sieve/default.sieve" \
			>"$T/out"
	run -0 jq -c '.headers[0] | [.op, .name, .value]' "$T/out"
	[ "$output" = '["prepend","X-Fe-Phishing","link"]' ]
}

@test "check tells line, column and what was expected" {
	cd "$T"
	printf 'keep;\nif header :is "a" {\n' >a
	printf 'require "x-none";' >b
	printf 'stop;\nkeep;\n' >c
	run -1 fe-sieve check a b c
	[ "${lines[0]}" = "a:2:19: expected another argument here, found '{'" ]
	[ "${lines[1]}" = 'b:1:9: there is no extension "x-none" here' ]
	[[ ${lines[2]} == 'c:2: this is never reached'* ]]
	run -0 fe-sieve check c
	run -1 fe-sieve check -e c
	run -0 fe-sieve check "$TOP"/share/sieve/*.sieve
	[ -z "$output" ]
}

@test "test shows the rules that matched, and does nothing" {
	home
	cat >"$T/s" <<-'EOF'
		require "fileinto";
		if header :contains "subject" "sale" { discard; }
		elsif header :contains "subject" "t" { fileinto "T"; }
	EOF
	record ',"verdict":{"action":"reject"}' >"$T/in"
	run -0 fe-sieve test -i record "$T/s" <"$T/in"
	[[ $output == *'3  header :contains "subject" "t": true, saw "t"'* ]]
	[[ $output == *'=> accept: fileinto "T"'* && $output != *sale* ]]
	run -0 fe-sieve test -i record "$T/s" -v <"$T/in"
	[[ $output == *'"sale": false'* ]]
	run -0 fe-sieve test -i record "$T/s" -o json <"$T/in"
	[ "$(jq -r '.scripts[0].verdict.why[0]' <<<"$output")" = 's:3 fileinto' ]
}

@test "explain replays the scripts of the site and of each recipient" {
	site <<<'require ["relational","vnd.fe.record"]; if fe :value "ge" "scan.spam.score" "0.9" { discard; }'
	user alice <<<'require "imap4flags"; addflag "$A";'
	record ',"scan":{"spam":{"score":0.25}}' >"$T/in"
	run -0 fe-sieve explain -i record <"$T/in"
	[[ $output == *'"0.9": false, saw "0.25"'* ]]
	[[ $output == *'alice@example.org: '*'active'* ]]
	[[ $output == *'keep with flags $A'* ]]
}

@test "diff tells whose verdict changes, with counts" {
	echo 'keep;' >"$T/old"
	echo 'require "fileinto"; if header "subject" "b" { fileinto "Junk"; }' \
		>"$T/new"
	mail 'Subject: a' && record '' >"$T/in"
	mail 'Subject: b' && record '' >>"$T/in"
	run -0 fe-sieve diff -i record "$T/old" "$T/new" <"$T/in"
	[[ ${lines[0]} == "$ID  from bob@example.com  accept -> junk"* ]]
	[ "${lines[1]}" = '     1  accept -> junk' ]
	[ "${lines[2]}" = '1 of 2 messages change' ]
	run -1 fe-sieve -i record -e diff "$T/old" "$T/new" <"$T/in"
	run -0 fe-sieve -i record -e diff "$T/old" "$T/old" <"$T/in"
}

@test "included scripts are found, and read again when they change" {
	home
	echo 'require "fileinto"; fileinto "One";' \
		>"$T/home/sieve/example.org/alice/sort.sieve"
	echo 'require "fileinto"; fileinto "All";' >"$T/home/sieve/all.sieve"
	user alice <<-'EOF'
		require "include";
		include "sort";
		include :global "all";
		include :optional "none";
	EOF
	run -0 decide
	[ "$(jq -c '[.[1][0].actions[].folder]' <<<"$output")" = '["One","All"]' ]
	echo 'include "loop";' | tee "$T/home/sieve/example.org/alice/loop.sieve" |
		sed 's/^/require "include";/' |
		tee "$T/home/sieve/example.org/alice/active" \
			>"$T/home/sieve/example.org/alice/loop.sieve"
	run -0 decide
	[[ $output == *"'loop' includes itself"* ]]
	echo 'require "include"; include "../carol/active";' |
		user alice
	run -0 decide
	[[ $output == *"'../carol/active' is no name of a script"* ]]
}

# cases: what the plan says for alice, with short marks.
cases() {
	decide "$@" | sed 's/duplicate:[0-9a-f]*/M/g' | jq -c '.[1][0] |
	    walk(if type == "object" then del(.expires, .address, .mailbox)
	    else . end)'
}

@test "duplicate and mailboxexists: a case for each answer of the mailbox" {
	home
	user alice <<<'require "duplicate"; if duplicate { discard; }'
	run -0 cases
	[ "$output" = '{"marks":[{"handle":"M"}],"cases":[{"mark":"M","actions":[{"do":"discard"}]}]}' ]
	user alice <<-'EOF'
		require ["mailbox", "fileinto", "duplicate"];
		if mailboxexists ["INBOX", "A", "B"] { fileinto "A"; }
		elsif duplicate { stop; }
		else { fileinto "C"; }
	EOF
	run -0 cases
	[ "$output" = '{"actions":[{"do":"fileinto","folder":"C","create":false}],"marks":[{"handle":"M"}],"cases":[{"folders":["A","B"],"actions":[{"do":"fileinto","folder":"A","create":false}]},{"mark":"M"}]}' ]
	# four questions have sixteen answers, and the fifth is no
	user alice <<-'EOF'
		require ["mailbox", "imap4flags"];
		if mailboxexists "A" { addflag "a"; }
		if mailboxexists "B" { addflag "b"; }
		if mailboxexists "C" { addflag "c"; }
		if mailboxexists "D" { addflag "d"; }
		if mailboxexists "E" { addflag "e"; }
	EOF
	run -0 bash -c "jq '[.. | .flags? // empty | join(\"\")] | sort |
	    join(\" \")' <<<'$(cases)'"
	[ "$output" = '"a ab abc abcd abd ac acd ad b bc bcd bd c cd d"' ]
}

@test "the site's script asks the mailbox of each recipient" {
	site <<-'EOF'
		require ["duplicate", "editheader", "fileinto"];
		if duplicate { addheader "X-Again" "yes"; fileinto "Junk"; }
	EOF
	user carol <<<'require "fileinto"; fileinto "Mine";'
	record '' alice@example.org carol@example.org x@elsewhere.example |
		fe-sieve -o json >"$T/out"
	run -0 jq -c '[.verdict.action, .plan[1].actions[0].folder,
	    (.plan[:2][] | .cases[0] | .verdict.action, .headers[0].name,
	    .actions[0].folder), .plan[2].cases]' "$T/out"
	[ "$output" = '["accept","Mine","junk","X-Again","Junk","junk","X-Again","Junk",null]' ]
}

@test "a refusal does not hang on what a mailbox says" {
	home
	user alice <<<'require ["duplicate","reject"]; if duplicate { reject "again"; }'
	record '' | fe-sieve -o json >"$T/out" 2>"$T/err"
	run -0 jq -c '.plan[0].cases[0] | del(.mark)' "$T/out"
	[ "$output" = '{}' ]
	grep -q 'a refusal cannot hang on' "$T/err"
	user alice <<<'require ["mailbox","reject"]; if not mailboxexists "A" { reject "no"; }'
	run -0 decide
	[[ $output != *reject* ]]
	# what hangs on nothing is refused
	user alice <<<'require ["duplicate","reject"]; if duplicate { discard; stop; } reject "no";'
	run -0 cases
	[[ $output == *'"action":"reject"'* && $output != *cases* ]]
}

@test "explain shows the decision for each answer" {
	home
	user alice <<<'require ["mailbox","fileinto"]; if mailboxexists "A" { fileinto "A"; }'
	record '' >"$T/in"
	run -0 fe-sieve explain -i record <"$T/in"
	[[ $output == *'mailboxexists "A": false, saw "A"'*'=> accept: keep'* ]]
	[[ $output == *'active, where the mailbox has folders ["A"]'* ]]
	[[ $output == *'mailboxexists "A": true'*'fileinto "A"'* ]]
	run -0 fe-sieve explain -i record -o json <"$T/in"
	[ "$(jq -c '[.scripts[].case]' <<<"$output")" = '[null,"folders [\"A\"]"]' ]
}

@test "duplicates are found across processes, in the mailbox alone" {
	make_home "$T/home" alice@example.org carol@example.org
	export FE_HOME=$T/home
	rm -f "$T/home/sieve/site.sieve"
	mkdir -p "$T/home/sieve/example.org/alice" \
		"$T/home/sieve/example.org/carol"
	user alice <<-'EOF'
		require ["duplicate", "editheader", "fileinto", "mailbox"];
		if duplicate {
			addheader "X-Again" "yes"; fileinto :create "Again";
		} elsif mailboxexists "Lists" {
			fileinto "Lists";
		}
	EOF
	user carol <<<'require "duplicate"; if duplicate { discard; }'
	run -0 deliver 1 one
	[ "$output" = 'stored INBOX' ]
	# one Message-ID, another record
	run -0 deliver 2 two
	[ "$output" = 'stored Again' ]
	[[ $(fe-cat alice@example.org:Again/1 -o mail) == *'X-Again: yes'* ]]
	run -0 fe-mailbox sql alice@example.org \
		'SELECT count(*) FROM mark WHERE handle LIKE "duplicate:%"'
	[ "${lines[-1]}" = 1 ]
	# each mailbox knows its own, and a retry is no duplicate of itself
	run -0 deliver 3 three carol
	[ "$output" = 'stored INBOX' ]
	run -0 deliver 3 three carol
	[ "$output" = 'duplicate null' ]
	run -0 deliver 4 four carol
	[ "$output" = 'discarded null' ]
	run -0 bash -c 'fe-mailbox list carol@example.org | wc -l'
	[ "$output" = 1 ]
	# two of one transaction
	mail 'Message-ID: <x@example.com>' && sed -i '/^Message-ID: <1@/d' "$T/mail"
	{ ID=01M80KPX000000000000000005; record ''
	ID=01M80KPX000000000000000006; record ''; } | fe-sieve -i record |
		fe-store -o json >"$T/out"
	run -0 jq -r '.delivery[0].folder' "$T/out"
	[ "${lines[*]}" = 'INBOX Again' ]
}

@test "mailboxexists is answered by the mailbox" {
	make_home "$T/home" alice@example.org
	export FE_HOME=$T/home
	rm -f "$T/home/sieve/site.sieve"
	mkdir -p "$T/home/sieve/example.org/alice"
	user alice <<-'EOF'
		require ["fileinto", "mailbox", "variables"];
		if header :matches "subject" "to *" { set "to" "${1}"; }
		if mailboxexists ["inbox", "${to}"] { fileinto "${to}"; }
		else { fileinto :create "New"; }
	EOF
	run -0 deliver 1 'to Lists/A'
	[ "$output" = 'stored New' ]
	run -0 deliver 2 'to New'
	[ "$output" = 'stored New' ]
	run -0 deliver 3 'to Archive'
	[ "$output" = 'stored Archive' ]
	fe-mailbox move --create alice@example.org:New/1 Lists/A
	run -0 deliver 4 'to Lists/A'
	[ "$output" = 'stored Lists/A' ]
}

@test "what needs a queue keeps the message, with one warning and no mark" {
	make_home "$T/home" alice@example.org
	export FE_HOME=$T/home
	rm -f "$T/home/sieve/site.sieve"
	mkdir -p "$T/home/sieve/example.org/alice"
	user alice <<-'EOF'
		require ["vacation", "enotify"];
		vacation "away"; notify "mailto:me@example.net";
		redirect "me@example.net";
	EOF
	run -0 deliver 1 one
	[ "$output" = 'stored INBOX' ]
	[ "$(grep -c 'need a queue' "$T/err")" = 1 ]
	# nobody was answered, so nobody is remembered as answered
	run -0 fe-mailbox sql alice@example.org 'SELECT count(*) FROM mark'
	[ "${lines[-1]}" = 0 ]
}

@test "vacation answers a person who wrote to the user, and nobody else" {
	home
	user alice <<<'require "vacation"; vacation :days 3 "away";'
	run -0 decide
	[ "$(jq -c '.[1][0].actions[0] | [.do, .to, .seconds]' <<<"$output")" = \
		'["vacation","bob@example.com",259200]' ]
	local field
	for field in 'List-Id: <x.example>' 'Precedence: bulk' \
		'Auto-Submitted: auto-replied'; do
		mail "$field"
		run -0 decide
		[[ $output != *vacation* ]]
	done
}

@test "vacation answers once whatever the subjects of a correspondent are" {
	home
	handle() {
		mail "Subject: $1"
		decide | jq -r '.[1][0].actions[0].handle'
	}
	user alice <<<'require "vacation"; vacation "away";'
	one=$(handle first)
	[[ $one == vacation:* ]]
	[ "$(handle second)" = "$one" ]
	# what the script says in variables is what it says (RFC 5230, 4.2)
	user alice <<-'EOF'
		require ["vacation", "variables"];
		if header :matches "subject" "*" { set "s" "${1}"; }
		vacation :subject "Re: ${s}" "About ${s}: away";
	EOF
	two=$(handle first)
	[ "$(handle second)" = "$two" ]
	[ "$two" != "$one" ]
	# another text, another answer; a handle joins them
	user alice <<<'require "vacation"; vacation :handle "h" "until Monday";'
	one=$(handle first)
	user alice <<<'require "vacation"; vacation :handle "h" "until Friday";'
	[ "$(handle first)" = "$one" ]
	[ "$two" != "$one" ]
}

@test "hostile scripts are bounded, with a sentence" {
	home
	local i
	{ printf 'require "fileinto";'; for i in {1..70}; do printf 'if true {'; done; } >"$T/deep"
	{ printf 'keep'; head -c 1100000 /dev/zero | tr '\0' ' '; echo ';'; } >"$T/long"
	{ printf 'redirect "'; head -c 70000 /dev/zero | tr '\0' 'x'; echo '";'; } >"$T/string"
	printf 'require "regex"; if header :regex "subject" "(a+)+$" { discard; }' >"$T/bomb"
	run -1 timeout 5 fe-sieve check "$T/deep" "$T/long" "$T/string"
	[[ ${lines[0]} == *'nested deeper than 64' ]]
	[[ ${lines[1]} == *'is larger than 1048'* ]]
	[[ ${lines[2]} == *'longer than 65536 octets' ]]
	mail "Subject: $(head -c 5000 /dev/zero | tr '\0' a)!"
	record '' >"$T/in"
	run -0 timeout 5 fe-sieve test -i record "$T/bomb" <"$T/in"
	[[ $output == *'takes too long'*'=> accept: keep'* ]]
}

@test "what a message says cannot write on the terminal" {
	mail $'Subject: \e[31mred'
	echo 'if header :contains "subject" "red" { keep; }' >"$T/s"
	record '' >"$T/in"
	run -0 fe-sieve test -i record "$T/s" <"$T/in"
	[[ $output != *$'\e'* && $output == *'\x1b'* ]]
}

@test "a full disk, a closed input, a dead neighbour" {
	home
	record '' >"$T/in"
	run -75 bash -c "fe-sieve -i record <'$T/in' >/dev/full"
	run -75 bash -c "fe-sieve test '$TOP/share/sieve/default.sieve' -v <'$T/in' >/dev/full"
	run -75 bash -c 'fe-sieve -i record -o record <&-'
	head -n 7 "$T/in" >"$T/cut"
	run -75 bash -c "fe-sieve -i record -o record <'$T/cut'"
	[[ $output != *'"end"'* ]]
	run -75 bash -c ": | fe-sieve -o record"
}

@test "a large message costs no more than a look at it" {
	home
	user alice <<<'require "body"; if body :contains "nothing of it" { discard; }'
	mail
	head -c 20000000 /dev/zero | tr '\0' x | fold -w 900 |
		sed 's/$/\r/' >>"$T/mail"
	record '' >"$T/in"
	run -0 bash -c "timeout 20 fe-sieve -i record -o json <'$T/in' | jq -c .plan"
}

@test "body :text reads XHTML as it is shown" {
	home
	user alice <<<'require "body"; if allof(body :text :contains "so & so <on>", body :text :contains "grün", not body :text :contains "Gotcha", not body :text :contains "class") { discard; }'
	printf '%s\r\n' 'From: a@example.net' 'MIME-Version: 1.0' \
		'Content-Type: multipart/mixed; boundary=b' '' '--b' \
		'Content-Type: application/xhtml+xml; charset=utf-8' '' \
		'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' \
		'<head><title/><script src="x"/><style>Gotcha</style></head>' \
		'<body><p class="x">gr&#xfc;n so &amp; <b>so</b> <![CDATA[<on>]]></p></body></html>' \
		'--b--' >"$T/mail"
	[[ $(decide '') == *discard* ]]
}

@test "files into the folder that the plan names" {
	make_home "$T/home" alice@example.org
	export FE_HOME=$T/home
	mkdir -p "$T/home/sieve/example.org/alice"
	echo 'require ["fileinto","mailbox"]; fileinto :create "Lists/A";' \
		>"$T/home/sieve/example.org/alice/active"
	rm -f "$T/home/sieve/site.sieve"
	record '' | fe-sieve | fe-store -o json >"$T/out"
	run -0 jq -r '.delivery[0].folder' "$T/out"
	[ "$output" = Lists/A ]
}

# agree MESSAGE: Pigeonhole decides the same for all scripts, but for the
# differences that are listed.
agree() {
	need_peer dovecot-sieve sieve-test
	[ "$(id -u)" = 0 ] || skip 'sieve-test wants to change its user'
	run -0 "$HERE/peers/sieve" "$PEER" "$1"
	echo "$output"
	[ "${lines[-1]}" = '81 compared, 0 differ' ]
}

@test "Pigeonhole decides the same of a message of a list" { agree list; }
@test "Pigeonhole decides the same of an advertisement" { agree sale; }
@test "Pigeonhole decides the same of spam" { agree spam; }
