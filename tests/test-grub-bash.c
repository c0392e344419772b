/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-grub-bash.c - edits of /etc/default/grub against the judge, bash itself
 *
 * Each file is sourced before and after its edit. All variables must be the same but for the one that was
 * asked for, and that one must be what the change makes of the value which bash, not this program, found in
 * it.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "grub.h"

#define VARIABLE "GRUB_CMDLINE_LINUX_DEFAULT"
#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

/* Sources every file in a shell of its own and writes behind it all variables, the one in question first. The
 * trap runs where the file leaves the shell, too. */
static const char judge[] = "set -a; cd \"$1\"; for f in *.sh; do ("
			    "  trap 'x=$?; { printf \"%s\\0\" \"${" VARIABLE
			    "-unset}\"; declare -p; printf \"\\0\"; } >\"$f.vars\"' EXIT;"
			    "  . \"./$f\" </dev/null >/dev/null 2>&1"
			    "); done";

enum outcome { KEPT, IN_PLACE, APPENDED, REFUSED };

struct sample {
	char *text;
	const struct vp_cmdline_change *change;
	bool plain; /* it is to be edited in place */
	enum outcome outcome;
};

static const struct vp_cmdline_change changes[] = {
	{.add = WORDS("intel_iommu=on")},
	{.set = WORDS("intel_iommu=on", "iommu=pt")},
	{.merge = WORDS("vfio_pci.ids=10de:13c2,10de:0fbb"), .set = WORDS("intel_iommu=on")},
	{.remove = WORDS("quiet")},
	{.remove = WORDS("splash", "intel_iommu"), .add = WORDS("nosplash")},
	{.add = WORDS("dyndbg=\"file it's.c \\$x `a` +p\"")},
	{.take = WORDS("vfio-pci.ids=10de:13c2")},
};

/* ---- samples written by hand --------------------------------------------------------------------------- */

