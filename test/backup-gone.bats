# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Destinations that go away, fill up or fail while fe-backup and fe-restore are
# at work there: one sentence, exit code 75, nothing lost, and the next run goes
# on.
load helper
load paused
load sshd

ALICE=alice@example.org

setup_file() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE"
	export FE_HOME=$BATS_FILE_TMPDIR/home
	for i in 1 2 3; do
		mail "message $i"
	done
	printf '[fe-backup]\n' >>"$FE_HOME/fe.conf"
}

setup() {
	[ -z "$SAN" ] || skip 'the plain half is enough'
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	export FE_HOME=$T/home
	REPO=$T/repo
}

teardown() {
	mountpoint -q "$T/disk" && umount -l "$T/disk"
	mountpoint -q "$T/under" && umount -l "$T/under"
	helper_teardown
}

mail() {
	printf 'From: a@b.example\nTo: x\nSubject: %s\n\n%s\n' "$1" "$1" |
		fe-store -i mail --rcpt "$ALICE" >/dev/null
}

conf() { printf '%s\n' "$@" >>"$FE_HOME/fe.conf"; }

# repository: makes one where fe.conf says, with two snapshots, so that prune
# has packs to remove and packs to rewrite.
repository() {
	fe-backup init >"$T/made"
	grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}' "$T/made" >"$T/key"
	more
	head -c 2000000 /dev/urandom >"$FE_HOME/model/stays"
	fe-backup -q
	more
	fe-backup -q
}

# more: 12 MB that no repository has.
more() { head -c 12000000 /dev/urandom >"$FE_HOME/model/big"; }

# fails WORD COMMAND...: with 75 and one sentence that has the word.
fails() {
	local word=$1
	shift
	run -75 "$@"
	one_sentence "$word"
}

one_sentence() {
	[ "$(wc -l <<<"$output")" = 1 ] && [[ $output == fe-*"$1"* ]] || {
		echo "said: $output"
		return 1
	}
}

# all_well [N]: so many snapshots, all of it readable, and the next backup and
# prune do their work; a restore is what the home is.
all_well() {
	run -0 fe-backup check --read-data
	[ -z "$1" ] || [[ $output == *"ok: $1 snapshots"* ]] || {
		echo "said: $output"
		return 1
	}
	run -0 fe-backup -q
	run -0 fe-backup forget -q --keep-last 1
	run -0 fe-backup prune -q
	run -0 fe-backup check --read-data -q
	rm -rf "$T/back"
	run -0 fe-restore home -q --to "$T/back" --key-file "$T/key"
	cmp "$FE_HOME/model/big" "$T/back/model/big" || return 1
	FE_HOME=$T/back fe-mailbox check -q
}

# interrupted WORD ACT CALLS N PATH COMMAND...: ACT is done to the destination
# while the command stands there; then it fails with one sentence.
interrupted() {
	local word=$1 act=$2
	shift 2
	paused "$@"
	$act
	resume 75
	output=$(cat "$T/said")
	one_sentence "$word"
}

# disk: a small one at $T/disk, whose device fails when $T/under is full.
disk() {
	[ "$(id -u)" = 0 ] || skip 'only root can mount a disk'
	need mkfs.ext4
	mkdir "$T/under" "$T/disk"
	mount -t tmpfs -o size=150m none "$T/under" || skip 'cannot mount'
	truncate -s 120M "$T/under/image"
	mkfs.ext4 -q -m 0 -E nodiscard "$T/under/image"
	mount -o loop,errors=continue "$T/under/image" "$T/disk" ||
		skip 'no loop devices'
	mkdir "$REPO"
}

# ---- a folder ----

