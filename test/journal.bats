# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The delivery journal: what a receipt promised survives whatever happens
# between it and the mailbox.  A held USER.lock keeps an order from being
# applied, so each crash happens where it is wanted.
load helper

ALICE=alice@example.org
BOB=bob@example.org

setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE" "$BOB"
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	export FE_HOME=$T/home
	LOCK=$T/home/mail/example.org/alice.lock
}

# record N RECIPIENTS: a numbered record with a word of its own.
record() {
	local to= one body
	for one in $2; do
		to="$to${to:+,}{\"address\":\"$one\"}"
	done
	body=$(printf 'Subject: number %s\r\n\r\nsnowflake%s\r\n.' "$1" "$1")
	body=${body%.}
	printf '{"fe":1,"id":"01M80000000000000000%06d","size":%d,' "$1" \
		"${#body}"
	printf '"fingerprint":"f%s","envelope":{"from":"b@example.net","to":[%s]}}\n%s' \
		"$1" "$to" "$body"
}
end() { printf '{"fe":1,"end":%d}\n' "$1"; }
statuses() { jq -r '.delivery[]?.status' "$@"; }
# count USER: messages in the file itself, nothing replayed.
count() {
	rm -f "$T/key"
	fe-mailbox keys export "$1@example.org" --to "$T/key"
	fe-mailbox sql -o json --db "$T/home/mail/example.org/$1.sqlite" \
		--key-file "$T/key" 'SELECT count(*) FROM message' |
		jq -r '.[0]'
}
segments() { ls "$T/home/journal" | wc -l; }

# leave_orphan N RECIPIENTS: record N is answered, cannot be applied for
# alice, and fe-store is killed.
leave_orphan() {
	mkfifo "$T/in.$1" "$T/out.$1"
	exec 9<"$LOCK"
	flock 9
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in.$1" "$T/out.$1"
	exec 5>"$T/in.$1" 6<"$T/out.$1"
	record "$1" "$2" >&5
	read -r -t 20 line <&6
	[[ $line == *'"status":"stored"'* ]]
	# whoever else it is for has it
	[[ $2 != *bob* ]] || wait_for 10 bob_has_it "$1"
	kill -KILL -- "-$STARTED"
	exec 5>&- 6<&-
	wait "$STARTED" || true
	flock -u 9
	exec 9<&-
}
bob_has_it() { [ "$(count bob)" = 1 ]; }

@test "a receipt comes before the mailbox, and a kill between them loses nothing" {
	leave_orphan 1 "$ALICE $BOB"
	[ "$(count alice)" = 0 ]
	[ "$(segments)" = 1 ]
	(record 2 "$ALICE"; end 1) | fe-store >"$T/out"
	[ "$(statuses "$T/out")" = stored ]
	[ "$(count alice)" = 2 ]
	[ "$(count bob)" = 1 ]
	[ "$(segments)" = 0 ]
	run -0 fe-mailbox search "$ALICE" snowflake1
	[ "$output" = "$ALICE:INBOX/1" ]
}

@test "fe-store --replay takes what a dead one left, once" {
	leave_orphan 1 "$ALICE"
	run -0 fe-store --replay
	[ -z "$output" ]
	[ "$(count alice)" = 1 ]
	[ "$(segments)" = 0 ]
	run -0 fe-store --journal retry
	[ "$(count alice)" = 1 ]
}

@test "a replay that comes after the mailbox had it already stores no second copy" {
	leave_orphan 1 "$ALICE"
	cp -a "$T/home/journal" "$T/saved"
	fe-store --replay
	rm -rf "$T/home/journal"
	cp -a "$T/saved" "$T/home/journal"
	fe-store --replay
	[ "$(count alice)" = 1 ]
	fe-mailbox delete "$ALICE:INBOX/1"
	rm -rf "$T/home/journal"
	cp -a "$T/saved" "$T/home/journal"
	fe-store --replay
	[ "$(count alice)" = 0 ]
}

