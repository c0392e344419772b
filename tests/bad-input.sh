#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bad-input.sh - what is wrong is told in one line with the right exit status, and nothing is lost or written
# shellcheck source=tests/common.sh
. "${VP_SRCDIR:?}/tests/common.sh"

need jq tmux setpriv
machine asus-maximus-vii-ranger tree
tree=$work/tree
snapshot "$tree" >"$work/tree.all"
state=$tree/var/lib/virt-passthrough
printf '{"devices":["0000:01:00.0","0000:01:00.1"]}' >"$work/answers"

untouched()
{
	snapshot "$tree" >"$work/tree.after"
	same_file "the tree is touched" "$work/tree.all" "$work/tree.after"
}

# refused STATUS PATTERN ARGS...
refused()
{
	local status=$1 pattern=$2
	shift 2
	run "$status" "$@"
	complains "$pattern"
}

# ---- the command line --------------------------------------------------------------------------------------

begin "commands and options that are none"
refused 2 'frobnicate' frobnicate
refused 2 '--frobnicate' --frobnicate check
refused 2 'too-many' check too-many
refused 2 '--root' --root
refused 2 '--answers' --answers
refused 2 'cannot export' export
refused 2 'cannot export "nonsense"' export nonsense
run 0 --version
contains "the version" '^virt-passthrough [0-9.]+$' "$out"
run 0 --help
contains "the help" '^Usage: ' "$out"

begin "roots that are none"
for command in check groups plan apply undo "export libvirt" "export answers"; do
	# shellcheck disable=SC2086 # words
	refused 2 "$work/nowhere" --root "$work/nowhere" $command
done
refused 2 "Not a directory" --root "$tree/etc/os-release" check
refused 2 "No such file" --root "" check

begin "connections that no machine with a card can come from"
for uri in qemu:///session lxc:/// 'not a uri'; do
	refused 2 "cannot connect to '$uri'" --root "$tree" --connect "$uri" --answers "$work/answers" apply --yes
done
untouched

# ---- the machine -------------------------------------------------------------------------------------------

begin "a rescue mount without /sys and /proc: what is not seen is not asserted"
mkdir -p "$work/rescue/etc/default"
cp "$tree/etc/os-release" "$work/rescue/etc"
cp "$tree/etc/default/grub" "$work/rescue/etc/default"
run 1 --root "$work/rescue" check
silent
contains "the packages" 'Whether libvirt is installed cannot be seen' "$out"
contains "the groups" 'groups were not seen' "$out"
grep -q 'There are no IOMMU groups' <<<"$out" && wrong "it asserts what it did not see" "$out"
run 0 --root "$work/rescue" groups
contains "the groups" 'not seen' "$out"

begin "ids of a device that are not hexadecimal"
cp -a "$tree" "$work/odd"
device=$work/odd/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0
for file in vendor device class; do
	echo 'GTX 970' >"$device/$file"
done
run 0 --root "$work/odd" groups --json
silent
same "the other devices" "$(find "$work/odd/sys/bus/pci/devices" -mindepth 1 ! -name 0000:01:00.0 | wc -l)" \
	"$(jq '[.groups[].devices[], .ungrouped[] | select(.address != "0000:01:00.0")] | length' "$work/out")"
run 1 --root "$work/odd" check
silent