static const char *const by_hand[] = {
	"",
	"\n",
	VARIABLE "=\"quiet\"",
	VARIABLE "=\"quiet\"\n",
	VARIABLE "='quiet splash'\n",
	VARIABLE "=quiet\n",
	VARIABLE "=quiet\\ splash\n",
	VARIABLE "=\n",
	VARIABLE "=\"\"\n",
	VARIABLE "=''\n",
	VARIABLE "=''\"\"\n",
	VARIABLE "=\"  quiet  splash  \"\n",
	VARIABLE "=\"quiet \\\n\tsplash \\\n\tintel_iommu=off\"\n",
	VARIABLE "=\\\nquiet\n",
	VARIABLE "=qui\\\net\n",
	VARIABLE "=\"quiet\nsplash\"\n",
	VARIABLE "='quiet\nsplash'\n",
	"export " VARIABLE "=\"quiet\"\n",
	"export " VARIABLE "\n" VARIABLE "=quiet\n",
	"export A=1 " VARIABLE "='quiet splash' B=2\n",
	"A=1 " VARIABLE "='quiet splash' B=2\n",
	"\t  " VARIABLE "=\"quiet\"  # a comment with \"quotes\" and 'more\n",
	VARIABLE "=\"quiet\"# no comment\n",
	VARIABLE "=quiet#splash\n",
	"#" VARIABLE "=\"decoy\"\nA=1\n",
	"# A comment that seems to go on \\\n" VARIABLE "=\"quiet\"\n",
	"#" VARIABLE "=\"decoy\"\n" VARIABLE "=\"quiet\"\n#" VARIABLE "=\"decoy\"\n",
	VARIABLE "=\"a\"\n" VARIABLE "=\"b\"\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "=\"$" VARIABLE " splash\"\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "=\"${" VARIABLE "} splash\"\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "=$" VARIABLE "\\ splash\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "=splash\\ $" VARIABLE "\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "=\"$" VARIABLE " $" VARIABLE "\"\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "+=\" splash\"\n",
	VARIABLE "=\"quiet\"\n" VARIABLE "+=' splash'\n" VARIABLE "+=\\ last\n",
	VARIABLE "+=\"quiet\"\n",
	"A=\"quiet\"\n" VARIABLE "=\"$A splash\"\n",
	"A=\"quiet\"\n" VARIABLE "=\"splash $A\"\n",
	"A=\"\"\n" VARIABLE "=\"$A\"\n",
	"A=\" \"\n" VARIABLE "=\"$A\"\n",
	VARIABLE "=\"quiet\"\nB=\"$" VARIABLE " b\"\n",
	VARIABLE "=\"quiet\"\nB=\"${#" VARIABLE "}\"\n",
	VARIABLE "=\"quiet\"\nB=$(echo $" VARIABLE ")\n",
	VARIABLE "=\"quiet\"\nB=`echo $" VARIABLE "`\n",
	VARIABLE "=\"quiet\"\nB=$(echo hello)\n",
	VARIABLE "=\"$(echo quiet) splash\"\n",
	VARIABLE "=\"quiet `echo splash`\"\n",
	VARIABLE "=\"quiet $((1 + 2))\"\n",
	VARIABLE "=\"quiet ${UNSET:-splash}\"\n",
	VARIABLE "=\"quiet $UNSET\"\n",
	VARIABLE "=\"cost$ 5\"\n",
	VARIABLE "=\"a\\$b \\\"c d\\\" \\\\ \\e \\`\"\n",
	VARIABLE "='a$b \"c d\" \\ `'\n",
	VARIABLE "='it'\\''s'\n",
	VARIABLE "=\"it's\"'\"so\"'\n",
	VARIABLE "=~\n",
	VARIABLE "=a*\n",
	VARIABLE "={a,b}\n",
	"export " VARIABLE "={a,b}\n",
	VARIABLE "=(quiet splash)\n",
	"if true; then\n\t" VARIABLE "=\"quiet\"\nfi\n",
	"if false; then " VARIABLE "=\"no\"; else " VARIABLE "=quiet; fi\n",
	"if true; then A=1; fi\n" VARIABLE "=\"quiet\"\n",
	"if [ -e /nowhere ]; then\n\tA=1\nelif [ 1 = 1 ]\nthen\n\tA=2\nfi\n" VARIABLE "=\"quiet\"\n",
	VARIABLE "=\"quiet\"\nif [ \"$" VARIABLE "\" = quiet ]; then A=1; else A=2; fi\n",
	VARIABLE "=\"quiet\"\n[ \"$" VARIABLE "\" = quiet ] && A=1\n",
	"[ -e /nowhere ] && " VARIABLE "=\"no\"\n",
	"true && " VARIABLE "=\"quiet\"\n",
	"true &&\n" VARIABLE "=\"quiet\"\n",
	"false ||\n\n" VARIABLE "=\"quiet\"\n",
	"! true\n" VARIABLE "=\"quiet\"\n",
	VARIABLE "=quiet; A=1; B='x;y'\n",
	"A=1; " VARIABLE "=quiet;B=2\n",
	VARIABLE "=quiet & A=1\n",
	VARIABLE "=quiet | true\n",
	"true | " VARIABLE "=quiet\n",
	"( " VARIABLE "=no )\n" VARIABLE "=quiet\n",
	VARIABLE "=quiet\n( " VARIABLE "=no )\n",
	VARIABLE "=quiet\n{ A=1; }\n",
	"{ " VARIABLE "=quiet; }\n",
	"while false; do " VARIABLE "=no; done\n" VARIABLE "=quiet\n",
	VARIABLE "=quiet true\n",
	VARIABLE "=quiet\n" VARIABLE "=no true\n",
	VARIABLE "=quiet >/dev/null\n",
	"f() {\n\t" VARIABLE "=\"from f\"\n}\nf\n",
	"f () {\n\treturn 0\n}\n" VARIABLE "=quiet\nf\n",
	"true() {\n\t" VARIABLE "=\"from true\"\n}\n" VARIABLE "=quiet\ntrue\n",
	"f()\n{\n" VARIABLE "=x\n}\n" VARIABLE "=quiet\n",
	VARIABLE "=quiet\nunset " VARIABLE "\n",
	VARIABLE "=quiet\neval \"" VARIABLE "=x\"\n",
	VARIABLE "=quiet\nread " VARIABLE "\n",
	VARIABLE "=quiet\nprintf -v " VARIABLE " x\n",
	VARIABLE "=quiet\ndeclare " VARIABLE "=x\n",
	VARIABLE "=quiet\n" VARIABLE "[0]=splash\n",
	VARIABLE "=quiet\n. ./nowhere\n",
	VARIABLE "=quiet\n[ -e /nowhere ] || return 0\nA=1\n",
	"[ -e /nowhere ] && return\n" VARIABLE "=quiet\n",
	VARIABLE "=$(echo quiet)\nreturn\n",
	"cat <<EOF\n" VARIABLE "=\"decoy\"\nEOF\n" VARIABLE "=\"quiet\"\n",
	VARIABLE "=\"quiet\"\ncat <<'EOF'\n" VARIABLE "=\"decoy\"\nEOF\n",
	VARIABLE "=\"quiet\"\ncat <<-\"E F\" >/dev/null\n\t" VARIABLE "=\"decoy\"\n\tE F\nA=1\n",
	"cat <<A <<B\n" VARIABLE "=\"a\"\nA\n" VARIABLE "=\"b\"\nB\n" VARIABLE "=\"quiet\"\n",
	"cat <<EOF\n" VARIABLE "=\"decoy\" \\\nEOF\nEOF\n" VARIABLE "=\"quiet\"\n",
	"cat <<<'" VARIABLE "=decoy'\n" VARIABLE "=\"quiet\"\n",
	"echo '\n" VARIABLE "=\"decoy\"\n'\n" VARIABLE "=\"quiet\"\n",
	"echo \"\n" VARIABLE "='decoy'\n\"\n" VARIABLE "=\"quiet\"\n",
	VARIABLE "=\"quiet\"\r\n",
	VARIABLE "=quiet\r\n",
	VARIABLE "=\"\"\r\n",
	"A=1\r\n\r\n" VARIABLE "=\"quiet splash\"\r\n\r\nB=2\r\n",
	VARIABLE "=\"quiet \\\r\nsplash\"\r\n",
	"# DOS\r\n#" VARIABLE "=\"decoy\"\r\nA='1'\r\n",
	VARIABLE "=\"quiet l=caf\xe9\"\n",
	"# \xff\xfe\nA='\xe9'\n" VARIABLE "='\xc3\xa0 quiet'\n",
	VARIABLE "=\xe9\n",
	VARIABLE " = \"quiet\"\n",
	VARIABLE "= \"quiet\"\n",
	"X" VARIABLE "=\"x\"\n" VARIABLE "X=\"x\"\n",
	"A='" VARIABLE "=\"x\"'\n",
	"\\\n" VARIABLE "=quiet\n",
	"A=1 \\\n" VARIABLE "=quiet\n",
	"A=1 # \\\n" VARIABLE "=quiet\n",
	VARIABLE "=\"quiet vfio-pci.ids=10de:13c2 intel_iommu=off\"\n",
	VARIABLE "=\"vfio-pci.ids=10de:13c2 vfio_pci.ids=1002:1 intel_iommu=off intel-iommu=off\"\n",
	VARIABLE "='quiet -- single splash'\n",
	VARIABLE "=\"quiet dyndbg=\\\"file a.c +p\\\" splash\"\n",
	VARIABLE "='quiet dyndbg=\"file a.c +p\" splash'\n",
	VARIABLE "='open=\"quote quiet'\n",
	"GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo Debian`\n" VARIABLE
	"=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n",
	"GRUB_DISTRIBUTOR=\"$(sed 's, release .*$,,g' /etc/nowhere)\"\n" VARIABLE "=\"quiet\"\n",
	VARIABLE "=\"quiet\"\nGRUB_CMDLINE_LINUX=\"$" VARIABLE "\"\n",
	"GRUB_DEFAULT=saved\nGRUB_TIMEOUT=5\nGRUB_TIMEOUT_STYLE=hidden\nGRUB_DISTRIBUTOR="
	"\"Manjaro\"\n" VARIABLE "=\"quiet splash udev.log_priority=3\"\nGRUB_CMDLINE_LINUX=\"\"\n\n# "
	"Uncomment to ensure that the root\n"
	"#GRUB_ROOT_FS_RO=true\n",
};

