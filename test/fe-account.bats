#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

setup() {
	home=$T/home
	export FE_HOME=$home
	fe-init --home "$home" --domain example.org -q
}

add() { echo 'correct horse' | fe-account add "$@"; }

@test "--help and --version" {
	run -0 fe-account --help
	[[ ${lines[0]} == 'usage: fe-account add '* ]]
	run -0 fe-account --version
	[[ $output == 'fe-account '[0-9]* ]]
}

@test "wrong usage is one sentence and 64" {
	run -64 fe-account
	[ "$output" = 'fe-account: say what to do: add, list, remove or passwd' ]
	run -64 fe-account
	run -64 fe-account --nonsense
	run -64 fe-account frobnicate alice@example.org
	run -64 fe-account add
	run -64 fe-account add a@example.org b@example.org
	run -64 fe-account add alice </dev/null
	[[ $output == "fe-account: 'alice' is no address" ]]
	run -64 fe-account remove nobody@example.org
	[[ $output == "fe-account: there is no account 'nobody@example.org'" ]]
	[ "${#lines[@]}" -eq 1 ]
	run -64 fe-account list --erase
	[ "$output" = "fe-account: --erase is of remove, not of 'list'" ]
}

@test "what a killed writer left is swept by the next one" {
	need strace
	add alice@example.org >/dev/null
	left() { find "$home" -name '.*.new-*'; }
	# in a rename: of an account, a secret or the recipients
	for n in 1 2 3; do
		run strace -f -o /dev/null -e trace=rename \
			-e "inject=rename:signal=KILL:retval=0:when=$n" \
			sh -c 'echo "correct horse" | fe-account add bob@example.org'
		left
	done >"$T/left"
	[ -s "$T/left" ]
	add carol@example.org >/dev/null
	run add bob@example.org
	run -0 fe-account remove --erase bob@example.org
	run left
	[ -z "$output" ]
	run -0 fe-account list
	[[ $output == *alice@example.org*carol@example.org* ]]
}

@test "add makes mailbox, hash, recipient and prints a recovery key" {
	run -0 add --alias Info@example.org --alias @example.net \
		--quota 2M Alice@Example.org
	[[ $output =~ ^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$ ]]
	run -0 cat "$home/run/recipients"
	[ "$output" = "$(printf '%s\talice@example.org\n' @example.net \
		alice@example.org info@example.org)" ]
	[ -f "$home/mail/example.org/alice.sqlite" ]
	[ -f "$home/mail/example.org/alice.keys" ]
	[ "$(stat -c %a "$home/accounts/example.org/alice.json")" = 600 ]
	[ "$(stat -c %a "$home/secrets/example.org/alice.json")" = 600 ]
	run ! grep -rq -e argon2id -e 'correct horse' "$home/secrets"
	run ! grep -rqF 'correct horse' "$home"
}

@test "an account of that name, or alias, is refused with a sentence" {
	add --alias info@example.org alice@example.org >/dev/null
	run -64 add alice@example.org
	[[ $output == "fe-account: the account 'alice@example.org' is there already" ]]
	run -64 add info@example.org
	[[ $output == *"'info@example.org' is an alias of 'alice@example.org'" ]]
	run -64 add --alias alice@example.org bob@example.org
	run -64 add --alias bob@example.org bob@example.org
	[[ $output == *'given twice' ]]
	[ ! -e "$home/accounts/example.org/bob.json" ]
}

@test "list as table and as JSON lines" {
	add --quota 2M --alias info@example.org alice@example.org >/dev/null
	add bob@example.org >/dev/null
	run -0 fe-account list
	[ "${lines[0]}" = "$(printf 'alice@example.org\tactive\t2097152\tinfo@example.org')" ]
	[ "${#lines[@]}" -eq 2 ]
	run -0 fe-account list -o json INFO@example.org
	[ "$(jq -c . <<<"$output")" = '{"address":"alice@example.org","aliases":["info@example.org"],"quota":2097152,"state":"active","mailbox":"alice@example.org"}' ]
	run -64 fe-account list nobody@example.org
}

@test "a damaged document is named, the others are listed, nothing changes" {
	add alice@example.org >/dev/null
	echo '{' >"$home/accounts/example.org/eve.json"
	run -75 --separate-stderr fe-account list
	[[ $output == alice@example.org* ]]
	[[ $stderr == *eve.json* ]]
	run -75 add bob@example.org
	[[ $output == *eve.json* ]]
}

