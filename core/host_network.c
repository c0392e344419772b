/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_network.c - the network cards behind the way out and behind the SSH session */
#include "config.h"

#include "host_uses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>

/* Words of the line, split at any blanks. Caller frees the array only. */
static GPtrArray *split(char *line)
{
	GPtrArray *words = g_ptr_array_new();
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		g_ptr_array_add(words, word);
	return words;
}

static char **lines_of(const struct survey *survey, const char *file)
{
	g_autofree char *text = vp_root_read_text(survey->root, file);

	return g_strsplit(text ? text : "", "\n", -1);
}

/* From an interface down to cards: bridges, bonds and VLANs link what they stand on as lower_NAME. */
static void follow_interface(struct survey *survey, const char *what, const char *name)
{
	g_autofree char *place = vp_survey_link(survey, "/sys/class/net", name);
	g_autofree char *source = g_strconcat("/sys/class/net/", name, NULL);
	g_auto(GStrv) entries = vp_survey_list(survey, "/sys/class/net", name, NULL);

	if (!place || !g_hash_table_add(survey->seen, g_strdup(name)) ||
	    vp_survey_path(survey, what, place, source, survey->carried))
		return;
	for (char **entry = entries; entry && *entry; entry++)
		if (g_str_has_prefix(*entry, "lower_"))
			follow_interface(survey, what, *entry + strlen("lower_"));
}

static void trace_interface(struct survey *survey, const char *use, const char *name)
{
	g_autofree char *what = g_strdup_printf("%s (%s)", use, name);

	g_hash_table_remove_all(survey->seen);
	follow_interface(survey, what, name);
}

/* A default route is one whose mask (IPv4, column 7) or length (IPv6, column 1) is 0; the interface stands in the
 * first or last column (net/ipv4/fib_trie.c, net/ipv6/route.c). */
static void find_routes(struct survey *survey, const char *file, guint width, guint interface)
{
	g_auto(GStrv) lines = lines_of(survey, file);

	for (char **line = lines; *line; line++) {
		g_autoptr(GPtrArray) words = split(*line);
		const char *zeros;

		if (words->len <= MAX(width, interface))
			continue;
		zeros = g_ptr_array_index(words, width);
		if (zeros[strspn(zeros, "0")] == '\0')
			trace_interface(survey, "the network", g_ptr_array_index(words, interface));
	}
}

/* ---- the SSH session ----------------------------------------------------------------------------------------- */

struct address {
	int family;
	guint8 bytes[sizeof(struct in6_addr)];
};

static gsize length_of(const struct address *address)
{
	return address->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static bool is_address(const struct sockaddr *other, const struct address *address)
{
	const void *bytes;

	if (!other || other->sa_family != address->family)
		return false;
	bytes = other->sa_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)(const void *)other)->sin_addr
			: &((const struct sockaddr_in6 *)(const void *)other)->sin6_addr;
	return !memcmp(bytes, address->bytes, length_of(address));
}

/* The interface of this system that has the address, or NULL. Caller frees. */
static char *own_interface(const struct address *address)
{
	struct ifaddrs *all = NULL;
	char *name = NULL;

	if (getifaddrs(&all) < 0)
		return NULL;
	for (struct ifaddrs *each = all; each && !name; each = each->ifa_next)
		if (is_address(each->ifa_addr, address))
			name = g_strdup(each->ifa_name);
	freeifaddrs(all);
	return name;
}

/* The same from files: the interface with the narrowest network the address lies in (net/ipv4/fib_trie.c: the
 * numbers are in the byte order of the wire, read as numbers of this machine). */
static char *routed_interface(const struct survey *survey, const struct address *address)
{
	g_auto(GStrv) lines = lines_of(survey, "/proc/net/route");
	guint32 narrowest = 0, wanted;
	char *name = NULL;

	memcpy(&wanted, address->bytes, sizeof(wanted));
	for (char **line = lines; *line; line++) {
		g_autoptr(GPtrArray) words = split(*line);
		guint32 mask, network;

		if (words->len < 8)
			continue;
		network = (guint32)g_ascii_strtoull(words->pdata[1], NULL, 16);
		mask = (guint32)g_ascii_strtoull(words->pdata[7], NULL, 16);
		if ((wanted & mask) != network || GUINT32_FROM_BE(mask) <= narrowest)
			continue;
		narrowest = GUINT32_FROM_BE(mask);
		g_free(name);
		name = g_strdup(words->pdata[0]);
	}
	return name;
}

