#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make-pictures.sh - the picture of the wizard in README.md, made from the real program
#
# Writes it into the README of the source folder; with --check only tells whether the one there is still true.
# shellcheck source=tests/common.sh
. "${VP_SRCDIR:?}/tests/common.sh"

need tmux
readme=$VP_SRCDIR/README.md
locale -a 2>/dev/null | grep -qiE '^C\.utf-?8$' || { echo "there is no locale C.UTF-8" && exit 77; }
export LC_ALL=C.UTF-8

# The devices, with a card chosen, on the machine that was started anew: every kind of group is there.
picture()
{
	terminal picture 80x24 demo asus-maximus-vii-ranger-rebooted
	see 'MAXIMUS VII RANGER'
	keys 3
	see '\[ \] +01:00\.0'
	keys / 'GTX 970' Enter Space
	see '\[x\] +01:00\.1'
	keys Down Up # what the choice took along is no longer said, what stays is
	see 'You keep a screen'
	screen | sed 's/ *$//'
}

# The README with the picture in the place of its first block of text.
with_picture()
{
	awk -v picture="$1" '
		/^```text$/ && !done {
			print
			while ((getline line <picture) > 0) print line
			skip = done = 1
			next
		}
		/^```$/ { skip = 0 }
		!skip' "$readme"
}

begin "the picture in README.md is what the program shows"
picture >"$work/picture"
[ "$failures" = 0 ] || cat "$work/picture"
with_picture "$work/picture" >"$work/README.md"
if [ "${1-}" = --check ]; then
	same_file "the picture; tests/make-pictures.sh makes it anew" "$readme" "$work/README.md"
elif [ "$failures" = 0 ]; then
	cat "$work/README.md" >"$readme"
fi

finish
