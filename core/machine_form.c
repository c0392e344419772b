/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine_form.c - the form of a recorded machine, as one table, and the check against it */
#include "config.h"

#include "machine.h"
#include "core.h"

#include <string.h>

/*
 * What may stand at a key. `like` is the form of a string: "/" an absolute path, "*" a name without slash,
 * "a|b" one of these words; otherwise a pattern: "#" is a decimal number and a digit stands for any
 * hexadecimal digit up to it, so that ffff:ff:1f.7 is a PCI address.
 */
struct form {
	const char *key; /* "": any key, itself like `keys_like` */
	unsigned types;
	const char *like;
	bool needed;
	const struct form *elements; /* of a list of plain values */
	const struct form *members;  /* of an object, or of each object in a list; ended by one without key */
	const char *keys_like;
};

#define TEXT (1u << json_type_string)
#define NUMBER (1u << json_type_int)
#define FLAG (1u << json_type_boolean)
#define MAP (1u << json_type_object)
#define LIST (1u << json_type_array)

#define ADDRESS "ffff:ff:1f.7"

/* clang-format off */
#define KEY(name, kinds, ...) {.key = name, .types = kinds, __VA_ARGS__}
#define ANY_KEY(form_of_keys, kinds, ...) {.key = "", .keys_like = form_of_keys, .types = kinds, __VA_ARGS__}
#define END {.key = NULL}
/* clang-format on */

static const struct form any_text = {.types = TEXT};
static const struct form any_name = {.types = TEXT, .like = "*"};
static const struct form any_number = {.types = NUMBER};
static const struct form any_path = {.types = TEXT, .like = "/"};

static const struct form file_form[] = {
	KEY("mode", TEXT, .like = "7777"), /* octal; 0644 where not given */
	KEY("lines", LIST, .needed = true, .elements = &any_text),
	KEY("final_newline", FLAG), /* true where not given */
	END,
};

static const struct form files_form[] = {
	ANY_KEY("/", MAP | LIST, .members = file_form, .elements = &any_text), /* a list: its lines */
	END,
};

static const struct form links_form[] = {
	ANY_KEY("/", TEXT), /* path -> target as it is written in the link */
	END,
};

/* Without "cores" only the vendor, model and flags are known. */
static const struct form cpus_form[] = {
	KEY("vendor", TEXT, .needed = true), /* as in /proc/cpuinfo: "GenuineIntel" */
	KEY("model", TEXT),
	KEY("family", NUMBER),
	KEY("number", NUMBER), /* the "model" of /proc/cpuinfo */
	KEY("stepping", NUMBER),
	KEY("flags", TEXT),
	KEY("packages", NUMBER),                      /* 1 where not given */
	KEY("cores", NUMBER),                         /* of a package */
	KEY("threads", NUMBER),                       /* of a core, 1 where not given */
	KEY("adjacent", FLAG),                        /* siblings are numbered 0,1 and not 0,4 */
	KEY("l3_kib", LIST, .elements = &any_number), /* of each cache, the last for all further ones */
	KEY("cores_per_l3", NUMBER),                  /* all of a package where not given */
	KEY("nodes", NUMBER),                         /* NUMA nodes in all, 1 where not given */
	END,
};

/* A function without "parent" stands on a root bus, which has the number of its own bus. */
static const struct form function_form[] = {
	KEY("address", TEXT, .like = ADDRESS, .needed = true),
	KEY("class", TEXT, .like = "ffffff", .needed = true),
	KEY("id", TEXT, .like = "ffff:ffff", .needed = true),
	KEY("subsystem", TEXT, .like = "ffff:ffff"), /* not seen where not given */
	KEY("revision", TEXT, .like = "ff"),         /* 00 where not given: lists leave that out */
	KEY("parent", TEXT, .like = ADDRESS),
	KEY("driver", TEXT, .like = "*"),
	KEY("group", NUMBER),
	KEY("boot_vga", FLAG), /* the kernel tells it for class 0300 */
	KEY("reset", TEXT),    /* reset methods as the kernel lists them */
	KEY("numa_node", NUMBER),
	KEY("irq", NUMBER),
	KEY("resource", LIST, .elements = &any_text), /* lines of the file, from the first */
	END,
};