@test "passwd by the service, the old password and the recovery key" {
	local key
	key=$(add alice@example.org)
	run -0 fe-account passwd alice@example.org <<<'second password'
	[ -z "$output" ]
	printf 'correct horse\nthird password\n' >"$T/in"
	run -64 fe-account passwd --old alice@example.org <"$T/in"
	printf 'second password\nthird password\n' >"$T/in"
	run -0 fe-account passwd --old alice@example.org <"$T/in"
	printf '%s\nfourth password\n' "${key,,}" >"$T/in"
	run -0 fe-account passwd --recovery alice@example.org <"$T/in"
	[ "$output" != "$key" ]
	[ "${#output}" -eq 69 ]
	run -64 fe-account passwd --recovery alice@example.org <"$T/in"
	[[ $output == *'does not open the mailbox' ]]
	printf '%s\nfourth password\n' "${key/-/-0}" >"$T/in"
	run -64 fe-account passwd --recovery alice@example.org <"$T/in"
}

@test "a home without its service key is opened by the recovery key" {
	local key
	key=$(add alice@example.org)
	rm "$home"/keys/service/*
	fe-init --home "$home" -q
	run -75 fe-account passwd alice@example.org <<<'second password'
	[[ $output == *'no service key opens mailbox'* ]]
	printf '%s\nsecond password\n' "$key" >"$T/in"
	run -0 fe-account passwd --recovery alice@example.org <"$T/in"
	run -0 fe-account passwd alice@example.org <<<'third password'
}

@test "a short, long or empty password is refused before anything is made" {
	run -64 fe-account add alice@example.org <<<short
	run -64 fe-account add alice@example.org </dev/null
	run -64 fe-account add alice@example.org <<<"$(printf '%02000d' 0)"
	run -64 bash -c 'fe-account add alice@example.org 0<&-'
	[ ! -e "$home/accounts/example.org" ]
	[ ! -e "$home/mail/example.org" ]
}

@test "--password-fd reads there and leaves standard input alone" {
	echo 'correct horse' >"$T/password"
	run -0 fe-account add --password-fd 3 alice@example.org \
		3<"$T/password" <<<'not this one'
	printf 'correct horse\nsecond password\n' >"$T/in"
	run -0 fe-account passwd --old --password-fd 7 alice@example.org \
		7<"$T/in"
}

# What is typed before the prompt is thrown away, hence the waiting.
type_twice() {
	local terminal
	rm -f "$T/typed" "$T/shown"
	mkfifo "$T/typed"
	exec 4<>"$T/typed"
	timeout 60 script -qfec 'fe-account add alice@example.org' "$T/shown" \
		<&4 >/dev/null 3>&- &
	terminal=$!
	wait_for 10 grep -q 'password: ' "$T/shown"
	printf '%s\n%s\n' "$1" "$2" >&4
	wait "$terminal" || true
	exec 4>&-
	cat "$T/shown"
}

@test "the terminal asks twice" {
	need script
	run type_twice 'correct horse' 'correct horsf'
	[[ $output == *'the two are not the same'* ]]
	[ ! -e "$home/accounts/example.org" ]
	run type_twice 'correct horse' 'correct horse'
	[[ $output == *'shown this once'* && $output != *horse* ]]
	[ -e "$home/accounts/example.org/alice.json" ]
}

@test "interrupted at the prompt, the terminal has its echo back" {
	need script
	mkfifo "$T/typed"
	exec 4<>"$T/typed"
	timeout 60 script -qfec 'fe-account add alice@example.org
		echo "exit $?"; stty -a' "$T/shown" <&4 >/dev/null 3>&- &
	local terminal=$!
	wait_for 10 grep -q 'password: ' "$T/shown"
	printf 'correct \003' >&4
	wait "$terminal" || true
	exec 4>&-
	cat "$T/shown"
	grep -q 'fe-account: interrupted' "$T/shown"
	grep -q 'exit 75' "$T/shown"
	grep -Eq '(^| )echo ' "$T/shown"
	grep -Eq '(^| )isig ' "$T/shown"
	run ! grep -q correct "$T/shown"
	[ ! -e "$home/accounts/example.org" ]
}

@test "remove keeps the mailbox, --erase destroys it" {
	add alice@example.org >/dev/null
	run -0 fe-account remove alice@example.org
	[ ! -s "$home/run/recipients" ]
	[ ! -e "$home/secrets/example.org/alice.json" ]
	[ -f "$home/mail/example.org/alice.sqlite" ]
	run -64 add alice@example.org
	[[ $output == *--adopt* ]]
	run -0 add --adopt alice@example.org
	run -0 fe-account remove --erase alice@example.org
	run -0 find "$home/mail" -type f
	[ -z "$output" ]
}

@test "a full disk or closed standard output leaves no account that counts" {
	run -75 bash -c 'echo "correct horse" |
		fe-account add alice@example.org >/dev/full'
	[ ! -s "$home/run/recipients" ]
	run -0 fe-account list
	[[ $output == *$'\tmaking\t'* ]]
	run -0 add alice@example.org
	[ -s "$home/run/recipients" ]
	run -75 bash -c 'fe-account list >/dev/full'
}

@test "a home that cannot be written or is not there is 75" {
	run -75 --separate-stderr fe-account --home "$T/nowhere" list
	[[ $stderr == *"$T/nowhere/accounts"* ]]
	run -75 bash -c "echo 'correct horse' |
		fe-account --home $T/nowhere add alice@example.org"
}

# What a process shows of itself while it waits for its password.
@test "a password is in no argument and no environment" {
	mkfifo "$T/in"
	PASSWORD=oops fe-account add alice@example.org <"$T/in" \
		>/dev/null 3>&- &
	exec 5>"$T/in"
	printf 'correct hor' >&5
	begun() { grep -qz '^alice@' "/proc/$!/cmdline"; }
	wait_for 10 begun
	run -0 bash -c "tr '\0' '\n' </proc/$!/cmdline"
	[[ $output != *horse* && $output == *'alice@example.org'* ]]
	if [ -z "$SAN" ]; then
		run bash -c "tr '\0' '\n' </proc/$!/environ"
		[[ $output != *horse* ]]
	fi
	echo se >&5
	exec 5>&-
	wait $!
}

@test "no core file, whatever the limit says" {
	[ -z "$SAN" ] || skip 'a sanitizer catches the signal'
	ulimit -c unlimited || skip 'the limit cannot be raised here'
	cd "$T"
	for signal in ABRT SEGV; do
		mkfifo "$T/$signal"
		fe-account add alice@example.org <"$T/$signal" 3>&- &
		exec 5>"$T/$signal"
		printf 'correct hor' >&5
		# it has begun, and has set itself that limit
		limited() { grep -q '^Max core file size  *0  *0 ' "/proc/$!/limits"; }
		wait_for 10 limited
		kill -s "$signal" $!
		exec 5>&-
		run wait $!
	done
	run -0 find "$T" -name 'core*'
	[ -z "$output" ]
}

@test "killed while it adds, add finishes it" {
	echo 'correct horse' >"$T/in"
	fe-account add alice@example.org <"$T/in" >/dev/null 3>&- &
	wait_for 5 test -e "$home/accounts/example.org/alice.json"
	kill -KILL $! 2>/dev/null || true
	wait $! || true
	run add alice@example.org
	[ "$status" -eq 0 ] || [[ $output == *'is there already' ]]
	run -0 fe-account list
	[[ $output == *$'\tactive\t'* ]]
}

@test "an add that failed at the table of recipients is mended by the next" {
	run -0 add alice@example.org
	: >"$home/run/recipients"
	run -64 add alice@example.org
	[[ $output == *'is there already' ]]
	grep -q '^alice@example.org' "$home/run/recipients"
}

@test "a disk that fails once leaves no mailbox that is said to be whole" {
	[ -z "$SAN" ] || skip "a preloaded library and ASan exclude each other"
	cat >"$T/fail.c" <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <stdlib.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		static long calls, at;
		__attribute__((constructor)) static void begin(void)
		{
			at = atol(getenv("FAIL_AT"));
		}
		ssize_t pwrite64(int fd, const void *p, size_t n, off_t offset)
		{
			if (++calls == at) {
				errno = EIO;
				return -1;
			}
			return syscall(SYS_pwrite64, fd, p, n, offset);
		}
		ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
		{
			return pwrite64(fd, p, n, offset);
		}
	END
	cc -shared -fPIC -o "$T/fail.so" "$T/fail.c"
	# while it is made, and while its WAL comes into the file
	local at failed=0
	echo 'correct horse' >"$T/in"
	for at in 9 28 33 38 43 48; do
		FAIL_AT=$at LD_PRELOAD=$T/fail.so \
			run fe-account add "u$at@example.org" <"$T/in"
		if [ "$status" -ne 0 ]; then
			[[ $output == *'reading or writing failed'* ]]
			failed=$((failed + 1))
			run -0 add "u$at@example.org"
		fi
		run -0 fe-mailbox check "u$at@example.org"
	done
	[ "$failed" -ge 3 ]
}

@test "two at once do not get in each other's way" {
	local first
	add alice@example.org >/dev/null 3>&- &
	first=$!
	add bob@example.org >/dev/null 3>&- &
	wait $! "$first"
	run -0 cat "$home/run/recipients"
	[ "${#lines[@]}" -eq 2 ]
}
