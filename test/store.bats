# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Encrypted databases under kills, and against SQLite3 Multiple Ciphers.
load helper

KEY=raw:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

program() {
	make -s -C "$TOP" BUILD="$BUILD" SAN="$SAN" "$BUILD/bench/$1"
}

# Once, and not on the clock of a test: it may be compiled here.
setup_file() {
	"$BATS_TEST_DIRNAME/peers/sqlite3mc" >"$BATS_FILE_TMPDIR/peer" \
		2>"$BATS_FILE_TMPDIR/peer.err" || true
}

# need_sqlite3mc: the peer, or skip; ours as well.
need_sqlite3mc() {
	MC=$(cat "$BATS_FILE_TMPDIR/peer")
	[ -n "$MC" ] || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/peer.err")"
	program vfs_sql
}

# ours FILE [KEY] and theirs FILE [KEY]: SQL on standard input.
ours() { "$BUILD/bench/vfs_sql" "$1" "${2:-$KEY}"; }
theirs() {
	(cd "$MC" && exec node "$HERE/peers/sqlite3mc.js" "$1" "${2:-$KEY}")
}

make_rows="CREATE TABLE t(id INTEGER PRIMARY KEY, x);
WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<100) INSERT INTO t SELECT i, hex(randomblob(900)) FROM n;
CREATE INDEX t_x ON t(x);"
look="PRAGMA integrity_check;
SELECT count(*), sum(id), sum(length(x)) FROM t;"
expected=$'ok\n100|5050|180000'

@test "30 rounds of killed writers lose no acknowledged commit" {
	program vfs_kill
	run -0 "$BUILD/bench/vfs_kill" "${ROUNDS:-30}" "$T"
	[[ $output == *'none lost' ]]
}