static const struct form partition_form[] = {
	KEY("name", TEXT, .like = "*", .needed = true),
	KEY("number", TEXT, .like = "#:#", .needed = true),
	END,
};

static const struct form disk_form[] = {
	KEY("name", TEXT, .like = "*", .needed = true),
	KEY("number", TEXT, .like = "#:#", .needed = true), /* major:minor */
	KEY("controller", TEXT, .like = ADDRESS),           /* none: a virtual one, over its slaves */
	KEY("slaves", LIST, .elements = &any_name),
	KEY("mapper", TEXT, .like = "*"), /* name of a device mapper device */
	KEY("partitions", LIST, .members = partition_form),
	END,
};

static const struct form mount_form[] = {
	KEY("number", TEXT, .like = "#:#", .needed = true),
	KEY("at", TEXT, .like = "/", .needed = true),
	KEY("type", TEXT, .like = "*", .needed = true),
	KEY("source", TEXT, .needed = true),
	KEY("root", TEXT, .like = "/"), /* what of it is mounted, all where not given */
	END,
};

static const struct form network_form[] = {
	KEY("name", TEXT, .like = "*", .needed = true),
	KEY("device", TEXT, .like = ADDRESS, .needed = true),
	KEY("default", FLAG), /* the default route goes here */
	END,
};

static const struct form outputs_form[] = {
	ANY_KEY("*", TEXT, .like = "connected|disconnected|unknown"), /* connector -> status */
	END,
};

static const struct form screen_form[] = {
	KEY("card", TEXT, .like = "*", .needed = true),
	KEY("device", TEXT, .like = ADDRESS, .needed = true),
	KEY("outputs", MAP, .members = outputs_form),
	END,
};

static const struct form input_form[] = {
	KEY("name", TEXT, .needed = true),
	KEY("kind", TEXT, .like = "keyboard|mouse", .needed = true),
	KEY("id", TEXT, .like = "ffff:ffff", .needed = true),
	KEY("controller", TEXT, .like = ADDRESS), /* the USB controller it hangs on; none: PS/2 */
	END,
};

/* "NAME VERSION [PROVIDES…]" */
static const struct form packages_form[] = {
	KEY("pacman", LIST, .elements = &any_text),
	KEY("dpkg", LIST, .elements = &any_text),
	END,
};

static const struct form machine_form[] = {
	KEY("title", TEXT, .needed = true),
	KEY("about", TEXT, .needed = true),
	KEY("source", TEXT),                     /* address the list of functions comes from */
	KEY("based_on", TEXT, .like = "*"),      /* another machine, for all not given here */
	KEY("iommu", TEXT, .like = "intel|amd"), /* the firmware has the table of this kind */
	KEY("iommu_active", FLAG),               /* the kernel drives it; not given: not seen */
	KEY("iommu_type", TEXT),                 /* type of the groups' domains, "DMA-FQ" */
	KEY("files", MAP, .members = files_form),
	KEY("links", MAP, .members = links_form),
	KEY("folders", LIST, .elements = &any_path),
	KEY("cpus", MAP, .members = cpus_form),
	KEY("memory_mib", NUMBER),
	KEY("pci", LIST, .members = function_form),
	KEY("disks", LIST, .members = disk_form),
	KEY("mounts", LIST, .members = mount_form),
	KEY("swaps", LIST, .elements = &any_path),
	KEY("networks", LIST, .members = network_form),
	KEY("screens", LIST, .members = screen_form),
	KEY("inputs", LIST, .members = input_form),
	KEY("packages", MAP, .members = packages_form),
	END,
};

static bool is_word_of(const char *text, const char *like)
{
	g_auto(GStrv) words = g_strsplit(like, "|", -1);

	return g_strv_contains((const char *const *)words, text);
}

static bool is_like(const char *text, const char *like)
{
	if (g_str_equal(like, "/"))
		return *text == '/';
	if (g_str_equal(like, "*"))
		return *text && !strchr(text, '/') && !g_str_equal(text, ".") && !g_str_equal(text, "..");
	if (strchr(like, '|'))
		return is_word_of(text, like);
	for (; *like; like++) {
		if (*like == '#') {
			if (!g_ascii_isdigit(*text))
				return false;
			text += strspn(text, "0123456789");
		} else if (*like == ':' || *like == '.') {
			if (*text++ != *like)
				return false;
		} else if (!g_ascii_isxdigit(*text) || *text++ > *like) {
			return false;
		}
	}
	return !*text;
}

