/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virt.c - libvirt: connect, define and prove, undefine */
#include "config.h"

#include "virt.h"

#include <dlfcn.h>
#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libvirt.so.0"
/* What an alias of libvirt.conf is made of (libvirt.org/uri.html). */
#define ALIAS G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-"

/* Every function of libvirt used here, under its own name and type. */
#define FOR_EACH_CALL(CALL)                                                                                  \
	CALL(virConnectClose)                                                                                \
	CALL(virConnectGetLibVersion)                                                                        \
	CALL(virConnectGetURI)                                                                               \
	CALL(virConnectOpen)                                                                                 \
	CALL(virDomainDefineXMLFlags)                                                                        \
	CALL(virDomainFree)                                                                                  \
	CALL(virDomainGetXMLDesc)                                                                            \
	CALL(virDomainIsActive)                                                                              \
	CALL(virDomainLookupByName)                                                                          \
	CALL(virDomainUndefineFlags)                                                                         \
	CALL(virGetLastError)                                                                                \
	CALL(virSetErrorFunc)

#define AS_MEMBER(name) __typeof__(name) *name;
#define AS_SYMBOL(name) {#name, offsetof(struct calls, name)},

struct calls {
	FOR_EACH_CALL(AS_MEMBER)
};

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {FOR_EACH_CALL(AS_SYMBOL)};

struct vp_virt {
	void *library;
	struct calls call;
	virConnectPtr connection;
};

/* ---- errors -------------------------------------------------------------------------------------------- */

/* In place of libvirt's own, which writes to stderr, into the middle of a screen. */
static void ignore_message(void *data, virErrorPtr error)
{
}

#define NOT_RUNNING                                                                                          \
	"the service of libvirt is not running; start it with \"systemctl enable --now libvirtd.service\""
#define NOT_ALLOWED                                                                                          \
	"you may not use libvirt; run \"usermod -aG libvirt\" with your name, then log out and in again"

/* Why a connection fails, by number: these hold in every language. A system error has its errno in int1. */
static const char *connection_cause(const virError *last)
{
	switch (last->code) {
	case VIR_ERR_SYSTEM_ERROR:
		if (last->int1 == ENOENT || last->int1 == ECONNREFUSED)
			return NOT_RUNNING;
		return last->int1 == EACCES || last->int1 == EPERM ? NOT_ALLOWED : NULL;
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
	case VIR_ERR_ACCESS_DENIED:
		return NOT_ALLOWED;
	case VIR_ERR_NO_CONNECT:
	case VIR_ERR_INVALID_CONN:
		return "libvirt has no such connection; use qemu:///system";
	default:
		return NULL;
	}
}

/* libvirt's last message on one line; those it took from QEMU have several. Caller frees. */
static char *last_message(const virError *last)
{
	char *message = g_strdup(last && last->message ? last->message : "libvirt does not say why");

	for (char *p = message; *p; p++) {
		if (g_ascii_iscntrl(*p))
			*p = ' ';
	}
	return g_strstrip(message);
}

/* Sets "WHAT 'OBJECT': MESSAGE: in plain words; what to do". */
static void fail(const struct vp_virt *virt, const char *what, const char *object, GError **error)
{
	const virError *last = virt->call.virGetLastError();
	g_autofree char *message = last_message(last);
	g_autofree char *known = vp_virt_explain(message);
	const char *words = known;

	if (!words && last && !virt->connection)
		words = connection_cause(last);
	if (words)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s '%s': %s: %s", what, object, message,
			    words);
	else
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "%s '%s': %s; \"journalctl -b -u libvirtd -u virtqemud\" may say more", what,
			    object, message);
}

/* ---- connection ---------------------------------------------------------------------------------------- */

static bool load(struct vp_virt *virt, GError **error)
{
	const char *why;
	bool complete;

	/* Its threads and exit handlers outlive a connection: it must stay. */
	virt->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	complete = virt->library;
	for (size_t i = 0; complete && i < G_N_ELEMENTS(symbols); i++) {
		void *address = dlsym(virt->library, symbols[i].name);

		memcpy((char *)&virt->call + symbols[i].offset, &address, sizeof(address));
		complete = address;
	}
	if (complete)
		return true;
	why = dlerror();
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot use libvirt: %s; install the package libvirt",
		    why ? why : LIBRARY);
	return false;
}

