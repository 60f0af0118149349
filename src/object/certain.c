/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* certain.c - what is reached whatever the answers to the open questions are */
#include <errno.h>
#include <stdlib.h>

#include "object/follow.h"

/* ---- what is reached for every answer ---- */

/* A way into a node from another. */
struct way_back {
	uint32_t from, next; /* of the same node, 0 none */
	bool certain;
};

struct game {
	struct object_reach *reach;
	bool *half; /* one of the two ways of an open question is won */
	bool *won;
	uint32_t *queue;
	size_t n;
	uint32_t hinge; /* the question of a node with one way that is won and one that is not */
	size_t hinge_node;
};

static int add_way(struct object_reach *reach, size_t from, size_t to, bool certain)
{
	struct way_back *way = vec_add(&reach->before, sizeof(*way));

	if (!way)
		return -ENOMEM;
	*way = (struct way_back){(uint32_t)from, reach->first_before[to], certain};
	reach->first_before[to] = (uint32_t)reach->before.count;
	return 0;
}

static int add_ways_of_form(struct object_reach *reach, const struct form *form)
{
	uint32_t i, side, to;
	unsigned int ways;
	int r = 0;

	for (i = 0; i < form->body->n_blocks; i++)
		for (side = 0; side < 2 && form->states[i] && !r; side++) {
			to = form->body->blocks[i].next[side];
			ways = form->ways[i] >> side;
			if (to != NOWHERE && ways & (FALLS | MAY_FALL))
				r = add_way(reach, form->node + i, form->node + to, ways & FALLS);
		}
	return r;
}

struct form *form_of_node(const struct object_reach *reach, size_t node)
{
	size_t low = 0, high = reach->forms.count, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (form_at(reach, middle)->node <= node)
			low = middle;
		else
			high = middle;
	}
	return form_at(reach, low);
}

static bool is_direct(const struct object_reach *reach, size_t node)
{
	const struct form *form = form_of_node(reach, node);

	return form->certain && !form->states[node - form->node]->open;
}

/* Functions are called by others, more often than not by earlier ones. */
static void find_certain_forms(struct object_reach *reach)
{
	const struct call_edge *calls = reach->calls.items;
	bool more = true;
	struct form *form;
	size_t i;

	for (i = 0; i < reach->forms.count; i++) {
		form = form_at(reach, i);
		form->certain = !i || (form->checked && !form->open);
	}
	while (more) {
		more = false;
		for (i = 0; i < reach->calls.count; i++) {
			if (calls[i].to->certain || !is_direct(reach, calls[i].node))
				continue;
			calls[i].to->certain = more = true;
		}
	}
}

static int find_ways(struct object_reach *reach)
{
	const struct call_edge *calls = reach->calls.items;
	size_t i;
	int r = 0;

	reach->first_before = calloc(reach->n_nodes + 1, sizeof(*reach->first_before));
	if (!reach->first_before)
		return -ENOMEM;
	find_certain_forms(reach);
	for (i = 0; i < reach->forms.count && !r; i++)
		if (form_at(reach, i)->live)
			r = add_ways_of_form(reach, form_at(reach, i));
	for (i = 0; i < reach->calls.count && !r; i++)
		r = add_way(reach, calls[i].node, calls[i].to->node, true);
	return r;
}

static void win(struct game *game, size_t node)
{
	if (game->won[node])
		return;
	game->won[node] = true;
	game->queue[game->n++] = (uint32_t)node;
}

/* A node that hangs on an open question is won with both of its ways. */
static void win_from(struct game *game, const struct way_back *way)
{
	const struct form *form = form_of_node(game->reach, way->from);
	size_t block = way->from - form->node;

	if (way->certain || game->half[way->from]) {
		win(game, way->from);
		return;
	}
	game->half[way->from] = form->ways[block] == (MAY_FALL | MAY_JUMP);
	/* The first of several explains best. */
	if (way->from <= game->hinge_node) {
		game->hinge = form->questions[block];
		game->hinge_node = way->from;
	}
}

static bool play(struct game *game, const size_t *nodes, size_t n)
{
	const struct way_back *ways = game->reach->before.items;
	uint32_t way;
	size_t i;

	for (i = 0; i < n; i++)
		win(game, nodes[i]);
	while (game->n && !game->won[0])
		for (way = game->reach->first_before[game->queue[--game->n]]; way;
		     way = ways[way - 1].next)
			win_from(game, &ways[way - 1]);
	return game->won[0];
}

/*
 * Think of an opponent who answers the open questions so as to avoid the nodes. He cannot if both
 * ways lead to them, or if no answer is needed.
 */
static bool cannot_be_missed(struct object_reach *reach, const size_t *nodes, size_t n,
			     uint32_t *hinge)
{
	struct game game = {
		.reach = reach,
		.hinge_node = SIZE_MAX,
		.half = calloc(reach->n_nodes, sizeof(*game.half)),
		.won = calloc(reach->n_nodes, sizeof(*game.won)),
		.queue = calloc(reach->n_nodes, sizeof(*game.queue)),
	};
	bool certain = false;

	if (game.half && game.won && game.queue)
		certain = play(&game, nodes, n);
	else
		reach->questions.failed = true;
	free(game.half);
	free(game.won);
	free(game.queue);
	if (!certain && game.hinge)
		*hinge = game.hinge;
	return certain;
}

/* Whether all nodes are in functions that nothing calls. */
static bool are_alone(const struct object_reach *reach, const size_t *nodes, size_t n)
{
	size_t i;

	for (i = 0; i < n && form_of_node(reach, nodes[i])->alone; i++)
		;
	return i == n;
}

bool reach_is_certain(struct object_reach *reach, const size_t *nodes, size_t n, uint32_t *hinge)
{
	size_t i;

	*hinge = reach->lazy && are_alone(reach, nodes, n) ? reach->lazy : 0;
	if (!reach->open)
		return n > 0;
	if (!reach->first_before && find_ways(reach)) {
		reach->questions.failed = true;
		return false;
	}
	for (i = 0; i < n; i++)
		if (is_direct(reach, nodes[i]))
			return true;
	return n > 0 && cannot_be_missed(reach, nodes, n, hinge);
}
