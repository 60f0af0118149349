/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* carry.c - the default manifest and all objects inside of featsel-static, as carried.h lists
 * them */
#include "cli/cli.h"
#include "cli/embed.h"

EMBED(carried_yaml, CARRIED_MANIFEST);
const struct carried carried_manifest = {"built in", carried_yaml, carried_yaml_end};

#define CARRY(number, name, path) EMBED(carried_##number, path);
#include "carried.h"
#undef CARRY

#define CARRY(number, name, path) {name, carried_##number, carried_##number##_end},
const struct carried carried_objects[] = {
#include "carried.h"
};
#undef CARRY
const size_t carried_count = ARRAY_SIZE(carried_objects);
