#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# wizard.sh - drives the real wizard in a real terminal (tmux) through every screen of a recorded machine
#
# VP_SRCDIR: the source folder; VP_PROGRAM: the program (default: ./virt-passthrough). Exit status 77: skipped.
set -u

program=$(realpath "${VP_PROGRAM:-./virt-passthrough}")
source_dir=${VP_SRCDIR:-$(realpath "$(dirname "$0")/..")}

if [[ ! -x $program ]]; then
	echo "there is no program at $program: set VP_PROGRAM"
	exit 99
fi
if ! command -v tmux >/dev/null; then
	echo "skipped: tmux is not installed"
	exit 77
fi

scratch=$(mktemp -d)
socket=vp-$$
screen=

export LC_ALL=C.UTF-8 TMUX_TMPDIR=$scratch
export VIRT_PASSTHROUGH_ASSETS=${VIRT_PASSTHROUGH_ASSETS:-$source_dir/assets}
export LSAN_OPTIONS=suppressions=$source_dir/tests/lsan.supp:print_suppressions=0

mux()
{
	tmux -L "$socket" -f /dev/null "$@"
}

finish()
{
	mux kill-server 2>/dev/null
	rm -rf "$scratch"
}
trap finish EXIT

# begin SIZE TERM LOCALE ARGS...: the program in a fresh terminal; afterwards the terminal shows its exit status
begin()
{
	local size=$1 term=$2 locale=$3
	shift 3
	mux kill-server 2>/dev/null
	socket=vp-$$-$RANDOM
	mux -u new-session -d -x "${size%x*}" -y "${size#*x}" "env TERM=$term LC_ALL=$locale TMPDIR=$scratch \
		$program $*; echo; echo STATUS=\$?; stty -a | grep -q ' echo ' && echo ECHOING; exec cat"
	mux set-option -g remain-on-exit on
}

keys()
{
	mux send-keys "$@"
}

# see TEXT [ABSENT]: waits until the screen shows the text, and not the other one
see()
{
	local end=$((SECONDS + 30))

	while ((SECONDS < end)); do
		screen=$(mux capture-pane -p)
		if [[ $screen == *"$1"* && (-z ${2-} || $screen != *"$2"*) ]]; then
			return 0
		fi
		sleep 0.05
	done
	echo "FAIL: expected \"$1\"${2:+ without \"$2\"}, line ${BASH_LINENO[0]}; the screen was:"
	echo "$screen"
	exit 1
}

check()
{
	if ! "$@"; then
		echo "FAIL: $*, line ${BASH_LINENO[0]}"
		exit 1
	fi
}

no_demo_folder()
{
	! compgen -G "$scratch/virt-passthrough-demo-*" >/dev/null
}

# Waits until the demo has cleaned up behind itself.
gone()
{
	local end=$((SECONDS + 30))

	while ((SECONDS < end)) && ! no_demo_folder; do
		sleep 0.05
	done
	no_demo_folder
}

# ---- every screen ------------------------------------------------------------------------------------------------

walk_through()
{
	begin 80x24 screen-256color C.UTF-8 demo
	see "● Firmware"
	see "DEMO: nothing on this computer is changed"
	root=$(echo "$scratch"/virt-passthrough-demo-*)
	cp -a "$root/etc" "$scratch/before"

	# Firmware: what is measured cannot be ticked, the rest can.
	see "ASUS MAXIMUS VII RANGER"
	keys Space
	see "This one is measured"
	keys / Built-in Enter
	see "[ ] Built-in graphics" "This one is measured"
	keys Space
	see "[x] Built-in graphics"

	# Kernel: off, on, one of one's own; the line is shown as it will be.
	keys n
	see "● Kernel"
	see "intel_iommu=on iommu=pt"
	keys Space
	see "[ ] intel_iommu=on" "udev.log_priority=3 intel_iommu=on"
	keys Space
	see "[x] intel_iommu=on"
	keys a
	see "Add a kernel parameter"
	keys pci=noats Enter
	see "added by you"
	see "iommu=pt pci=noats"
	keys Enter
	see "Edit a kernel parameter"
	keys C-u pci=nomsi Enter
	see "iommu=pt pci=nomsi" "pci=noats"
	keys Space
	see "intel_iommu=on iommu=pt" "iommu=pt pci=nomsi"

	# Devices: one of the card takes all of it along; details; search.
	keys n
	see "● Devices"
	see "There are no IOMMU groups yet"
	keys / "gtx 970" Enter
	keys Space
	see "[x] 01:00.0"
	see "[x] 01:00.1"
	keys Enter
	see "10de:13c2"
	keys q
	see "● Devices"

	# Packages.
	keys n
	see "● Packages"
	see "virt-manager"
	keys G Enter
	see "● Packages"
	keys Enter

	# Machine: a choice, a number that is refused, one that is taken.
	keys n
	see "● Machine"
	keys Enter
	see "Windows 11"
	keys Escape
	see "● Machine" "such as Ubuntu"
	keys / Memory Enter
	keys Enter
	see "In MiB"
	keys C-u abc Enter
	see "cannot take this"
	keys C-u 4096 Enter
	see "4096 MiB" "cannot take this"
	keys '?'
	see "Help"
	see "lines 1-"
	keys q
	see "● Machine"

	# Back and forth loses nothing.
	keys b b b b
	see "● Firmware"
	see "[x] Built-in graphics"
	keys 6
	see "● Review"
	see "Nothing has been changed yet"
	see "Change /etc/default/grub"
	check diff -r "$scratch/before" "$root/etc"
}

