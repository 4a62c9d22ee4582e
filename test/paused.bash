# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
# Programs that stand still at a chosen moment: for tests that load this
# behind `helper'.

# paused CALLS N PATH COMMAND...: starts it, and is back when it stands behind
# the N-th of these system calls of one of its threads that name PATH or a
# descriptor of it; what it says goes to $T/said.
paused() {
	need strace
	local calls=$1 when=$2 path=$3
	shift 3
	rm -f "$T/trace"
	# leaks cannot be looked for below strace
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		start "$T/said" strace -f -o "$T/trace" -P "$path" -e "trace=$calls" \
		-e "inject=$calls:signal=STOP:when=$when" "$@"
	stands() { grep -q 'stopped by SIGSTOP' "$T/trace"; }
	wait_for 60 stands || {
		cat "$T/said"
		return 1
	}
	PAUSED=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$T/trace" |
		head -n 1)
}

# resume CODE: lets it go on, and fails unless it ends with that exit code.
resume() {
	local code=0
	kill -CONT "$PAUSED"
	wait "$STARTED" || code=$?
	[ "$code" = "$1" ] || {
		echo "exit code $code: $(cat "$T/said")"
		return 1
	}
}