@test "a reader finds his mail that is only in the journal, and only his" {
	exec 8<"$T/home/mail/example.org/bob.lock"
	flock 8
	leave_orphan 1 "$ALICE"
	flock -u 8
	exec 8<&-
	exec 9<"$T/home/mail/example.org/bob.lock"
	flock 9
	LOCK=$T/home/mail/example.org/bob.lock leave_orphan 2 "$BOB $ALICE" ||
		true
	run -0 fe-mailbox list "$ALICE"
	[[ $output == *INBOX/1* ]]
	[ "$(count alice)" -ge 1 ]
	[ "$(count bob)" = 0 ]
	run -0 sh -c 'fe-cat "$0" | grep -ac snowflake' "$BOB"
	[ "$output" = 1 ]
	[ "$(count bob)" = 1 ]
	run -0 fe-store --replay
	[ "$(count bob)" = 1 ]
}

@test "a reader sees what a running fe-store has not applied yet" {
	mkfifo "$T/in" "$T/out"
	exec 9<"$LOCK"
	flock 9
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in" "$T/out"
	exec 5>"$T/in" 6<"$T/out"
	record 1 "$ALICE" >&5
	read -r -t 20 line <&6
	[[ $line == *stored* ]]
	kill -STOP "$STARTED"
	flock -u 9
	exec 9<&-
	run -0 fe-mailbox list "$ALICE"
	[[ $output == *INBOX/1* ]]
	kill -CONT "$STARTED"
	exec 5>&- 6<&-
	wait "$STARTED" || true
	[ "$(count alice)" = 1 ]
	[ "$(segments)" = 0 ]
}

@test "erasing a user shreds what the journal has for him, and nobody else's" {
	leave_orphan 1 "$ALICE"
	leave_orphan 2 "$ALICE $BOB"
	cp -a "$T/home/journal" "$T/saved"
	fe-mailbox erase --yes -q "$ALICE"
	run -75 fe-store --journal export
	[[ $output == *"cannot be written out"*"there is no mailbox"* ]]
	run -0 fe-store --replay
	[ "$(count bob)" = 1 ]
	[ "$(segments)" = 0 ]
	run -1 grep -rlaE 'snowflake|number [0-9]' "$T/home" "$T/saved"
}

@test "a running fe-store lets go of a mailbox that was erased" {
	mkfifo "$T/in" "$T/out"
	start "$T/log" sh -c 'exec fe-store <"$0" >"$1"' "$T/in" "$T/out"
	exec 5>"$T/in" 6<"$T/out"
	record 1 "$ALICE $BOB" >&5
	read -r -t 20 line <&6
	holds() { readlink "/proc/$STARTED/fd/"* | grep -q "$1"; }
	wait_for 20 holds /alice.sqlite
	fe-mailbox erase --yes -q "$ALICE"
	# neither the room of its files nor, with the handle, its keys
	gone() { ! holds '(deleted)' && ! holds /alice; }
	wait_for 30 gone
	holds /bob.sqlite
	record 2 "$ALICE $BOB" >&5
	read -r -t 20 line <&6
	[ "$(statuses <<<"$line" | paste -sd,)" = failed,stored ]
	exec 5>&- 6<&-
}

@test "one who gets a user's name after him does not get his mail" {
	leave_orphan 1 "$ALICE"
	fe-mailbox erase --yes -q "$ALICE"
	fe-account remove --yes "$ALICE" 2>/dev/null ||
		fe-account remove "$ALICE"
	echo 'other horse 1' | fe-account add "$ALICE" >/dev/null
	run -0 fe-store --replay
	[ "$(count alice)" = 0 ]
	[ "$(segments)" = 0 ]
}

@test "a new mailbox key finds the journal applied before it" {
	leave_orphan 1 "$ALICE"
	fe-account remove "$ALICE"
	echo 'other horse 1' | fe-account add --adopt "$ALICE" >/dev/null
	[ "$(count alice)" = 1 ]
	run -0 fe-store --replay
	[ "$(count alice)" = 1 ]
	[ "$(segments)" = 0 ]
}

@test "rekey leaves the journal readable" {
	leave_orphan 1 "$ALICE"
	fe-mailbox rekey "$ALICE"
	run -0 fe-store --replay
	[ "$(count alice)" = 1 ]
}

