/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clean.c - output of programs as lines that are safe to show on a terminal */
#include "config.h"
#include "clean.h"

#include <stdbool.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

/* Where in an escape sequence (ECMA-48) we are. */
enum state { TEXT, ESCAPE, CONTROL, STRING };

struct vp_clean {
	void (*line)(const char *line, void *data);
	void *data;
	GString *text;
	enum state state;
	bool returned; /* a carriage return has ended the line; its newline may follow */
};

struct vp_clean *vp_clean_new(void (*line)(const char *line, void *data), void *data)
{
	struct vp_clean *clean = g_new0(struct vp_clean, 1);

	clean->line = line;
	clean->data = data;
	clean->text = g_string_sized_new(LINE_MAX_BYTES);
	return clean;
}

/* Terminals obey U+0080 to U+009F as they obey escape sequences. */
static void remove_c1(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if ((guchar)from[0] == 0xc2 && (guchar)from[1] >= 0x80 && (guchar)from[1] <= 0x9f)
			from++;
		else
			*to++ = *from;
	}
	*to = '\0';
}

static void hand_over(struct vp_clean *clean)
{
	if (clean->line && g_utf8_validate(clean->text->str, (gssize)clean->text->len, NULL)) {
		remove_c1(clean->text->str);
		clean->line(clean->text->str, clean->data);
	} else if (clean->line) {
		g_autofree char *valid = g_utf8_make_valid(clean->text->str, (gssize)clean->text->len);

		remove_c1(valid);
		clean->line(valid, clean->data);
	}
	g_string_truncate(clean->text, 0);
}

static void take_text(struct vp_clean *clean, guchar byte)
{
	bool inside = (byte & 0xc0) == 0x80; /* not the first byte of a UTF-8 character */

	/* A character is not torn apart; more than three of these in a row are none. */
	if (clean->text->len >= LINE_MAX_BYTES + (inside ? 3 : 0))
		hand_over(clean);
	g_string_append_c(clean->text, (char)byte);
}

/* Controls work alike within and outside of a sequence; those that move or ring end it and are left out. */
static void take_control(struct vp_clean *clean, guchar byte)
{
	bool after_return = clean->returned;

	clean->returned = false;
	if (byte == '\n') {
		if (!after_return)
			hand_over(clean);
	} else if (byte == '\r') {
		/* A progress display: each state of it is a line. */
		clean->returned = after_return || clean->text->len > 0;
		if (clean->text->len > 0)
			hand_over(clean);
	} else if (byte == '\t') {
		take_text(clean, ' ');
	}
	clean->state = byte == 0x1b ? ESCAPE : TEXT;
}

static void take(struct vp_clean *clean, guchar byte)
{
	if (byte < 0x20 || byte == 0x7f) {
		take_control(clean, byte);
		return;
	}
	switch (clean->state) {
	case TEXT:
		clean->returned = false;
		take_text(clean, byte);
		break;
	case ESCAPE:
		if (byte == '[')
			clean->state = CONTROL;
		else if (strchr("]PX^_", byte))
			clean->state = STRING;
		else if (byte >= 0x30) /* before it, any number of intermediate bytes */
			clean->state = TEXT;
		break;
	case CONTROL:
		if (byte >= 0x40)
			clean->state = TEXT;
		break;
	case STRING:
		/* Goes on to BEL or ESC \ (both are controls above), and to the end of the line at most. */
		break;
	}
}

void vp_clean_feed(struct vp_clean *clean, const char *data, gsize length)
{
	for (gsize i = 0; i < length; i++)
		take(clean, (guchar)data[i]);
}

void vp_clean_free(struct vp_clean *clean)
{
	if (clean->text->len > 0)
		hand_over(clean);
	g_string_free(clean->text, TRUE);
	g_free(clean);
}
