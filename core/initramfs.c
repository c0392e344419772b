/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs.c - one way to bring vfio-pci into the initramfs, whichever tool makes it */
#include "config.h"

#include "initramfs.h"
#include "initramfs_tool.h"

#include <string.h>

static const struct vp_initramfs_tool *const tools[] = {&vp_initramfs_mkinitcpio};

static const struct vp_initramfs_tool *find_tool(const struct vp_session *session)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tools); i++)
		if (!g_strcmp0(tools[i]->id, session->host->initramfs.value))
			return tools[i];
	return NULL;
}

char *vp_initramfs_early_driver(const struct vp_session *session, const GPtrArray *devices)
{
	const struct vp_initramfs_tool *tool = find_tool(session);
	g_auto(GStrv) early = tool ? tool->modules(session) : NULL;

	for (guint i = 0; early && i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->driver && g_strv_contains((const char *const *)early, device->driver))
			return g_strdup(device->driver);
	}
	return NULL;
}

bool vp_initramfs_plan(const struct vp_session *session, struct vp_plan *plan, bool with_modprobe, GError **error)
{
	const struct vp_initramfs_tool *tool = find_tool(session);

	if (!tool) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "%s; by hand, have vfio_pci, vfio and vfio_iommu_type1 loaded in the initramfs before any graphics "
			    "driver",
			    session->host->initramfs.value ? "this program does not edit this computer's initramfs tool"
							   : "it was not seen which tool makes this computer's initramfs");
		return false;
	}
	if (!tool->plan(session, plan, with_modprobe, error))
		return false;
	if (vp_plan_touches(plan, VP_RANK_MODULE_FILES))
		vp_plan_run(session, plan, "devices", VP_RANK_INITRAMFS, tool->regenerate, tool->regenerate,
			    "makes the initramfs images with vfio-pci in front");
	return true;
}

void vp_initramfs_findings(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_initramfs_tool *tool = find_tool(session);

	if (tool)
		tool->findings(session, findings);
}