begin "files that may not be read, as nobody: the rest is told all the same"
mkdir -p "$work/nobody/assets"
cp -a "$VP_PROGRAM" "$work/nobody/virt-passthrough"
cp -a "$VIRT_PASSTHROUGH_ASSETS/." "$work/nobody/assets"
cp -a "$tree" "$work/nobody/tree"
chmod 711 "$work"
chmod -R go+rX "$work/nobody"
find "$work/nobody/tree/sys/devices" -name config -exec chmod 0 {} +
chmod 0 "$work/nobody/tree/sys/devices/pci0000:00/0000:00:1f.2" "$work/nobody/tree/etc/mkinitcpio.conf"
prefix=(env VIRT_PASSTHROUGH_ASSETS="$work/nobody/assets" setpriv --reuid=65534 --regid=65534 --clear-groups)
program=$VP_PROGRAM
VP_PROGRAM=$work/nobody/virt-passthrough
run 1 --root "$work/nobody/tree" check
silent
contains "the card" 'NVIDIA GeForce GTX 970' "$out"
run 0 --root "$work/nobody/tree" groups --json
silent
same "the card" "10de:13c2" \
	"$(jq -r '.ungrouped[] | select(.address == "0000:01:00.0") | "\(.vendor):\(.device)"' "$work/out")"

begin "to change this computer one must be root"
refused 1 'root' apply --yes
prefix=() VP_PROGRAM=$program
rm -rf "$work/nobody"
chmod 700 "$work"

# ---- the answers file --------------------------------------------------------------------------------------

# answers TEXT PATTERN: such a file is refused, and the complaint names it
answers()
{
	printf '%b' "$1" >"$work/bad"
	refused 1 "$work/bad.*$2" --root "$tree" --answers "$work/bad" plan
	[ ! -s "$work/out" ] || wrong "a plan is printed all the same" "$out"
}

begin "answers files that are none"
answers '' 'empty'
answers '{"devices":["0000' 'ends too early'
answers 'devices = 01:00.0' 'unexpected'
answers '[]' 'one JSON object'
answers '{"devices":[]} and more' 'line 1'
answers '{"divices":[]}' '"divices"'
answers '{"kernel":{"speed":1}}' '"kernel.speed"'
answers '{"machine.name":"x"}' '"machine.name"'
answers '{"kernel":[]}' '"kernel"'
answers '{"devices":"0000:01:00.0"}' '"devices"'
answers '{"devices":[1]}' '"devices"'
answers '{"machine":{"memory_mib":"8192"}}' '"machine.memory_mib"'
answers '{"machine":{"memory_mib":1}}' '512'
answers '{"machine":{"vcpus":2.5}}' '"machine.vcpus"'
answers '{"machine":{"vcpus":4096}}' 'has 8'
answers '{"machine":{"name":"a/b"}}' '"/"'
answers '{"machine":{"disk_path":"here.qcow2"}}' 'begin with /'
answers '{"machine":{"os":"dos"}}' 'linux, windows11'
answers '{"binding":"glue"}' '"glue"'
answers '{"kernel":{"add":["two\\nlines"]}}' 'control character'
answers '{"kernel":{"add":["quiet\\u0000init=/bin/sh"]}}' 'NUL'
answers '{"devices":["0000:09:00.0"]}' 'no device 0000:09:00.0'
answers '{"devices":["GTX 970"]}' 'no PCI address'
refused 1 "$work/nowhere" --root "$tree" --answers "$work/nowhere" plan
refused 1 "$work" --root "$tree" --answers "$work" plan
untouched

begin "answers of another machine"
machine x570-aorus-pro other
refused 1 'no device 0000:01:00.1' --root "$work/other" --answers "$work/answers" apply --yes

# cannot_go DEVICES PATTERN: the plan says why, and apply does nothing
cannot_go()
{
	printf '{"devices":[%s]}' "$1" >"$work/bad"
	run 0 --root "$tree" --answers "$work/bad" plan --json
	contains "the plan's refusal" "$2" "$(jq -r '.refused[] | "\(.what): \(.why)"' "$work/out")"
	run 0 --root "$tree" --answers "$work/bad" plan
	contains "the plan's refusal" "Not done: .*$2" "$out"
	refused 1 "$2" --root "$tree" --answers "$work/bad" apply --yes
}

begin "devices this computer cannot do without"
cannot_go '"0000:00:1f.2"' 'holds the root file system'
cannot_go '"0000:00:01.0"' "this computer's own wiring"
cannot_go '"0000:00:19.0"' 'carries the network'
cannot_go '"0000:01:00.0"' '0000:01:00.1 \(Sound\) must go with it'
untouched

