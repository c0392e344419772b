/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.h - everything the faces (tui/) may know of the backend
 *
 * Conventions
 * - Functions that can fail return bool (or a pointer, NULL on failure) and take a GError ** last. The message
 *   is one complete line, "what failed: why; what to do", ready to be shown.
 * - "borrowed" results belong to the session and live until the next vp_session_probe() or vp_session_free().
 * - Arrays returned as GPtrArray own their elements: g_ptr_array_unref() frees all.
 * - Nothing here prints, draws, or ends the process. The session is the only state; use it from one thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- errors --------------------------------------------------------------------------------------------- */

#define VP_ERROR (vp_error_quark())
GQuark vp_error_quark(void);

/* The numbers are the exit statuses of the commands. */
enum vp_error_code {
	VP_ERROR_FAILED = 1, /* something went wrong, or is not ready */
	VP_ERROR_USAGE = 2,  /* the caller asked for something that makes no sense */
	VP_ERROR_CANNOT = 3, /* this machine cannot do it */
};

/* ---- facts: what was seen of the machine, and where ------------------------------------------------------ */

enum vp_tri { VP_UNKNOWN, VP_NO, VP_YES };

/* A value that was looked for. `source` is the path (or command) it was read from or would have been. */
struct vp_text {
	char *value; /* NULL: not seen */
	char *source;
};

struct vp_flag {
	enum vp_tri value;
	char *source;
};

struct vp_number {
	gint64 value; /* -1: not seen */
	char *source;
};

/* One PCI function. Strings are never NULL unless said so; names hold no control characters. */
struct vp_device {
	char *address; /* "0000:01:00.0" */
	unsigned domain, bus, slot, function;
	unsigned class_code; /* 24 bits: class, subclass, programming interface */
	unsigned vendor, device;
	unsigned subsystem_vendor, subsystem_device; /* 0xffff: not seen */
	unsigned revision;
	char *kind;           /* the class in plain words: "Graphics card" */
	char *class_name;     /* the class as pci.ids has it: "VGA compatible controller" */
	char *vendor_name;    /* "NVIDIA Corporation", or "10de" */
	char *device_name;    /* "GM204 [GeForce GTX 970]", or "13c2" */
	char *subsystem_name; /* the maker of the card, or NULL */
	char *name;           /* short vendor and device for a list: "NVIDIA GeForce GTX 970" */
	char *driver;         /* the bound driver, or NULL */
	int group;            /* IOMMU group, -1: none */
	char *parent;         /* address of the bridge above, or NULL */
	char *reset_methods;  /* as the kernel lists them, NULL: it lists none */
	enum vp_tri boot_vga; /* VP_UNKNOWN: the kernel does not say for this class */
	int numa_node;        /* -1: not seen */
	bool bridge;          /* header type 1 or 2: never counts against a group, never given away */
	char *blocked;        /* why the host cannot give it away ("holds the root file system"), or NULL */
};

enum vp_verdict { VP_WHOLE, VP_SHARED, VP_KEEP, VP_EMPTY };

struct vp_group {
	int number;
	enum vp_verdict verdict;
	char *reason;       /* one plain sentence */
	GPtrArray *devices; /* struct vp_device *, borrowed, in address order */
};

/* Something the host stands on: a mounted file system, a network interface, a screen. */
struct vp_use {
	char *what;    /* "the root file system (/)", "the network (enp0s25)" */
	char *address; /* the PCI function it hangs on */
	char *source;
};