/* ---- samples made of parts ----------------------------------------------------------------------------- */

static const char *const values[] = {
	"",
	"quiet",
	"quiet splash",
	"intel_iommu=off quiet",
	" quiet  splash ",
	"root=UUID=1-2 cryptdevice=/dev/sda2:root quiet",
	"vfio-pci.ids=10de:13c2,8086:1 splash",
	"x=\"a b\" quiet",
	"quiet -- splash",
	"a$b `c` \\d it's",
	"splash intel_iommu=off intel-iommu=on",
};

static char *single_quoted(const char *value)
{
	g_auto(GStrv) parts = g_strsplit(value, "'", -1);
	g_autofree char *joined = g_strjoinv("'\\''", parts);

	return g_strdup_printf("'%s'", joined);
}

static char *escaped(const char *value, const char *special, const char *around)
{
	GString *text = g_string_new(around);

	for (const char *at = value; *at; at++)
		g_string_append_printf(text, "%s%c", strchr(special, *at) ? "\\" : "", *at);
	g_string_append(text, around);
	return g_string_free(text, FALSE);
}

/* The value in one of six ways to write it. */
static char *written(const char *value, unsigned way)
{
	size_t half = strlen(value) / 2;
	g_autofree char *first = g_strndup(value, half);
	g_autofree char *one = NULL, *other = NULL;

	switch (way) {
	case 0:
		return escaped(value, "$`\"\\", "\"");
	case 1:
		return single_quoted(value);
	case 2:
		return escaped(value, "$`\"\\' ", "");
	case 3:
		one = escaped(first, "$`\"\\", "\"");
		other = single_quoted(value + half);
		return g_strconcat(one, other, NULL);
	case 4:
		one = escaped(first, "$`\"\\", "");
		other = escaped(value + half, "$`\"\\", "");
		return g_strconcat("\"", one, "\\\n", other, "\"", NULL);
	default:
		one = single_quoted(first);
		other = escaped(value + half, "$`\"\\' ", "");
		return g_strconcat("''", one, "\\\n", other, NULL);
	}
}

