/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wizard.h - the guided set-up: pages in a row, what they share, and what they may ask for */
#pragma once

#include "cli.h"
#include "dialog.h"
#include "job.h"
#include "list.h"
#include "pager.h"
#include "report.h"

struct wizard;
struct page;

/* A page is a list, details of the row under the cursor, and a message; these say what is in them. */
struct page_ops {
	const char *id, *title; /* title: NULL where the step has one */
	enum key_context keys;
	const struct list_column *columns;
	int details_share; /* see struct layout_want */
	void (*build)(struct wizard *wizard, struct page *page);
	void (*details)(struct wizard *wizard, struct page *page, const struct list_row *row,
			GPtrArray *lines);
	void (*message)(struct wizard *wizard, struct page *page,
			GPtrArray *lines); /* NULL: gravest finding */
	bool (*command)(struct wizard *wizard, struct page *page, enum command command);
};

extern const struct page_ops firmware_page, kernel_page, devices_page, packages_page, machine_page,
	review_page, apply_page;

/* How far a step is. */
enum progress {
	PROGRESS_OPEN, /* nothing can be told yet */
	PROGRESS_DONE,
	PROGRESS_LEFT,  /* something is left to do */
	PROGRESS_WAITS, /* written, takes effect with the next start */
	PROGRESS_CANNOT,
};

struct page {
	const struct page_ops *ops;
	const struct vp_step *step; /* NULL: review and apply */
	struct list list;
	GPtrArray *data; /* what the rows were made from, or NULL */
	char *intro;     /* NULL: the step's */
	char *corner;    /* stands at the right end of the line above the page, or NULL */
	int filter;      /* which rows are shown; the page knows what the number means */

	/* Made anew when answers or facts change, not at each key. */
	GPtrArray *findings; /* NULL: the page is no step */
	enum vp_state state;
	enum progress progress;
	bool visited;
};

struct wizard {
	const struct cli *cli;
	struct terminal *terminal;
	struct vp_session *session;
	GPtrArray *views; /* the pages are the lowest of them */
	struct page *pages;
	int count, current; /* the last two are review and apply */
	struct layout layout;
	GPtrArray *details; /* lines for the row under the cursor */
	GPtrArray *message; /* lines that stand as long as no key was answered */
	GPtrArray *said;    /* lines that answer the last key; NULL: none */
	unsigned said_keys; /* context of the keys that go on from there, 0: none */
	char *summary;      /* of the machine, for the header */

	struct vp_plan *plan; /* as shown on the review page; NULL: to be made anew */
	char *plan_trouble;   /* why there is none */
	GPtrArray *diffs;     /* char *: of its changes, made when first looked at */
	struct job *job;      /* apply or undo, running or over; NULL: none yet */

	bool forgotten; /* undo took away the answers that were kept */
	bool leaving;
	int ended_by; /* a signal, 0: none */
};

/* ---- what pages may ask for (wizard.c) ---- */

struct page *wizard_page(struct wizard *wizard);
void wizard_go(struct wizard *wizard, int index);
void wizard_go_review(struct wizard *wizard);
void wizard_go_apply(struct wizard *wizard);

/* Answers or facts are others now: rows, marks and messages are made anew, the plan is forgotten. */
void wizard_changed(struct wizard *wizard);
void wizard_rows_changed(struct wizard *wizard); /* only the rows of this page */
void wizard_look_again(struct wizard *wizard);   /* reads the machine anew */

void wizard_say(struct wizard *wizard, enum tone tone, const char *text);
void wizard_say_error(struct wizard *wizard, GError *error_taken);
const GPtrArray *wizard_message(const struct wizard *wizard); /* what stands in the message line now */
void wizard_push(struct wizard *wizard, struct view *view);
void wizard_show(struct wizard *wizard, const char *title, GPtrArray *lines_taken);
void wizard_quit(struct wizard *wizard);

/* ---- drawing (page.c) ---- */

void page_place(struct wizard *wizard, int rows, int columns);
void page_draw(struct wizard *wizard, WINDOW *window);
int page_rows(const struct wizard *wizard);                           /* rows for items on the current page */
void page_weigh(struct page *page, const struct vp_session *session); /* findings, and how far the step is */

/* ---- help and findings (help.c) ---- */

void help_show(struct wizard *wizard);
void findings_show(struct wizard *wizard);

/* ---- questions of a step as rows (fields.c) ---- */

void fields_add_row(struct wizard *wizard, struct list *list, const char *key);
void fields_add_line(struct wizard *wizard, struct list *list, const char *key); /* not in columns */
void fields_details(struct wizard *wizard, const char *key, GPtrArray *lines);
bool fields_command(struct wizard *wizard, const char *key, enum command command);
