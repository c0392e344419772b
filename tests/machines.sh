#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# machines.sh - check, groups and plan on every recorded machine, and on this one
#
# machines.sh --print prints the table of verdicts; look at what changed, then keep it as golden/machines.txt.
# shellcheck source=tests/common.sh
. "${VP_SRCDIR:?}/tests/common.sh"

need jq lspci
mapfile -t ids < <(cd "$VIRT_PASSTHROUGH_ASSETS/machines" && printf '%s\n' *.json | sed 's/\.json$//' | sort)

# ---- every recorded machine --------------------------------------------------------------------------------

# The form of groups --json that tools rely on: these keys, of these types. A device may come to have more.
form='
def hex: type == "string" and test("^[0-9a-f]{4}$");
def device:
	(["address", "blocked", "bridge", "class", "device", "driver", "name", "vendor"] - keys == []) and
	(.address | test("^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]$")) and
	([.class, .vendor, .device] | all(hex)) and (.name | length > 0) and
	(.bridge | type == "boolean") and ([.driver, .blocked] | all(. == null or type == "string"));
def group:
	keys == ["devices", "group", "reason", "verdict"] and (.group | type == "number") and
	(.verdict | IN("whole", "shared", "keep", "empty")) and (.reason | length > 0) and
	(.devices | length > 0 and all(device));
keys == ["groups", "ungrouped"] and (.groups | all(group)) and (.ungrouped | all(device))'