/* %s is the value; the last forms are beyond edits in place. */
static const char *const forms[] = {
	VARIABLE "=%s",
	"export " VARIABLE "=%s",
	VARIABLE "=decoy\n" VARIABLE "=%s",
	VARIABLE "=''\n" VARIABLE "+=%s",
	VARIABLE "=first\n" VARIABLE "=\"$" VARIABLE " \"%s",
	VARIABLE "=%s\n" VARIABLE "=\"${" VARIABLE "} last=1\"",
	"A=\"quiet\";" VARIABLE "=%s;B=2",
	"if true; then " VARIABLE "=%s; fi",
	VARIABLE "=\"$(echo x) \"%s",
};
#define PLAIN_FORMS 7

static const char *const befores[] = {
	"",
	"# " VARIABLE "=\"decoy\"\n",
	"GRUB_TIMEOUT=5\n\n\t",
	"cat <<EOF\n" VARIABLE "=decoy\nEOF\n",
	"if [ -e x ]; then\n\tA=1\nfi\n ",
};
static const char *const afters[] = {
	"", "\n", " # it's a \"comment\"\n", "\nC='x'\n# end", "\r\n", "\n\nD=\"$C\"\n"};

static struct sample *sample_new(const char *text, const struct vp_cmdline_change *change, bool plain)
{
	struct sample *sample = g_new0(struct sample, 1);

	sample->text = g_strdup(text);
	sample->change = change;
	sample->plain = plain;
	return sample;
}