struct vp_host {
	struct vp_text cpu_vendor, cpu_model;      /* "GenuineIntel", "Intel(R) Core(TM) i7-4790K CPU @ 4.00GHz" */
	struct vp_number threads, memory_kib;      /* online logical processors, MemTotal */
	struct vp_flag cpu_virtualization;         /* vmx or svm; the kernel hides it when firmware switched it off */
	struct vp_flag in_virtual_machine;
	struct vp_flag smt_active;
	struct vp_flag kvm_device;                 /* /dev/kvm exists */
	struct vp_flag iommu_table;                /* ACPI DMAR or IVRS: the firmware offers an IOMMU */
	struct vp_flag iommu_active;               /* the kernel drives one: /sys/class/iommu is not empty */
	struct vp_number iommu_groups;
	struct vp_flag uefi, secure_boot;
	struct vp_flag above_4g;                   /* a memory window of a PCI function lies above 4 GiB */
	struct vp_text board_vendor, board_name, bios_version;
	struct vp_text distro_id, distro_like, distro_name;
	struct vp_text kernel_release, cmdline;
	struct vp_text boot_loader;                /* id in assets/boot_loaders.json: "grub"; NULL: not known */
	struct vp_text initramfs;                  /* "mkinitcpio", "dracut", "initramfs-tools", "booster" */
	struct vp_text package_manager;            /* "pacman", "dpkg", "rpm" */
	struct vp_text libvirt_service;            /* enabled unit: "libvirtd.service", "virtqemud.socket"; NULL: none */
	struct vp_flag libvirt_running;            /* its socket is there */
	struct vp_flag default_network;            /* the network "default" is active */
	struct vp_flag default_network_autostart;
	GPtrArray *devices; /* struct vp_device *, in address order */
	GPtrArray *groups;  /* struct vp_group *, by number */
	GPtrArray *uses;    /* struct vp_use * */
	GPtrArray *trouble; /* char *: what could not be read, one sentence each */
};

/* ---- session ---------------------------------------------------------------------------------------------- */

struct vp_session;

struct vp_options {
	const char *root;    /* --root; NULL or "/": this system */
	const char *connect; /* --connect; NULL: qemu:///system on this system, none elsewhere */
	const char *assets;  /* folder of the tables; NULL: $VIRT_PASSTHROUGH_ASSETS or the installed one */
};

/* Opens the root and the tables; reads no facts yet. Free with vp_session_free(). */
struct vp_session *vp_session_new(const struct vp_options *options, GError **error);
void vp_session_free(struct vp_session *session);
typedef struct vp_session vp_session; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_session, vp_session_free)

/* Reads the machine anew. What cannot be read is "not seen", never an error; an error is a root that is none. */
bool vp_session_probe(struct vp_session *session, GError **error);

const struct vp_host *vp_session_host(const struct vp_session *session);
const char *vp_session_root(const struct vp_session *session);    /* "/" or the folder */
bool vp_session_is_live(const struct vp_session *session);        /* the root is "/" */
const char *vp_session_connect(const struct vp_session *session); /* URI, or NULL: machines are not defined here */
const char *vp_session_assets(const struct vp_session *session);

/* The line at the top of the wizard: board, CPU, distribution, boot loader, initramfs tool. Caller frees. */
char *vp_session_summary(const struct vp_session *session);

/* A text of assets/help by id ("firmware", "glossary"), or NULL. Caller frees. */
char *vp_session_help(const struct vp_session *session, const char *id);

/* ---- fields and answers ------------------------------------------------------------------------------------ */

enum vp_field_type {
	VP_FIELD_BOOL,   /* "yes" or "no" */
	VP_FIELD_NUMBER, /* within min..max */
	VP_FIELD_TEXT,   /* may be empty where optional */
	VP_FIELD_CHOICE, /* one of vp_field_choices() */
	VP_FIELD_SET,    /* any of vp_field_choices() */
	VP_FIELD_LIST,   /* any words */
};

/* One question. The key is also its path in the answers file: "machine.memory_mib". */
struct vp_field {
	const char *key;
	enum vp_field_type type;
	const char *label; /* "Memory" */
	const char *unit;  /* "MiB", or NULL */
	const char *help;  /* one or two sentences: what it decides, what is recommended and why */
	bool optional;     /* TEXT: may be left empty */
	gint64 min, max;   /* NUMBER */
};

struct vp_choice {
	char *value, *label, *hint; /* hint may be NULL */
	bool chosen;
};

const struct vp_field *vp_field_find(const char *key); /* NULL: there is none */

/* What may be chosen for a CHOICE or SET field here: struct vp_choice *. Caller unrefs. */
GPtrArray *vp_field_choices(const struct vp_session *session, const struct vp_field *field);

