#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

setup() {
	export FE_HOME=$T/home
	fe-init --home "$FE_HOME" --domain example.org -q
}

@test "--help and --version" {
	run -0 fe --help
	[[ ${lines[0]} == 'usage: fe COMMAND '* ]]
	run -0 fe --version
	[[ $output == 'fe '[0-9]* ]]
}

@test "wrong usage is one sentence and 64" {
	for words in '' 'frobnicate' '--nonsense' 'help a b' 'config' \
	    'config frob' 'config show' 'status extra' 'help ../x' '../x' \
	    'help frobnicate' 'config show frobnicate' '-q init'; do
		# shellcheck disable=SC2086
		run -64 --separate-stderr fe $words
		[[ $stderr == 'fe: '* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
}

@test "fe X becomes fe-X with words, descriptors and exit code as they are" {
	run -0 fe init --version
	[[ $output == 'fe-init '* ]]
	run -64 fe account frob
	[[ $output == 'fe-account: '* ]]
	run -0 fe account add --password-fd 3 alice@example.org \
		3<<<'correct horse'
	[ -s "$FE_HOME/run/recipients" ]
}

@test "a command beside fe goes before one in PATH, which goes before none" {
	mkdir "$T/bin"
	cp "$BIN/fe" "$T/bin/fe"
	printf '#!/bin/sh\necho "path $*"\n' >"$T/bin/fe-extra"
	chmod +x "$T/bin/fe-extra"
	PATH=$T/bin:$PATH run -0 "$BIN/fe" extra a 'b c'
	[ "$output" = 'path a b c' ]
	run -0 "$T/bin/fe" extra x
	run -64 "$BIN/fe" extra
}

@test "help lists every command of the table, help X is its --help" {
	run -0 fe help
	while IFS=$'\t' read -r name _ text; do
		[[ $output == *"$name"*"$text"* ]]
	done < <(grep -v '^#' "$TOP/share/commands")
	run -0 fe help account
	[[ $output == 'usage: fe-account '* ]]
	[ "$output" = "$(fe help fe-account)" ]
	run -0 fe help fe
	[[ $output == 'usage: fe '* ]]
}

@test "config check is silent and 0 when all is well" {
	run -0 fe config check
	[ -z "$output" ]
}

@test "config check finds a bad value, an unknown key and section, with line" {
	cp "$FE_HOME/fe.conf" "$T/good"
	echo 'log = sideways' >>"$FE_HOME/fe.conf"
	run -1 fe config check
	[[ $output == *"fe.conf:$(grep -c . "$T/good")"* || \
		$output == *fe.conf:* ]]
	(cat "$T/good"; printf '[fe-account]\nnonsense = 1\n') \
		>"$FE_HOME/fe.conf"
	run -1 fe config check
	[[ $output == *'nonsense'* ]]
	(cat "$T/good"; printf '[fe-acount]\nquota = 1\n') >"$FE_HOME/fe.conf"
	run -1 fe config check
	[[ $output == *"there is no program 'fe-acount'"* ]]
	(cat "$T/good"; printf '[fe-account big]\nquota = much\n') \
		>"$FE_HOME/fe.conf"
	run -1 fe config check
	[[ $output == *quota* ]]
}

@test "config show tells each value and where it came from" {
	printf '[fe-account]\nquota = 1G\n[fe-account big]\nquota = 9G\n' \
		>>"$FE_HOME/fe.conf"
	run -0 fe config show account
	[[ $output == *$'quota\t1G\t'"$FE_HOME/fe.conf:"[0-9]* ]]
	run -0 fe config show fe-account big
	[[ $output == *$'quota\t9G\t'"$FE_HOME/fe.conf:"[0-9]* ]]
	[[ $output == *$'log\ttext\tdefault'* ]]
}

@test "status tells of accounts, mailboxes, keys, certificate, sandbox" {
	echo 'correct horse' | fe account add alice@example.org >/dev/null
	run -0 fe status
	[[ $output == *'1 active with 1 addresses'* ]]
	[[ $output == *'mailboxes    1 with '* ]]
	[[ $output == *'account.key is 0 days old'* ]]
	[[ $output == *'824 days from now, self-signed'* ]]
	run -0 fe status -q -e
	[ -z "$output" ]
	run -0 fe status -o json
	[ "$(jq -r 'select(.item == "home").text' <<<"$output")" = "$FE_HOME" ]
}

@test "status finds what needs a person" {
	chmod 644 "$FE_HOME/keys/account.key"
	run -1 fe status -q -e
	[[ $output == "! keys "*"account.key' is open to everybody" ]]
	chmod 400 "$FE_HOME/keys/account.key"
	run -0 fe status -q --now 2028-01-01T00:00:00Z
	[ -z "$output" ]
	run -1 fe status -q -e --now 2029-12-31T00:00:00Z
	[[ $output == '! certificate '*'ended on'*'ago'* ]]
	echo junk >"$FE_HOME/keys/tls/cert.pem"
	run -1 fe status -q -e
	[[ $output == *'no certificate in PEM' ]]
	run -1 fe status -q -e --home "$T/nowhere"
}

@test "output that cannot be written is 75" {
	run -75 bash -c 'fe help >/dev/full'
	run -75 bash -c 'fe status >/dev/full'
	run -75 bash -c 'fe config show account >/dev/full'
	run -0 bash -c 'fe config check <&-'
}

@test "completions know commands, verbs, options and choices" {
	sh "$TOP/completions/generate" "$BIN" "$T/completions"
	run -0 bash -c ". $T/completions/bash/fe-account
		COMP_WORDS=(fe-account '') COMP_CWORD=1
		_fe_account && echo \${COMPREPLY[@]}
		COMP_WORDS=(fe-account --output '') COMP_CWORD=2
		_fe_account && echo \${COMPREPLY[@]}"
	[ "${lines[0]}" = 'add list remove passwd' ]
	[ "${lines[1]}" = 'text json' ]
	run -0 bash -c ". $T/completions/bash/fe
		COMP_WORDS=(fe account --qu) COMP_CWORD=2
		_fe && echo \${COMPREPLY[@]}
		COMP_WORDS=(fe acc) COMP_CWORD=1
		_fe && echo \${COMPREPLY[@]}"
	[ "${lines[0]}" = '--quota --quiet' ] ||
		[ "${lines[0]}" = '--quiet --quota' ]
	[ "${lines[1]}" = account ]
	for file in "$T"/completions/bash/*; do
		bash -n "$file"
	done
}
