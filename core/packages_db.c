/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packages_db.c - which packages are installed, and which of two versions is newer */
#include "config.h"

#include "host.h"

#include <string.h>

#define PACMAN_DB "/var/lib/pacman/local"
#define DPKG_DB "/var/lib/dpkg/status"

/* ---- the databases ------------------------------------------------------------------------------------------ */

struct database {
	GHashTable *installed; /* name -> version, both owned */
	GHashTable *provided; /* the same of what packages provide; a package of that name counts before it */
};

static void database_init(struct database *database)
{
	database->installed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	database->provided = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static GHashTable *database_finish(struct database *database)
{
	GHashTableIter each;
	gpointer name, version;

	g_hash_table_iter_init(&each, database->provided);
	while (g_hash_table_iter_next(&each, &name, &version))
		if (!g_hash_table_contains(database->installed, name))
			g_hash_table_insert(database->installed, g_strdup(name), g_strdup(version));
	g_hash_table_unref(database->provided);
	return database->installed;
}

/* "name" or "name=version" of pacman, "name" or "name (= version)" of dpkg; of several the newest stays. */
static void add_provided(struct database *database, const char *manager, const char *word)
{
	const char *after = word + strcspn(word, " \t=(:");
	g_autofree char *name = g_strndup(word, (gsize)(after - word));
	const char *equals = strchr(after, '='), *known = g_hash_table_lookup(database->provided, name);
	g_autofree char *version = g_strdup(equals ? equals + 1 : "");

	g_strdelimit(version, ")", ' ');
	g_strstrip(version);
	if (*name && (!known || vp_version_compare(manager, version, known) > 0))
		g_hash_table_insert(database->provided, g_steal_pointer(&name), g_steal_pointer(&version));
}

/* A file `desc`: "%NAME%", its values a line each, and an empty line (libalpm's be_local.c). */
static void add_desc(struct database *database, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	const char *section = "", *name = NULL, *version = NULL;

	for (char **line = lines; *line; line++) {
		if (**line == '%')
			section = *line;
		else if (!**line)
			section = "";
		else if (!strcmp(section, "%NAME%"))
			name = *line;
		else if (!strcmp(section, "%VERSION%"))
			version = *line;
		else if (!strcmp(section, "%PROVIDES%"))
			add_provided(database, "pacman", *line);
	}
	if (name && version)
		g_hash_table_insert(database->installed, g_strdup(name), g_strdup(version));
}

static GHashTable *read_pacman(const struct vp_root *root)
{
	g_auto(GStrv) entries = vp_root_list(root, PACMAN_DB);
	struct database database;

	if (!entries)
		return NULL;
	database_init(&database);
	for (char **entry = entries; *entry; entry++) {
		g_autofree char *path = g_strconcat(PACMAN_DB "/", *entry, "/desc", NULL);
		g_autofree char *text = vp_root_read_text(root, path);

		if (text)
			add_desc(&database, text);
	}
	return database_finish(&database);
}

/* The value of a one-line field of a stanza, NULL when the line is another. */
static const char *field_value(const char *line, const char *field)
{
	gsize length = strlen(field);

	if (g_ascii_strncasecmp(line, field, length) != 0 || line[length] != ':')
		return NULL;
	return line + length + 1 + strspn(line + length + 1, " \t");
}

/* The words of Status are what is wanted, errors, and the state (dpkg-query(1)): a held package is installed too. */
static bool is_installed(const char *status)
{
	return status && g_str_has_suffix(status, " ok installed");
}

static void add_stanza(struct database *database, char *stanza)
{
	g_auto(GStrv) lines = g_strsplit(stanza, "\n", -1);
	const char *name = NULL, *version = NULL, *status = NULL, *provides = NULL, *value;

	for (char **line = lines; *line; line++) {
		if ((value = field_value(*line, "Package")) != NULL)
			name = value;
		else if ((value = field_value(*line, "Version")) != NULL)
			version = value;
		else if ((value = field_value(*line, "Status")) != NULL)
			status = value;
		else if ((value = field_value(*line, "Provides")) != NULL)
			provides = value;
	}
	if (!name || !version || !is_installed(status))
		return;
	g_hash_table_insert(database->installed, g_strdup(name), g_strdup(version));
	if (provides) {
		g_auto(GStrv) words = g_strsplit(provides, ",", -1);

		for (char **word = words; *word; word++)
			add_provided(database, "dpkg", g_strstrip(*word));
	}
}

static GHashTable *read_dpkg(const struct vp_root *root)
{
	g_autofree char *text = vp_root_read_text(root, DPKG_DB);
	struct database database;

	if (!text)
		return NULL;
	database_init(&database);
	for (char *stanza = text, *next; stanza; stanza = next) {
		next = strstr(stanza, "\n\n");
		if (next) {
			*next = '\0';
			next += 2;
		}
		add_stanza(&database, stanza);
	}
	return database_finish(&database);
}

GHashTable *vp_packages_installed(const struct vp_root *root, const char *manager)
{
	if (!g_strcmp0(manager, "pacman"))
		return read_pacman(root);
	if (!g_strcmp0(manager, "dpkg"))
		return read_dpkg(root);
	return NULL;
}

char *vp_package_version(const struct vp_root *root, const char *manager, const char *name, bool *ret_known)
{
	g_autoptr(GHashTable) installed = vp_packages_installed(root, manager);

	*ret_known = installed != NULL;
	return installed ? g_strdup(g_hash_table_lookup(installed, name)) : NULL;
}

/* ---- versions ----------------------------------------------------------------------------------------------- */

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* Two runs of digits of any length, as numbers. */
static int compare_digits(const char *a, gsize a_length, const char *b, gsize b_length)
{
	for (; a_length > 0 && *a == '0'; a++)
		a_length--;
	for (; b_length > 0 && *b == '0'; b++)
		b_length--;
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return sign(strncmp(a, b, a_length));
}

static int compare_letters(const char *a, gsize a_length, const char *b, gsize b_length)
{
	int difference = strncmp(a, b, MIN(a_length, b_length));

	return difference ? sign(difference) : (a_length > b_length) - (a_length < b_length);
}

static gsize run_of(const char *text, bool digits)
{
	const char *end = text;

	while (digits ? g_ascii_isdigit(*end) : g_ascii_isalpha(*end))
		end++;
	return (gsize)(end - text);
}

static gsize separators(const char *text)
{
	const char *end = text;

	while (*end && !g_ascii_isalnum(*end))
		end++;
	return (gsize)(end - text);
}

/* rpmvercmp() as libalpm has it (lib/libalpm/version.c): runs of digits or letters are compared in turn; a
 * number is newer than letters, more separators are newer, and letters left over are older than nothing. */
static int compare_rpm(const char *a, const char *b)
{
	while (*a && *b) {
		gsize a_gap = separators(a), b_gap = separators(b), a_run, b_run;
		bool digits = g_ascii_isdigit(a[a_gap]);
		int order;

		a += a_gap;
		b += b_gap;
		if (!*a || !*b)
			break;
		if (a_gap != b_gap)
			return a_gap < b_gap ? -1 : 1;
		a_run = run_of(a, digits);
		b_run = run_of(b, digits);
		if (b_run == 0)
			return digits ? 1 : -1;
		order = digits ? compare_digits(a, a_run, b, b_run) : compare_letters(a, a_run, b, b_run);
		if (order)
			return order;
		a += a_run;
		b += b_run;
	}
	if (!*a && !*b)
		return 0;
	return (!*a && !g_ascii_isalpha(*b)) || g_ascii_isalpha(*a) ? -1 : 1;
}

/* Where dpkg puts a character: '~' before the end, the end before letters, letters before all else. */
static int dpkg_weight(char character)
{
	if (character == '~')
		return -1;
	if (character == '\0' || g_ascii_isdigit(character))
		return 0;
	return g_ascii_isalpha(character) ? character : (unsigned char)character + 256;
}

/* The algorithm of deb-version(7): non-digits and digits take turns. */
static int compare_dpkg(const char *a, const char *b)
{
	while (*a || *b) {
		gsize a_run, b_run;
		int order;

		while ((*a && !g_ascii_isdigit(*a)) || (*b && !g_ascii_isdigit(*b))) {
			int a_weight = dpkg_weight(*a), b_weight = dpkg_weight(*b);

			if (a_weight != b_weight)
				return a_weight < b_weight ? -1 : 1;
			a++;
			b++;
		}
		a_run = run_of(a, true);
		b_run = run_of(b, true);
		order = compare_digits(a, a_run, b, b_run);
		if (order)
			return order;
		a += a_run;
		b += b_run;
	}
	return 0;
}

/* epoch:version-release */
struct version {
	char *epoch, *main, *release; /* release NULL: none is given */
};

static void version_clear(struct version *version)
{
	g_free(version->epoch);
	g_free(version->main);
	g_free(version->release);
}

static void version_parse(struct version *version, const char *text)
{
	const char *colon = text + strspn(text, "0123456789"), *dash;

	version->epoch =
		*colon == ':' && colon > text ? g_strndup(text, (gsize)(colon - text)) : g_strdup("0");
	if (*colon == ':')
		text = colon + 1;
	dash = strrchr(text, '-');
	version->main = dash ? g_strndup(text, (gsize)(dash - text)) : g_strdup(text);
	version->release = dash ? g_strdup(dash + 1) : NULL;
}

int vp_version_compare(const char *manager, const char *a, const char *b)
{
	bool dpkg = !g_strcmp0(manager, "dpkg");
	int (*compare)(const char *, const char *) = dpkg ? compare_dpkg : compare_rpm;
	struct version one, other;
	int order;

	version_parse(&one, a);
	version_parse(&other, b);
	order = compare_rpm(one.epoch, other.epoch);
	if (!order)
		order = compare(one.main, other.main);
	/* vercmp(8): the release counts only where both versions have one; for dpkg none is the same as 0. */
	if (!order && dpkg)
		order = compare(one.release ? one.release : "", other.release ? other.release : "");
	else if (!order && one.release && other.release)
		order = compare(one.release, other.release);
	version_clear(&one);
	version_clear(&other);
	return order;
}