static void sample_free(void *data)
{
	struct sample *sample = data;

	g_free(sample->text);
	g_free(sample);
}

/* The numbers of a linear congruential generator: the same samples on every machine. */
static unsigned next(uint32_t *seed, size_t count)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % count;
}

static struct sample *generate(uint32_t *seed)
{
	const char *value = values[next(seed, G_N_ELEMENTS(values))];
	g_autofree char *as_written = written(value, next(seed, 6));
	const char *before = befores[next(seed, G_N_ELEMENTS(befores))];
	const char *after = afters[next(seed, G_N_ELEMENTS(afters))];
	unsigned form = next(seed, G_N_ELEMENTS(forms));
	g_auto(GStrv) around = g_strsplit(forms[form], "%s", 2);
	g_autofree char *text = g_strconcat(before, around[0], as_written, around[1], after, NULL);

	return sample_new(text, &changes[next(seed, G_N_ELEMENTS(changes))], form < PLAIN_FORMS);
}

/* ---- the judgement ------------------------------------------------------------------------------------- */

static void write_file(const char *folder, guint index, const char *which, const char *text, gssize length)
{
	g_autofree char *name = g_strdup_printf("%s/%05u-%s.sh", folder, index, which);

	assert_true(g_file_set_contents(name, text, length, NULL));
}

static bool changes_by_itself(const char *line)
{
	static const char *const names[] = {
		"BASH",    "EPOCH", "FUNCNAME", "LINENO", "PIPESTATUS", "PPID",     "RANDOM", "SECONDS",
		"SRANDOM", "_=",    "f=",       "x=",     VARIABLE "=", "DIRSTACK", "OLDPWD"};
	const char *name =
		g_str_has_prefix(line, "declare -") ? strchr(line + strlen("declare -"), ' ') : NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (name && g_str_has_prefix(name + 1, names[i]))
			return true;
	return false;
}

/* What bash found: the variable's value, and the lines of all other variables. */
static void read_verdict(const char *folder, guint index, const char *which, char **ret_value,
			 char **ret_others)
{
	g_autofree char *name = g_strdup_printf("%s/%05u-%s.sh.vars", folder, index, which);
	g_autoptr(GString) others = g_string_new(NULL);
	gsize length;

	assert_true(g_file_get_contents(name, ret_value, &length, NULL));
	g_auto(GStrv) lines = g_strsplit(*ret_value + strlen(*ret_value) + 1, "\n", -1);
	for (char **line = lines; *line; line++)
		if (!changes_by_itself(*line))
			g_string_append_printf(others, "%s\n", *line);
	*ret_others = g_strdup(others->str);
}

static bool same_words(const char *a, const char *b)
{
	g_auto(GStrv) one = vp_cmdline_split(a);
	g_auto(GStrv) other = vp_cmdline_split(b);

	return g_strv_equal((const char *const *)one, (const char *const *)other);
}

static void judge_sample(const struct sample *sample, const char *folder, guint index)
{
	const char *which = sample->outcome == KEPT ? "a" : "b";
	g_autofree char *before = NULL, *after = NULL, *others_before = NULL, *others_after = NULL,
			*wanted = NULL;

	if (sample->plain && (sample->outcome == APPENDED || sample->outcome == REFUSED))
		fail_msg("not edited in place:\n%s", sample->text);
	if (sample->outcome == REFUSED)
		return;
	read_verdict(folder, index, "a", &before, &others_before);
	read_verdict(folder, index, which, &after, &others_after);
	wanted = vp_cmdline_edit(g_str_equal(before, "unset") ? "" : before, sample->change, NULL);
	if (g_str_equal(after, "unset") && !*wanted)
		return;
	if (!g_str_equal(others_before, others_after))
		fail_msg("other variables changed:\n%s", sample->text);
	if (sample->outcome == APPENDED ? !same_words(after, wanted) : !g_str_equal(after, wanted))
		fail_msg("got <%s>, wanted <%s>:\n%s", after, wanted, sample->text);
}