@test "a damaged mailbox keeps its mail in the journal, is named, gets no more; others do" {
	leave_orphan 1 "$ALICE"
	cp "$T/home/mail/example.org/alice.sqlite" "$T/good"
	dd if=/dev/urandom of="$T/home/mail/example.org/alice.sqlite" bs=1k \
		count=64 conv=notrunc 2>/dev/null
	rm -f "$T/home/mail/example.org/alice.sqlite-"*
	(record 2 "$ALICE $BOB"; record 3 "$ALICE"; end 2) >"$T/in"
	run -75 sh -c 'fe-store -i record <"$0" >"$1" 2>"$2"' "$T/in" \
		"$T/out" "$T/err"
	[ "$(statuses "$T/out" | xargs)" = "deferred stored deferred" ]
	[ "$(grep -c "1 messages for '$ALICE' wait in the journal" "$T/err")" = 1 ]
	run -75 fe-store --replay
	[[ $output == *"1 messages stay in the journal"* ]]
	run -0 fe-store --journal list
	[[ $output == *orphan*open*01M80000000000000000000001*alice@example.org ]]
	run -0 fe-store --journal list -o json
	[ "$(jq -r '[.mailbox,.done,.in_hand]|@csv' <<<"$output")" = \
		'"alice@example.org",false,false' ]
	# the message can be had without its mailbox
	fe-store --journal export >"$T/stream"
	mkdir "$T/files"
	fe-split -d "$T/files" <"$T/stream"
	grep -rq snowflake1 "$T/files"
	# and goes in once it is whole again
	cp "$T/good" "$T/home/mail/example.org/alice.sqlite"
	run -0 fe-store --journal retry
	[ "$(count alice)" = 1 ]
	[ "$(segments)" = 0 ]
}

@test "a torn end of a segment is passed over; a damaged entry costs itself only" {
	leave_orphan 1 "$ALICE"
	seg=$(ls "$T/home/journal/"*.seg)
	size=$(stat -c %s "$seg")
	cp "$seg" "$T/seg"
	tail -c +65 "$T/seg" | head -c 200 >>"$seg"
	run -0 fe-store --replay
	[ "$(count alice)" = 1 ]
	[ "$(segments)" = 0 ]
	# the same entry twice, the first of them damaged
	fe-mailbox delete "$ALICE:INBOX/1"
	cp "$T/seg" "$seg"
	tail -c +65 "$T/seg" >>"$seg"
	flip "$seg" 150
	run -0 fe-store --replay
	[[ $output == *"damaged between its entries"* ]]
	[ "$(segments)" = 1 ]
	# a message that was changed is not stored
	rm "$seg"
	leave_orphan 7 "$ALICE"
	seg=$(ls "$T/home/journal/"*.seg)
	size=$(stat -c %s "$seg")
	flip "$seg" $((size - 20))
	run -75 fe-store --replay
	[[ $output == *damaged* ]]
	[ "$(count alice)" = 0 ]
	[ "$(segments)" = 1 ]
}

@test "a full disk under the journal defers, and what was acknowledged is there" {
	[ "$(id -u)" = 0 ] || skip "only root can mount a small disk"
	(for i in $(seq 1 300); do record "$i" "$ALICE"; done; end 300) \
		>"$T/in"
	export T
	unshare -m sh -c '
		mount -t tmpfs -o size=40k none "$T/home/journal" || exit 99
		fe-store -i record <"$T/in" >"$T/out" 2>"$T/err"
		echo $? >"$T/code"
		fe-mailbox search alice@example.org smaller:1G >"$T/there"' ||
		skip "no name space of mounts here"
	[ "$(cat "$T/code")" = 75 ]
	[ "$(jq -r 'select(.delivery[0]?.status == "deferred").delivery[0].code' \
		"$T/out" | sort -u)" = 452 ]
	grep -q 'disk is full' "$T/err"
	[ "$(grep -c . "$T/there")" = "$(statuses "$T/out" | grep -c stored)" ]
}