/* The answer in force (given, or the documented default) as text; lists are joined by one space. Caller frees. */
char *vp_answer_get(const struct vp_session *session, const char *key);
bool vp_answer_is_default(const struct vp_session *session, const char *key);

/* Takes text as typed by a person; refuses with a sentence and changes nothing when it does not fit.
 * An empty text gives back the default. For lists and sets: words separated by blanks (quotes allowed). */
bool vp_answer_set(struct vp_session *session, const char *key, const char *text, GError **error);

/* For SET and LIST fields: puts a word in or takes it out. */
bool vp_answer_toggle(struct vp_session *session, const char *key, const char *word, bool on, GError **error);

/* The answers file, see design: unknown keys, wrong types and devices this machine has not are refused. */
bool vp_answers_load(struct vp_session *session, const char *path, GError **error);
bool vp_answers_parse(struct vp_session *session, const char *json, const char *origin, GError **error);
char *vp_answers_to_json(const struct vp_session *session); /* every key, as in force; caller frees */
bool vp_answers_save(struct vp_session *session, const char *path, GError **error); /* to a file of the person */
bool vp_answers_changed(const struct vp_session *session);  /* since they were loaded or saved */

/* Answers kept in the root for the next start (after the reboot). Loading where none are kept is no error; a kept
 * device that is not there any more is left out, and a finding of its step says so. */
bool vp_answers_keep(struct vp_session *session, GError **error);
bool vp_answers_resume(struct vp_session *session, GError **error);

/* ---- findings and steps ------------------------------------------------------------------------------------- */

enum vp_level {
	VP_OK,     /* measured as fine */
	VP_NOTE,   /* worth knowing */
	VP_TODO,   /* something is left to do */
	VP_WARN,   /* a risk the person should weigh */
	VP_CANNOT, /* this machine cannot */
};

enum vp_state { VP_STATE_NONE, VP_STATE_ACTIVE, VP_STATE_WRITTEN, VP_STATE_MISSING };

struct vp_finding {
	enum vp_level level;
	enum vp_state state; /* for settings: active now, written and needs a reboot, missing */
	char *text;          /* one plain sentence */
	char *todo;          /* what to do about it, or NULL */
	char *evidence;      /* the path or value it was read from, or NULL */
};

struct vp_plan;

struct vp_step {
	const char *id;    /* "firmware" */
	const char *title; /* "Firmware" */
	const char *intro; /* one sentence: what is decided here */
	const char *const *questions; /* keys of its fields (vp_field_find), NULL-terminated */
	bool (*applies)(const struct vp_session *session);
	void (*probe)(const struct vp_session *session, GPtrArray *findings);
	bool (*plan)(const struct vp_session *session, struct vp_plan *plan, GError **error);
	void (*verify)(const struct vp_session *session, GPtrArray *findings); /* after the reboot */
};

/* NULL-terminated, in the order of the wizard. */
const struct vp_step *const *vp_steps(void);

/* Findings of one step: struct vp_finding *. Caller unrefs. */
GPtrArray *vp_step_findings(const struct vp_session *session, const struct vp_step *step);

/* The gravest level of the findings, VP_OK when there are none. */
enum vp_level vp_findings_level(const GPtrArray *findings);

/* Active, written or missing for all of them: what the mark in the stepper shows. */
enum vp_state vp_findings_state(const GPtrArray *findings);

/* ---- what the screens show beyond fields --------------------------------------------------------------------- */

/* One row of the firmware checklist. */
struct vp_setting {
	char *id;            /* "iommu"; the word in the answer "firmware" */
	char *title;         /* "VT-d (IOMMU)" */
	char *purpose;       /* one sentence */
	char *path;          /* "Advanced / System Agent Configuration / VT-d" */
	char *value;         /* "Enabled" */
	char *path_origin;   /* "your ASUS board", "a typical board; names differ" */
	bool required;       /* recommended otherwise */
	enum vp_tri measured; /* YES: as it should be, NO: it is not, UNKNOWN: software cannot see it */
	char *evidence;      /* what was looked at, or NULL */
	bool ticked;         /* the person's word */
};
GPtrArray *vp_firmware_settings(const struct vp_session *session); /* caller unrefs */

