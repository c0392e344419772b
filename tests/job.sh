#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# job.sh - the whole job on the reference machine: wizard, questions and answers file, applied and taken back
# shellcheck source=tests/common.sh
. "${VP_SRCDIR:?}/tests/common.sh"

need tmux jq xmllint
reference=asus-maximus-vii-ranger
added='intel_iommu=on iommu=pt vfio-pci.ids=10de:13c2,10de:0fbb'
state=var/lib/virt-passthrough

printf '{"devices":["0000:01:00.0","0000:01:00.1"]}' >"$work/answers"

# on TREE ARGS...: every face works on a tree, with the libvirt that is there for tests
on()
{
	echo --root "$work/$1" --connect test:///default
}

# What a line of a file means to the shell that reads it.
sourced()
{
	bash -c '. "$1" && eval "printf %s \"$2\""' - "$work/$1" "$2"
}

# applied TREE: the files say what was asked for
applied()
{
	same "the kernel's words" "$old_words $added" \
		"$(sourced "$1/etc/default/grub" '$GRUB_CMDLINE_LINUX_DEFAULT')"
	same "the first modules" "vfio_pci vfio vfio_iommu_type1" \
		"$(sourced "$1/etc/mkinitcpio.conf" '${MODULES[*]:0:3}')"
}

machine "$reference" before
snapshot "$work/before" >"$work/before.all"
old_words=$(sourced before/etc/default/grub '$GRUB_CMDLINE_LINUX_DEFAULT')

# same_as_before TREE SNAPSHOT: nothing is left of us, and nothing else is touched
same_as_before()
{
	snapshot "$work/$1" >"$work/$1.after"
	same_file "$1 is not as it was" "$work/$2" "$work/$1.after"
}

# ---- three faces -------------------------------------------------------------------------------------------
# What a screen shows of the machine and of the plan is waited for; how a screen words itself may change.

wizard_screens()
{
	see 'MAXIMUS VII RANGER'
	see 'Secure boot'
	keys n
	see '\[x\] +intel_iommu=on'
	keys n
	see '\[ \] +01:00\.0'
	keys / 'GTX 970' Enter
	keys Space
	see '\[x\] +01:00\.0.*GTX 970'
	see '\[x\] +01:00\.1'
	keys n
	see 'qemu-desktop'
	keys n
	see 'linux-gpu'
	keys n
	see 'Change /etc/mkinitcpio\.conf'
}

wizard_applies()
{
	keys a
	see '\[ Not yet \]'
	keys Left
	see '\[ Apply \]'
	[ -e "$work/wizard/$state" ] && wrong "something is written before the yes"
	keys Enter
	wait_until test -e "$work/wizard/$state/answers.json" || wrong "it does not end" "$(screen)"
	see 'Define the machine.* done'
	keys Enter G
	see 'Define the machine "linux-gpu" \(test:///default\)'
	see 'libvirt reads it back with every chosen device'
	keys q q
	see 'ended with 0'
}

begin "the wizard, through every screen of 80x24, and apply"
machine "$reference" wizard
snapshot "$work/wizard" >"$work/wizard.all"
# shellcheck disable=SC2046 # words
terminal wizard 80x24 $(on wizard) wizard
wizard_screens
wizard_applies
applied wizard

begin "the questions line by line, and apply"
machine "$reference" plain
snapshot "$work/plain" >"$work/plain.all"
input=$work/typed
{
	printf '\n%.0s' firmware kernel.{iommu,passthrough_mode,boot_loader,add,remove}
	printf '01:00.0\n\n' # devices, binding
	printf '\n%.0s' packages services
	printf '\n%.0s' machine.{os,name,memory_mib,vcpus,disk_path,disk_gib,installer,firmware,pin,hugepages}
	printf 'yes\n'
} >"$input"
# shellcheck disable=SC2046
run 0 $(on plain) --plain
silent
contains "libvirt's word" 'libvirt reads it back with every chosen device' "$out"
input=/dev/null
applied plain

begin "the answers file, and apply --yes"
machine "$reference" file
snapshot "$work/file" >"$work/file.all"
# shellcheck disable=SC2046
run 0 $(on file) --answers "$work/answers" apply --yes
silent
contains "libvirt's word" 'libvirt reads it back with every chosen device' "$out"
applied file

begin "the three faces come to one plan and one result"
for face in wizard plain file; do
	run 0 --root "$work/before" --connect test:///default --answers "$work/$face/$state/answers.json" \
		plan --json
	silent
	cp "$work/out" "$work/$face.plan"
	(cd "$work/$face" && find . -path "./$state/journal" -prune -o -printf '%p %y %m %U:%G %l\n' | sort &&
		find . -path "./$state/journal" -prune -o -type f -print0 | sort -z | xargs -0 sha256sum) \
		>"$work/$face.result"
done
for face in plain file; do
	same_file "the plan of $face" "$work/wizard.plan" "$work/$face.plan"
	same_file "the result of $face" "$work/wizard.result" "$work/$face.result"
done
same "kinds of changes" "define run write" "$(jq -r '[.changes[].kind] | unique | join(" ")' "$work/file.plan")"
same "needs a reboot, refuses nothing" "true 0" \
	"$(jq -r '"\(.needs_reboot) \(.refused | length)"' "$work/file.plan")"
same_as_before before before.all

# ---- the machine -------------------------------------------------------------------------------------------

