#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# initramfs-real.sh - the real dracut and initramfs-tools make images from what the program wrote
#
# A recorded machine with two equal cards lends /etc, /boot and /sys, this computer its programs. The kernel is made
# here: modules without code, but with the names that count. The program itself runs the tools and looks at the images.
. "$(dirname "$0")/common.sh"
need bwrap depmod cpio "${CC:=cc}"

kernel=6.12.48+deb13-amd64 # of the recorded machine

# module PATH: one that kmod can read
module()
{
	mkdir -p "$work/modules/$kernel/$(dirname "$1")"
	echo 'const char info[] __attribute__((section(".modinfo"), used)) = "license=GPL";' |
		$CC -c -x c - -o "$work/modules/$kernel/$1" || wrong "a module cannot be made"
}

make_kernel()
{
	mkdir -p "$work/base/lib"
	module kernel/drivers/vfio/vfio.ko
	module kernel/drivers/vfio/vfio_iommu_type1.ko
	module kernel/drivers/vfio/pci/vfio-pci.ko
	module kernel/fs/ext4/ext4.ko
	touch "$work/modules/$kernel/modules.order" "$work/modules/$kernel/modules.builtin" \
		"$work/modules/$kernel/modules.builtin.modinfo"
	ln -s "$work/modules" "$work/base/lib/modules"
	depmod -b "$work/base" "$kernel"
}

# programs: options of bwrap that bring this computer's /usr, but for its kernels
programs()
{
	local place
	printf '%s\0' --tmpfs /usr
	for place in /usr/* /usr/lib/*; do
		case $place in
		/usr/lib | /usr/lib/modules) ;;
		*) [ -L "$place" ] && printf '%s\0' --symlink "$(readlink "$place")" "$place" ||
			printf '%s\0' --ro-bind "$place" "$place" ;;
		esac
	done
	printf '%s\0' --ro-bind "$work/modules" /usr/lib/modules
}

inside()
{
	local user=() usr fact facts=()
	mapfile -d '' usr < <(programs)
	for fact in cmdline cpuinfo meminfo swaps; do
		facts+=(--ro-bind "$work/m/proc/$fact" "/proc/$fact")
	done
	[ "$(id -u)" = 0 ] || user=(--unshare-user --uid 0 --gid 0)
	timeout "$longest" bwrap "${user[@]}" --bind "$work/m" / "${usr[@]}" --bind /proc /proc \
		"${facts[@]}" --dev /dev --tmpfs /tmp --tmpfs /var/tmp --tmpfs /run --ro-bind "$work/tools" /tools \
		--bind "$work/control" /control --ro-bind "$(realpath "$VP_PROGRAM")" /program/virt-passthrough \
		--ro-bind "$VIRT_PASSTHROUGH_ASSETS" /assets --setenv VIRT_PASSTHROUGH_ASSETS /assets \
		--setenv TMPDIR /tmp --setenv ASAN_OPTIONS detect_leaks=0 \
		--setenv VIRT_PASSTHROUGH_PATH /tools:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# prepare: the machine, and stand-ins for all that is not on test
prepare()
{
	local place
	machine x370-two-rx480-identical m
	rm -rf "$work/control" "$work/tools"
	mkdir -p "$work/control" "$work/tools" "$work/m/var/tmp"
	for place in bin sbin lib lib64; do
		ln -s "usr/$place" "$work/m/$place"
	done
	cp -P "$VP_SRCDIR"/tests/fakes/* "$work/tools"
	rm "$work"/tools/{dracut,lsinitrd,update-initramfs,lsinitramfs}
	printf '{"devices":["0000:27:00.0","0000:27:00.1"],"packages":false,"services":false}' >"$work/control/answers.json"
}

said()
{
	grep -qF -- "$1" "$work/out" || wrong "\"$1\" was not said" "$(tail -n 30 "$work/out")"
}

# makes IMAGE LISTER COMMAND: apply runs it, finds everything in the image, and undo brings the old one back
makes()
{
	local before listing
	before=$(cat "$work/m/$1")
	inside /program/virt-passthrough --connect test:///default --answers /control/answers.json --yes apply \
		>"$work/out" 2>&1 || wrong "apply failed" "$(tail -n 30 "$work/out")"
	said "Run $3"
	said "looked at: /$1 holds all that was asked for"
	listing=$(inside "$2" "/$1")
	for file in vfio-pci.ko vfio_iommu_type1.ko etc/modprobe.d/virt-passthrough.conf \
		etc/virt-passthrough/bind-by-address; do
		contains "the image" "(^|[ /])$file\$" "$listing"
	done
	inside /program/virt-passthrough --connect test:///default --yes undo >"$work/out" 2>&1 ||
		wrong "undo failed" "$(tail -n 30 "$work/out")"
	same "the old image" "$before" "$(cat "$work/m/$1")"
}

make_kernel
tried=0

if [ -x /usr/bin/dracut ] && [ -x /usr/bin/lsinitrd ]; then
	tried=1
	begin "dracut"
	prepare
	rm -r "$work/m/etc/initramfs-tools" "$work"/m/boot/initrd.img-*
	# Debian's dracut gives images other names.
	image=initramfs-$kernel.img
	! grep -q initrd.img- /usr/bin/dracut || image=initrd.img-$kernel
	mkdir -p "$work/m/etc/dracut.conf.d"
	echo '# nothing here' >"$work/m/etc/dracut.conf"
	# What a distribution would say; without systemd the image is small.
	echo 'dracutmodules+=" base kernel-modules "' >"$work/m/etc/dracut.conf.d/10-distribution.conf"
	echo old >"$work/m/boot/$image"
	makes "boot/$image" lsinitrd "dracut --regenerate-all --force"
fi
if [ -x /usr/sbin/update-initramfs ] && [ -x /usr/bin/lsinitramfs ]; then
	tried=1
	begin "initramfs-tools"
	prepare
	cp -r /etc/initramfs-tools/. "$work/m/etc/initramfs-tools"
	mkdir -p "$work/m/etc/udev"
	touch "$work/m/etc/udev/udev.conf"
	echo CONFIG_RD_GZIP=y >"$work/m/boot/config-$kernel"
	printf '%s\n' MODULES=list COMPRESS=gzip >"$work/m/etc/initramfs-tools/conf.d/test"
	mkdir -p "$work/m/var/lib/initramfs-tools"
	touch "$work/m/var/lib/initramfs-tools/$kernel"
	makes "boot/initrd.img-$kernel" lsinitramfs "update-initramfs -u -k all"
fi
[ "$tried" = 1 ] || {
	echo "neither dracut-core nor initramfs-tools is installed"
	exit 77
}
finish
