#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peers.sh - bugs that other tools of this kind have, each as a case that must go right here
#
# What the editors make of every form of these files is the matter of test-grub-bash.c, test-grub.c, test-cmdline.c,
# test-mkinitcpio.c and test-module-conf.c; here the whole program meets the very inputs others failed on.
set -uo pipefail
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

ok() { # ok NAME COMMAND...: the command must succeed
	local name=$1
	shift
	if "$@" >"$scratch/out" 2>&1; then
		echo "ok   $name"
	else
		echo "FAIL $name"
		tail -n 12 "$scratch/out" | sed 's/^/     | /'
		failed=1
	fi
}

# machine NAME JSON: a recorded machine made here, expanded to $scratch/NAME.
mkdir -p "$scratch/assets/machines"
cp -r "$VIRT_PASSTHROUGH_ASSETS/." "$scratch/assets/"
chmod -R u+w "$scratch/assets"
machine() {
	printf '%s' "$2" >"$scratch/assets/machines/$1.json"
	mkdir "$scratch/$1" && VIRT_PASSTHROUGH_ASSETS=$scratch/assets "$VP_BUILDDIR/tests/expand" "$1" "$scratch/$1"
}

# functions FIRST STEP COUNT GROUP-EXPRESSION: rows of simple endpoints for "pci"
functions() {
	jq -nc --argjson first "$1" --argjson step "$2" --argjson count "$3" '
		def hex: . as $n | "0123456789abcdef" | .[$n / 16 | floor:][:1] + .[$n % 16:][:1];
		[range($count) | {address: "0000:\((. / 256 | floor) + 1 | hex):\(. / 8 % 32 | floor | hex).\(. % 8)",
			class: "088000", id: "8086:1234", group: ($first + (. * $step | floor))}]'
}

groups_are() { # groups_are TREE EXPRESSION: `groups --json` satisfies the jq expression
	"$VP_PROGRAM" --root "$scratch/$1" groups --json >"$scratch/groups.json" &&
		jq -e "$2" "$scratch/groups.json" >/dev/null || { jq -c "[.groups[].group]" "$scratch/groups.json"; false; }
}