/* net/ipv6/addrconf.c: the address without colons, then numbers, and the interface last. */
static char *listed_interface(const struct survey *survey, const struct address *address)
{
	g_auto(GStrv) lines = lines_of(survey, "/proc/net/if_inet6");
	g_autoptr(GString) wanted = g_string_new(NULL);

	for (gsize i = 0; i < length_of(address); i++)
		g_string_append_printf(wanted, "%02x", address->bytes[i]);
	for (char **line = lines; *line; line++) {
		g_autoptr(GPtrArray) words = split(*line);

		if (words->len >= 6 && !strcmp(words->pdata[0], wanted->str))
			return g_strdup(words->pdata[5]);
	}
	return NULL;
}

static void trace_address(struct survey *survey, const char *use, const struct address *address)
{
	g_autofree char *name = vp_root_is_live(survey->root) ? own_interface(address) : NULL;

	if (!name)
		name = address->family == AF_INET ? routed_interface(survey, address)
						  : listed_interface(survey, address);
	if (name)
		trace_interface(survey, use, name);
}

/* SSH_CONNECTION, ssh(1): client address and port, our address and port. False: this is no SSH session, or sudo
 * dropped the variable. */
static bool find_own_session(struct survey *survey)
{
	const char *connection = vp_root_is_live(survey->root) ? g_getenv("SSH_CONNECTION") : NULL;
	g_auto(GStrv) words = g_strsplit(connection ? connection : "", " ", -1);
	struct address address = {.family = AF_INET};

	if (g_strv_length(words) < 3)
		return false;
	words[2][strcspn(words[2], "%")] = '\0';
	if (strchr(words[2], ':'))
		address.family = AF_INET6;
	if (inet_pton(address.family, words[2], address.bytes) != 1)
		return false;
	trace_address(survey, "your SSH session", &address);
	return true;
}

/* "0100007F:0016": words of 32 bits as this machine has them in memory, and the port. */
static bool parse_endpoint(const char *text, struct address *ret, unsigned *ret_port)
{
	gsize digits = strcspn(text, ":");

	if ((digits != 8 && digits != 32) || text[digits] != ':')
		return false;
	ret->family = digits == 8 ? AF_INET : AF_INET6;
	for (gsize i = 0; i < digits / 8; i++) {
		g_autofree char *part = g_strndup(text + 8 * i, 8);
		guint32 number = (guint32)g_ascii_strtoull(part, NULL, 16);

		memcpy(ret->bytes + 4 * i, &number, sizeof(number));
	}
	/* An IPv4 connection that a program for IPv6 took. */
	if (ret->family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)ret->bytes)) {
		ret->family = AF_INET;
		memmove(ret->bytes, ret->bytes + 12, sizeof(struct in_addr));
	}
	*ret_port = (unsigned)g_ascii_strtoull(text + digits + 1, NULL, 16);
	return true;
}

/* Connections that stand (state 01, include/net/tcp_states.h) and came in on the port of SSH. */
static void find_sessions(struct survey *survey, const char *file)
{
	g_auto(GStrv) lines = lines_of(survey, file);

	for (char **line = lines; *line; line++) {
		g_autoptr(GPtrArray) words = split(*line);
		struct address address;
		unsigned port;

		if (words->len >= 4 && !strcmp(words->pdata[3], "01") &&
		    parse_endpoint(words->pdata[1], &address, &port) && port == 22)
			trace_address(survey, "an SSH session", &address);
	}
}

static void find_ssh(struct survey *survey)
{
	if (find_own_session(survey))
		return;
	find_sessions(survey, "/proc/net/tcp");
	find_sessions(survey, "/proc/net/tcp6");
}

/* With a second way out on another card, this one may go. */
static bool is_only_way(const struct survey *survey)
{
	for (guint i = 1; i < survey->carried->len; i++) {
		const struct vp_use *first = g_ptr_array_index(survey->carried, 0);
		const struct vp_use *use = g_ptr_array_index(survey->carried, i);

		if (strcmp(first->address, use->address) != 0)
			return false;
	}
	return true;
}

void vp_survey_network(struct survey *survey)
{
	find_routes(survey, "/proc/net/route", 7, 0);
	find_routes(survey, "/proc/net/ipv6_route", 1, 9);
	if (!is_only_way(survey))
		g_ptr_array_set_size(survey->carried, 0);
	find_ssh(survey);
}
