/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs.c - one way to bring vfio-pci into the initramfs, whichever tool makes it */
#include "config.h"

#include "initramfs.h"
#include "initramfs_tool.h"
#include "journal.h"

#include <string.h>

static const struct vp_initramfs_tool *const tools[] = {&vp_initramfs_mkinitcpio, &vp_initramfs_dracut,
							&vp_initramfs_debian, &vp_initramfs_booster};

const char *const vp_initramfs_modules[] = {"vfio_pci", "vfio", "vfio_iommu_type1", NULL};

const struct vp_initramfs_tool *vp_initramfs_tool_find(const struct vp_session *session)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tools); i++)
		if (!g_strcmp0(tools[i]->id, session->host->initramfs.value))
			return tools[i];
	return NULL;
}

char *vp_initramfs_early_driver(const struct vp_session *session, const GPtrArray *devices)
{
	const struct vp_initramfs_tool *tool = vp_initramfs_tool_find(session);
	g_auto(GStrv) early = tool ? tool->modules(session) : NULL;

	for (guint i = 0; early && i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->driver && g_strv_contains((const char *const *)early, device->driver))
			return g_strdup(device->driver);
	}
	return NULL;
}

char **vp_initramfs_images(const struct vp_session *session)
{
	const struct vp_initramfs_tool *tool = vp_initramfs_tool_find(session);

	return tool ? tool->images(session) : g_new0(char *, 1);
}

/* ---- plan ---------------------------------------------------------------------------------------------------- */

bool vp_initramfs_change(const struct vp_session *session, struct vp_plan *plan, const char *path,
			 GBytes *after, const char *why)
{
	g_autoptr(GBytes) before = vp_root_read(session->root, path, NULL);
	g_autoptr(GBytes) now = vp_plan_content(session, plan, path);

	/* A file that is not there is as good as an empty one. */
	if (after && (now ? !g_bytes_equal(now, after) : g_bytes_get_size(after) > 0))
		vp_plan_write(plan, "devices", VP_RANK_MODULE_FILES, path, before, after, why);
	if (after)
		g_bytes_unref(after);
	return after != NULL;
}

bool vp_initramfs_plan(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		       GError **error)
{
	const struct vp_initramfs_tool *tool = vp_initramfs_tool_find(session);
	g_auto(GStrv) argv = NULL;

	if (!tool && method == VP_BINDING_NONE)
		return true;
	if (!tool) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "%s; by hand, have vfio_pci, vfio and vfio_iommu_type1 loaded in the initramfs "
			    "before any graphics "
			    "driver",
			    session->host->initramfs.value
				    ? "this program does not edit this computer's initramfs tool"
				    : "it was not seen which tool makes this computer's initramfs");
		return false;
	}
	if (!tool->plan(session, plan, method, error))
		return false;
	if (!vp_plan_touches(plan, VP_RANK_MODULE_FILES) &&
	    !vp_journal_owes(session, VP_RANK_MODULE_FILES, VP_RANK_INITRAMFS))
		return true;
	argv = tool->regenerate(session);
	vp_plan_run(session, plan, "devices", VP_RANK_INITRAMFS, (const char *const *)argv,
		    (const char *const *)argv,
		    method == VP_BINDING_NONE ? "makes the initramfs images without what set devices aside"
					      : "makes the initramfs images with vfio-pci in front");
	vp_plan_keep(plan, tool->images(session));
	return true;
}

void vp_initramfs_findings(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_initramfs_tool *tool = vp_initramfs_tool_find(session);

	if (tool && tool->findings)
		tool->findings(session, findings);
}