/* One kernel parameter, wherever it stands. */
struct vp_parameter {
	char *text;         /* as it would be written: "intel_iommu=on" */
	bool active;        /* on /proc/cmdline now */
	bool written;       /* in the boot loader's configuration now */
	bool planned;       /* in it after apply */
	bool suggested;     /* by this program, for a reason */
	const char *answer; /* key of the BOOL answer that governs it, or NULL: kernel.add / kernel.remove */
	char *why;          /* what it does and why (not); NULL: not ours to explain */
};
GPtrArray *vp_kernel_parameters(const struct vp_session *session); /* caller unrefs */

/* The line the person's own parameters will make, after apply. NULL and an error where no safe edit exists. */
char *vp_kernel_line(const struct vp_session *session, GError **error);

/* Where it is written ("GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub"), or NULL when not known. Caller frees. */
char *vp_kernel_place(const struct vp_session *session);

/* Chooses (or gives up) a device with all that must go with it. *ret_story: what came along, or NULL. */
bool vp_choose(struct vp_session *session, const char *address, bool on, char **ret_story, GError **error);
bool vp_is_chosen(const struct vp_session *session, const char *address);

/* What has to be typed, word for word, before vp_choose() gives this device away although the computer would lose
 * something it needs: "0000:00:1f.2 holds the root file system (/)". Where several stand in the way, the first that
 * was not typed yet. To take the risk, put it into the answer "overrule" with vp_answer_toggle(); giving the device
 * back takes it out again. NULL: nothing is in the way, or nothing lifts it (bridges, wiring). Caller frees. */
char *vp_choose_risk(const struct vp_session *session, const char *address);

const struct vp_device *vp_host_device(const struct vp_host *host, const char *address); /* "01:00.0" too; or NULL */

/* One line about one device: "Driver", "nvidia", and where it was read (NULL: worked out). */
struct vp_detail {
	char *label, *value, *evidence;
};

/* All there is to know of one device: struct vp_detail *; NULL: there is no such device. Reads files anew, and as
 * root on the running system switches the option ROM on for a moment: ask when a person asks. Caller unrefs. */
GPtrArray *vp_device_details(const struct vp_session *session, const char *address);

/* Why there are no groups and what brings them, as one finding; NULL when there are groups. Caller frees. */
struct vp_finding *vp_groups_missing(const struct vp_session *session);
void vp_finding_free(struct vp_finding *finding);

/* What the host keeps if the choice stands: screen, network, disks; struct vp_finding *. Caller unrefs. */
GPtrArray *vp_choice_findings(const struct vp_session *session);

/* One package of the table for this distribution. */
struct vp_package {
	char *name;
	char *purpose;   /* one sentence */
	char *needed;    /* least version, or NULL */
	char *installed; /* version, or NULL */
	bool wanted;     /* by what was chosen */
	bool seen;       /* false: nothing here tells which packages are installed */
	bool satisfied;
	char *evidence;
};
GPtrArray *vp_packages(const struct vp_session *session); /* caller unrefs; empty: no table for this system */

/* ---- plan ------------------------------------------------------------------------------------------------------ */

enum vp_change_kind { VP_WRITE, VP_REMOVE, VP_RUN, VP_DEFINE, VP_UNDEFINE };

struct vp_change {
	enum vp_change_kind kind;
	char *why;        /* one sentence */
	char *step;       /* id of the step it comes from */
	char *path;       /* WRITE, REMOVE: within the root */
	GBytes *before;   /* WRITE, REMOVE: what must be there now; NULL: no file */
	GBytes *after;    /* WRITE */
	unsigned mode;    /* WRITE of a new file; a file that is there keeps its own */
	bool restore;     /* WRITE that puts back: mode, owner and time (nanoseconds since 1970) too */
	unsigned uid, gid;
	gint64 mtime_ns;
	char *copy;       /* WRITE that puts back what a command had made anew: where the file from before is kept */
	char *seen;       /* WRITE, REMOVE of such a file: the SHA-256 of what must be there now; no `before`, no `after` */
	char **argv;      /* RUN */
	char **undo_argv; /* RUN: what takes it back, or NULL */
	char **keeps;     /* RUN: files it makes anew; kept first, and put back when it fails or makes them wrong; or NULL */
	bool elsewhere;   /* RUN: needs that system running, so it is only listed here */
	char *name, *xml; /* DEFINE, UNDEFINE */
	char *connect;    /* DEFINE, UNDEFINE: the URI */
	int rank;         /* place in the order of apply: enum vp_rank of plan.h */
};

