#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# grub-mkconfig.sh - the real grub-mkconfig makes the menu from what the program wrote, in every way to quote it
#
# A recorded machine lends /etc and /boot, this computer /usr. grub-probe is a stand-in: there is no disk to ask.
. "$(dirname "$0")/common.sh"
need bwrap grub-mkconfig grub-script-check
[ -e /etc/grub.d/10_linux ] && [ -x /usr/sbin/update-grub ] && [ -x /usr/sbin/grub-probe ] || {
	echo "GRUB's scripts are not where Debian has them"
	exit 77
}

# The programs of this computer, but for those that make images here: the machine has mkinitcpio.
for place in bin sbin; do
	mkdir "$work/$place"
	find "/usr/$place" -mindepth 1 -maxdepth 1 -printf '/host%p\0' | xargs -0 ln -s -t "$work/$place"
	rm -f "$work/$place"/{dracut,update-initramfs,booster,mkinitcpio,lsinitcpio}
done
for tool in mkinitcpio lsinitcpio noted virsh qemu-img; do
	rm -f "$work/bin/$tool"
	cp "$VP_SRCDIR/tests/fakes/$tool" "$work/bin/$tool"
done
rm "$work/sbin/grub-probe"
cat >"$work/sbin/grub-probe" <<'END'
#!/bin/sh
# What grub-probe says of one ext4 partition of a GPT disk.
case "$*" in
*--target=device*) echo /dev/sda2 ;;
*--target=fs_uuid*) echo 5d2c1f6e-7f0b-4c0e-9a38-1f4d7c0b6a21 ;;
*--target=partuuid*) echo 0b6a21aa-02 ;;
*--target=fs_label*) exit 1 ;;
*--target=fs*) echo ext2 ;;
*--target=partmap*) echo gpt ;;
*--target=hints_string*) echo "--hint-bios=hd0,gpt2" ;;
*--target=compatibility_hint*) echo hd0,gpt2 ;;
*--target=abstraction*) ;;
*--target=drive*) echo "(hd0,gpt2)" ;;
esac
END
chmod +x "$work/sbin/grub-probe"

inside()
{
	local user=() fact facts=() usr=() place
	for place in /usr/*; do
		case ${place##*/} in
		bin | sbin) usr+=(--ro-bind "$work/${place##*/}" "$place") ;;
		*) usr+=(--ro-bind "$place" "$place") ;;
		esac
	done
	for fact in cmdline cpuinfo meminfo swaps; do
		facts+=(--ro-bind "$work/m/proc/$fact" "/proc/$fact")
	done
	[ "$(id -u)" = 0 ] || user=(--unshare-user --uid 0 --gid 0)
	timeout "$longest" bwrap "${user[@]}" --bind "$work/m" / --ro-bind /usr /host/usr --tmpfs /usr \
		"${usr[@]}" --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --bind /proc /proc "${facts[@]}" \
		--dev /dev --tmpfs /tmp --ro-bind-try /etc/alternatives /etc/alternatives --bind "$work/control" /control \
		--ro-bind "$(realpath "$VP_PROGRAM")" /program/virt-passthrough \
		--ro-bind "$VIRT_PASSTHROUGH_ASSETS" /assets --setenv VIRT_PASSTHROUGH_ASSETS /assets \
		--setenv ASAN_OPTIONS detect_leaks=0 --setenv VIRT_PASSTHROUGH_PATH /usr/sbin:/usr/bin "$@"
}

# entries FILE: "section<TAB>id<TAB>the kernel's words" of each menu entry
entries()
{
	awk -F"'" '
	/^### BEGIN/ { n = split($0, part, "/"); sub(/ .*/, "", part[n]); section = part[n] }
	/^[ \t]*menuentry / { id = $4 }
	/^[ \t]*linux[ \t]/ { sub(/^[ \t]*linux[ \t]+[^ \t]+[ \t]+/, ""); print section "\t" id "\t" $0 }' "$1"
}

# all PATTERN-OF-ENTRY PATTERN-OF-WORDS: there are such entries, and each has the words
all()
{
	local chosen
	chosen=$(grep -E "$1" "$work/entries") || wrong "there is no entry /$1/" "$(cat "$work/entries")"
	! grep -qvE -- "$2" <<<"$chosen" || wrong "an entry /$1/ without /$2/" "$chosen"
}

none()
{
	! grep -E "$1" "$work/entries" | grep -qE -- "$2" || wrong "an entry /$1/ with /$2/" "$(cat "$work/entries")"
}

# form NAME LINES: /etc/default/grub with these lines, once around
form()
{
	local word
	begin "$1"
	machine asus-maximus-vii-ranger m
	rm -rf "$work/control"
	mkdir -p "$work/control" "$work/m/var/lib"
	touch "$work/m/boot/vmlinuz-5.15-x86_64"
	echo '(placeholder)' | tee "$work/m/boot/vmlinuz-5.15-x86_64" >"$work/m/boot/initramfs-5.15-x86_64.img"
	cp -r /etc/grub.d "$work/m/etc/grub.d"
	rm -f "$work"/m/etc/grub.d/[234]*
	printf '%s\n' 'GRUB_DISTRIBUTOR="Manjaro"' 'GRUB_TIMEOUT=5' "$2" >"$work/m/etc/default/grub"
	printf '{"devices":["0000:01:00.0","0000:01:00.1"],"packages":false,"services":false}' >"$work/control/answers.json"
	inside /program/virt-passthrough --connect test:///default --answers /control/answers.json --yes apply \
		>"$work/out" 2>&1 || wrong "apply failed" "$(cat "$work/out")"
	contains "the menu is looked at" "looked at: [0-9]+ entries of the boot menu" "$(cat "$work/out")"
	grub-script-check "$work/m/boot/grub/grub.cfg" || wrong "grub-script-check finds faults"
	entries "$work/m/boot/grub/grub.cfg" >"$work/entries"
	for word in quiet intel_iommu=on iommu=pt vfio-pci.ids=10de:13c2,10de:0fbb; do
		all '^10_linux	gnulinux-[^	]*(simple|advanced)' "[ 	]$word( |$)"
	done
	none '^10_linux' 'module_blacklist'
	all '^42_virt-passthrough	without-passthrough-' ' module_blacklist=vfio_pci,vfio_pci_core( |$)'
	none '^42_virt-passthrough' 'single'
	same "ids that stand twice" "" "$(cut -f 2 "$work/entries" | sort | uniq -d)"
	contains "the title tells them apart" "menuentry '[^']*, without passthrough'" "$(cat "$work/m/boot/grub/grub.cfg")"
}

form "double quotes, no recovery entries" 'GRUB_DISABLE_RECOVERY=true
GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
GRUB_CMDLINE_LINUX=""'
form "single quotes, with recovery entries" "GRUB_CMDLINE_LINUX_DEFAULT='quiet splash'
GRUB_CMDLINE_LINUX='audit=0'"
all '^10_linux	gnulinux-[^	]*recovery' 'audit=0'
none '^10_linux	gnulinux-[^	]*recovery' 'vfio|iommu'
form "one bare word" 'GRUB_CMDLINE_LINUX_DEFAULT=quiet'
form "over two lines" 'GRUB_CMDLINE_LINUX_DEFAULT="quiet \
splash"'
form "the value before in the next one" 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT splash"'
form "a word with quotes and blanks of its own" "GRUB_CMDLINE_LINUX_DEFAULT='quiet dyndbg=\"file core.c +p\"'"
form "words there already, in the other variable" 'GRUB_CMDLINE_LINUX="iommu=soft"
GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:13c2"'
finish
