#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-binder.sh - the script that sets devices aside by address, under the shells of initramfs images
#
# It is taken from a plan carried out, and runs with a folder as its /sys and a stand-in for modprobe.
. "$(dirname "$0")/common.sh"
need bwrap

chosen=(0000:27:00.0 0000:27:00.1)
others=(0000:26:00.0 0000:26:00.1)
machine x370-two-rx480-identical m
for address in "${chosen[@]}" "${others[@]}"; do
	echo PCI_SUBSYS_ID=1458:22F7 >>"$work/m/sys/bus/pci/devices/$address/uevent"
done
printf '{"devices":["%s","%s"],"packages":false,"services":false}' "${chosen[@]}" >"$work/answers.json"
run 0 --root "$work/m" --answers "$work/answers.json" --yes apply
script=$work/m/etc/virt-passthrough/bind-by-address
[ -x "$script" ] || wrong "there is no script that can be run"
printf '#!/bin/sh\necho "modprobe $*"\n' >"$work/modprobe"
chmod +x "$work/modprobe"

# fresh: a /sys with both cards and an IOMMU
fresh()
{
	local address
	rm -rf "$work/sys"
	mkdir -p "$work/sys/class/iommu/ivhd0"
	for address in "${chosen[@]}" "${others[@]}"; do
		mkdir -p "$work/sys/bus/pci/devices/$address"
		echo 0x1002 >"$work/sys/bus/pci/devices/$address/vendor"
		case $address in *.0) echo 0x67df ;; *) echo 0xaaf0 ;; esac >"$work/sys/bus/pci/devices/$address/device"
		echo 0x1458 >"$work/sys/bus/pci/devices/$address/subsystem_vendor"
		echo 0x22f7 >"$work/sys/bus/pci/devices/$address/subsystem_device"
		: >"$work/sys/bus/pci/devices/$address/driver_override"
	done
}

override()
{
	local address
	for address; do
		cat "$work/sys/bus/pci/devices/$address/driver_override" 2>/dev/null
	done
}

# binds EXPECTED SHELL...: what the chosen devices are set aside for afterwards; the others never are
binds()
{
	local expected=$1
	shift
	timeout "$longest" bwrap --ro-bind / / --bind "$work/sys" /sys --tmpfs "$(realpath /sbin)" \
		--ro-bind "$work/modprobe" "$(realpath /sbin)/modprobe" --setenv PATH /nowhere \
		"$@" "$script" >"$work/out" 2>&1 || wrong "$* ended with $?" "$(cat "$work/out")"
	same "the chosen devices" "$expected" "$(override "${chosen[@]}")"
	same "devices with the same ids" "" "$(override "${others[@]}")"
	same "the module is loaded without our own install line" "modprobe -i vfio-pci" "$(tail -n 1 "$work/out")"
}

# under SHELL...: every case with this shell
under()
{
	begin "$* : all is where it was"
	fresh
	binds $'vfio-pci\nvfio-pci' "$@"

	begin "$* : a device moved away"
	fresh
	rm -r "$work/sys/bus/pci/devices/${chosen[1]}"
	binds "" "$@"

	begin "$* : another device has that address now"
	for file in vendor device subsystem_vendor subsystem_device; do
		fresh
		echo 0xbeef >"$work/sys/bus/pci/devices/${chosen[1]}/$file"
		binds "" "$@"
	done

	begin "$* : no IOMMU"
	fresh
	rmdir "$work/sys/class/iommu/ivhd0"
	binds "" "$@"
}

under /bin/sh
if busybox=$(command -v busybox); then
	under "$busybox" sh
else
	echo "busybox is not installed, so its sh is left out"
fi
finish
