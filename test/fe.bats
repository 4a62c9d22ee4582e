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

@test "a wrong setting is 64 on the line, and 75 with its line in fe.conf" {
	local name option value
	cp "$FE_HOME/fe.conf" "$T/good"
	while read -r name option value; do
		run -64 --separate-stderr "$name" "--$option" "$value" -o text
		[[ $stderr = "$name: --$option: "* ]]
		{
			cat "$T/good"
			printf '\n[%s]\n%s = %s\n' "$name" "$option" "$value"
		} >"$FE_HOME/fe.conf"
		run -75 --separate-stderr "$name" -o text
		[[ $stderr = "$name: $FE_HOME/fe.conf:"*": $option: "* ]]
		run -1 fe config check
		[[ $output = *"fe.conf:"*": $option: "* ]]
		cp "$T/good" "$FE_HOME/fe.conf"
	done <<-'END'
		fe-dns omit everything
		fe-dns mx 70000 mx.example.org
		fe-limit rule nonsense
		fe-limit exempt nobody
		fe-limit trusted-network 192.0.2.1/33
		fe-scan dnsbl nonsense
		fe-verify trust-sealer a..b
		fe-ban allow 192.0.2.300
		fe-watch mode 999
		fe-harden beside selinux
		fe-audit contact me
	END
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

@test "status tells of pools, of those that do not answer, and of pipelines that die" {
	local state
	start "$T/log" fe-pool -j 2 "$FE_HOME/run/store.sock" fe-store
	running() { fe-pool --status "$FE_HOME/run/store.sock"; }
	wait_for 5 running
	printf 'Subject: x\r\n\r\nx\r\n' | fe-verify -i mail --no-dns -o record |
		fe-pool --connect "$FE_HOME/run/store.sock" >"$T/receipt" || true
	run -0 fe status
	state=$(grep '^  pool ' <<<"$output")
	[[ $state == *'store.sock: 2 pipelines, 0 of at most 1000 records in hand, 1 taken, 0 deferred, 0 deaths' ]]
	run -0 fe status -q -e
	[ -z "$output" ]
	kill -KILL "$STARTED"
	silent() { ! running; }
	wait_for 5 silent
	run -1 fe status -q -e
	[[ $output == *pool*store.sock* ]]
	rm "$FE_HOME/run/store.sock"
	start "$T/log" fe-pool -j 1 "$FE_HOME/run/store.sock" false
	dies() { fe status -q | grep 'store.sock: 1 pipeline, not all of them running'; }
	wait_for 8 dies
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

@test "where there is no home, that is what is said" {
	need script
	run -1 fe status -e --home "$T/nowhere"
	[ "${lines[0]}" = "! home         there is no home '$T/nowhere': fe-init makes one, FE_HOME or --home names another" ]
	[ "$(grep -c '^!' <<<"$output")" = 1 ]
	run -75 fe config check --home "$T/nowhere"
	[ "$output" = "fe: nothing is checked: cannot find '$T/nowhere/fe.conf': No such file or directory" ]
	# a file is missing: the person at the terminal is told why
	run script -qec "fe-account list --home $T/nowhere" "$T/said" </dev/null
	[[ $output == *"hint: there is no home '$T/nowhere'"* ]]
	run script -qec "fe-account list --home $T/home x" "$T/said" </dev/null
	[[ $output != *'there is no home'* ]]
	# each line names its path once, and the reason
	mkdir "$T/half"
	run -1 fe status -q -e --home "$T/half"
	[ "$(grep -c 'No such file or directory$' <<<"$output")" = \
		"$(wc -l <<<"$output")" ]
	[ "$(grep -c "'.*half.*half" <<<"$output")" = 0 ]
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

@test "no program takes a closed output for a written one" {
	local name
	for name in $(grep -v '^#' "$TOP/share/commands" | cut -f1); do
		run -75 --separate-stderr bash -c '"$1" --help >&-' x "$name"
		[ "${stderr_lines[0]}" = \
			"$name: cannot write standard output: Bad file descriptor" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
	run -75 --separate-stderr bash -c 'printf "From: a@b\n\nx\n" |
		fe-sieve -i mail -o record >&-'
	[[ $stderr = '4.3.0 fe-sieve: cannot write a record: '* ]]
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

@test "zsh loads the completions and completes by them" {
	need_peer zsh zsh
	sh "$TOP/completions/generate" "$BIN" "$T/completions"
	run -0 "$HERE/peers/zsh-complete" "$PEER" "$T/completions/zsh" \
		'fe-verify --no-d' 'fe-account pas' 'fe-verify -o jso' \
		'fe sie' 'fe sieve --user-s'
	[ "${lines[0]}" = 'fe-verify --no-dns' ]
	[ "${lines[1]}" = 'fe-account passwd' ]
	[ "${lines[2]}" = 'fe-verify -o json' ]
	[ "${lines[3]}" = 'fe sieve' ]
	[ "${lines[4]}" = 'fe sieve --user-scripts' ]
}

@test "fish loads the completions and completes by them" {
	need_peer fish fish
	sh "$TOP/completions/generate" "$BIN" "$T/completions"
	local root=${PEER%.run/*}
	cat >"$T/ask" <<-EOF
		set fish_function_path $root/usr/share/fish/functions
		set fish_complete_path $T/completions/fish
		for line in 'fe-verify --no-d' 'fe-account pas' \\
		    'fe-verify -o jso' 'fe sie' 'fe sieve --user-s'
			complete -C \$line
		end
		for file in $T/completions/fish/*
			source \$file
		end
	EOF
	HOME=$T run -0 "$PEER" --no-config "$T/ask"
	[[ ${lines[0]} == '--no-dns'* ]]
	[ "${lines[1]}" = passwd ]
	[[ ${lines[2]} == 'json'* ]]
	[ "${lines[3]}" = sieve ]
	[[ ${lines[4]} == '--user-scripts'* ]]
	[ "${#lines[@]}" = 5 ]
}

@test "filters are confined before the first octet of a pipe is read" {
	make_home "$T/home" alice@example.org
	export FE_HOME=$T/home
	local filter
	mkfifo "$T/in"
	exec 7<>"$T/in"
	for filter in 'fe-verify --no-dns' fe-scan fe-sieve fe-store fe-show \
		'fe-limit --key envelope.from --rate 9/h' \
		'fe-sign --domain example.org' \
		"fe-pool --connect $T/none"; do
		start "$T/log" sh -c "exec $filter <'$T/in' 7>&-"
		wait_for 20 grep -q '^Seccomp:[[:space:]]*2$' \
			"/proc/$STARTED/status"
		stop KILL
	done
	exec 7>&-
}
