#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench-wizard.sh - what a key costs the wizard on a machine of 4096 functions. By hand, not in `make check`:
#
#   VP_PROGRAM=build/virt-passthrough tests/bench-wizard.sh
#
# Needs a C compiler, tmux, lspci and strace, and room for 60000 small files in /dev/shm or $TMPDIR.
set -eu
LC_ALL=C.UTF-8
export LC_ALL

VP_SRCDIR=${VP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
VIRT_PASSTHROUGH_ASSETS=${VIRT_PASSTHROUGH_ASSETS:-$VP_SRCDIR/assets}
export VIRT_PASSTHROUGH_ASSETS
: "${VP_PROGRAM:?name the program to measure}"
VP_PROGRAM=$(realpath "$VP_PROGRAM")
[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d)
bench=$work/bench
tree=$work/tree
socket=vp-$$
misses=0
unset TMUX
export TMUX_TMPDIR=$work

mux() {
	tmux -L "$socket" -f /dev/null "$@"
}

# shellcheck disable=SC2317 # the trap runs it
finish() {
	mux kill-server 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

echo '#define _GNU_SOURCE 1' >"$work/config.h"
${CC:-cc} -O2 -I"$work" -o "$bench" "$VP_SRCDIR/tests/bench-groups.c"
mkdir "$tree"
"$bench" make 4096 "$tree"

# figure TEXT VALUE LIMIT: a value that should not be above its limit.
figure() {
	local verdict=ok

	if awk "BEGIN { exit !($2 > $3) }"; then
		verdict=MISSED
		misses=$((misses + 1))
	fi
	printf '%-62s %8s  at most %-6s %s\n' "$1" "$2" "$3" $verdict
}

ratio() {
	awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}

# ---- the wizard in a terminal ------------------------------------------------------------------------------

# see TEXT: waits until the screen shows it.
see() {
	local end=$((SECONDS + 30))

	until mux capture-pane -p | grep -qF -- "$1"; do
		if [ $SECONDS -ge $end ]; then
			echo "the screen does not show \"$1\":"
			mux capture-pane -p
			exit 1
		fi
		sleep 0.02
	done
}

# Nanoseconds of processor time so far, from the scheduler: /proc/PID/stat only counts ticks of 10 ms.
spent() {
	cut -d ' ' -f 1 "/proc/$pid/schedstat"
}

# The wizard has answered when it sleeps again and writes no more.
settle() {
	local before=-1 now=0

	while [ "$before" != "$now" ]; do
		before=$now
		sleep 0.05
		now=$(spent)$(stat -c %s "$work/written")
	done
}

# measure NAME TIMES KEY: prints the means a key and keeps them in $bytes and $us.
measure() {
	local time size at

	settle
	time=$(spent)
	size=$(stat -c %s "$work/written")
	most=0
	for ((i = 0; i < $2; i++)); do
		at=$(stat -c %s "$work/written")
		mux send-keys "$3"
		settle
		at=$(($(stat -c %s "$work/written") - at))
		[ $at -le $most ] || most=$at
	done
	us=$((($(spent) - time) / $2 / 1000))
	bytes=$((($(stat -c %s "$work/written") - size) / $2))
	[ "$bytes" -gt 0 ] || {
		echo "$1: the wizard does not answer"
		exit 1
	}
	echo "$1: $us us of processor time, $bytes bytes a key (most: $most)"
}

mux -u new-session -d -x 80 -y 24 "exec env TERM=screen-256color $VP_PROGRAM --root $tree wizard"
pid=$(mux display-message -p '#{pane_pid}')
mux pipe-pane "exec cat >$work/written"
see '● Firmware'
settle
first=$(($(spent) / 1000))
read -r lspci _ < <("$bench" run 5 lspci -nn -A linux-sysfs -O sysfs.path="$tree/sys/bus/pci")

mux send-keys 3
see '● Devices'
measure 'down' 50 Down
down_us=$us down_bytes=$bytes
measure 'page down' 5 PageDown
page_us=$us page_bytes=$bytes
measure 'page up' 5 PageUp
[ "$us" -le "$page_us" ] || page_us=$us
[ "$bytes" -le "$page_bytes" ] || page_bytes=$bytes
measure 'up' 50 Up
memory=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
settle
timeout 10 strace -qq -f -p "$pid" -o "$work/idle" || true
grep -q -E '(poll|select|restart_syscall)\(' "$work/idle" || {
	echo "strace cannot watch the wizard"
	exit 1
}
calls=$(wc -l <"$work/idle")

echo "first screen: $(ratio "$first" 1000) ms of processor time, $(ratio "$first" "$lspci") times lspci -nn"
echo "resident memory: $(ratio "$memory" 1024) MiB"
echo
figure 'processor time of a cursor key, ms' "$(ratio "$down_us" 1000)" 5
figure 'processor time of a page key, ms' "$(ratio "$page_us" 1000)" 5
figure 'bytes to the terminal, a cursor key' "$down_bytes" 399
figure 'bytes to the terminal, a page key' "$page_bytes" 399
# One line is the call it was found waiting in.
figure 'idle for 10 s: system calls beyond the one it waits in' "$((calls - 1))" 0
exit $((misses > 0))
