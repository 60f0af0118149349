/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * session.h - a plan made real: open, load, attach, poll, release
 */
#ifndef FEATSEL_SESSION_SESSION_H
#define FEATSEL_SESSION_SESSION_H

#include "base/base.h"

/*
 * No room is below this one: what it offers is in featsel.h (featsel_session_*,
 * featsel_plan_try()).
 */

#endif /* FEATSEL_SESSION_SESSION_H */