change_and_take_back()
{
	# Apply asks first; Escape changes nothing.
	keys a
	see "Apply the plan?"
	keys Escape
	see "● Review" "Apply the plan?"
	check diff -r "$scratch/before" "$root/etc"
	keys a
	see "Apply the plan?"
	keys Left Enter
	see "All done."
	see "Start the computer again"
	check grep -q intel_iommu=on "$root/etc/default/grub"

	# Undo puts back every byte.
	keys b
	see "\"u\" undoes"
	keys u
	see "Put everything back"
	keys Left Enter
	see "All is put back."
	check diff -r "$scratch/before" "$root/etc"
}

small_and_large()
{
	keys b
	see "● Review"
	keys 5
	see "● Machine"
	mux resize-window -x 60 -y 20
	see "This screen is 60×20; 80×24 is needed."
	mux resize-window -x 200 -y 60
	see "4096 MiB"
	see "● Machine" "80×24 is needed"
	keys Enter
	mux resize-window -x 100 -y 30
	see "● Machine"
	keys Escape
	see "● Machine" "such as Ubuntu"
}

leave()
{
	keys G Space
	see "[x] Use huge pages"
	keys q
	see "Leave?"
	keys Escape
	see "● Machine" "Leave?"
	keys q
	see "Leave?"
	keys Enter
	see "STATUS=0"
	see ECHOING
	check gone
}

# ---- terminals -----------------------------------------------------------------------------------------------------

ascii_only()
{
	local term

	for term in vt100:C.UTF-8 screen:C linux:C; do
		begin 80x24 "${term%:*}" "${term#*:}" demo
		see "> Firmware"
		keys 3
		see "> Devices"
		keys '?'
		see "Help"
		screen=$(mux capture-pane -p)
		check test -z "$(tr -d '\n -~' <<<"$screen")"
	done
	begin 80x24 linux C.UTF-8 demo
	see "● Firmware"
	see "√"
}

no_full_screen()
{
	begin 80x150 dumb C.UTF-8 demo
	see "this terminal cannot move its cursor"
	see "[none]:"
	keys q Enter
	see "STATUS=0"
	check gone
}

# A signal ends the demo as if it had been left: the terminal is whole, the folder is gone.
ended_by_signal()
{
	local signal pid

	for signal in TERM HUP SEGV; do
		begin 80x24 screen-256color C.UTF-8 demo
		see "● Firmware"
		# The shell of the terminal, the demo in it, the wizard in that.
		pid=$(pgrep -P "$(pgrep -P "$(mux display-message -p '#{pane_pid}')")")
		check kill -"$signal" "$pid"
		see "STATUS=" "● Firmware"
		see ECHOING
		check gone
	done
}

suspended()
{
	mux kill-server 2>/dev/null
	socket=vp-$$-$RANDOM
	mux -u new-session -d -x 80 -y 24 "env PS1='ready> ' TMPDIR=$scratch bash --norc --noprofile"
	see "ready>"
	keys "$program demo" Enter
	see "● Firmware"
	keys n
	see "a add" # the last line: Ctrl-Z throws away what the terminal has not shown yet
	keys C-z
	see "Stopped"
	keys "fg" Enter
	see "● Kernel" "Stopped"
	keys q
	see "ready>" "● Kernel"
	check gone
}

walk_through
change_and_take_back
small_and_large
leave
ascii_only
no_full_screen
ended_by_signal
suspended

echo "wizard: every screen, every terminal, every way out"
