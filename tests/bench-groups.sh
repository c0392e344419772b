#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench-groups.sh - what `groups` costs, as ratios within one run. By hand, not in `make check`:
#
#   VP_PROGRAM=build/virt-passthrough VP_EXPAND=build/tests/expand tests/bench-groups.sh
#
# Needs a C compiler, lspci and strace, and room for 60000 small files in /dev/shm or $TMPDIR.
set -eu
LC_ALL=C
export LC_ALL

VP_SRCDIR=${VP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
VIRT_PASSTHROUGH_ASSETS=${VIRT_PASSTHROUGH_ASSETS:-$VP_SRCDIR/assets}
export VIRT_PASSTHROUGH_ASSETS
: "${VP_PROGRAM:?name the program to measure}" "${VP_EXPAND:?name the built tests/expand}"
[ -w /dev/shm ] && TMPDIR=${TMPDIR:-/dev/shm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench=$work/bench
misses=0

echo '#define _GNU_SOURCE 1' >"$work/config.h"
${CC:-cc} -O2 -I"$work" -o "$bench" "$VP_SRCDIR/tests/bench-groups.c"
for count in 512 4096; do
	mkdir "$work/$count"
	"$bench" make $count "$work/$count"
done
mkdir "$work/server"
"$VP_EXPAND" spr-server-462-groups "$work/server"

# cost COMMAND...: sets us (least processor time) and kib (most memory).
cost() {
	read -r us kib < <("$bench" run "${times:-9}" "$@")
}

# figure TEXT VALUE LIMIT: a value that should not be above its limit.
figure() {
	local verdict=ok

	if awk "BEGIN { exit !($2 > $3) }"; then
		verdict=MISSED
		misses=$((misses + 1))
	fi
	printf '%-62s %8s  at most %-6s %s\n' "$1" "$2" "$3" $verdict
}

ratio() {
	awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}

cost "$VP_PROGRAM" --root "$work/4096" groups
ours=$us memory=$kib
cost "$VP_PROGRAM" --root "$work/512" groups
small=$us
cost lspci -nn -A linux-sysfs -O sysfs.path="$work/4096/sys/bus/pci"
lspci=$us
cost "$bench" bare "$work/4096"
bare=$us
mkdir "$work/none"
cost "$VP_PROGRAM" --root "$work/none" groups
start=$us
cost "$VP_PROGRAM" --root "$work/server" groups
server=$us

# The loop that guides tell to type, on a tree in place of /sys.
cat >"$work/loop" <<'END'
for g in "$1"/sys/kernel/iommu_groups/*; do
	echo "IOMMU Group ${g##*/}:"
	for d in "$g"/devices/*; do
		echo -e "\t$(lspci -A linux-sysfs -O sysfs.path="$1/sys/bus/pci" -nns "${d##*/}")"
	done
done
END
times=1 cost bash "$work/loop" "$work/server"
loop=$us

# Files that were opened for reading (not only to look) more often than once.
strace -f -y -e trace=open,openat,openat2 -o "$work/opens" "$VP_PROGRAM" --root "$work/4096" groups >/dev/null
twice=$(grep -v -e O_PATH -e O_DIRECTORY "$work/opens" | sed -n 's/.* = [0-9]*<\(.*\)>$/\1/p' | sort | uniq -d | wc -l)
opens=$(grep -c -v -e ENOENT "$work/opens")

printf 'processor time in ms: groups %s (512: %s, none: %s), lspci -nn %s, bare %s; server: groups %s, loop %s\n' \
	$(for us in $ours $small $start $lspci $bare $server $loop; do echo "$(ratio $us 1000)"; done)
printf 'opens of groups on 4096 functions: %s\n\n' "$opens"
figure 'groups : lspci -nn, 4096 functions' "$(ratio $ours $lspci)" 1
figure 'groups : bare minimum, 4096 functions' "$(ratio $ours $bare)" 5
figure 'groups : loop of lspci, 483 devices, times 100' "$(ratio $((server * 100)) $loop)" 1
# Reading the names and the rest is paid once; what grows is what counts.
figure '8 times as many functions : 8 times the time, less what none take' \
	"$(ratio $((ours - start)) $((8 * (small - start))))" 1.2
figure 'peak memory in MiB, 4096 functions' "$(ratio $memory 1024)" 16
figure 'files read twice' "$twice" 0
exit $((misses > 0))