# What the verdicts promise: nothing the computer stands on is offered, and what stays has its reason. A host
# bridge may be in any group: it has no driver that could be in the way.
promise='
.groups | all(
	[.devices[] | select(.bridge | not) | .blocked // empty] as $blocked |
	if .verdict == "whole" or .verdict == "shared" then $blocked | all(test("wiring"))
	elif .verdict == "keep" then $blocked | length > 0
	else true end)'

# Each function, with its class, ids and group, as the tree has them.
functions_of_tree()
{
	lspci -O sysfs.path="$1/sys/bus/pci" -A linux-sysfs -nD 2>"$work/lspci.err" | cut -d ' ' -f 1-3 | sort
	find "$1/sys/devices" -name iommu_group -printf '%h %l\n' | sed -E 's|^.*/([^/ ]+) .*/|\1 in |' | sort
}

functions_of_json()
{
	jq -r '.groups[].devices[], .ungrouped[] | "\(.address) \(.class): \(.vendor):\(.device)"' "$1" | sort
	jq -r '.groups[] | .group as $group | .devices[] | "\(.address) in \($group)"' "$1" | sort
}

# Counts of verdicts, as they stand in the table.
row()
{
	jq -r --arg id "$1" --arg status "$2" '
		[.groups[].verdict] as $verdicts |
		[$id, $status, ($verdicts | length),
		 (("whole", "shared", "keep", "empty") as $one | $verdicts | map(select(. == $one)) | length)] |
		join(" ")' "$work/groups.json"
}

try_machine()
{
	machine "$1" tree
	run '0|1|3' --root "$work/tree" check
	local checked=$status
	silent
	run 0 --root "$work/tree" groups
	silent
	run 0 --root "$work/tree" groups --json
	cp "$work/out" "$work/groups.json"
	jq -e "$form" "$work/groups.json" >/dev/null || wrong "$1: the form of groups --json"
	jq -e "$promise" "$work/groups.json" >/dev/null || wrong "$1: a verdict promises what is not so"
	same_file "$1: functions and groups" <(functions_of_tree "$work/tree") \
		<(functions_of_json "$work/groups.json")
	run 0 --root "$work/tree" plan --json
	silent
	jq -e 'has("changes") and has("needs_reboot") and has("refused")' "$work/out" >/dev/null ||
		wrong "$1: the form of plan --json"
	row "$1" "$checked" >>"$work/table"
}

[ "${1-}" = --print ] ||
	begin "${#ids[@]} recorded machines: groups and ids as lspci sees them, a plan, verdicts as kept"
echo '# machine, exit status of check, groups; of these: whole, shared, keep, empty' >"$work/table"
for id in "${ids[@]}"; do
	try_machine "$id"
done
if [ "${1-}" = --print ]; then
	cat "$work/table"
	finish
fi
same_file "the table of verdicts" "$VP_SRCDIR/tests/golden/machines.txt" "$work/table"

begin "the demo of an unknown machine lists those there are"
run 2 demo no-such-machine
complains 'no-such-machine'
same "the list" "${ids[*]}" "$(cut -d ' ' -f 1 "$work/out" | xargs)"

# ---- this very machine -------------------------------------------------------------------------------------

begin "this machine: check and groups speak, and speak the truth"
run '0|1|3' check
silent
run 0 groups
silent
if [ ! -d /sys/kernel/iommu_groups ]; then
	contains "groups" 'not seen' "$out"
elif [ -z "$(ls /sys/kernel/iommu_groups)" ]; then
	contains "groups" '^There are no IOMMU groups' "$out"
	grep -q '^Group ' <<<"$out" && wrong "it lists groups where there are none" "$out"
else
	same "groups listed" "$(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)" \
		"$(grep -c '^Group ' <<<"$out")"
fi
run 0 groups --json
jq -e "$form" "$work/out" >/dev/null || wrong "the form of groups --json"
if [ -d /sys/bus/pci/devices ]; then
	same "functions" "$(cd /sys/bus/pci/devices && find . -mindepth 1 | sed 's|./||' | sort | xargs)" \
		"$(jq -r '.groups[].devices[].address, .ungrouped[].address' "$work/out" | sort | xargs)"
fi

# ---- nothing outside the tree ------------------------------------------------------------------------------

# The path each system call came to: what it opened, else what it named, else the folder it named it in.
paths()
{
	sed -n -E '
		s/^[0-9]+ +//
		/^(\+\+\+|---)/d
		/= [0-9]+<[^>]*>(\(deleted\))?$/ {
			s/.*= [0-9]+<([^>]*)>(\(deleted\))?$/\1/p
			d
		}
		s/^[a-z0-9_]+\((AT_FDCWD<[^>]*>, )?"([^"]*)".*/\2/p
		t
		s/^[a-z0-9_]+\([0-9]+<([^>]*)>.*/\1/p' "$1" | sort -u
}

# Besides the tree: the answers given, the tables, the program and what every program opens to start at all. GLib
# looks up in passwd who runs it.
traced()
{
	local root=$work/tree above=$work strays
	local allowed="$root(/.*)?|$work/answers|$VIRT_PASSTHROUGH_ASSETS/.*|$VP_PROGRAM"
	allowed+='|/|/usr/.*|/lib.*|/bin/.*|/etc/ld\.so\..*|/etc/(nsswitch\.conf|passwd|locale\.alias)|/dev/null'
	allowed+='|/proc/(self|[0-9]+)/.*|/memfd:.*|(pipe|socket):.*|'
	while [ "$above" != / ]; do
		allowed+="|$above"
		above=$(dirname "$above")
	done
	ASAN_OPTIONS=detect_leaks=0 PATH=/usr/bin:/bin timeout "$longest" strace -f -y -e trace=%file \
		-o "$work/trace" "$VP_PROGRAM" --root "$root" "$@" >"$work/out" 2>"$work/err" </dev/null
	[ $? -le 1 ] || wrong "\"$*\" under strace" "$(<"$work/err")"
	grep -q "\"sys/bus/pci/devices\"\|sys/bus/pci/devices>" "$work/trace" || wrong "\"$*\": the trace is blind"
	strays=$(paths "$work/trace" | grep -v -x -E -- "$allowed")
	[ -z "$strays" ] || wrong "\"$*\" looks outside of its tree" "$strays"
}

begin "under --root nothing outside the tree is opened or even looked at"
if ! strace -o /dev/null true 2>/dev/null; then
	echo "  skipped: strace is not installed or may not trace"
else
	machine asus-maximus-vii-ranger tree
	printf '{"devices":["0000:01:00.0","0000:01:00.1"]}' >"$work/answers"
	for command in check groups "export libvirt" plan "apply --yes" check plan "undo --yes"; do
		# shellcheck disable=SC2086 # words
		traced --answers "$work/answers" $command
	done
fi

finish