static GBytes *edit(GBytes *text, const struct vp_cmdline_change *change)
{
	return vp_grub_edit(text, VARIABLE, change, "file", NULL);
}

/* Asked again, nothing changes; a word that was put in comes out again without a trace. */
static void check_rounds(const struct sample *sample, GBytes *text, GBytes *made)
{
	const struct vp_cmdline_change inverse = {.remove = sample->change->add};
	g_autoptr(GBytes) again = edit(made, sample->change);
	g_autoptr(GBytes) back = NULL;

	assert_true(g_bytes_equal(made, again));
	if (sample->change != &changes[0] || strstr(sample->text, "iommu"))
		return;
	back = edit(made, &inverse);
	assert_true(g_bytes_equal(back, text));
}

/* Edits the sample, and puts the file before and after it in front of the judge. */
static void prepare(struct sample *sample, const char *folder, guint index)
{
	g_autoptr(GBytes) text = g_bytes_new(sample->text, strlen(sample->text));
	g_autoptr(GBytes) made = edit(text, sample->change);
	g_autofree char *result = NULL;

	if (!made) {
		sample->outcome = REFUSED;
		return;
	}
	write_file(folder, index, "a", sample->text, -1);
	if (g_bytes_equal(text, made))
		return;
	result = g_strndup(g_bytes_get_data(made, NULL), g_bytes_get_size(made));
	sample->outcome = strstr(result, "# Added by") ? APPENDED : IN_PLACE;
	write_file(folder, index, "b", result, -1);
	check_rounds(sample, text, made);
}

static void remove_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
	}
	g_rmdir(folder);
}

static void put_to_the_judge(GPtrArray *samples)
{
	g_autofree char *folder = g_dir_make_tmp("grub-bash-XXXXXX", NULL);
	const char *argv[] = {"/usr/bin/env", "-i",  "bash",  "--norc", "--noprofile",
			      "-c",           judge, "judge", folder,   NULL};
	guint outcomes[REFUSED + 1] = {0};

	assert_non_null(folder);
	for (guint i = 0; i < samples->len; i++) {
		struct sample *sample = g_ptr_array_index(samples, i);

		prepare(sample, folder, i);
		outcomes[sample->outcome]++;
	}
	assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
				 NULL, NULL, NULL));
	for (guint i = 0; i < samples->len; i++)
		judge_sample(g_ptr_array_index(samples, i), folder, i);
	print_message("%u samples: %u kept, %u edited in place, %u appended to, %u refused\n", samples->len,
		      outcomes[KEPT], outcomes[IN_PLACE], outcomes[APPENDED], outcomes[REFUSED]);
	remove_folder(folder);
}

static void test_by_hand(void **state)
{
	g_autoptr(GPtrArray) samples = g_ptr_array_new_with_free_func(sample_free);

	for (size_t i = 0; i < G_N_ELEMENTS(by_hand); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(changes); j++)
			g_ptr_array_add(samples, sample_new(by_hand[i], &changes[j], false));
	put_to_the_judge(samples);
}

static void test_generated(void **state)
{
	g_autoptr(GPtrArray) samples = g_ptr_array_new_with_free_func(sample_free);
	uint32_t seed = 1;

	while (samples->len < 1000)
		g_ptr_array_add(samples, generate(&seed));
	put_to_the_judge(samples);
}

/* The seeds of the fuzzer. */
static void test_corpus(void **state)
{
	g_autoptr(GPtrArray) samples = g_ptr_array_new_with_free_func(sample_free);
	g_autofree char *folder = g_build_filename(g_getenv("VP_SRCDIR"), "tests", "corpus", "grub", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	assert_non_null(dir);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *text = NULL;

		assert_true(g_file_get_contents(path, &text, NULL, NULL));
		for (size_t j = 0; j < 3; j++)
			g_ptr_array_add(samples, sample_new(text, &changes[j], false));
	}
	put_to_the_judge(samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_corpus),
	};
	g_autofree char *bash = g_find_program_in_path("bash");

	if (!bash || !g_getenv("VP_SRCDIR"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
