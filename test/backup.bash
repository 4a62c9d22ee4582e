# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
# What the tests of fe-backup and fe-restore share: a home with three messages
# and a repository, copied for each test.
load helper

ALICE=alice@example.org

# Passwords cost time: one home with a repository, copied for each test.
make_repository() {
	make_home "$BATS_FILE_TMPDIR/home" "$ALICE" bob@example.org
	export FE_HOME=$BATS_FILE_TMPDIR/home
	for i in 1 2 3; do
		mail "message $i"
	done
	printf '[fe-backup]\npath = /nowhere\n' >>"$FE_HOME/fe.conf"
	fe-backup init --repo "$BATS_FILE_TMPDIR/repo" \
		>"$BATS_FILE_TMPDIR/said"
	grep -Eo '([0-9A-Z]{4}-){13}[0-9A-Z]{4}' "$BATS_FILE_TMPDIR/said" \
		>"$BATS_FILE_TMPDIR/key"
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/home" "$T/home"
	cp -a "$BATS_FILE_TMPDIR/repo" "$T/repo"
	export FE_HOME=$T/home KEY=$BATS_FILE_TMPDIR/key
	sed -i "s|^path = .*|path = $T/repo|" "$FE_HOME/fe.conf"
	REPO=$T/repo
}

# mail SUBJECT [ADDRESS]
mail() {
	printf 'From: a@b.example\nTo: x\nSubject: %s\nMessage-ID: <%s@b>\n\n%s\n' \
		"$1" "${1// /-}" "text of $1" |
		fe-store -i mail --rcpt "${2:-$ALICE}" >/dev/null
}
