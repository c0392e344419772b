/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_prove.c - whether the images that a command made hold what sets the devices aside */
#include "config.h"

#include "address_binder.h"
#include "initramfs_tool.h"
#include "module_conf.h"
#include "prove.h"
#include "run.h"

#include <string.h>

/* What every image has to hold. */
struct need {
	bool module, modprobe, script;
};

static struct need needs_of(const struct vp_session *session, const struct vp_initramfs_tool *tool)
{
	g_autoptr(vp_binding_choice) binding = vp_binding_choose(session);
	const char *release = session->host->kernel_release.value;

	return (struct need){
		.module = binding->method != VP_BINDING_NONE &&
			  vp_kernel_module(session->root, release, "vfio-pci") != VP_MODULE_BUILTIN,
		.modprobe = tool->copies_modprobe && vp_root_exists(session->root, VP_MODPROBE_FILE),
		.script = vp_root_exists(session->root, VP_BINDER_PATH),
	};
}

/* Listings name files with or without a leading "/", and lsinitrd puts mode, owner and time in front. The module's
 * file has the ending of its compression. */
static bool lists(const char *listing, const char *path)
{
	size_t length = strlen(path);

	for (const char *at = strstr(listing, path); at; at = strstr(at + 1, path))
		if ((at == listing || strchr("/ \n", at[-1])) && strchr("\n ", at[length]))
			return true;
	return false;
}

static bool lists_module(const char *listing)
{
	static const char *const files[] = {"vfio-pci.ko", "vfio-pci.ko.zst", "vfio-pci.ko.xz",
					    "vfio-pci.ko.gz"};

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		if (lists(listing, files[i]))
			return true;
	return false;
}

static const char *missing_in(const char *listing, const struct need *need)
{
	if (need->module && !lists_module(listing))
		return "vfio-pci.ko";
	if (need->modprobe && !lists(listing, &VP_MODPROBE_FILE[1]))
		return VP_MODPROBE_FILE;
	if (need->script && !lists(listing, &VP_BINDER_PATH[1]))
		return VP_BINDER_PATH;
	return NULL;
}

static bool prove_image(const struct vp_initramfs_tool *tool, const char *image, const struct need *need,
			GError **error)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) argv = NULL;
	g_autofree char *listing = NULL;
	const char *missing;
	int status;

	g_strv_builder_addv(builder, (const char **)tool->list);
	g_strv_builder_add(builder, image);
	argv = g_strv_builder_end(builder);
	if (!vp_run_capture(argv, 300, &listing, &status, error))
		return false;
	missing = status ? NULL : missing_in(listing, need);
	if (status)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s cannot read %s, so it may be cut off",
			    tool->list[0], image);
	else if (missing)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s is not in %s", missing, image);
	return !status && !missing;
}

/* Its parts are behind a header that not every lsinitcpio knows. */
static bool is_unified(const char *image)
{
	return g_str_has_suffix(image, ".efi") || g_str_has_suffix(image, ".EFI");
}

/* Whether one image is right; one that was left alone starts the computer as before, and is only named. */
static bool prove_one(const struct vp_session *session, const struct vp_progress *progress,
		      const struct vp_initramfs_tool *tool, const struct vp_kept *kept, guint *ret_made,
		      GError **error)
{
	struct need need = progress->undo ? (struct need){0} : needs_of(session, tool);
	bool made = vp_kept_is_made(session, kept),
	     readable = vp_run_has(tool->list[0]) && !is_unified(kept->path);
	g_autofree char *note = NULL;

	if (kept->before && !vp_root_exists(session->root, kept->path)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s is gone", kept->path);
		return false;
	}
	if (made && readable && !prove_image(tool, kept->path, &need, error))
		return false;
	*ret_made += made ? 1 : 0;
	if (!made)
		note = g_strdup_printf("%s was not made anew", kept->path);
	else if (!readable)
		note = g_strdup_printf("what %s holds is not looked at: there is no %s that can list it",
				       kept->path, tool->list[0]);
	else
		note = g_strdup_printf("looked at: %s holds all that was asked for", kept->path);
	vp_progress_tell(progress, VP_EVENT_OUTPUT, note);
	return true;
}

bool vp_initramfs_prove(const struct vp_session *session, const struct vp_progress *progress, GError **error)
{
	const struct vp_initramfs_tool *tool = vp_initramfs_tool_find(session);
	guint made = 0;

	for (guint i = 0; tool && i < progress->kept->len; i++)
		if (!prove_one(session, progress, tool, g_ptr_array_index(progress->kept, i), &made, error))
			return false;
	if (made)
		return true;
	if (progress->kept->len) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "it made no image anew");
		return false;
	}
	vp_progress_tell(progress, VP_EVENT_OUTPUT,
			 "no image was found in the usual places, so none is looked at");
	return true;
}
