# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# common.sh - what the scripts that drive the whole program share: cases, recorded machines, a terminal
#
# Sourced. Expects what "make check" sets: VP_SRCDIR, VP_BUILDDIR, VP_PROGRAM, VIRT_PASSTHROUGH_ASSETS.
set -u

: "${VP_SRCDIR:?}" "${VP_BUILDDIR:?}" "${VP_PROGRAM:?}" "${VIRT_PASSTHROUGH_ASSETS:?}"
export LC_ALL=C SHELL=/bin/sh
export LSAN_OPTIONS=suppressions=$VP_SRCDIR/tests/lsan.supp:print_suppressions=0
unset LANGUAGE NO_COLOR LIBVIRT_DEFAULT_URI TMUX

work=$(mktemp -d "${TMPDIR:-/tmp}/vp-XXXXXX") || exit 99
export TMPDIR=$work TMUX_TMPDIR=$work
socket=vp-$$
failures=0
longest=60 # seconds anything may take
prefix=()  # what starts the program: another user, another view of the file system
input=/dev/null

leave()
{
	mux kill-server 2>/dev/null
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

need()
{
	local program

	for program; do
		command -v "$program" >/dev/null && continue
		echo "$program is not installed"
		exit 77
	done
}

# ---- cases -------------------------------------------------------------------------------------------------

begin()
{
	echo "case: $*"
}

# wrong WHAT [SEEN]: the case fails, and goes on
wrong()
{
	failures=$((failures + 1))
	echo "  FAILED: $1 (line ${BASH_LINENO[-2]})"
	[ $# = 1 ] || printf '%s\n' "$2" | head -n 40 | sed 's/^/  | /'
}

# same WHAT EXPECTED SEEN
same()
{
	[ "$2" = "$3" ] || wrong "$1" "$(printf 'expected: %s\nseen:     %s' "$2" "$3")"
}

# same_file WHAT EXPECTED SEEN: two files
same_file()
{
	cmp -s "$2" "$3" || wrong "$1" "$(diff "$2" "$3")"
}

# contains WHAT PATTERN TEXT
contains()
{
	grep -qE -- "$2" <<<"$3" || wrong "$1: there is no /$2/" "$3"
}

finish()
{
	[ "$failures" = 0 ]
	exit
}

# ---- the program -------------------------------------------------------------------------------------------

# run STATUS ARGS...: $out and $err are what it printed. More than one status may be right: "0|1".
run()
{
	local expected=$1
	shift
	timeout "$longest" "${prefix[@]}" "$VP_PROGRAM" "$@" >"$work/out" 2>"$work/err" <"$input"
	status=$?
	out=$(<"$work/out") err=$(<"$work/err")
	[[ $status =~ ^($expected)$ ]] ||
		wrong "\"$*\" ended with $status, not $expected" "$err"$'\n'"$(tail -n 20 "$work/out")"
}

# complains PATTERN: the last run said one line on stderr, and it matches
complains()
{
	same "lines on stderr" 1 "$(wc -l <"$work/err")"
	contains "the complaint" "^virt-passthrough: .*$1" "$err"
}

silent()
{
	[ -z "$err" ] || wrong "nothing should be on stderr" "$err"
}

# machine ID NAME: a recorded machine in $work/NAME, anew
machine()
{
	rm -rf "${work:?}/$2"
	mkdir "$work/$2"
	"$VP_BUILDDIR/tests/expand" "$1" "$work/$2" || wrong "the machine $1 cannot be expanded"
}

# snapshot TREE: content, type, mode, owner and link target of everything, and the time of files
snapshot()
{
	(
		cd "$1" || exit
		find . -printf '%p %y %m %U:%G %l' \( -type f -printf ' %T@\n' -o -printf '\n' \) | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum
	)
}

# ---- a terminal --------------------------------------------------------------------------------------------

mux()
{
	tmux -L "$socket" -f /dev/null "$@"
}

# terminal NAME COLUMNSxROWS ARGS...: the program in a terminal of its own, which then shows its exit status
terminal()
{
	local name=$1 size=$2 command
	shift 2
	printf -v command '%q ' "$VP_PROGRAM" "$@"
	mux new-session -d -s "$name" -x "${size%x*}" -y "${size#*x}" "$command; echo ended with \$?; exec cat"
	pane=$name
}

screen()
{
	mux capture-pane -p -t "$pane"
}

# keys KEY...: as tmux names them
keys()
{
	mux send-keys -t "$pane" "$@"
}

# wait_until COMMAND...: looks again and again, until it holds or the time is over
wait_until()
{
	local end=$((SECONDS + longest))

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

shows()
{
	screen | grep -qE -- "$1"
}

# see PATTERN: waits until the screen shows it
see()
{
	wait_until shows "$1" || wrong "the screen does not show /$1/" "$(screen)"
}