@test "a disk that fills up in mid-backup; in mid-prune it goes on" {
	REPO=$T/disk/repo
	disk
	conf "path = $REPO"
	repository
	fill() { head -c 200000000 /dev/zero >"$T/disk/filler" || true; }
	more
	interrupted 'No space left' fill openat 1 "$FE_HOME/model/big" \
		fe-backup -q 2>/dev/null
	rm "$T/disk/filler"
	all_well 2
	more
	fe-backup -q
	cp "$FE_HOME/model/big" "$T/big"
	more
	fe-backup -q
	fe-backup forget -q --keep-last 1
	before=$(du -sk "$REPO" | cut -f 1)
	paused getdents64 1 "$REPO/index" \
		fe-backup prune -q --prune-waste 0 2>/dev/null
	fill
	resume 0
	[ ! -s "$T/said" ]
	[ "$(du -sk "$REPO" | cut -f 1)" -lt "$((before - 10000))" ]
	run -0 fe-backup check --read-data -q
	rm "$T/disk/filler"
	all_well
}

@test "a disk that fails in mid-backup, mid-prune and mid-restore" {
	REPO=$T/disk/repo
	disk
	conf "path = $REPO"
	repository
	# what the device has no place for it refuses, as one that dies does
	break_it() {
		sync -f "$T/disk"
		head -c 200000000 /dev/zero >"$T/under/filler" || true
	}
	mend_it() {
		rm "$T/under/filler"
		umount "$T/disk"
		mount -o loop,errors=continue "$T/under/image" "$T/disk"
	}
	more
	interrupted "'$REPO" break_it openat 1 "$FE_HOME/model/big" \
		fe-backup -q 2>/dev/null
	mend_it
	all_well 2
	more
	fe-backup -q
	fe-backup forget -q --keep-last 1
	interrupted "'$REPO" break_it getdents64 1 "$REPO/index" \
		fe-backup prune -q --prune-waste 0 2>/dev/null
	mend_it
	all_well 1
	sync -f "$T/disk"
	cp "$T/under/image" "$T/image"
	lose_it() {
		echo 1 >/proc/sys/vm/drop_caches
		truncate -s 5M "$T/under/image"
	}
	interrupted 'Input/output error' lose_it mkdir 1 "$T/back2/mail" \
		fe-restore home -q --to "$T/back2" --key-file "$T/key"
	umount "$T/disk"
	cp "$T/image" "$T/under/image"
	mount -o loop "$T/under/image" "$T/disk"
	run -0 fe-restore home -q --to "$T/back2" --key-file "$T/key"
	cmp "$FE_HOME/model/big" "$T/back2/model/big"
}

@test "a folder that is removed in mid-backup, mid-prune, mid-restore" {
	conf "path = $REPO"
	repository
	cp -a "$REPO" "$T/kept"
	remove_it() { rm -r "$REPO"; }
	back() {
		rm -rf "$REPO"
		cp -a "$T/kept" "$REPO"
	}
	more
	interrupted "'$REPO': it was removed" remove_it \
		openat 1 "$FE_HOME/model/big" fe-backup -q
	fails 'cannot reach the destination' fe-backup
	back
	fe-backup forget -q --keep-last 1
	interrupted "'$REPO" remove_it unlinkat 2 "$REPO" \
		fe-backup prune -q --prune-waste 0
	back
	for verb in 'fe-backup check --read-data' \
		"fe-restore drill --key-file $T/key"; do
		# shellcheck disable=SC2086 # several words
		interrupted "'$REPO'" remove_it openat 4 "$REPO" $verb
		back
	done
	interrupted "'$REPO': it was removed" remove_it \
		mkdir 1 "$T/back/mail" fe-restore home -q --to "$T/back" \
			--key-file "$T/key"
	back
	all_well 2
}

