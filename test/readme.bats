#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The README, command by command.  The indented lines of a section are run in
# the order in which they stand, in one shell, in an empty folder that holds
# message.eml; fe-listen in the background, passwords from standard input.
load helper

# section TITLE: its indented lines.
section() {
	awk -v title="$1" '
		$0 == title { within = 1; getline; next }
		/^---/ { within = 0 }
		within && /^    / { print substr($0, 5) }' "$TOP/README"
}

# The lines as a script that stops at the first failure and shows each.
script() {
	echo 'set -e'
	echo 'trap "kill \$! 2>/dev/null || :" EXIT'
	echo 'PS4="+ "; set -x'
	while IFS= read -r line; do
		case $line in
		fe-listen*)
			line=${line/fe-listen/fe-listen ${AS[*]}}
			echo "${line/2525/$PORT} 3>&- &"
			echo "wait_for_port $PORT ::1"
			;;
		*'account add'*) echo "echo 'correct horse' | $line" ;;
		*) echo "${line/2525/$PORT}" ;;
		esac
	done
}

play() {
	PORT=$(free_port)
	export -f port_is_open wait_for_port wait_for
	mkdir -p "$T/play"
	sed 's/$/\r/' "$TOP/share/demo/signed.eml" >"$T/play/message.eml"
	section "$1" | script >"$T/script"
	[ "$(wc -l <"$T/script")" -gt 4 ]
	(cd "$T/play" && HOME=$T/play bash "$T/script")
}

@test "has fewer than 100 lines" {
	[ "$(wc -l <"$TOP/README")" -lt 100 ]
}

@test "names make targets that there are" {
	section Build | while read -r make target; do
		[ "$make" = make ]
		grep -Eq "^([a-z ]* )?${target:-all}( [a-z ]*)?:" "$TOP/Makefile"
	done
	for target in fuzz bench soak; do
		grep -q "make $target" "$TOP/README"
		grep -Eq "^[a-z ]*$target[a-z ]*:" "$TOP/Makefile"
	done
}

@test "checks one message as it says" {
	run play 'Who is this message from?'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"Authentication-Results:"* ]]
}

@test "makes a mail service in a folder as it says" {
	need swaks
	run play 'A mail service in a folder'
	echo "$output"
	[ "$status" = 0 ]
	grep -rq 'Hello, Alice' "$T/play/copy"
}

@test "names pages that there are" {
	section 'Where to read on' | while read -r page _; do
		case $page in
		*COMMAND*) ls "$TOP"/man/fe-verify.1 ;;
		*) [ -f "$TOP/$page" ] ;;
		esac
	done
}