# ---- asking ------------------------------------------------------------------------------------------------

begin "without a yes nothing is done"
refused 1 'nothing was changed' --root "$tree" --answers "$work/answers" apply
input=$work/typed
echo no >"$input"
run 1 --root "$tree" --answers "$work/answers" apply
contains "the answer to no" 'Nothing was changed' "$out"
printf '\n\n\n' >"$input"
run 1 --root "$tree" --plain
contains "where the input ended" 'the input ended at question' "$err"
input=/dev/null
untouched

begin "the wizard without a terminal asks line by line, and says so"
run 1 --root "$tree"
contains "the obstacle" 'not a terminal' "$err"
untouched

begin "--json where a person would be asked"
for command in apply wizard; do
	run '1|2' --root "$tree" --answers "$work/answers" --json $command
	contains "the complaint" '^virt-passthrough: ' "$err"
done
untouched

begin "a terminal of 20x5 is told the size that is needed, and comes back"
terminal small 20x5 --root "$tree"
see '80'
see '24'
mux resize-window -t small -x 80 -y 24
see 'MAXIMUS VII RANGER'
keys q
see 'ended with 0'
untouched

# ---- applying ----------------------------------------------------------------------------------------------

begin "a plan that is not the one that was shown"
refused 1 'look at the plan again' --root "$tree" --answers "$work/answers" --plan-digest 0123 apply --yes
untouched

# The wizard hands the digest of the plan it showed to the process that applies.
begin "a file that changed between the plan and the yes"
cp -a "$tree" "$work/race"
terminal race 80x24 --root "$work/race" --answers "$work/answers"
see 'MAXIMUS VII RANGER'
keys 6
see 'Change /etc/default/grub'
echo 'GRUB_CMDLINE_LINUX_DEFAULT="mine"' >"$work/race/etc/default/grub"
keys a
see '\[ Not yet \]'
keys Left
see '\[ Apply \]'
keys Enter
see 'look at the plan again'
same "the file" 'GRUB_CMDLINE_LINUX_DEFAULT="mine"' "$(<"$work/race/etc/default/grub")"
cmp -s "$tree/etc/mkinitcpio.conf" "$work/race/etc/mkinitcpio.conf" || wrong "another file is written"

begin "libvirt has a machine of that name: it stays, and undo takes back the rest"
printf '{"devices":["0000:01:00.0","0000:01:00.1"],"machine":{"name":"test"}}' >"$work/bad"
refused 1 'there is one of that name' --root "$tree" --connect test:///default --answers "$work/bad" apply --yes
run 0 --root "$tree" --connect test:///default undo --yes
silent
untouched

begin "a file system that cannot be written"
prefix=(unshare -m bash -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"' "$tree")
if "${prefix[@]}" true 2>/dev/null; then
	run 1 --root "$tree" check
	run 0 --root "$tree" --answers "$work/answers" plan
	refused 1 'Read-only file system' --root "$tree" --answers "$work/answers" apply --yes
	untouched
else
	echo "  skipped: nothing may be mounted here"
fi
prefix=()

# ---- what an earlier or later version left -------------------------------------------------------------------

begin "a journal of a newer version is left alone"
mkdir -p "$state/journal"
printf '{"journal":99,"folders":[]}\n' >"$state/journal/records"
snapshot "$tree" >"$work/tree.all"
refused 1 'newer version' --root "$tree" undo --yes
refused 1 'newer version' --root "$tree" --answers "$work/answers" apply --yes
run 1 --root "$tree" check
silent
untouched

begin "kept answers that are damaged are named, and not overwritten"
rm -rf "$state/journal"
printf '{"devices":["0000' >"$state/answers.json"
snapshot "$tree" >"$work/tree.all"
refused 1 '/var/lib/virt-passthrough/answers.json' --root "$tree" plan
untouched

finish