@test "a failed fdatasync defers what it was for, and is not tried on that file again" {
	[ -z "$SAN" ] || skip "a preloaded library and ASan exclude each other"
	cat >"$T/fail.c" <<-'END'
		#include <errno.h>
		#include <unistd.h>
		#include <sys/syscall.h>
		static int calls;
		int fdatasync(int fd)
		{
			if (calls++ == 0) {
				errno = EIO;
				return -1;
			}
			return (int)syscall(SYS_fdatasync, fd);
		}
	END
	cc -shared -fPIC -o "$T/fail.so" "$T/fail.c"
	mkfifo "$T/in" "$T/out"
	start "$T/log" sh -c 'LD_PRELOAD="$2" exec fe-store <"$0" >"$1"' \
		"$T/in" "$T/out" "$T/fail.so"
	exec 5>"$T/in" 6<"$T/out"
	record 1 "$ALICE" >&5
	read -r -t 20 line <&6
	[[ $line == *'"status":"deferred"'* ]]
	record 2 "$ALICE" >&5
	read -r -t 20 line <&6
	[[ $line == *'"status":"stored"'* ]]
	record 1 "$ALICE" >&5
	read -r -t 20 line <&6
	[[ $line == *'"status":"stored"'* ]]
	exec 5>&- 6<&-
	wait "$STARTED" || true
	[ "$(count alice)" = 2 ]
	[ "$(segments)" = 0 ]
}

@test "records for many mailboxes share one sync, and a lone one has its own" {
	need strace
	[ -z "$SAN" ] || skip "strace and LeakSanitizer exclude each other"
	(for i in $(seq 1 20); do record "$i" "$ALICE $BOB"; done; end 20) \
		>"$T/in"
	strace -o "$T/trace" -e trace=fdatasync,fsync,write \
		fe-store -i record <"$T/in" >"$T/out"
	[ "$(statuses "$T/out" | grep -c stored)" = 40 ]
	# before the first receipt: one, and the segment's name
	[ "$(sed '/write(1,/q' "$T/trace" | grep -c fdatasync)" = 1 ]
	[ "$(sed '/write(1,/q' "$T/trace" | grep -c fsync)" = 1 ]
}

@test "the name of a mailbox's new log is durable before its entry goes" {
	need strace
	[ -z "$SAN" ] || skip "strace and LeakSanitizer exclude each other"
	(record 1 "$ALICE"; end 1) >"$T/in"
	strace -y -o "$T/trace" -e trace=fdatasync,unlink \
		fe-store -i record <"$T/in" >"$T/out"
	sed '/unlink.*journal/q' "$T/trace" >"$T/before"
	grep -q 'unlink.*journal' "$T/before"
	grep -q 'fdatasync(.*/mail/[^/]*>)' "$T/before"
}

# trace CALLS: fe-store with the stream $T/in under strace, into $T/trace.
trace() {
	need strace
	[ -z "$SAN" ] || skip "strace and LeakSanitizer exclude each other"
	strace -y -o "$T/trace" -e trace="$1" \
		fe-store -i record <"$T/in" >"$T/out"
}
# line PATTERN: the first one of the trace.
line() { grep -nE -m 1 "$1" "$T/trace" | cut -d: -f1; }

@test "a segment is there before its first receipt, and goes behind a sync of each mailbox" {
	local receipt end made
	(record 1 "$ALICE $BOB"; end 1) >"$T/in"
	trace openat,link,linkat,rename,renameat,renameat2,unlink,fsync,fdatasync,write
	receipt=$(line '^write\(1<')
	end=$(line '^unlink\(".*/journal/.*\.seg"')
	made=$(line '^(openat|link|rename).*\.seg"')
	[ "$made" -lt "$receipt" ]
	# the name of the segment, then what is in it, is durable
	[ "$(line "^fsync\([0-9]+<$T/home/journal>\)")" -lt "$receipt" ]
	[ "$(line '^fdatasync\([0-9]+<.*/journal/')" -lt "$receipt" ]
	[ "$receipt" -lt "$end" ]
	for user in alice bob; do
		[ "$(sed "1,${receipt}d;${end}q" "$T/trace" |
			grep -cE "^f(data)?sync\([0-9]+<.*/$user.sqlite-wal>\)")" -ge 1 ]
	done
}

