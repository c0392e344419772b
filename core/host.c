/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host.c - one snapshot of the machine, put together from its parts */
#include "config.h"

#include "host.h"

void vp_text_take(struct vp_text *text, char *value, const char *source)
{
	g_free(text->value);
	g_free(text->source);
	text->value = value;
	text->source = g_strdup(source);
}

void vp_flag_set(struct vp_flag *flag, enum vp_tri value, const char *source)
{
	g_free(flag->source);
	flag->value = value;
	flag->source = g_strdup(source);
}

void vp_number_set(struct vp_number *number, gint64 value, const char *source)
{
	g_free(number->source);
	number->value = value;
	number->source = g_strdup(source);
}

char *vp_plain_text(const char *text)
{
	g_autofree char *valid = NULL;
	const char *odd = text;
	GString *plain;

	while (*odd >= ' ' && *odd <= '~')
		odd++;
	if (!*odd)
		return g_strdup(text);
	valid = g_utf8_make_valid(text, -1);
	plain = g_string_new(NULL);
	for (const char *at = valid; *at; at = g_utf8_next_char(at))
		if (!g_unichar_iscntrl(g_utf8_get_char(at)))
			g_string_append_unichar(plain, g_utf8_get_char(at));
	return g_string_free(plain, FALSE);
}

enum vp_tri vp_host_sees(const struct vp_root *root, const char *path)
{
	g_autofree char *child = g_strdup(path);

	if (vp_root_exists(root, path))
		return VP_YES;
	/* The nearest folder that lets itself be listed decides: a name it shows is there, only closed to us. */
	while (child[1] != '\0') {
		g_autofree char *name = g_path_get_basename(child);
		char *parent = g_path_get_dirname(child);
		g_auto(GStrv) names = vp_root_list(root, parent);

		g_free(child);
		child = parent;
		if (names)
			return g_strv_contains((const char *const *)names, name) ? VP_UNKNOWN : VP_NO;
	}
	return VP_UNKNOWN;
}

static void use_free(struct vp_use *use)
{
	g_free(use->what);
	g_free(use->address);
	g_free(use->source);
	g_free(use);
}

struct vp_host *vp_host_read(const struct vp_root *root)
{
	struct vp_host *host = g_new0(struct vp_host, 1);

	host->trouble = g_ptr_array_new_with_free_func(g_free);
	host->uses = g_ptr_array_new_with_free_func((GDestroyNotify)use_free);
	host->devices = vp_pci_read(root, host->trouble);
	vp_host_read_cpu(host, root);
	vp_host_read_firmware(host, root);
	vp_host_read_system(host, root);
	vp_host_read_boot(host, root);
	vp_host_read_uses(host, root);
	host->groups = vp_groups_build(host->devices);
	return host;
}

static void text_clear(struct vp_text *text)
{
	vp_text_take(text, NULL, NULL);
}

static void flag_clear(struct vp_flag *flag)
{
	vp_flag_set(flag, VP_UNKNOWN, NULL);
}

static void number_clear(struct vp_number *number)
{
	vp_number_set(number, -1, NULL);
}

static void clear_facts(struct vp_host *host)
{
	struct vp_text *texts[] = {&host->cpu_vendor,      &host->cpu_model,      &host->board_vendor,
				   &host->board_name,      &host->bios_version,   &host->distro_id,
				   &host->distro_like,     &host->distro_name,    &host->kernel_release,
				   &host->cmdline,         &host->boot_loader,    &host->initramfs,
				   &host->package_manager, &host->libvirt_service};
	struct vp_flag *flags[] = {&host->cpu_virtualization,
				   &host->in_virtual_machine,
				   &host->smt_active,
				   &host->kvm_device,
				   &host->iommu_table,
				   &host->iommu_active,
				   &host->uefi,
				   &host->secure_boot,
				   &host->above_4g,
				   &host->libvirt_running,
				   &host->default_network,
				   &host->default_network_autostart};
	struct vp_number *numbers[] = {&host->threads, &host->memory_kib, &host->iommu_groups};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		text_clear(texts[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
		flag_clear(flags[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
		number_clear(numbers[i]);
}

void vp_host_free(struct vp_host *host)
{
	if (!host)
		return;
	clear_facts(host);
	g_ptr_array_unref(host->groups);
	g_ptr_array_unref(host->devices);
	g_ptr_array_unref(host->uses);
	g_ptr_array_unref(host->trouble);
	g_free(host);
}
