/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * apart.c - whether any way through a program comes to what is reached
 *
 * Where ways meet reach.c keeps what they have in common. A verifier follows each way by itself and
 * knows more: that two registers hold what belongs together. So does this file, as long as the ways
 * are not too many. It is asked only about what would keep a candidate out. Of called functions it
 * knows whether some way calls them.
 */
#include <errno.h>
#include <stdlib.h>

#include "object/follow.h"

enum {
	WORK_LIMIT = 50000,   /* instructions of all ways */
	PENDING_LIMIT = 4096, /* ways at a time */
	SEEN_LIMIT = 16,      /* states of a block that need not be followed again */
	ALL_SEEN_LIMIT = 4096 /* of all blocks, of half a kilobyte each */
};

struct pending {
	uint32_t block;
	struct state state;
};

struct trail {
	struct walk walk; /* first: what arrives is told by it */
	struct vec pending;
	struct vec *seen; /* one a block: struct state */
	size_t n_seen;
};

static int meet(struct object_reach *reach, struct body *body, uint32_t block)
{
	if (!body->met)
		body->met = arena_array(reach->arena, body->n_blocks, sizeof(*body->met));
	if (!body->met)
		return -ENOMEM;
	body->met[block] = true;
	return 0;
}

/* The function is called on some way. */
static int mark(struct object_reach *reach, struct form *form)
{
	struct walk walk = {.reach = reach, .form = form, .enter = mark};
	uint32_t i;
	int r = 0;

	if (form->marked)
		return 0;
	form->marked = true;
	r = reach_run(reach, form);
	for (i = 0; i < form->body->n_blocks && !r; i++) {
		if (!form->states[i])
			continue;
		r = meet(reach, form->body, i);
		if (!r)
			r = reach_block(&walk, i, form->states[i]);
	}
	return r;
}

static bool was_seen(const struct vec *seen, const struct state *state)
{
	const struct state *known = seen->items;
	size_t i;

	for (i = 0; i < seen->count && !state_same(&known[i], state); i++)
		;
	return i < seen->count;
}

static int arrive(struct walk *walk, uint32_t block, const struct state *state)
{
	struct trail *trail = (struct trail *)walk;
	struct vec *seen = &trail->seen[block];
	struct pending *pending;
	struct state *slot;

	if (was_seen(seen, state))
		return 0;
	if (seen->count < SEEN_LIMIT && trail->n_seen++ < ALL_SEEN_LIMIT) {
		slot = vec_add(seen, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = *state;
	}
	pending = vec_add(&trail->pending, sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	*pending = (struct pending){block, *state};
	return meet(walk->reach, walk->form->body, block);
}

static int follow(struct trail *trail)
{
	struct object_reach *reach = trail->walk.reach;
	size_t limit = reach->work + WORK_LIMIT;
	struct pending next;
	int r = arrive(&trail->walk, 0, trail->walk.form->states[0]);

	while (!r && trail->pending.count && trail->pending.count < PENDING_LIMIT &&
	       reach->work < limit) {
		next = ((struct pending *)trail->pending.items)[--trail->pending.count];
		r = reach_block(&trail->walk, next.block, &next.state);
	}
	reach->apart = !r && !trail->pending.count;
	return r;
}

int reach_apart(struct object_reach *reach)
{
	struct form *first = form_at(reach, 0);
	struct trail trail = {
		.walk = {.reach = reach, .form = first, .arrive = arrive, .enter = mark},
		.seen = calloc(first->body->n_blocks + 1, sizeof(*trail.seen)),
	};
	uint32_t which;
	size_t i;
	int r = trail.seen ? 0 : -ENOMEM;

	/* All at once: nothing is looked at again. */
	question_rules(&reach->questions, &reach->ranges.rules, UINT32_MAX, &which);
	if (!r && first->body->n_blocks)
		r = follow(&trail);
	for (i = 1; i < reach->forms.count && !r; i++)
		if (form_at(reach, i)->checked)
			r = mark(reach, form_at(reach, i));
	for (i = 0; trail.seen && i < first->body->n_blocks; i++)
		vec_free(&trail.seen[i]);
	free(trail.seen);
	vec_free(&trail.pending);
	return r;
}

bool reach_is_met(const struct object_reach *reach, size_t node)
{
	const struct form *form = form_of_node(reach, node);

	return !reach->apart || (form->body->met && form->body->met[node - form->node]);
}
