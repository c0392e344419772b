#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-pci-ids.sh - makes assets/machines/pci.ids anew: the names the recorded machines need, no more
#
# usage: tests/make-pci-ids.sh [PCI.IDS…]
# The first file that knows a name wins; the default is the system's. A name that only the present subset
# knows stays, so that an older database takes nothing away. Needs jq. A developer's tool: no build runs it.
set -eu

machines=$(dirname "$0")/../assets/machines
if [ $# -eq 0 ]; then
	for file in /usr/share/hwdata/pci.ids /usr/share/misc/pci.ids; do
		[ ! -r "$file" ] || set -- "$@" "$file"
	done
fi
[ $# -gt 0 ] || { echo "make-pci-ids.sh: no pci.ids was found; name one" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jq -r '.pci[]? | [.id, .class, .subsystem // ""] | @tsv' "$machines"/*.json | sort -u >"$work/wanted"
cp "$machines/pci.ids" "$work/before" 2>/dev/null || : >"$work/before"

# Every name gets a key: "D 10de", "D 10de 13c2", "D 10de 13c2 1043 8508"; classes likewise with a "K".
awk -F '\t' '
	FILENAME == ARGV[1] {
		split($1, id, ":")
		split($3, sub_id, ":")
		want["D " id[1]]; want["D " id[1] " " id[2]]
		if ($3 != "") { want["D " sub_id[1]]; want["D " id[1] " " id[2] " " sub_id[1] " " sub_id[2]] }
		class = substr($2, 1, 2); subclass = substr($2, 3, 2)
		want["K " class]; want["K " class " " subclass]
		want["K " class " " subclass " " substr($2, 5)]
		next
	}
	FILENAME == ARGV[2] && /^#/ && !body { print; next }
	{ body = 1 }
	/^#/ || /^$/ { next }
	{
		depth = match($0, /[^\t]/) - 1
		line = substr($0, depth + 1)
		at = index(line, "  ")
		id_text = substr(line, 1, at - 1)
		if (depth == 0) top = id_text ~ /^C / ? "K " substr(id_text, 3) : "D " id_text
		if (depth == 1) second = top " " id_text
		key = depth == 0 ? top : depth == 1 ? second : second " " id_text
		if (key in want && !(key in name)) { name[key] = line; tabs[key] = substr("\t\t", 1, depth) }
	}
	END {
		print "#\n# Only the names that the recorded machines need (tests/make-pci-ids.sh).\n#"
		for (key in name) print key "\t" tabs[key] name[key] | "LC_ALL=C sort"
	}
' "$work/wanted" "$@" "$work/before" | sed 's/^[DK] [0-9a-f ]*\t//' >"$work/after"

mv "$work/after" "$machines/pci.ids"