@test "a lone record waits for no other" {
	local line n
	need strace
	[ -z "$SAN" ] || skip "strace and LeakSanitizer exclude each other"
	mkfifo "$T/in" "$T/out"
	start "$T/log" sh -c 'exec strace -y -o "$2" \
		-e trace=read,poll,ppoll,clock_nanosleep,nanosleep,fdatasync,write \
		fe-store <"$0" >"$1"' "$T/in" "$T/out" "$T/trace"
	exec 5>"$T/in" 6<"$T/out"
	record 1 "$ALICE" >&5
	# nothing follows, and its answer comes
	read -r -t 20 line <&6
	[[ $line == *'"status":"stored"'* ]]
	# and between its last octet and the answer nobody looked for more, or slept
	n=$(line '^write\(1<')
	head -n "$n" "$T/trace" | tac | sed '/^read(0<.* = [1-9]/q' >"$T/between"
	[ "$(grep -c ^fdatasync "$T/between")" = 1 ]
	run -1 grep -E '^(clock_)?nanosleep|^p?poll\(\[\{fd=0<.*, [1-9][0-9]*\)' \
		"$T/between"
	exec 5>&- 6<&-
}

@test "a journal that is full of waiting mail defers" {
	leave_orphan 1 "$ALICE"
	(record 2 "$BOB"; end 1) >"$T/in"
	exec 9<"$LOCK"
	flock 9
	run -75 sh -c 'fe-store --lock-wait 0s --journal-max 100 -i record \
		<"$0" >"$1" 2>"$2"' "$T/in" "$T/out" "$T/err"
	flock -u 9
	[ "$(jq -r '.delivery[0]?.code // empty' "$T/out")" = 452 ]
	run -0 fe-store --replay
	[ "$(count alice)" = 1 ]
}

@test "a segment that cannot be read holds up nobody, and is kept" {
	[ -z "$SAN" ] || skip "a preloaded library and ASan exclude each other"
	# of the only file that has this inode all but the head fails
	cat >"$T/fail.c" <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <stdlib.h>
		#include <sys/stat.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		static ssize_t look(int fd, void *p, size_t n, off_t at)
		{
			struct stat st;
			if (at > 0 && fstat(fd, &st) == 0 && st.st_ino == INODE) {
				errno = EIO;
				return -1;
			}
			return syscall(SYS_pread64, fd, p, n, at);
		}
		ssize_t pread(int fd, void *p, size_t n, off_t at)
		{
			return look(fd, p, n, at);
		}
		ssize_t pread64(int fd, void *p, size_t n, off_t at)
		{
			return look(fd, p, n, at);
		}
	END
	leave_orphan 1 "$ALICE"
	local left
	left=$(echo "$T"/home/journal/*)
	cc -shared -fPIC -DINODE="$(stat -c %i "$left")" -o "$T/fail.so" "$T/fail.c"
	(record 2 "$ALICE"; end 1) >"$T/in"
	run -0 sh -c 'LD_PRELOAD="$3/fail.so" fe-store -i record <"$0" >"$1" \
		2>"$3/err"' "$T/in" "$T/out" "$left" "$T"
	[ "$(statuses "$T/out")" = stored ]
	grep -q "stays there for the next start" "$T/err"
	[ -e "$left" ]
	[ "$(count alice)" = 1 ]
	run -0 fe-store --replay
	[ "$(count alice)" = 2 ]
	[ "$(segments)" = 0 ]
}

@test "fe status tells what waits in the journal" {
	leave_orphan 1 "$ALICE"
	run -0 fe status
	[[ $output == *journal*1* ]]
}

@test "what a writer left that was killed before it had a segment is taken away" {
	local left=$T/home/journal/.01M80KPX0000000000000000ZZ.new
	echo half >"$left"
	fe-store --replay
	[ -e "$left" ] # it may be one that is being begun
	touch -d '2 hours ago' "$left"
	fe-store --replay
	[ ! -e "$left" ]
}
