/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * embed.h - the bytes of a file as part of the program
 */
#ifndef FEATSEL_CLI_EMBED_H
#define FEATSEL_CLI_EMBED_H

/* Not by the table of global addresses: on arm64 it holds the beginning of the section for all of
 * them. */
#define EMBED_NEAR __attribute__((visibility("hidden")))

/* From @symbol to @symbol_end, with a NUL behind. The path is relative to the build directory. */
#define EMBED(symbol, path)                                \
	__asm__(".pushsection .rodata.embedded, \"a\"\n"   \
		".balign 8\n" #symbol ":\n"                \
		".incbin \"" path "\"\n" #symbol "_end:\n" \
		".byte 0\n"                                \
		".popsection\n");                          \
	extern const char symbol[] EMBED_NEAR, symbol##_end[] EMBED_NEAR

#endif /* FEATSEL_CLI_EMBED_H */