/* Cards are only given away by the QEMU of the system: a session has no right to them, and other hypervisors
 * other ways. "test" is libvirt's mock; a text without a scheme is an alias of libvirt.conf, looked at when
 * it is open. */
bool vp_virt_check_uri(const char *uri, GError **error)
{
	g_autofree char *scheme = NULL, *path = NULL;
	const char *why = NULL;

	if (!g_uri_split(uri, G_URI_FLAGS_NONE, &scheme, NULL, NULL, NULL, &path, NULL, NULL, NULL) ||
	    (!scheme && uri[strspn(uri, ALIAS)]))
		why = "this is not an address of libvirt";
	else if (scheme && strcmp(scheme, "test") && strcmp(scheme, "qemu") &&
		 !g_str_has_prefix(scheme, "qemu+"))
		why = "only machines of QEMU can be given a card here";
	else if (scheme && !strcmp(path, "/session"))
		why = "machines of a session run without the right to own PCI devices";
	if (why)
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE, "cannot connect to '%s': %s; use qemu:///system",
			    uri, why);
	return !why;
}

static bool check_connection(const struct vp_virt *virt, const char *uri, GError **error)
{
	char *real = virt->call.virConnectGetURI(virt->connection);
	bool good;

	if (!real) {
		fail(virt, "cannot connect to", uri, error);
		return false;
	}
	good = vp_virt_check_uri(real, error);
	free(real);
	return good;
}

struct vp_virt *vp_virt_open(const char *uri, GError **error)
{
	g_autoptr(vp_virt) virt = NULL;

	if (!vp_virt_check_uri(uri, error))
		return NULL;
	virt = g_new0(struct vp_virt, 1);
	if (!load(virt, error))
		return NULL;
	virt->call.virSetErrorFunc(NULL, ignore_message);
	virt->connection = virt->call.virConnectOpen(uri);
	if (!virt->connection) {
		fail(virt, "cannot connect to", uri, error);
		return NULL;
	}
	return check_connection(virt, uri, error) ? g_steal_pointer(&virt) : NULL;
}

void vp_virt_close(struct vp_virt *virt)
{
	if (!virt)
		return;
	if (virt->connection)
		virt->call.virConnectClose(virt->connection);
	if (virt->library)
		dlclose(virt->library);
	g_free(virt);
}

unsigned long vp_virt_version(struct vp_virt *virt)
{
	unsigned long version = 0;

	return virt->call.virConnectGetLibVersion(virt->connection, &version) < 0 ? 0 : version;
}

/* ---- descriptions -------------------------------------------------------------------------------------- */

static xmlXPathObjectPtr evaluate(xmlDocPtr doc, const char *expression)
{
	xmlXPathContextPtr context = xmlXPathNewContext(doc);
	xmlXPathObjectPtr result = xmlXPathEval(BAD_CAST expression, context);

	xmlXPathFreeContext(context);
	return result;
}

static xmlDocPtr parse(const char *xml)
{
	return xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
			     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static guint64 attribute(xmlNodePtr node, const char *name)
{
	xmlChar *text = xmlGetProp(node, BAD_CAST name);
	guint64 value = text ? g_ascii_strtoull((const char *)text, NULL, 0) : 0;

	xmlFree(text);
	return value;
}

static gint text_order(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The addresses of all host devices, in order: "0000:01:00.0 0000:01:00.1". Caller frees. */
static char *host_addresses(const char *xml)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	xmlDocPtr doc = parse(xml);
	xmlXPathObjectPtr found = evaluate(doc, "/domain/devices/hostdev[@type='pci']/source/address");

	for (int i = 0; found && i < xmlXPathNodeSetGetLength(found->nodesetval); i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];

		g_ptr_array_add(list,
				g_strdup_printf("%04x:%02x:%02x.%x", (unsigned)attribute(node, "domain"),
						(unsigned)attribute(node, "bus"),
						(unsigned)attribute(node, "slot"),
						(unsigned)attribute(node, "function")));
	}
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	g_ptr_array_sort(list, text_order);
	g_ptr_array_add(list, NULL);
	return g_strjoinv(" ", (char **)list->pdata);
}

/* The name the XML gives its machine, or NULL. Caller frees. */
static char *name_of(const char *xml)
{
	xmlDocPtr doc = parse(xml);
	xmlXPathObjectPtr found = doc ? evaluate(doc, "string(/domain/name)") : NULL;
	char *name = found && *found->stringval ? g_strdup((const char *)found->stringval) : NULL;

	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	return name;
}