@test "a full disk is a sentence, and what was committed stays" {
	program vfs_sql
	mkdir "$T/small"
	unshare -rm mount -t tmpfs none "$T/small" 2>/dev/null ||
		skip 'no file system can be mounted here'
	cat >"$T/fill" <<-EOF
	mount -t tmpfs -o size=1m none "$T/small" || exit
	file="$T/small/a.db"
	sql="$BUILD/bench/vfs_sql"
	echo 'CREATE TABLE t(x);' | "\$sql" "\$file" $KEY || exit
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo 'INSERT INTO t VALUES(randomblob(90000));' |
			"\$sql" "\$file" $KEY 2>"$T/error" && stored=\$i || break
	done
	echo "stored \$stored"
	echo 'SELECT count(*) FROM t; PRAGMA integrity_check;' |
		"\$sql" "\$file" $KEY
	EOF
	run -0 unshare -rm sh "$T/fill"
	stored=${lines[0]#stored }
	[ "$stored" -gt 2 ]
	[ "${lines[1]}" = "$stored" ]
	[ "${lines[2]}" = ok ]
	grep -q 'full' "$T/error"
}

@test "their tool opens what ours wrote" {
	need_sqlite3mc
	ours "$T/a.db" <<<"$make_rows"
	run -0 theirs "$T/a.db" <<<"$look"
	[ "$output" = "$expected" ]
	run ! theirs "$T/a.db" "raw:ff${KEY:6}" <<<"$look"
	[[ $output != *100* ]]
}

@test "ours opens what their tool wrote, in either journal mode" {
	need_sqlite3mc
	theirs "$T/a.db" <<<"$make_rows"
	run -0 ours "$T/a.db" <<<"$look"
	[ "$output" = "$expected" ]
	theirs "$T/b.db" <<<"PRAGMA journal_mode=wal;
$make_rows"
	run -0 ours "$T/b.db" <<<"$look"
	[ "$output" = $'ok\n100|5050|180000' ]
}

@test "a passphrase opens the file on either side" {
	need_sqlite3mc
	ours "$T/a.db" "it's a key" <<<"$make_rows"
	run -0 theirs "$T/a.db" "it's a key" <<<"$look"
	[ "$output" = "$expected" ]
	theirs "$T/b.db" "schlüssel" <<<"$make_rows"
	run -0 ours "$T/b.db" "schlüssel" <<<"$look"
	[ "$output" = "$expected" ]
}

@test "a log left behind by a kill is recovered by the other side" {
	need_sqlite3mc
	ours "$T/a.db" <<<"$make_rows
.kill" || true
	[ -s "$T/a.db-wal" ]
	run -0 theirs "$T/a.db" <<<"$look"
	[ "$output" = "$expected" ]
	theirs "$T/b.db" <<<"PRAGMA journal_mode=wal;
$make_rows
.kill" || true
	[ -s "$T/b.db-wal" ]
	run -0 ours "$T/b.db" <<<"$look"
	[ "$output" = "$expected" ]
}

@test "writers of both sides take turns on one log, each of them killed" {
	need_sqlite3mc
	ours "$T/a.db" <<<"CREATE TABLE u(x);"
	more="PRAGMA wal_autocheckpoint=0;
INSERT INTO u VALUES(randomblob(20000));
PRAGMA cache_size=5;
BEGIN;
INSERT INTO u SELECT randomblob(30000) FROM u LIMIT 8;
UPDATE u SET x = randomblob(25000) WHERE rowid > (SELECT max(rowid) - 8 FROM u);
COMMIT;
BEGIN;
UPDATE u SET x = randomblob(28000);
.kill"
	for turn in 1 2 3 4 5 6; do
		if [ $((turn % 2)) = 0 ]; then
			ours "$T/a.db" <<<"$more" >/dev/null || true
		else
			theirs "$T/a.db" <<<"$more" >/dev/null || true
		fi
	done
	# A turn adds a row, then copies up to eight.
	rows=0
	for turn in 1 2 3 4 5 6; do
		rows=$((rows + 1))
		rows=$((rows + (rows < 8 ? rows : 8)))
	done
	look="PRAGMA integrity_check;
SELECT count(*) FROM u;"
	cp "$T/a.db" "$T/b.db" && cp "$T/a.db-wal" "$T/b.db-wal"
	run -0 ours "$T/a.db" <<<"$look"
	[ "$output" = "ok
$rows" ]
	run -0 theirs "$T/b.db" <<<"$look"
	[ "$output" = "ok
$rows" ]
}

@test "their tool reads beside a writer of ours" {
	need_sqlite3mc
	ours "$T/a.db" <<<"CREATE TABLE u(x);"
	for i in {1..1500}; do
		echo 'INSERT INTO u VALUES(randomblob(20000));'
		[ $((i % 100)) != 0 ] || echo 'PRAGMA wal_checkpoint;'
	done 3>&- | ours "$T/a.db" >/dev/null 3>&- &
	before=0
	for _ in 1 2 3 4 5; do
		run -0 theirs "$T/a.db" <<<"PRAGMA integrity_check;
SELECT count(*) FROM u;"
		[ "${lines[0]}" = ok ]
		[ "${lines[1]}" -ge "$before" ]
		before=${lines[1]}
	done
	wait $!
	run -0 theirs "$T/a.db" <<<"SELECT count(*) FROM u;"
	[ "$output" = 1500 ]
}

@test "a checkpoint of one side takes in the other's log" {
	need_sqlite3mc
	ours "$T/a.db" <<<"$make_rows
.kill" || true
	theirs "$T/a.db" <<<"PRAGMA wal_checkpoint(truncate);
.kill" || true
	[ ! -s "$T/a.db-wal" ]
	run -0 ours "$T/a.db" <<<"$look"
	[ "$output" = "$expected" ]
	theirs "$T/a.db" <<<"UPDATE t SET x = x || 'yz';
.kill" || true
	ours "$T/a.db" <<<"PRAGMA wal_checkpoint(truncate);
.kill" || true
	run -0 theirs "$T/a.db" <<<"$look"
	[ "$output" = $'ok\n100|5050|180200' ]
}

@test "a journal left behind by a kill is rolled back by the other side" {
	need_sqlite3mc
	spill="PRAGMA journal_mode=delete;
PRAGMA cache_size=5;
BEGIN;
UPDATE t SET x = 'uncommitted';
DELETE FROM t WHERE id % 2;
.kill"
	ours "$T/a.db" <<<"$make_rows"
	ours "$T/a.db" <<<"$spill" || true
	[ -s "$T/a.db-journal" ]
	run -0 theirs "$T/a.db" <<<"$look"
	[ "$output" = "$expected" ]
	theirs "$T/b.db" <<<"$make_rows"
	theirs "$T/b.db" <<<"$spill" || true
	[ -s "$T/b.db-journal" ]
	run -0 ours "$T/b.db" <<<"$look"
	[ "$output" = "$expected" ]
}

@test "a file to which their tool gave a new key opens with that one alone" {
	need_sqlite3mc
	ours "$T/a.db" "one" <<<"$make_rows"
	theirs "$T/a.db" "one" <<<"PRAGMA journal_mode=delete;
PRAGMA rekey='two';"
	run -0 ours "$T/a.db" "two" <<<"$look"
	[ "$output" = "$expected" ]
	run -1 ours "$T/a.db" "one" <<<"$look"
	[[ $output == *'wrong key'* ]]
}
