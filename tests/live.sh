#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# live.sh - apply and undo on a running system: commands that make boot files, right and wrong ones
#
# A recorded machine becomes / (bubblewrap), with stand-ins for the tools of the system (fakes/). What is on test is
# what happens around them: that a result is looked at, and that the old files come back.
. "$(dirname "$0")/common.sh"
need bwrap jq

grub=boot/grub/grub.cfg
images=(boot/initramfs-6.12-x86_64.img boot/initramfs-6.12-x86_64-fallback.img)
answers='{"devices":["0000:01:00.0","0000:01:00.1"]}'

# ---- a running system ----------------------------------------------------------------------------------------

# prepare [ID]: the machine in $work/m, as it is before anything is done
prepare()
{
	local place
	machine "${1:-asus-maximus-vii-ranger}" m
	rm -rf "$work/control"
	mkdir -p "$work/control" "$work/m/host/usr" "$work/m/fakes" "$work/m/control" "$work/m/program" "$work/m/assets" \
		"$work/m/tmp" "$work/m/var/lib" "$work/m/boot" "$work/m/usr/share/libvirt"
	touch "$work/m/program/virt-passthrough" "$work/m/dev/null" "$work/m/etc/ld.so.cache"
	printf '%s' "$answers" >"$work/control/answers.json"
	for place in bin sbin lib lib64; do
		[ ! -e "/$place" ] || ln -s "host/usr/$place" "$work/m/$place"
	done
	# Where the libraries of this computer are found in there.
	ldd "$VP_PROGRAM" | sed -n 's|.*=> \(/.*\)/[^/]* (.*|\1|p' | sort -u | xargs realpath -q | sort -u |
		sed 's|^|/host|' >"$work/m/etc/ld.so.conf"
	inside /sbin/ldconfig -C /etc/ld.so.cache 2>/dev/null
	snapshot "$work/m" >"$work/before"
}

extra=() # further options of bwrap
path=/fakes:/host/usr/bin

# inside COMMAND...: with the machine as /
inside()
{
	local facts=() fact user=()
	for fact in cmdline cpuinfo meminfo swaps; do
		[ ! -e "$work/m/proc/$fact" ] || facts+=(--ro-bind "$work/m/proc/$fact" "/proc/$fact")
	done
	[ "$(id -u)" = 0 ] || user=(--unshare-user --uid 0 --gid 0)
	timeout "$longest" bwrap "${user[@]}" --bind "$work/m" / --ro-bind /usr /host/usr --bind /proc /proc "${facts[@]}" \
		--dev-bind /dev/null /dev/null --ro-bind "$VP_SRCDIR/tests/fakes" /fakes --bind "$work/control" /control \
		--ro-bind "$(realpath "$VP_PROGRAM")" /program/virt-passthrough --ro-bind "$VIRT_PASSTHROUGH_ASSETS" /assets \
		--ro-bind-try /usr/share/libvirt /usr/share/libvirt "${extra[@]}" \
		--setenv VIRT_PASSTHROUGH_ASSETS /assets --setenv VIRT_PASSTHROUGH_PATH "$path" \
		--setenv ASAN_OPTIONS detect_leaks=0 "$@"
}

# live STATUS ARGS...: the program on the running system
live()
{
	local expected=$1 status
	shift
	rm -f "$work/control/calls"
	inside /program/virt-passthrough --connect test:///default "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	touch "$work/control/calls"
	out=$(<"$work/out") err=$(<"$work/err")
	[ "$status" = "$expected" ] ||
		wrong "\"$*\" ended with $status, not $expected" "$err"$'\n'"$(tail -n 20 "$work/out")"
}

apply()
{
	live "$1" --answers /control/answers.json --yes apply
}

# goes_wrong TOOL HOW: the next call of that tool
goes_wrong()
{
	echo "$2" >"$work/control/$1"
}

goes_right()
{
	rm -f "$work/control/mkinitcpio" "$work/control/update-grub" "$work/control/update-initramfs"
}

# ---- what is looked at ---------------------------------------------------------------------------------------

# boot_files: bytes, mode, owner and time of what the computer starts from
boot_files()
{
	(cd "$work/m" && sha256sum "$grub" boot/init* && stat -c '%n %a %u:%g %y' "$grub" boot/init*)
}

# called COMMAND..., not_called COMMAND...: in the last run
called()
{
	grep -qxF -- "$1" "$work/control/calls" || wrong "$1 was not called" "$(cat "$work/control/calls")"
}

not_called()
{
	! grep -q "^$1" "$work/control/calls" || wrong "$1 was called" "$(cat "$work/control/calls")"
}

# as_before: the whole system is as it was, but for what is not ours (what the program's own start makes)
as_before()
{
	snapshot "$work/m" >"$work/after"
	same_file "everything is as before" "$work/before" "$work/after"
}

# ---- the way there and back ----------------------------------------------------------------------------------

begin "apply makes images and menu, and looks at both"
prepare
apply 0
called "mkinitcpio -P"
called "update-grub "
contains "the image is looked at" "looked at: /boot/initramfs-6.12-x86_64.img" "$out"
contains "the menu is looked at" "looked at: 1 entries of the boot menu" "$out"
contains "an image has the module" vfio-pci.ko "$(cat "$work/m/${images[1]}")"
contains "the menu has the words" "root=UUID=1 .* intel_iommu=on iommu=pt vfio-pci.ids=10de:13c2,10de:0fbb" \
	"$(cat "$work/m/$grub")"
apply 0
not_called mkinitcpio
not_called update-grub

begin "undo puts images and menu back, and needs neither tool"
path=/control:/host/usr/bin # not one of the stand-ins
for tool in systemctl virsh; do
	cp "$VP_SRCDIR/tests/fakes/noted" "$work/control/$tool"