begin "the machine has both functions of the card, and libvirt's schema takes it"
run 0 --root "$work/before" --answers "$work/answers" export libvirt
cp "$work/out" "$work/machine.xml"
address='//hostdev[@managed="yes"]/source/address[@bus="0x01"]/@function'
same "the functions" 'function="0x0" function="0x1"' \
	"$(xmllint --xpath "$address" "$work/machine.xml" | xargs -d '\n' | tr -s ' ' | sed 's/^ //')"
jq -r '.changes[] | select(.kind == "define") | .xml' "$work/file.plan" >"$work/planned.xml"
same_file "the plan's machine" "$work/machine.xml" <(sed '$ { /^$/d }' "$work/planned.xml")
if command -v virt-xml-validate >/dev/null; then
	validated=$(virt-xml-validate "$work/machine.xml" domain 2>&1) || wrong "libvirt's schema" "$validated"
else
	echo "  virt-xml-validate is not installed: the schema was not asked"
fi

# ---- again, and back ---------------------------------------------------------------------------------------

begin "planning again changes no file, and applying again neither"
# shellcheck disable=SC2046
run 0 $(on file) plan --json
same "changes left" "" "$(jq -r '.changes[] | select(.kind != "run") | .path // .name' "$work/out")"
(cd "$work/file" && find . -path "./$state" -prune -o -type f -printf '%p %T@\n' | sort) >"$work/once"
# shellcheck disable=SC2046
run 0 $(on file) apply --yes
(cd "$work/file" && find . -path "./$state" -prune -o -type f -printf '%p %T@\n' | sort) >"$work/twice"
same_file "the second apply" "$work/once" "$work/twice"

begin "undo after two applies puts every byte back; each command is named once"
run 0 --root "$work/file" undo --yes
silent
same "commands named twice" "" "$(grep -E '^\[' "$work/out" | sed 's/^[^ ]* //' | sort | uniq -d)"
same_as_before file file.all
run 0 --root "$work/file" undo --yes
silent
contains "the second undo" 'nothing to undo' "$out"

begin "undo in the wizard puts every byte back"
# shellcheck disable=SC2046
terminal back 80x24 $(on wizard)
see 'MAXIMUS VII RANGER'
keys 6 u
see '\[ Not now \]'
keys Left
see '\[ Put everything back \]'
keys Enter
wait_until test ! -e "$work/wizard/$state" || wrong "it does not end" "$(screen)"
see 'done'
keys q
see 'Leave|ended with 0'
shows 'ended with 0' || keys Enter
see 'ended with 0'
same_as_before wizard wizard.all

# A live system that is mounted somewhere has no /sys, /proc, /dev and /run of the one it rescues.
begin "undo from a rescue system, where no device is seen"
cp -a "$work/plain" "$work/rescue"
rm -rf "$work/rescue"/{sys,proc,dev,run}
run 1 --root "$work/rescue" check
silent
contains "the devices that were chosen" '0000:01:00\.0 was chosen .* not seen' "$out"
run 0 --root "$work/rescue" undo --yes
silent
cp -a "$work/before" "$work/rescue.before"
rm -rf "$work/rescue.before"/{sys,proc,dev,run}
(cd "$work/rescue.before" && find . -type f -exec sha256sum {} + | sort) >"$work/rescue.all"
(cd "$work/rescue" && find . -type f -exec sha256sum {} + | sort) >"$work/rescue.after"
same_file "the rescued system is not as it was" "$work/rescue.all" "$work/rescue.after"

begin "a file that somebody changed since is left alone, and that is said"
echo '# mine' >>"$work/plain/etc/default/grub"
cp "$work/plain/etc/default/grub" "$work/mine"
run 1 --root "$work/plain" undo --yes
complains 'not everything was put back: /etc/default/grub'
same "a promise that is not kept" "" "$(grep 'as it was before the first' "$work/out")"
contains "the refusal" '^Not done: /etc/default/grub: somebody changed it' "$out"
same_file "the file" "$work/mine" "$work/plain/etc/default/grub"
same_file "the other file" "$work/before/etc/mkinitcpio.conf" "$work/plain/etc/mkinitcpio.conf"
copy=$(sed -n 's/^Not done:.* stands in //p' "$work/out")
same_file "the copy of how it was" "$work/before/etc/default/grub" "$work/plain$copy"

# ---- after the restart -------------------------------------------------------------------------------------

begin "after the restart the same answers add only the ids of the card"
machine "$reference-rebooted" rebooted
words=$(sourced rebooted/etc/default/grub '$GRUB_CMDLINE_LINUX_DEFAULT')
# shellcheck disable=SC2046
run 0 $(on rebooted) --answers "$work/answers" apply --yes
same "the kernel's words" "$words vfio-pci.ids=10de:13c2,10de:0fbb" \
	"$(sourced rebooted/etc/default/grub '$GRUB_CMDLINE_LINUX_DEFAULT')"

begin "the picture in README.md is fresh"
picture=$("$VP_SRCDIR/tests/make-pictures.sh" --check)
case $? in
0) ;;
77) echo "  skipped: $picture" ;;
*) wrong "make-pictures.sh --check" "$picture" ;;
esac

begin "README.md names every command, option and answer"
run 0 --help
words=$(grep -oE '^  [a-z]+ |--[a-z]+' "$work/out")
run 0 --root "$work/before" export answers
keys=$(jq -r 'to_entries[] | .key as $key | if .value | type == "object" then .value | keys[] | "\($key).\(.)"
	else $key end' "$work/out")
for word in $words $keys; do
	grep -q -- "\`${word}[\` ]" "$VP_SRCDIR/README.md" || wrong "README.md does not name $word"
done

finish
