/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packages.c - which packages this distribution calls what, which are there, and which are wanted */
#include "config.h"

#include "packages.h"
#include "run.h"

#include <string.h>

const struct vp_table_family *vp_packages_family(const struct vp_session *session)
{
	const struct vp_host *host = session->host;

	return host->distro_id.value ? vp_tables_family(session->tables, host->distro_id.value, host->distro_like.value)
				     : NULL;
}

static void package_free(void *data)
{
	struct vp_package *package = data;

	g_free(package->name);
	g_free(package->purpose);
	g_free(package->needed);
	g_free(package->installed);
	g_free(package->evidence);
	g_free(package);
}

static bool is_wanted(const struct vp_session *session, enum vp_when when)
{
	g_autofree char *os = vp_answer_get(session, "machine.os");

	return when != VP_WHEN_WINDOWS11 || !strcmp(os, "windows11");
}

/* The package that is there: the one named first, or one that serves as well. NULL: none; borrowed. */
static const char *find_installed(GHashTable *installed, const struct vp_table_package *row, const char **ret_name)
{
	const char *version = installed ? g_hash_table_lookup(installed, row->name) : NULL;

	*ret_name = row->name;
	for (char **other = row->instead; installed && !version && other && *other; other++) {
		version = g_hash_table_lookup(installed, *other);
		if (version)
			*ret_name = *other;
	}
	return version;
}

/* `installed` NULL: no package database could be read. */
static struct vp_package *make_package(const struct vp_session *session, const struct vp_table_family *family,
				       const struct vp_table_package *row, GHashTable *installed)
{
	struct vp_package *package = g_new0(struct vp_package, 1);
	const char *name = NULL;

	package->installed = g_strdup(find_installed(installed, row, &name));
	package->name = g_strdup(package->installed ? name : row->name);
	package->purpose = g_strdup(row->purpose);
	package->needed = g_strdup(row->least);
	package->wanted = is_wanted(session, row->when);
	package->satisfied = package->installed &&
			     (!row->least || vp_version_compare(family->manager, package->installed, row->least) >= 0);
	package->seen = installed != NULL;
	package->evidence = g_strdup(installed ? "the package database" : NULL);
	return package;
}

/* On a running Arch system pacman itself is the judge: it also knows what packages provide. */
static void ask_pacman(const GPtrArray *packages)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *output = NULL;
	g_auto(GStrv) missing = NULL;
	int status;

	g_ptr_array_add(argv, g_strdup("pacman"));
	g_ptr_array_add(argv, g_strdup("-T"));
	for (guint i = 0; i < packages->len; i++) {
		const struct vp_package *package = g_ptr_array_index(packages, i);

		g_ptr_array_add(argv, package->needed ? g_strdup_printf("%s>=%s", package->name, package->needed)
						      : g_strdup(package->name));
	}
	g_ptr_array_add(argv, NULL);
	/* pacman's deptest: 0 all there, 127 those printed are missing; anything else is no verdict. */
	if (!vp_run_capture((char **)argv->pdata, 30, &output, &status, NULL) || (status != 0 && status != 127))
		return;
	missing = g_strsplit(output, "\n", -1);
	for (guint i = 0; i < packages->len; i++) {
		struct vp_package *package = g_ptr_array_index(packages, i);

		package->seen = true;
		package->satisfied = !g_strv_contains((const char *const *)missing, argv->pdata[i + 2]);
		g_free(package->evidence);
		package->evidence = g_strdup("pacman -T");
	}
}

GPtrArray *vp_packages(const struct vp_session *session)
{
	const struct vp_table_family *family = vp_packages_family(session);
	g_autoptr(GHashTable) installed = family ? vp_packages_installed(session->root, family->manager) : NULL;
	GPtrArray *packages = g_ptr_array_new_with_free_func(package_free);

	for (guint i = 0; family && i < family->packages->len; i++)
		g_ptr_array_add(packages, make_package(session, family, g_ptr_array_index(family->packages, i), installed));
	if (packages->len && vp_root_is_live(session->root) && !strcmp(family->manager, "pacman") && vp_run_has("pacman"))
		ask_pacman(packages);
	return packages;
}