done
live 0 --yes undo
not_called mkinitcpio
not_called update-grub
as_before
path=/fakes:/host/usr/bin

begin "undo from a live USB, without any tool of that system"
prepare
apply 0
run 0 --root "$work/m" --yes undo
contains "what cannot be done from there is listed" "systemctl disable" "$out"
as_before

begin "what changed since is made anew by its tool"
prepare
apply 0
echo "a new kernel came" >>"$work/m/${images[0]}"
live 0 --yes undo
called "mkinitcpio -P"
not_called update-grub
contains "the image is made without the module" "made anew" "$(cat "$work/m/${images[0]}")"
same "vfio in the image" "" "$(grep vfio "$work/m/${images[0]}")"

begin "a tool that fails on the way back does no harm"
prepare
apply 0
echo "a new kernel came" >>"$work/m/${images[0]}"
new=$(cat "$work/m/${images[0]}")
goes_wrong mkinitcpio kill
live 1 --yes undo
complains 'not everything could be put back: "mkinitcpio -P" failed'
same "the image" "$new" "$(cat "$work/m/${images[0]}")"
goes_right
live 0 --yes undo
called "mkinitcpio -P"

# ---- commands that go wrong ----------------------------------------------------------------------------------

# harmless TOOL HOW COMMAND PATTERN: apply ends with 1, says which command and why, and all boot files are as before;
# once the tool works, the same apply finishes the job
harmless()
{
	begin "$1 that goes wrong: $2"
	prepare
	boot_files >"$work/boot"
	[ "$1" = mkinitcpio ] || { apply_images && boot_files >"$work/boot"; }
	goes_wrong "$1" "$2"
	apply 1
	complains "$3.*$4"
	boot_files >"$work/boot.after"
	same_file "the boot files are back" "$work/boot" "$work/boot.after"
	same "copies left over" "" "$(ls "$work/m/var/lib/virt-passthrough/journal" | grep "$5" || :)"
	goes_right
	live 0 --answers /control/answers.json --json plan
	same "a restart is needed" true "$(jq .needs_reboot "$work/out")"
	apply 0
	called "$3 ${6-}"
	live 0 --yes undo
	as_before
}

# The images come before the menu: made right, they are no part of what a wrong menu puts back.
apply_images()
{
	goes_wrong update-grub fail
	apply 1
	goes_right
}

harmless mkinitcpio fail mkinitcpio 'ended with status 1; .*module not found: ext4.*put back' kept -P
harmless mkinitcpio kill mkinitcpio 'ended by signal 9.*put back' kept -P
harmless mkinitcpio cut mkinitcpio 'cut off.*put back' kept -P
harmless mkinitcpio bare mkinitcpio 'vfio-pci.ko is not in /boot/initramfs-6.12-x86_64.*put back' kept -P
harmless mkinitcpio idle mkinitcpio 'made no image.*as before' kept -P
harmless update-grub fail update-grub 'ended with status 1.*cannot find a device.*grub.cfg was put back' none
harmless update-grub old update-grub '"Manjaro Linux" in /boot/grub/grub.cfg lacks intel_iommu=on.*put back' none
harmless update-grub broken update-grub 'grub-script-check finds faults in /boot/grub/grub.cfg.*put back' none
harmless update-grub empty update-grub 'no entry of the boot menu starts this system.*put back' none

begin "the power goes while images are made"
prepare
boot_files >"$work/boot"
goes_wrong mkinitcpio crash
apply 137
same "the image is half made" half "$(cat "$work/m/boot/initramfs-6.12-x86_64-fallback.img")"
run 0 --root "$work/m" --yes undo
as_before

# ---- what cannot be looked at --------------------------------------------------------------------------------

begin "without lsinitcpio the rest goes on, and that is said"
prepare
mkdir "$work/control/tools"
cp -P "$VP_SRCDIR/tests/fakes/"* "$work/control/tools"
rm "$work/control/tools/lsinitcpio"
path=/control/tools:/host/usr/bin
apply 0
contains "it is said" "what /boot/initramfs-6.12-x86_64.img holds is not looked at" "$out"
path=/fakes:/host/usr/bin

begin "no room for the copies: nothing is run"
prepare
extra=(--size $((1 << 20)) --tmpfs /var/lib/virt-passthrough)
apply 1
complains 'not enough room to keep .*journal.*free some space'
not_called mkinitcpio
extra=()

# ---- by address, with initramfs-tools ------------------------------------------------------------------------

begin "Debian, two equal cards: the script is in the image"
answers='{"devices":["0000:27:00.0","0000:27:00.1"]}'
prepare x370-two-rx480-identical
goes_wrong update-initramfs bare
apply 1
complains 'vfio-pci.ko is not in /boot/initrd.img'
goes_right
apply 0
called "update-initramfs -u -k all"
contains "the script is in the image" "^etc/virt-passthrough/bind-by-address" "$(cat "$work"/m/boot/initrd.img-*)"
contains "modprobe.d is in the image" "^etc/modprobe.d/virt-passthrough.conf" "$(cat "$work"/m/boot/initrd.img-*)"
same "the hook can be run" 755 "$(stat -c %a "$work/m/etc/initramfs-tools/hooks/virt-passthrough")"

begin "no device any more: what is ours goes, and the images are made without it"
printf '{"devices":[]}' >"$work/control/answers.json"
apply 0
called "update-initramfs -u -k all"
same "vfio in the image" "" "$(grep -h vfio "$work"/m/boot/initrd.img-*)"
same "files of ours" "" "$(cd "$work/m/etc" && find modprobe.d virt-passthrough initramfs-tools/hooks -type f)"
live 0 --yes undo
as_before
finish