/* ---- domains ------------------------------------------------------------------------------------------- */

/* *ret_domain is NULL when there is none of that name, which is no error. */
static bool look_up(struct vp_virt *virt, const char *name, virDomainPtr *ret_domain, GError **error)
{
	const virError *last;

	*ret_domain = virt->call.virDomainLookupByName(virt->connection, name);
	if (*ret_domain)
		return true;
	last = virt->call.virGetLastError();
	if (last && last->code == VIR_ERR_NO_DOMAIN)
		return true;
	fail(virt, "cannot look for the machine", name, error);
	return false;
}

/* What the domain is from its next start on. Caller frees. */
static char *read_xml(struct vp_virt *virt, virDomainPtr domain, const char *name, GError **error)
{
	char *xml = virt->call.virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
	char *copy = g_strdup(xml);

	if (!xml)
		fail(virt, "cannot read the machine", name, error);
	free(xml);
	return copy;
}

char *vp_virt_domain_xml(struct vp_virt *virt, const char *name, GError **error)
{
	virDomainPtr domain;
	char *xml;

	if (!look_up(virt, name, &domain, error) || !domain)
		return NULL;
	xml = read_xml(virt, domain, name, error);
	virt->call.virDomainFree(domain);
	return xml;
}

static bool check_unused(struct vp_virt *virt, const char *name, GError **error)
{
	virDomainPtr domain;

	if (!look_up(virt, name, &domain, error))
		return false;
	if (!domain)
		return true;
	virt->call.virDomainFree(domain);
	g_set_error(
		error, VP_ERROR, VP_ERROR_FAILED,
		"cannot define the machine '%s': there is one of that name already; choose another name, or "
		"remove that one",
		name);
	return false;
}

/* Whether libvirt took over every host device: a machine is defined for them, so trust is not enough. */
static bool check_devices(const char *name, const char *asked, const char *got, GError **error)
{
	g_autofree char *wanted = host_addresses(asked), *found = host_addresses(got);

	if (!strcmp(wanted, found))
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "cannot define the machine '%s': libvirt made \"%s\" of the devices \"%s\"; nothing was "
		    "defined, please report this with the version of libvirt",
		    name, found, wanted);
	return false;
}

static bool remove_definition(const struct vp_virt *virt, virDomainPtr domain)
{
	const virError *last;

	if (virt->call.virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_NVRAM) == 0)
		return true;
	/* A driver whose machines have no NVRAM refuses the flag. */
	last = virt->call.virGetLastError();
	return last && last->code == VIR_ERR_INVALID_ARG && virt->call.virDomainUndefineFlags(domain, 0) == 0;
}

bool vp_virt_define(struct vp_virt *virt, const char *xml, char **ret_xml, GError **error)
{
	g_autofree char *name = name_of(xml), *made = NULL;
	virDomainPtr domain;

	if (!name) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "cannot define a machine: this is not the XML of one with a name; give a "
			    "complete one");
		return false;
	}
	if (!check_unused(virt, name, error))
		return false;
	domain = virt->call.virDomainDefineXMLFlags(virt->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);
	if (!domain) {
		fail(virt, "cannot define the machine", name, error);
		return false;
	}
	made = read_xml(virt, domain, name, error);
	if (!made || !check_devices(name, xml, made, error)) {
		remove_definition(virt, domain);
		virt->call.virDomainFree(domain);
		return false;
	}
	virt->call.virDomainFree(domain);
	if (ret_xml)
		*ret_xml = g_steal_pointer(&made);
	return true;
}

static bool undefine(struct vp_virt *virt, virDomainPtr domain, const char *name, GError **error)
{
	int active = virt->call.virDomainIsActive(domain);

	if (active == 1) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot remove the machine '%s': it is running; shut it down first", name);
		return false;
	}
	if (active == 0 && remove_definition(virt, domain))
		return true;
	fail(virt, "cannot remove the machine", name, error);
	return false;
}

bool vp_virt_undefine(struct vp_virt *virt, const char *name, GError **error)
{
	virDomainPtr domain;
	bool done;

	if (!look_up(virt, name, &domain, error))
		return false;
	if (!domain)
		return true;
	done = undefine(virt, domain, name, error);
	virt->call.virDomainFree(domain);
	return done;
}
