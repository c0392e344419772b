/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_booster.c - booster: a list of modules in /etc/booster.yaml */
#include "config.h"

#include "initramfs_tool.h"
#include "journal.h"
#include "module_conf.h"

#define CONFIG "/etc/booster.yaml"

/* Its list is not read: nothing in it is loaded before vfio-pci, which is put in front. */
static char **modules(const struct vp_session *session)
{
	return NULL;
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		 GError **error)
{
	static const char *const none[] = {NULL};
	bool wanted = method != VP_BINDING_NONE;
	g_autoptr(GBytes) there = vp_plan_content(session, plan, CONFIG);
	g_autoptr(GBytes) now = there ? g_steal_pointer(&there) : g_bytes_new_static("", 0);

	/* Its init loads modules itself, with neither modprobe nor a shell in the image. */
	if (method == VP_BINDING_ADDRESS) {
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "booster cannot set devices aside by address, since its images run no scripts; "
			    "use mkinitcpio or "
			    "dracut instead, or choose all devices with the same id");
		return false;
	}
	if (!wanted && !vp_journal_wrote(session, CONFIG))
		return true;
	return vp_initramfs_change(
		session, plan, CONFIG,
		vp_module_conf_edit_booster(now, (char **)(wanted ? vp_initramfs_modules : none),
					    (char **)(wanted ? none : vp_initramfs_modules), CONFIG, error),
		"vfio-pci takes the chosen devices before any graphics driver comes");
}

static char **regenerate(const struct vp_session *session)
{
	static const char *const argv[] = {"/usr/lib/booster/regenerate_images", NULL};

	return g_strdupv((char **)argv);
}

static char **images(const struct vp_session *session)
{
	return vp_root_match(session->root, "/boot", "booster-*.img");
}

static const char *const list[] = {"booster", "ls", NULL};

/* It reads modprobe.d when it makes an image, and keeps the options in a form of its own (booster(1)). */
const struct vp_initramfs_tool vp_initramfs_booster = {
	.id = "booster",
	.regenerate = regenerate,
	.images = images,
	.list = list,
	.modules = modules,
	.plan = plan,
};
