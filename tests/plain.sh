#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# plain.sh - the questions line by line and the commands, with answers from a pipe
#
# VP_SRCDIR: the source folder; VP_PROGRAM: the program (default: ./virt-passthrough).
set -u

program=$(realpath "${VP_PROGRAM:-./virt-passthrough}")
source_dir=${VP_SRCDIR:-$(realpath "$(dirname "$0")/..")}
if [[ ! -x $program ]]; then
	echo "there is no program at $program: set VP_PROGRAM"
	exit 99
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

export LC_ALL=C.UTF-8 TMPDIR=$scratch
export VIRT_PASSTHROUGH_ASSETS=${VIRT_PASSTHROUGH_ASSETS:-$source_dir/assets}

fail()
{
	failed=1
	echo "FAIL: $*, line ${BASH_LINENO[1]}"
	sed 's/^/  out: /' "$scratch/out" | tail -15
	sed 's/^/  err: /' "$scratch/err"
}

# run STATUS ARGS...: standard input is passed on
run()
{
	local expected=$1 status
	shift
	"$program" "$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
	((status == expected)) || fail "\"$*\" ended with $status instead of $expected"
}

says()
{
	grep -qF -- "$1" "$scratch/out" || fail "\"$1\" is not in the output"
}

silent()
{
	! grep -qF -- "$1" "$scratch/out" || fail "\"$1\" is in the output"
}

complains()
{
	[[ $(wc -l <"$scratch/err") == 1 ]] || fail "not one line on stderr"
	grep -q '^virt-passthrough: ' "$scratch/err" || fail "the complaint has no name"
	grep -qF -- "$1" "$scratch/err" || fail "\"$1\" is not in the complaint"
}

clean()
{
	! compgen -G "$scratch/virt-passthrough-demo-*" >/dev/null || fail "the folder of the demo is still there"
}

# The number of a choice by what stands in its line.
number_of()
{
	grep -E '^ +[0-9]+ \[' "$scratch/out" | grep -F -- "$1" | awk '{print $1; exit}'
}

# ---- questions ------------------------------------------------------------------------------------------------------

run 1 demo --plain </dev/null
complains "the input ended at question 1.1"
says "DEMO: nothing on this computer is changed"
clean

run 0 demo --plain <<<q
says "Nothing has been changed."
clean

# Enter takes what is in brackets, to the end; then no.
yes '' | head -40 >"$scratch/enters"
run 0 demo --plain <"$scratch/enters"
says "5. Machine"
says "Review"
says "Nothing has been changed yet."
says "Nothing was changed."
clean

# Devices are chosen by number; help, a step back, and a refusal come in between.
card=$(number_of "0000:01:00.0")
{
	echo                              # firmware
	printf '%s\n' maybe '?' y '' '' '' b '' '' # kernel: refused, help, yes, ..., back once, on
	printf '%s\n' 999 "$card" ''      # devices: no such number, the card, binding as suggested
	printf '%s\n' '' ''               # packages
	printf '%s\n' 1 '' 4096
	yes '' | head -7
	echo yes
} >"$scratch/answers"
run 0 demo --plain <"$scratch/answers"
says "cannot take this"
says "there is no such number: 999"
says "0000:01:00.1"
says ">4096</memory>"
says "+GRUB_CMDLINE_LINUX_DEFAULT="
says "[1/"
says "Start the computer again"
clean

# An end of the input before the yes changes nothing.
head -c -4 "$scratch/answers" >"$scratch/short"
run 1 demo --plain <"$scratch/short"
complains "nothing was changed"
silent "[1/"
clean

# ---- commands --------------------------------------------------------------------------------------------------------

run 0 --help
says "virt-passthrough [OPTIONS] [COMMAND]"
says "--connect URI"
silent "plan-digest"
run 0 --version
says "virt-passthrough "
run 2 --nonsense
complains "--nonsense"
run 2 --root
complains "option --root: it needs a value"
for command in wizard demo; do
	run 2 --json $command
	complains "--json with $command"
done
run 2 --json apply
complains "--yes"
run 2 nonsense
complains "nonsense"
run 2 check one
complains "one"
run 2 export nonsense
complains "nonsense"
run 2 demo nonsense
complains "nonsense"
says "asus-maximus-vii-ranger"
run 2 check --root "$scratch/nowhere"
complains "nowhere"
run 1 check --answers "$scratch/nowhere"
complains "nowhere"

# An empty system: nothing is known, and no command stumbles over it.
mkdir "$scratch/empty"
for json in "" --json; do
	run 0 groups --root "$scratch/empty" $json
	run 0 plan --root "$scratch/empty" $json
	run 0 export answers --root "$scratch/empty" $json
	run 0 undo --root "$scratch/empty" $json
done
silent '{'
run 0 export answers --root "$scratch/empty"
if command -v jq >/dev/null; then
	jq -e .machine "$scratch/out" >/dev/null || fail "the answers are no JSON"
	run 0 groups --root "$scratch/empty" --json
	jq -e '.groups == [] and .ungrouped == []' "$scratch/out" >/dev/null || fail "groups --json"
	run 0 plan --root "$scratch/empty" --json
	jq -e '.changes and .refused' "$scratch/out" >/dev/null || fail "plan --json"
fi
# A risk is taken only by typing it out; without that nothing is asked for and nothing is done.
risk="0000:00:19.0 carries the network (enp0s25)"
before_devices=("" "" "" "" "" "")
printf '%s\n' "${before_devices[@]}" "00:19.0" "it carries nothing" q >"$scratch/answers"
run 0 demo asus-maximus-vii-ranger-rebooted --plain <"$scratch/answers"
says "type word for word: $risk"
says "00:19.0 stays: the sentence was not typed"
printf '%s\n' "${before_devices[@]}" "00:19.0" "$risk" >"$scratch/answers"
yes '' | head -20 >>"$scratch/answers"
run 0 demo asus-maximus-vii-ranger-rebooted --plain <"$scratch/answers"
says "A risk you have taken: $risk"
clean

# A plan that is blocked is not asked about; one that is not the one that was shown is not carried out.
mkdir "$scratch/blocked"
echo '{"devices":["0000:00:19.0"]}' >"$scratch/given"
if [[ -x ${VP_BUILDDIR-}/tests/expand ]]; then
	"$VP_BUILDDIR/tests/expand" asus-maximus-vii-ranger-rebooted "$scratch/blocked"
	run 1 --root "$scratch/blocked" --answers "$scratch/given" apply <<<yes
	complains "cannot apply this plan: 0000:00:19.0"
	silent "yes or no"
	echo '{"devices":["0000:01:00.0","0000:01:00.1"]}' >"$scratch/given"
	run 1 --root "$scratch/blocked" --answers "$scratch/given" --plan-digest 00 apply --yes
	complains "the machine changed since the plan was shown"
	[[ ! -e $scratch/blocked/var/lib/virt-passthrough ]] || fail "something was written"

	# Answers that cannot be read are no obstacle to the way back.
	run 0 --root "$scratch/blocked" --answers "$scratch/given" apply --yes
	run 2 --root "$scratch/blocked" undo --json
	complains "--yes"
	echo '{' >"$scratch/blocked/var/lib/virt-passthrough/answers.json"
	run 0 --root "$scratch/blocked" undo --yes
	says "as it was before the first change"
fi

[[ -z $(ls -A "$scratch/empty") ]] || fail "looking has written something"

if ((failed)); then
	exit 1
fi
echo "plain: questions and commands"
