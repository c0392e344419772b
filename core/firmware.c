/* SPDX-License-Identifier: GPL-2.0-or-later */
/* firmware.c - the checklist: what to set in the firmware menu, where it stands there, what can be measured */
#include "config.h"

#include "internal.h"

#include <string.h>

static void setting_free(void *data)
{
	struct vp_setting *setting = data;

	g_free(setting->id);
	g_free(setting->title);
	g_free(setting->purpose);
	g_free(setting->path);
	g_free(setting->value);
	g_free(setting->path_origin);
	g_free(setting->evidence);
	g_free(setting);
}

static enum vp_tri turned(enum vp_tri value)
{
	return value == VP_UNKNOWN ? VP_UNKNOWN : value == VP_YES ? VP_NO : VP_YES;
}

/* Right when the computer showed its start on something that stays; wrong when on a chosen card that could stay. */
static enum vp_tri measure_boot_display(const struct vp_session *session, char **ret_evidence)
{
	const struct vp_host *host = session->host;

	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (!vp_device_is_display(device) || device->boot_vga != VP_YES)
			continue;
		*ret_evidence = g_strdup_printf("/sys/bus/pci/devices/%s/boot_vga: the computer starts on %s %s",
						device->address, device->kind, device->name);
		if (vp_is_chosen(session, device->address))
			return VP_NO;
		/* Graphics of the processor sit on bus 0; before anything is chosen that is as it should be. */
		return device->bus == 0 ? VP_YES : VP_UNKNOWN;
	}
	*ret_evidence = g_strdup("/sys/bus/pci/devices/*/boot_vga");
	return VP_UNKNOWN;
}

static char *describe(const char *source, enum vp_tri value, const char *yes, const char *no)
{
	if (value == VP_UNKNOWN)
		return g_strdup_printf("%s: not seen", source ? source : "nothing to look at");
	return g_strdup_printf("%s: %s", source, value == VP_YES ? yes : no);
}

static enum vp_tri measure(const struct vp_session *session, enum vp_measure what, char **ret_evidence)
{
	const struct vp_host *host = session->host;
	const struct vp_flag *flag = NULL;
	const char *yes = NULL, *no = NULL;

	switch (what) {
	case VP_MEASURE_CPU_VIRTUALIZATION:
		flag = &host->cpu_virtualization;
		yes = "the processor shows it (vmx or svm)";
		no = "not there: not supported, or switched off in the firmware";
		break;
	case VP_MEASURE_IOMMU_TABLE:
		flag = &host->iommu_table;
		yes = "the firmware describes an IOMMU";
		no = "the firmware describes no IOMMU: off, or not supported";
		break;
	case VP_MEASURE_SECURE_BOOT:
		flag = &host->secure_boot;
		yes = "secure boot is on";
		no = "secure boot is off";
		break;
	case VP_MEASURE_ABOVE_4G:
		flag = &host->above_4g;
		yes = "a graphics card has its memory above 4 GiB";
		no = "every graphics card has its memory below 4 GiB";
		break;
	case VP_MEASURE_SMT:
		flag = &host->smt_active;
		yes = "it is on";
		no = "it is off";
		break;
	case VP_MEASURE_BOOT_DISPLAY:
		return measure_boot_display(session, ret_evidence);
	case VP_MEASURE_NONE:
		return VP_UNKNOWN;
	}
	*ret_evidence = describe(flag->source, flag->value, yes, no);
	/* Memory below 4 GiB does not prove the setting off: the card may simply fit there. */
	if (what == VP_MEASURE_ABOVE_4G && flag->value == VP_NO)
		return VP_UNKNOWN;
	return what == VP_MEASURE_SECURE_BOOT ? turned(flag->value) : flag->value;
}

static char *origin_of(const struct vp_session *session, const struct vp_table_menu *menu)
{
	const struct vp_table_maker *maker = vp_tables_maker(session->tables, session->host->board_vendor.value);

	if (menu->maker && menu->boards)
		return g_strdup_printf("the menu of the %s", session->host->board_name.value);
	if (menu->maker)
		return g_strdup_printf("a menu of %s; words may differ a little on your board", maker->name);
	return g_strdup("a typical board; look for a similar name on yours");
}

static struct vp_setting *make_setting(const struct vp_session *session, const struct vp_table_setting *row,
				       const struct vp_table_menu *menu)
{
	struct vp_setting *setting = g_new0(struct vp_setting, 1);
	g_auto(GStrv) ticks = vp_answer_words(session, "firmware");

	setting->id = g_strdup(row->id);
	setting->title = g_strdup(row->title);
	setting->purpose = g_strdup(row->purpose);
	setting->path = g_strdup(menu->path);
	setting->value = g_strdup(menu->value);
	setting->path_origin = origin_of(session, menu);
	setting->required = vp_tables_need(session->tables, menu) == VP_NEED_REQUIRED;
	setting->measured = measure(session, row->measure, &setting->evidence);
	setting->ticked = g_strv_contains((const char *const *)ticks, row->id);
	return setting;
}

static bool fits_cpu(enum vp_cpu_maker wanted, enum vp_cpu_maker cpu)
{
	return wanted == VP_CPU_ANY || cpu == VP_CPU_ANY || wanted == cpu;
}

GPtrArray *vp_firmware_settings(const struct vp_session *session)
{
	GPtrArray *settings = g_ptr_array_new_with_free_func(setting_free);
	const struct vp_host *host = session->host;
	enum vp_cpu_maker cpu = vp_tables_cpu(host->cpu_vendor.value);

	for (guint i = 0; i < session->tables->settings->len; i++) {
		const struct vp_table_setting *row = g_ptr_array_index(session->tables->settings, i);
		const struct vp_table_menu *menu =
			fits_cpu(row->cpu, cpu) ? vp_tables_menu(session->tables, host->board_vendor.value,
								 host->board_name.value, cpu, row->id)
						: NULL;

		if (menu && vp_tables_need(session->tables, menu) != VP_NEED_OPTIONAL)
			g_ptr_array_add(settings, make_setting(session, row, menu));
	}
	return settings;
}