tree_of() {
	(cd "$1" && find . -printf '%P %y %m %s %l %T@\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2)
}

# ---- listing ------------------------------------------------------------------------------------------------

machine sparse "$(jq -n --argjson pci "$(functions 0 3 12)" '{title: "gaps in the group numbers", about: "made by a test", source: null, iommu: "intel", iommu_active: true, pci: $pci}')"
ok "B8: gaps in the group numbers lose nothing" \
	groups_are sparse '[.groups[].group] == [range(0; 36; 3)]'

machine many "$(jq -n --argjson pci "$(functions 0 1 300)" '{title: "300 groups", about: "made by a test", source: null, iommu: "intel", iommu_active: true, pci: $pci}')"
ok "B11: 300 groups" groups_are many '.groups | length == 300'

machine wide "$(jq -n --argjson pci "$(functions 7 0 40)" '{title: "40 devices in one group", about: "made by a test", source: null, iommu: "intel", iommu_active: true, pci: $pci}')"
ok "B11: 40 devices in one group" groups_are wide '[.groups[] | .devices | length] == [40]'

no_false_blame() { # a list that cannot be read is no proof that the firmware is at fault
	rm -rf "$scratch/broken" && cp -a "$scratch/sparse" "$scratch/broken" && rm -rf "$scratch/broken/sys/kernel"
	"$VP_PROGRAM" --root "$scratch/broken" check >"$scratch/check"
	cat "$scratch/check"
	! grep -q 'firmware does not offer' "$scratch/check" && grep -q 'were not seen' "$scratch/check"
}
ok "B5: an unreadable list is not called \"off in the firmware\"" no_false_blame

# ---- advice ---------------------------------------------------------------------------------------------------

amd_by_default() { # the kernel of an AMD computer needs no parameter, and amd_iommu=on does not exist
	mkdir "$scratch/amd" && "$VP_BUILDDIR/tests/expand" b550m-mortar-rtx2070s "$scratch/amd" || return
	! grep -q amd_iommu "$scratch/amd/proc/cmdline" || return
	"$VP_PROGRAM" --root "$scratch/amd" check >"$scratch/check"
	cat "$scratch/check"
	grep -q 'The IOMMU is on' "$scratch/check" || return
	"$VP_PROGRAM" --root "$scratch/amd" plan >"$scratch/plan"
	! grep -Eq 'amd_iommu=on|intel_iommu' "$scratch/plan"
}
ok "B10: an AMD computer whose IOMMU is on by itself" amd_by_default

by_cpu_not_by_card() { # an AMD card in an Intel computer asks for Intel's word
	mkdir "$scratch/intel" && "$VP_BUILDDIR/tests/expand" asus-maximus-vii-ranger "$scratch/intel" || return
	"$VP_PROGRAM" --root "$scratch/intel" plan >"$scratch/plan"
	cat "$scratch/plan"
	grep -q '^+.*intel_iommu=on' "$scratch/plan" && ! grep -q amd_iommu "$scratch/plan"
}
ok "the parameter goes by the processor, not by the card" by_cpu_not_by_card

# ---- editing ---------------------------------------------------------------------------------------------------

# edited NAME FILE TEXT: the reference machine with this file, after apply, at $scratch/NAME.
printf '{"devices":["01:00.0","01:00.1"]}' >"$scratch/card.json"
edited() {
	mkdir "$scratch/$1" && "$VP_BUILDDIR/tests/expand" asus-maximus-vii-ranger "$scratch/$1" || return
	printf '%s' "$3" >"$scratch/$1$2"
	"$VP_PROGRAM" --root "$scratch/$1" --connect test:///default --answers "$scratch/card.json" --yes apply
}

variable() { # variable FILE NAME: its value, or its words one a line, as bash has it
	env -i bash --norc --noprofile -c '. "$1" && declare -n v=$2 && printf "%s\n" "${v[@]}"' - "$1" "$2"
}

is() { # is EXPECTED SEEN
	[ "$1" = "$2" ] || { printf 'expected: %s\nseen:     %s\n' "$1" "$2"; false; }
}

words="intel_iommu=on iommu=pt vfio-pci.ids=10de:13c2,10de:0fbb"

single_quotes() {
	edited b1 /etc/default/grub "GRUB_CMDLINE_LINUX_DEFAULT='quiet'
GRUB_CMDLINE_LINUX=''
" || return
	is "quiet $words" "$(variable "$scratch/b1/etc/default/grub" GRUB_CMDLINE_LINUX_DEFAULT)" &&
		is "" "$(variable "$scratch/b1/etc/default/grub" GRUB_CMDLINE_LINUX)"
}
ok "B1, B6, B14: a single-quoted line is edited, in the right variable" single_quotes

several_lines() {
	edited b2 /etc/mkinitcpio.conf $'MODULES=(\n  btrfs\n  crc32c\n)\nHOOKS=(base udev modconf block filesystems)\n' || return
	is "vfio_pci vfio vfio_iommu_type1 btrfs crc32c" "$(variable "$scratch/b2/etc/mkinitcpio.conf" MODULES | paste -sd ' ')"
}
ok "B2: MODULES over several lines stays an array" several_lines

comment_behind() {
	edited b3 /etc/mkinitcpio.conf $'MODULES=(btrfs) # needed by the root file system\nHOOKS=(base udev modconf block filesystems)\n' || return
	is "vfio_pci vfio vfio_iommu_type1 btrfs" "$(variable "$scratch/b3/etc/mkinitcpio.conf" MODULES | paste -sd ' ')" &&
		grep -q ') # needed by the root file system$' "$scratch/b3/etc/mkinitcpio.conf"
}
ok "B3: a comment behind MODULES stays a comment" comment_behind

there_already() {
	edited b4 /etc/default/grub 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=off vfio_pci.ids=1912:0014 splash"
' || return
	is "quiet intel_iommu=on vfio_pci.ids=1912:0014,10de:13c2,10de:0fbb splash iommu=pt" \
		"$(variable "$scratch/b4/etc/default/grub" GRUB_CMDLINE_LINUX_DEFAULT)"
}
ok "B4: words that are there are replaced and merged, not doubled" there_already

order_kept() {
	local line="cryptdevice=UUID=1:root root=/dev/mapper/root resume=/dev/sda3 rd.driver.pre=nvme quiet"

	edited b9 /etc/default/grub "GRUB_CMDLINE_LINUX_DEFAULT=\"$line\"
" || return
	is "$line $words" "$(variable "$scratch/b9/etc/default/grub" GRUB_CMDLINE_LINUX_DEFAULT)"
}
ok "B9, B13: nothing is dropped or sorted anew" order_kept

dracut_reads_it() { # only names that end in .conf are read, and += needs blanks at both ends
	mkdir "$scratch/b12" && "$VP_BUILDDIR/tests/expand" asus-maximus-vii-ranger "$scratch/b12" || return
	rm -rf "$scratch/b12/etc/mkinitcpio.conf" "$scratch/b12/etc/mkinitcpio.d" "$scratch/b12/usr/bin/mkinitcpio" \
		"$scratch"/b12/var/lib/pacman/local/mkinitcpio-*
	mkdir -p "$scratch/b12/etc/dracut.conf.d" "$scratch/b12/usr/bin" && : >"$scratch/b12/usr/bin/dracut"
	"$VP_PROGRAM" --root "$scratch/b12" --connect test:///default --answers "$scratch/card.json" --yes apply || return
	cat "$scratch"/b12/etc/dracut.conf.d/*.conf
	grep -Eq '^force_drivers\+=" vfio_pci vfio vfio_iommu_type1 "$' "$scratch"/b12/etc/dracut.conf.d/*.conf
}
ok "B12: dracut reads what is written for it" dracut_reads_it

# ---- looking changes nothing -----------------------------------------------------------------------------------

dry() {
	tree_of "$scratch/intel" >"$scratch/before"
	printf '{"devices":["01:00.0","01:00.1"],"machine":{"os":"windows11"}}' >"$scratch/answers.json"
	for command in check groups "groups --json" plan "plan --json" "export libvirt" "export answers"; do
		# shellcheck disable=SC2086
		"$VP_PROGRAM" --root "$scratch/intel" --connect test:///default --answers "$scratch/answers.json" $command \
			>"$scratch/out2" 2>&1 || [ "$command" = check ] || { cat "$scratch/out2" && return 1; }
	done
	tree_of "$scratch/intel" >"$scratch/after"
	diff "$scratch/before" "$scratch/after"
}
ok "B7: looking (check, groups, plan, export) writes nothing" dry

exit $failed
