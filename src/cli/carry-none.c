/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* carry-none.c - an installed command finds its manifest and objects where they are installed */
#include "cli/cli.h"

const struct carried carried_manifest;
const struct carried carried_objects[1];
const size_t carried_count;
