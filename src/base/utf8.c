/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* utf8.c - characters from untrusted bytes */
#include "base/base.h"

size_t utf8_decode(const uint8_t *at, size_t size, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length, i;
	uint32_t code;

	if (at[0] < 0x80)
		return *ret = at[0], 1;
	length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4 || length > size)
		return 0;
	code = at[0] & (0xff >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return length;
}

bool utf8_is_harmless(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	if (code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e))
		return false;
	return code != 0x061c && !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}
