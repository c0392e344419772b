/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session.c - the one handle: root, tables, facts, answers */
#include "config.h"

#include "boot.h"
#include "internal.h"
#include "virt.h"

#include <string.h>

G_DEFINE_QUARK(vp-error-quark, vp_error)

static const char *default_connect(const struct vp_session *session, const char *connect)
{
	if (connect)
		return connect;
	/* Another system's libvirt is not reached through its files, and ours must not get its machine. */
	return vp_root_is_live(session->root) ? "qemu:///system" : NULL;
}

static const char *default_assets(const char *assets)
{
	const char *from_environment = g_getenv("VIRT_PASSTHROUGH_ASSETS");

	if (assets)
		return assets;
	return from_environment && *from_environment ? from_environment : VP_PKGDATADIR;
}

struct vp_session *vp_session_new(const struct vp_options *options, GError **error)
{
	g_autoptr(vp_session) session = g_new0(struct vp_session, 1);

	if (options->connect && !vp_virt_check_uri(options->connect, error))
		return NULL;
	session->root = vp_root_open(options->root, error);
	if (!session->root)
		return NULL;
	session->connect = g_strdup(default_connect(session, options->connect));
	session->assets = g_strdup(default_assets(options->assets));
	session->tables = vp_tables_load(session->assets, error);
	if (!session->tables)
		return NULL;
	session->gone = g_ptr_array_new_with_free_func(g_free);
	session->answers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_strfreev);
	return g_steal_pointer(&session);
}

void vp_session_free(struct vp_session *session)
{
	if (!session)
		return;
	g_clear_pointer(&session->answers, g_hash_table_unref);
	g_clear_pointer(&session->gone, g_ptr_array_unref);
	vp_host_free(session->host);
	vp_tables_free(session->tables);
	vp_root_close(session->root);
	g_free(session->connect);
	g_free(session->assets);
	g_free(session);
}

bool vp_session_probe(struct vp_session *session, GError **error)
{
	if (!vp_root_exists(session->root, "/")) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot read %s: it is gone; give a folder that is there",
			    vp_root_path(session->root));
		return false;
	}
	vp_host_free(session->host);
	session->host = vp_host_read(session->root);
	return true;
}

const struct vp_host *vp_session_host(const struct vp_session *session)
{
	return session->host;
}

const char *vp_session_root(const struct vp_session *session)
{
	return vp_root_path(session->root);
}

bool vp_session_is_live(const struct vp_session *session)
{
	return vp_root_is_live(session->root);
}

const char *vp_session_connect(const struct vp_session *session)
{
	return session->connect;
}

const char *vp_session_assets(const struct vp_session *session)
{
	return session->assets;
}

/* "Intel(R) Core(TM) i7-4790K CPU @ 4.00GHz" -> "i7-4790K"; what it does not know stays whole. */
static char *short_cpu(const char *model)
{
	g_autofree char *plain = NULL;
	g_autoptr(GRegex) marks = g_regex_new("\\((R|TM|r|tm)\\)| CPU| @ .*$| Processor| \\d+-Core", 0, 0, NULL);
	g_autoptr(GRegex) makers = g_regex_new("^(Intel Core|Intel|AMD) ", 0, 0, NULL);

	plain = g_regex_replace_literal(marks, model, -1, 0, "", 0, NULL);
	return g_strstrip(g_regex_replace_literal(makers, plain, -1, 0, "", 0, NULL));
}

/* "Manjaro Linux" -> "Manjaro", "Debian GNU/Linux 12 (bookworm)" -> "Debian 12". */
static char *short_distro(const char *name)
{
	g_autoptr(GRegex) rest = g_regex_new(" (GNU/)?Linux| \\(.*\\)", 0, 0, NULL);

	return g_strstrip(g_regex_replace_literal(rest, name, -1, 0, "", 0, NULL));
}

/* Boards often repeat their maker: "ASUSTeK COMPUTER INC." "MAXIMUS VII RANGER" -> "ASUS MAXIMUS VII RANGER". */
static char *short_board(const struct vp_host *host)
{
	static const struct {
		const char *start, *name;
	} makers[] = {
		{"ASUSTeK", "ASUS"},
		{"Micro-Star", "MSI"},
		{"Gigabyte", "Gigabyte"},
		{"Hewlett", "HP"},
		{"Dell", "Dell"},
	};
	const char *vendor = host->board_vendor.value;

	for (size_t i = 0; vendor && i < G_N_ELEMENTS(makers); i++)
		if (g_str_has_prefix(vendor, makers[i].start))
			vendor = makers[i].name;
	if (!vendor)
		return g_strdup(host->board_name.value);
	return g_strdup_printf("%s %s", vendor, host->board_name.value ? host->board_name.value : "board");
}

char *vp_session_summary(const struct vp_session *session)
{
	const struct vp_host *host = session->host;
	g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	char *board = short_board(host);

	if (board)
		g_ptr_array_add(parts, board);
	if (host->cpu_model.value)
		g_ptr_array_add(parts, short_cpu(host->cpu_model.value));
	if (host->distro_name.value)
		g_ptr_array_add(parts, short_distro(host->distro_name.value));
	if (loader)
		g_ptr_array_add(parts, g_strdup(loader->title));
	if (host->initramfs.value)
		g_ptr_array_add(parts, g_strdup(host->initramfs.value));
	if (!parts->len)
		return g_strdup("a machine that shows nothing of itself");
	g_ptr_array_add(parts, NULL);
	return g_strjoinv(" · ", (char **)parts->pdata);
}

char *vp_session_help(const struct vp_session *session, const char *id)
{
	return vp_tables_help(session->tables, id);
}
