#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# house-rules.sh - what the reader may rely on everywhere: prints each breach as file:line: rule
#
# First every rule is tried on a small tree that breaks it, so that no rule can pass by being blind.
set -u
LC_ALL=C
export LC_ALL

VP_SRCDIR=${VP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# Who may do what others may not, as patterns of paths. run.c looks whether a program is there before it
# starts it; job.c starts this program itself, to apply.
opens_files='core/(root(_[a-z]+)?|tables|machine(_[a-z]+)?|run)\.c|tui/terminal\.c'
starts_processes='core/run\.c|tui/(job|demo)\.c'
leaves_by_exit='core/run\.c' # the child between fork and exec

# ---- the sources as plain lines ----------------------------------------------------------------------------

# strip KEEP_STRINGS FILE...: "file:line:text" without comments, and without what stands in strings.
strip() {
	local keep=$1
	shift
	awk -v keep="$keep" '
	FNR == 1 { inside = 0 }
	{
		out = ""
		quote = ""
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			pair = substr($0, i, 2)
			if (inside) {
				if (pair == "*/") { inside = 0; i++ }
			} else if (quote != "") {
				if (c == "\\") { if (keep) out = out pair; i++; continue }
				if (keep || c == quote) out = out c
				if (c == quote) quote = ""
			} else if (pair == "/*") { inside = 1; i++
			} else if (pair == "//") { break
			} else {
				if (c == "\"" || c == "\047") quote = c
				out = out c
			}
		}
		print FILENAME ":" FNR ":" out
	}' "$@" /dev/null
}

# complain RULE: what comes in as file:line:text goes out as a breach.
complain() {
	sed -E "s|^([^:]*:[0-9]+):.*|\1: $1|"
}

# calls NAMES: lines that call one of these functions; a member or a longer name is another thing.
calls() {
	grep -E "(^|[^[:alnum:]_>.])($1)[[:space:]]*\(" "$work/code"
}

in_folder() {
	grep -E "^($1)/" || true
}

except() {
	grep -v -E "^($1):" || true
}

# ---- the rules, each run within the tree -------------------------------------------------------------------
# $work/code holds the sources without comments and strings, $work/text without comments.

rule_curses() {
	grep -E '#[[:space:]]*include[[:space:]]*<(n?curses|ncursesw/.*|panel|menu|form)\.h>' "$work/text" | in_folder core |
		complain "core/ knows no curses"
}