G_GNUC_PRINTF(3, 4)
static bool refuse(GError **error, const char *file, const char *format, ...)
{
	g_autofree char *why = NULL;
	va_list args;

	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot use the recorded machine %s: %s", file, why);
	return false;
}

static bool check(const struct form *form, json_object *value, const char *where, const char *file,
		  GError **error);

static const struct form *member_named(const struct form *members, const char *key)
{
	for (; members->key; members++)
		if (!*members->key || g_str_equal(members->key, key))
			return members;
	return NULL;
}

static bool check_members(const struct form *members, json_object *object, const char *where,
			  const char *file, GError **error)
{
	json_object_object_foreach (object, key, value) {
		const struct form *form = member_named(members, key);
		g_autofree char *at = g_strconcat(where, *where ? "." : "", key, NULL);

		if (!form || (form->keys_like && !is_like(key, form->keys_like)))
			return refuse(error, file, "%s is no key it may have; correct the name or remove it",
				      at);
		if (value && !check(form, value, at, file, error))
			return false;
	}
	for (; members->key; members++)
		if (members->needed && !json_object_object_get(object, members->key))
			return refuse(error, file, "%s%s%s is missing; add it", where, *where ? "." : "",
				      members->key);
	return true;
}

static bool check_elements(const struct form *list, json_object *array, const char *where, const char *file,
			   GError **error)
{
	const struct form object = {.types = MAP, .members = list->members};
	const struct form *form = list->elements ? list->elements : &object;

	for (size_t i = 0; i < json_object_array_length(array); i++) {
		g_autofree char *at = g_strdup_printf("%s[%zu]", where, i);

		if (!check(form, json_object_array_get_idx(array, i), at, file, error))
			return false;
	}
	return true;
}

/* A type that may stand there, for a sentence. */
static const char *type_words(unsigned types)
{
	switch (types) {
	case TEXT:
		return "a text";
	case NUMBER:
		return "a whole number";
	case FLAG:
		return "true or false";
	case MAP:
		return "an object";
	case LIST:
		return "a list";
	default:
		return "an object or a list";
	}
}

static bool check(const struct form *form, json_object *value, const char *where, const char *file,
		  GError **error)
{
	enum json_type type = json_object_get_type(value);

	if (!(form->types & (1u << type)))
		return refuse(error, file, "%s is of the wrong kind; write %s", *where ? where : "the whole",
			      type_words(form->types));
	if (type == json_type_string && form->like && !is_like(json_object_get_string(value), form->like))
		return refuse(error, file, "%s is \"%s\"; it must be like %s", where,
			      json_object_get_string(value), form->like);
	if (type == json_type_int && json_object_get_int64(value) < 0)
		return refuse(error, file, "%s is below zero; leave out what is not known", where);
	if (type == json_type_object)
		return check_members(form->members, value, where, file, error);
	if (type == json_type_array)
		return check_elements(form, value, where, file, error);
	return true;
}

bool vp_machine_check(json_object *machine, const char *file, GError **error)
{
	static const struct form whole = {.types = MAP, .members = machine_form};

	return check(&whole, machine, "", file, error);
}

const char *vp_json_string(json_object *object, const char *key)
{
	json_object *value = json_object_object_get(object, key);

	return value ? json_object_get_string(value) : NULL;
}

gint64 vp_json_number(json_object *object, const char *key, gint64 fallback)
{
	json_object *value = json_object_object_get(object, key);

	return value ? json_object_get_int64(value) : fallback;
}

bool vp_json_flag(json_object *object, const char *key)
{
	return json_object_get_boolean(json_object_object_get(object, key));
}

size_t vp_json_count(json_object *object, const char *key)
{
	json_object *array = json_object_object_get(object, key);

	return array ? json_object_array_length(array) : 0;
}

json_object *vp_json_item(json_object *object, const char *key, size_t index)
{
	return json_object_array_get_idx(json_object_object_get(object, key), index);
}