/* Something the answers ask for and the plan leaves out. */
struct vp_refusal {
	char *what, *why;
	bool blocks; /* apply does not start while it stands; else the rest goes on and this is for the person's hand */
};

struct vp_plan {
	GPtrArray *changes; /* struct vp_change *, in the order of apply */
	GPtrArray *refused; /* struct vp_refusal * */
	GPtrArray *notes;   /* char *: risks the person has taken, a sentence each */
	bool needs_reboot;
};

struct vp_plan *vp_plan_new(const struct vp_session *session, GError **error);
struct vp_plan *vp_plan_undo(const struct vp_session *session, GError **error); /* from the journal */
void vp_plan_free(struct vp_plan *plan);
typedef struct vp_plan vp_plan; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_plan, vp_plan_free)

char *vp_plan_digest(const struct vp_plan *plan);              /* equal plans, equal text; caller frees */
char *vp_plan_to_json(const struct vp_plan *plan);             /* as in the design; caller frees */
char *vp_change_title(const struct vp_change *change);         /* "Write /etc/default/grub"; caller frees */
char *vp_change_diff(const struct vp_change *change);          /* unified diff, XML, or the command; caller frees */

/* How to boot once without passthrough, in the words of this boot loader. Caller frees. */
char *vp_boot_without(const struct vp_session *session);

/* ---- apply and undo ----------------------------------------------------------------------------------------------- */

enum vp_event_kind { VP_EVENT_BEGIN, VP_EVENT_OUTPUT, VP_EVENT_DONE, VP_EVENT_ELSEWHERE, VP_EVENT_FAILED };

struct vp_event {
	enum vp_event_kind kind;
	size_t index, total; /* which change, from 0 */
	const struct vp_change *change;
	const char *text; /* OUTPUT: a line of the command, without control characters; FAILED: why */
};

typedef void vp_watch(const struct vp_event *event, void *data);

/* Carries a plan out, journaling before each change; stops at the first failure. Blocks; reports through watch. */
bool vp_plan_apply(struct vp_session *session, const struct vp_plan *plan, vp_watch *watch, void *data, GError **error);

/* Carries an undo plan out and closes the journal; the root is then as before the first apply. */
bool vp_plan_undo_apply(struct vp_session *session, const struct vp_plan *plan, vp_watch *watch, void *data,
			GError **error);

bool vp_journal_exists(const struct vp_session *session); /* there is something to undo */

/* ---- recorded machines ---------------------------------------------------------------------------------------------- */

struct vp_machine {
	char *id;    /* file name without its ending: "asus-maximus-vii-ranger" */
	char *title; /* one line */
	char *about;
};
GPtrArray *vp_machines(const char *assets, GError **error); /* by id; caller unrefs */

/* Expands a recorded machine into an existing empty folder. */
bool vp_machine_expand(const char *assets, const char *id, const char *folder, GError **error);

/* Removes that folder with all that is in it by now; follows no links. */
bool vp_machine_discard(const char *folder, GError **error);

/* ---- exports ----------------------------------------------------------------------------------------------------------- */

char *vp_domain_xml(const struct vp_session *session, GError **error); /* the machine as libvirt gets it; caller frees */
char *vp_groups_to_json(const struct vp_session *session);             /* as in the design; caller frees */
char *vp_details_to_json(const GPtrArray *details);                    /* of vp_device_details(); caller frees */
char *vp_findings_to_json(const struct vp_session *session);           /* every step; caller frees */