rule_layers() {
	grep -E '#[[:space:]]*include[[:space:]]*"' "$work/text" | in_folder tui | while IFS= read -r line; do
		name=${line#*\"}
		name=${name%%\"*}
		case $name in
		core.h | ../core/core.h | core/core.h) continue ;;
		esac
		[ "$name" = "${name##*/}" ] && [ -e "tui/$name" ] && continue
		[ ! -e "core/${name##*/}" ] || say_line "$line"
	done | complain "tui/ knows core/ only by core.h"
}

say_line() {
	printf '%s\n' "$1"
}

rule_files() {
	calls 'open|open64|openat|openat2|creat|fopen|freopen|opendir|fdopendir|scandir|nftw|stat|lstat|'\
'access|readlink|rename|unlink|mkdir|rmdir|symlink|chmod|chown|truncate|g_file_[gs]et_contents(_full)?|'\
'g_file_test|g_file_read_link|g_dir_open|g_fopen|g_open|g_stat|g_lstat|g_access|g_mkdir(_with_parents)?|'\
'g_rename|g_unlink|g_remove|g_rmdir|g_mapped_file_new|g_file_new_for_path|json_object_(from|to)_file|'\
'xmlReadFile|xmlParseFile|xmlSaveFile' |
		in_folder 'core|tui' | except "$opens_files" | complain "files are opened only in core/root.c"
}

rule_processes() {
	calls 'fork|vfork|clone|execl[ep]?|execvp?e?|fexecve|posix_spawnp?|g_spawn_[a-z_]+' |
		in_folder 'core|tui' | except "$starts_processes" |
		complain "processes are started only in core/run.c"
}

rule_shell() {
	{
		calls 'system|popen|g_spawn_command_line_a?sync'
		grep -E '"([a-z/]*/)?(ba|da)?sh"?,?[[:space:]]*"?-[a-z]*c' "$work/text"
	} | in_folder 'core|tui' | complain "no shell: argv arrays"
}

rule_printing() {
	{
		calls 'v?[fd]?printf|f?puts|putchar|f?putc|perror|psignal|'\
'g_print|g_printerr|g_message|g_warning|g_critical|g_info|g_debug|g_log|warn|warnx|err|errx'
		grep -E '(^|[^[:alnum:]_])(stdout|stderr)([^[:alnum:]_]|$)' "$work/code"
	} | in_folder core | complain "core/ prints nothing"
}

rule_exit() {
	calls 'exit|_exit|_Exit|quick_exit|abort|g_error|g_abort|assert|g_assert' | in_folder core |
		except "$leaves_by_exit" | complain "core/ never ends the process"
}

# Constants are constant all the way down: an array of pointers needs "*const". What a signal handler sets is
# the one thing that cannot live elsewhere.
rule_globals() {
	{
		grep -E ':(static )?[a-z_][a-z0-9_ ]*[ *][a-z_][a-z0-9_]*(\[[^]]*\])*( =.*|;)$' "$work/code"
		grep -E ':[[:space:]]+static [^(]*( =|;)' "$work/code"
		grep -E ':static [^=;]*\(\*[a-z_]+(\[\])?\)\([^)]*\)( =.*|;)$' "$work/code"
	} | in_folder 'core|tui' | grep -v -E ':(typedef|extern|struct [a-z_]+;|enum [a-z_]+;)' |
		grep -v -E 'volatile sig_atomic_t|^[^*]*const [^*]*$|\*[[:space:]]*const[[:space:]]' |
		complain "no mutable globals"
}

rule_length() {
	awk 'FNR == 600 { print FILENAME ":600: files stay under 600 lines" }' "${sources[@]}" "${scripts[@]}"
}

rule_functions() {
	awk '/^\{/ { start = FNR }
	/^\}/ {
		if (start && FNR - start > 70) print FILENAME ":" start ": functions stay under 70 lines"
		start = 0
	}' "${sources[@]}"
}

rule_spdx() {
	for file in "${sources[@]}" "${scripts[@]}"; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
			say_line "$file:1: the first line names the licence"
	done
}

rule_first_include() {
	for file in "${sources[@]}"; do
		case $file in
		*.c) grep -n -m 1 '^#include' "$file" | grep -q '"config.h"' ||
			say_line "$file:1: the first include is config.h" ;;
		esac
	done
}

rule_blanks() {
	grep -n -E $'^ +\t|[ \t]+$|^\t* {8}' "${sources[@]}" "${scripts[@]}" |
		complain "tabs indent, blanks align, none at the end"
}

rule_machines() {
	grep -n -E '(^|[^[:alnum:]_}.*/-])/(work|root|tmp|home/[a-z]+)/' "${shipped[@]}" |
		complain "no path of one developer's machine"
}

rule_headers() {
	local flags
	read -ra flags < <(pkg-config --cflags glib-2.0 json-c libxml-2.0 libpci libvirt ncursesw)
	for file in "${sources[@]}"; do
		case $file in
		*.h) printf '#include "%s"\n' "$file" |
			${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Werror "${flags[@]}" -I. -Icore \
				-fsyntax-only -x c - >/dev/null 2>&1 ||
			say_line "$file:1: headers compile alone" ;;
		esac
	done
}

rules=(curses layers files processes shell printing exit globals length functions spdx first_include blanks
	machines headers)

# ---- one tree ----------------------------------------------------------------------------------------------