@test "a disk that is unmounted in mid-backup gets the rest, its mount point nothing" {
	REPO=$T/disk/repo
	disk
	conf "path = $REPO"
	repository
	more
	paused openat 1 "$FE_HOME/model/big" fe-backup -q
	umount -l "$T/disk"
	resume 0
	[ -z "$(ls "$T/disk")" ]
	fails 'cannot reach the destination' fe-backup -q
	mkdir "$REPO"
	run -64 fe-backup -q
	one_sentence 'is it mounted'
	rmdir "$REPO"
	mount -o loop "$T/under/image" "$T/disk"
	# what has gone is not taken for what nobody needs
	fe-backup forget -q --keep-last 1
	unmount_it() {
		umount -l "$T/disk"
		mkdir "$REPO"
	}
	interrupted "'$REPO'" unmount_it getdents64 1 "$REPO/snapshots" \
		fe-backup prune -q --prune-waste 0
	rmdir "$REPO"
	mount -o loop "$T/under/image" "$T/disk"
	all_well 1
}

# ---- far away ----

# cut_line OCTETS: what follows goes to the server over a line that takes the
# server with it when so much was sent; $LINE is its port.
cut_line() {
	local server=$STARTED
	echo "$server" >"$T/server.pid"
	LINE=$(free_port)
	start "$T/line.log" python3 "$HERE/peers/cut-line.py" "$LINE" "$PORT" \
		"$1" "$T/server.pid"
	wait_for_port "$LINE"
}

# to PORT: where fe.conf has the server now.
to() { sed -i "s|127.0.0.1:[0-9]*|127.0.0.1:$1|" "$FE_HOME/fe.conf"; }

port_is_shut() { ! port_is_open "$1"; }

# dies COMMAND...: it fails with one sentence as the server dies in mid-work.
dies() {
	local octets=$1
	shift
	cut_line "$octets"
	to "$LINE"
	fails 'cannot reach the destination' "$@"
	# one that is not quite dead would be taken for the next
	wait_for 30 port_is_shut "$PORT"
	serve
	to "$PORT"
}

# far_away PRUNE RESTORE CHECK: the server dies in each of the works there, when
# so many octets were sent.
far_away() {
	repository
	more
	dies 8000000 fe-backup -q
	all_well 2
	more
	fe-backup -q
	fe-backup forget -q --keep-last 1
	# the lock, and some of what goes
	dies "$1" fe-backup prune -q --prune-waste 0
	all_well 1
	dies "$2" fe-restore home -q --to "$T/back2" --key-file "$T/key"
	dies "$3" fe-backup check -q --read-data
	dies "$3" fe-restore drill -q --key-file "$T/key"
	run -0 fe-restore home -q --to "$T/back2" --key-file "$T/key"
	cmp "$FE_HOME/model/big" "$T/back2/model/big"
}

@test "an sshd that is killed in mid-backup, mid-prune, mid-restore" {
	start_sshd
	serve() {
		start "$T/sshd.log" sshd -D -e -f "$T/ssh/sshd_config"
		wait_for_port "$PORT"
	}
	echo "* $(cut -d ' ' -f 1,2 "$T/ssh/host.pub")" >"$T/known"
	conf "url = sftp://$(id -un)@127.0.0.1:$PORT$T/far" \
		"ssh-key = $T/ssh/user" "ssh-known-hosts = $T/known" 'timeout = 5s'
	far_away 6000 20000 20000
}

@test "a server of S3 that is killed in mid-backup, mid-prune, mid-restore" {
	START=$("$HERE/peers/s3rver" 2>"$T/s3.err") ||
		skip "$(tail -n 1 "$T/s3.err")"
	PORT=$(free_port)
	mkdir "$T/s3"
	serve() {
		start "$T/s3.log" "$START" "$PORT" "$T/s3"
		wait_for 30 port_is_open "$PORT"
	}
	serve
	printf 'S3RVER\nS3RVER\n' >"$T/s3key"
	chmod 600 "$T/s3key"
	conf "url = s3://127.0.0.1:$PORT/backup/mx" "s3-key-file = $T/s3key" \
		's3-plain = yes' 'timeout = 5s'
	far_away 6000 20000 4000
}
