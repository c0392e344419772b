#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# wizard-devices.sh - the page of devices, the marks of the steps, and the faces of a terminal, in a real one
# shellcheck source=tests/common.sh
. "${VP_SRCDIR:?}/tests/common.sh"

need tmux
machine=asus-maximus-vii-ranger-rebooted
risk='0000:00:19.0 carries the network (enp0s25)'
locale -a 2>/dev/null | grep -qiE '^C\.utf-?8$' || { echo "there is no locale C.UTF-8" && exit 77; }
export LC_ALL=C.UTF-8

gone()
{
	! shows "$1"
}

# see_no PATTERN: waits until the screen does not show it
see_no()
{
	wait_until gone "$1" || wrong "the screen still shows /$1/" "$(screen)"
}

find_row()
{
	keys / "$1" Enter
	see_no '^.*Find '
}

# ---- the page of devices -----------------------------------------------------------------------------------

begin "the header names all of the machine at 80 columns"
terminal devices 80x24 demo "$machine"
see 'ASUS MAXIMUS VII RANGER, i7-4790K, Manjaro, GRUB, mkinitcpio$'

begin "Enter shows what the detective found, and where"
keys 3
see 'f: all devices'
keys Enter
see 'Graphics card: NVIDIA Corporation GM204'
see '10de:13c2, card 1043:8508'
see 'Looked at /sys/class/drm/card0-DVI-D-1/status'
keys q
see '● Devices'

begin "the filter goes round, and says where it stands"
keys f
see 'f: only graphics cards'
see_no 'SATA controller'
see '01:00\.1  Sound'
keys f
see 'f: only what is chosen'
see 'None\. "f" shows others'
keys f
see 'f: only what can go'
see_no 'PCI bridge'
see '00:16\.0'
keys n
see '● Packages'
keys b
see 'f: only what can go'
keys f
see 'f: all devices'

begin "the cursor is where it was left"
find_row 00:1b
see ' 1[0-9] of 16 '
keys 1
see '● Firmware'
keys 3
see '● Devices'
keys Space
see '\[x\] 00:1b\.0'
keys Space
see '\[ \] 00:1b\.0'

begin "a refusal says why, and can be overruled only word for word"
find_row 00:19
keys Space
see 'stays with this computer: carries the network'
see 'o overrule'
keys o
see 'type this word for word'
see 'A second network card'
keys -l "${risk,,}x"
keys Enter
see 'That is not the sentence'
keys C-u
keys -l "$risk"
keys Enter
see '\[x\] 00:19\.0'
see 'would lose the network'
keys 6
see 'A risk you have taken'
keys 3
see '● Devices'
keys Space
see_no '\[x\] 00:19\.0'
keys Space
see 'stays with this computer: carries the network'

begin "what nothing lifts is not offered to be overruled"
find_row 00:1f.2
keys Space
see '00:1f\.2 cannot go'
see_no 'overrule'

# ---- the marks of the steps --------------------------------------------------------------------------------

begin "the marks tell what is done, left to do, and not looked at"
find_row 'gtx 970'
keys Space
see '\[x\] 01:00\.1'
see '○ Kernel +● Devices'
keys 2
see '● Kernel +! Devices +✓ Packages'
keys 1
see '● Firmware +! Kernel +! Devices'
keys q
see 'Leave\?'
keys Enter
see 'ended with 0'

begin "what is written and waits for a restart is told, also in ASCII"
machine "${machine%-rebooted}" waits
printf '{"devices":["0000:01:00.0","0000:01:00.1"]}' >"$work/answers"
run 0 --root "$work/waits" --answers "$work/answers" apply --yes
terminal waits 80x24 --root "$work/waits"
see '● Kernel|~ Kernel'
keys 6
see '~ Kernel'
keys q
see 'ended with 0'
mux set-environment -g LC_ALL C # tmux gives its own environment to what it starts
terminal plain-waits 80x24 --root "$work/waits"
see '> '
keys 6
see '~ Kernel'
see '> Review'

begin "after an undo, leaving asks whether the answers are to be kept"
keys u
see 'Put everything back'
keys Left Enter
see 'All is put back'
keys q
see 'Undo has taken the kept answers away'
keys Enter
see 'ended with 0'
[ ! -e "$work/waits/var/lib/virt-passthrough" ] || wrong "something is kept"
mux set-environment -g LC_ALL C.UTF-8

# ---- faces -------------------------------------------------------------------------------------------------

# written NAME: what the program writes to the terminal while it is looked at
written()
{
	local name=$1
	shift
	terminal "$name" 80x24 demo "$machine"
	mux pipe-pane -t "$name" "cat >$work/$name.bytes"
	see 'Firmware'
	keys 3
	see 'Graphics card'
	keys Down Space
	see 'Group'
	keys q
	see 'Leave\?|ended with 0'
}

begin "colours are written, but none with NO_COLOR"
colours=$'\e\\[[0-9;]*[34][0-7][;m]'
written colours
wait_until grep -qaE "$colours" "$work/colours.bytes" || wrong "there is no colour, so this case shows nothing"
mux set-environment -g NO_COLOR 1
written none
wait_until grep -qa Group "$work/none.bytes" || wrong "nothing is written, so this case shows nothing"
same "colours" 0 "$(grep -acE "$colours" "$work/none.bytes")"

begin "a key that moves the cursor costs next to nothing on a server"
machine spr-server-462-groups server
terminal server 200x60 --root "$work/server"
see 'Firmware'
keys 3
see 'f: all devices'
pid=$(mux display-message -p -t server '#{pane_pid}')
pid=$(pgrep -P "$pid" || echo "$pid")
before=$(cut -d' ' -f1 "/proc/$pid/schedstat")
for _ in {1..40}; do
	keys j
done
keys '?'
see 'Help'
spent=$((($(cut -d' ' -f1 "/proc/$pid/schedstat") - before) / 40000))
echo "  $spent us a key"
[ "$spent" -lt 5000 ] || wrong "a move costs $spent us"

finish