# check TREE RULE...: breaches on standard output
check() {
	local tree=$1 rule
	shift
	cd "$tree" || exit 99
	mapfile -t sources < <(find core tui tests -name '*.[ch]' | sort)
	mapfile -t scripts < <(find bootstrap .ci/run tests/*.sh -type f 2>/dev/null | sort)
	mapfile -t shipped < <(find core tui assets bootstrap .ci configure.ac Makefile.am README.md -type f \
		2>/dev/null)
	strip 0 "${sources[@]}" >"$work/code"
	strip 1 "${sources[@]}" >"$work/text"
	for rule; do
		"rule_$rule"
	done
}

# ---- every rule can fail -----------------------------------------------------------------------------------

# tree FILE TEXT: a small tree that keeps every rule, but for this file
tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/core" "$work/tree/tui" "$work/tree/tests"
	printf '%s\n' "$spdx" '#pragma once' '#include <stdbool.h>' 'bool vp_core(void);' \
		>"$work/tree/core/core.h"
	printf '%s\n' "$spdx" '#pragma once' >"$work/tree/core/deep.h"
	printf '%s\n' "$spdx" '#include "config.h"' '#include "core.h"' '/* exit(1), printf() */' \
		'static const char *const names[] = {"exit(", NULL};' 'bool vp_core(void)' '{' \
		'	file->open(names);' '	return reopen(names);' '}' >"$work/tree/core/core.c"
	[ $# = 0 ] || printf '%s\n' "$spdx" '#include "config.h"' "$2" >"$work/tree/$1"
}

# breaks RULE FILE TEXT: the rule must see this one
breaks() {
	tree "$2" "$3"
	(check "$work/tree" "$1") >"$work/breaches"
	grep -q "^$2:[0-9]*: " "$work/breaches" && return
	say_line "house-rules.sh: the rule \"$1\" is blind for: $3"
	blind=1
}

try_rules() {
	local many long
	tree
	(check "$work/tree" "${rules[@]}") >"$work/breaches"
	[ -s "$work/breaches" ] && cat "$work/breaches" && blind=1
	breaks curses core/a.c '#include <ncurses.h>'
	breaks layers tui/a.c '#include "deep.h"'
	breaks layers tui/a.c '#include "../core/deep.h"'
	breaks files core/a.c '	fd = open(path, 0);'
	breaks files tui/a.c '	if (!g_file_get_contents(path, &text, NULL, NULL))'
	breaks processes core/a.c '	pid = fork();'
	breaks processes tui/a.c '	g_spawn_sync(NULL);'
	breaks shell core/run.c '	system("ls");'
	breaks shell tui/a.c '	char *argv[] = {"sh", "-c", line};'
	breaks printing core/a.c '	printf("x");'
	breaks printing core/a.c '	list(stderr, 1);'
	breaks exit core/a.c '	exit(1);'
	breaks globals core/a.c 'static int count;'
	breaks globals core/a.c 'static const char *names[] = {"a"};'
	breaks globals tui/a.c 'struct vp_list list = {0};'
	breaks globals tui/a.c '	static int calls = 0;'
	breaks globals tui/a.c 'static void (*handler)(int);'
	many=$(printf '\n%.0s' {1..600} && echo .)
	breaks length core/a.c "$many"
	long=$(echo '{' && printf '\n%.0s' {1..75} && echo '}')
	breaks functions tui/a.c "$long"
	breaks blanks core/a.c '    	int mixed;'
	breaks blanks core/a.c 'int blank; '
	breaks blanks core/a.c '        int spaces;'
	breaks machines core/a.c '	path = "/home/somebody/src";'
	breaks headers core/a.h 'vp_unknown use(void);'
	tree
	echo 'int a;' >"$work/tree/core/a.c"
	(check "$work/tree" spdx first_include) >"$work/breaches"
	[ "$(wc -l <"$work/breaches")" = 2 ] && return
	say_line "house-rules.sh: the rules \"spdx\" and \"first_include\" are blind"
	blind=1
}

spdx='/* SPDX-License-Identifier: GPL-2.0-or-later */'
blind=0
try_rules
[ "$blind" = 0 ] || exit 1
(check "$VP_SRCDIR" "${rules[@]}") >"$work/breaches"
cat "$work/breaches"
[ ! -s "$work/breaches" ]
