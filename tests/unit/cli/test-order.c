/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* test-order.c - records come out by time, as soon as they can and no sooner */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit.h"
#include "cli/cli.h"

#define MS UINT64_C(1000000)

static const struct kernel_clock initial; /* of the initial time namespace */
static struct order *order;
/* What came out: the numbers that went in. */
static uint32_t out[200000];
static size_t n_out, enough;

static uint64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

static void add(uint64_t time, uint32_t number, size_t size)
{
	static char bytes[70000];
	struct featsel_sample sample = {.event = number % 3, .data = bytes, .size = size};

	memcpy(bytes, &number, sizeof(number));
	ck_assert_int_eq(order_add(order, time, &sample), 0);
}

static int take(void *data, const struct featsel_sample *sample)
{
	(void)data;
	memcpy(&out[n_out], sample->data, sizeof(out[0]));
	ck_assert_uint_eq(sample->event, out[n_out] % 3);
	n_out++;
	return enough && n_out == enough ? 7 : 0;
}

static void begin(bool mixed)
{
	n_out = 0;
	enough = 0;
	ck_assert_int_eq(order_new(mixed, &initial, &order), 0);
	order_begin(order);
}

static void ck_out(size_t n, const uint32_t *numbers)
{
	ck_assert_uint_eq(n_out, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(out[i], numbers[i]);
}

START_TEST(runs_are_merged)
{
	static const uint32_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	begin(true);
	for (uint32_t i = 1; i <= 9; i += 3)
		add(i * 1000, i, 4);
	for (uint32_t i = 2; i <= 9; i += 3)
		add(i * 1000, i, 5);
	for (uint32_t i = 3; i <= 9; i += 3)
		add(i * 1000, i, 64);
	ck_assert_int_eq(order_release(order, true, take, NULL), 0);
	ck_out(9, expected);
	ck_assert(!order_holds(order));
	order_free(order);
}
END_TEST

/* Of one time, those that came first are first. */
START_TEST(equal_times_keep_their_order)
{
	static const uint32_t expected[] = {4, 1, 2, 3};

	begin(true);
	add(2000, 1, 4);
	add(2000, 2, 4);
	add(1000, 4, 4);
	add(2000, 3, 4);
	ck_assert_int_eq(order_release_all(order, take, NULL), 0);
	ck_out(4, expected);
	order_free(order);
}
END_TEST

/* Of several events the newest wait: an older one may be on its way. */
START_TEST(the_newest_wait)
{
	uint64_t time;

	begin(true);
	/* However long this process waits for the processor: not older than what is read now. */
	time = now();
	add(time - 1 * MS, 2, 4);
	add(time - 5000 * MS, 1, 4);
	ck_assert_int_eq(order_release(order, true, take, NULL), 0);
	ck_out(1, (const uint32_t[]){1});
	ck_assert(order_holds(order));
	/* one that is older still comes in time */
	add(time - 2 * MS, 3, 100);
	ck_assert_int_eq(order_release_all(order, take, NULL), 0);
	ck_out(3, (const uint32_t[]){1, 3, 2});
	order_free(order);
}
END_TEST

START_TEST(one_event_does_not_wait)
{
	begin(false);
	add(now() - 1 * MS, 1, 4);
	order_begin(order);
	ck_assert_int_eq(order_release(order, true, take, NULL), 0);
	ck_out(1, (const uint32_t[]){1});
	order_free(order);
}
END_TEST

/* Something was left in the buffers: what it is older than cannot be known, so the window decides.
 */
START_TEST(a_full_buffer_holds_up)
{
	uint64_t time;

	begin(false);
	time = now();
	add(time - 5000 * MS, 1, 4);
	add(time - 50 * MS, 2, 4);
	ck_assert_int_eq(order_release(order, false, take, NULL), 0);
	ck_out(1, (const uint32_t[]){1});
	order_free(order);
}
END_TEST

/* A time to come, or none, is now: nothing is held for ever. */
START_TEST(times_are_not_believed)
{
	begin(false);
	add(UINT64_MAX, 1, 4);
	add(0, 2, 4);
	add(now() + 3600000 * MS, 3, 4);
	order_begin(order);
	ck_assert_int_eq(order_release(order, true, take, NULL), 0);
	ck_assert_uint_eq(n_out, 3);
	ck_assert(!order_holds(order));
	order_free(order);
}
END_TEST

START_TEST(memory_is_bounded)
{
	uint64_t time = now();

	begin(true);
	for (uint32_t i = 0; i < 200; i++)
		add(time + i, i, 65536);
	ck_assert_int_eq(order_release(order, false, take, NULL), 0);
	ck_assert_uint_eq(n_out, 100);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_uint_eq(out[i], i);
	/* what is left is whole */
	ck_assert_int_eq(order_release_all(order, take, NULL), 0);
	ck_assert_uint_eq(n_out, 200);
	for (uint32_t i = 0; i < 200; i++)
		ck_assert_uint_eq(out[i], i);
	order_free(order);
}
END_TEST

START_TEST(the_taker_can_stop)
{
	begin(true);
	for (uint32_t i = 0; i < 5; i++)
		add(1000 + i, i, 4);
	enough = 2;
	ck_assert_int_eq(order_release_all(order, take, NULL), 7);
	ck_out(2, (const uint32_t[]){0, 1});
	ck_assert(order_holds(order));
	order_free(order);
}
END_TEST

/* Many runs of any length, against the order of numbers. */
START_TEST(any_runs_are_sorted)
{
	uint32_t seed = 12345, n = 100000;

	begin(true);
	for (uint32_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		add(1 + (seed >> 12), seed >> 12, 4 + seed % 60);
	}
	ck_assert_int_eq(order_release_all(order, take, NULL), 0);
	ck_assert_uint_eq(n_out, n);
	for (uint32_t i = 1; i < n; i++)
		ck_assert_uint_le(out[i - 1], out[i]);
	order_free(order);
}
END_TEST

/* Each round's last is held, and is whole when it comes out, wherever it was moved meanwhile. */
START_TEST(what_is_held_moves)
{
	uint32_t rounds = 40000, next[3] = {0, 1, 2};

	begin(false);
	for (uint32_t i = 0; i < rounds; i++) {
		order_begin(order);
		add(3 * i + 2, 3 * i + 1, 4 + i % 60);
		add(3 * i + 1, 3 * i, 4 + i % 30);
		add(UINT64_MAX, 3 * i + 2, 4 + i % 200);
		if (i % 2)
			ck_assert_int_eq(order_release(order, true, take, NULL), 0);
		ck_assert(order_holds(order));
	}
	ck_assert_int_eq(order_release_all(order, take, NULL), 0);
	ck_assert_uint_eq(n_out, 3 * rounds);
	for (uint32_t i = 0; i < n_out; i++) {
		ck_assert_uint_eq(out[i], next[out[i] % 3]);
		next[out[i] % 3] += 3;
	}
	order_free(order);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("order");
	TCase *tests = tcase_create("order");

	tcase_add_test(tests, runs_are_merged);
	tcase_add_test(tests, equal_times_keep_their_order);
	tcase_add_test(tests, the_newest_wait);
	tcase_add_test(tests, one_event_does_not_wait);
	tcase_add_test(tests, a_full_buffer_holds_up);
	tcase_add_test(tests, times_are_not_believed);
	tcase_add_test(tests, memory_is_bounded);
	tcase_add_test(tests, the_taker_can_stop);
	tcase_add_test(tests, any_runs_are_sorted);
	tcase_add_test(tests, what_is_held_moves);
	suite_add_tcase(all, tests);
	return all;
}

int main(void)
{
	return unit_run(suite);
}
