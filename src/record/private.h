/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the record room share
 */
#ifndef FEATSEL_RECORD_PRIVATE_H
#define FEATSEL_RECORD_PRIVATE_H

#include "feature/feature.h"
#include "object/object.h"
#include "record/record.h"

/* ---- format.c: a record's bytes as text and JSON; knows no BTF ---- */

enum record_form {
	RECORD_BYTES = 0, /* hex digits, for types without a better form */
	RECORD_UNSIGNED,
	RECORD_SIGNED,
	RECORD_BOOL,
	RECORD_ENUM,
	RECORD_FLAGS,
	RECORD_HEX,
	RECORD_WIDE, /* 16 bytes, hex */
	RECORD_OCTAL,
	RECORD_TIMESTAMP,
	RECORD_DURATION,
	RECORD_ERRNO,
	RECORD_IPV4,
	RECORD_IPV6,
	RECORD_SOCKADDR,  /* struct sockaddr of any family */
	RECORD_DOMAIN,	  /* a name as DNS writes it */
	RECORD_ADDRESSES, /* of IPv6, 16 bytes each */
	RECORD_STRING,
	RECORD_STRINGS, /* each ends in a NUL */
	RECORD_STRUCT,
	RECORD_ARRAY,
	RECORD_FORM_COUNT
};

/* In the length of bytes behind the members: there were more. TAIL_TRUNCATED of bpf/featsel. */
#define RECORD_TRUNCATED 0x8000

struct record_constant {
	uint64_t value;
	const char *name;
	size_t length;
	int rank; /* FLAGS: constants with lower rank are matched first */
};

/* A formatted time without its fraction, for one second since the epoch. */
struct record_second {
	uint64_t begin; /* monotonic, ns */
	uint64_t span;	/* ns from there on; 0: not made yet */
	size_t length;
	char text[40]; /* "12:30:01.", "2026-01-31T12:30:01." */
};

/* Converts the kernel's monotonic clock to the time of day; caches what is expensive to get. */
struct record_clock {
	struct kernel_clock kernel;
	int64_t offset;	  /* wall clock minus monotonic, ns */
	int64_t measured; /* when, monotonic ns; 0: not yet, no time was asked for */
	int64_t quarter;  /* of an hour, for which zone holds: */
	int64_t zone;	  /* local time minus UTC, seconds */
	struct record_second local, utc;
};

/*
 * Write what lies at @at (@size bytes, of a string perhaps fewer than the decoder's) in one form.
 * Bounds were settled when the decoder was made: it only looks at the bytes that it was made for.
 */
struct out;
struct record_decoder;
typedef struct out form_fn(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			   struct out out);

/* How one field is decoded: everything that BTF says about it, looked up once. */
struct record_decoder {
	enum record_form form;
	form_fn *text, *json; /* of the form: record_settle() */
	bool is_signed;
	bool integer; /* a field of the record itself: record_is_integer() */
	bool tail;    /* STRING, BYTES: reaches to the end of the sample */
	bool behind;  /* STRING, STRINGS, SOCKADDR: says where in the record they are and how long,
			 two uint16_t, of the second the low 15 bits: RECORD_TRUNCATED */
	uint8_t bit, bits; /* a bit field: from the first byte's bit @bit (in the byte order's
			      sense); bits 0: none */
	uint32_t offset;   /* from the record, struct or array that it is part of */
	uint32_t size;	   /* bytes */
	uint32_t n_parts;  /* STRUCT: members; ARRAY: elements, all decoded by parts[0] */
	uint32_t width;
	const char *name, *type;
	const struct record_decoder *parts;
	/* ENUM: sorted by value; FLAGS: in the order in which they are matched. */
	const struct record_constant *constants;
	size_t n_constants;
	uint64_t mask; /* FLAGS: bits that hold one value, not independent flags */
	struct record_clock *clock;
};

/* The form is final. */
void record_settle(struct record_decoder *decoder);
/* Whether the field has a number. */
bool record_is_integer(const struct record_decoder *decoder);
/* Bits of an integer field. */
static inline unsigned int decoder_bits(const struct record_decoder *decoder)
{
	return decoder->bits ? decoder->bits : decoder->size * 8;
}
/* The usual width in text; values may be longer. */
unsigned int record_width(const struct record_decoder *decoder);
void record_clock_init(struct record_clock *clock);

/* ---- decoder.c: a struct of the object's BTF as decoders ---- */

struct record_fields {
	const struct record_decoder *items;
	size_t n;
	size_t size; /* of the struct; a flexible array at its end not counted */
};
/* The members of struct @record, in @arena: 0, -ENOENT, -EINVAL, -ENOMEM. @btf may be NULL. */
int decoder_read(const struct btf *btf, const char *record, struct record_clock *clock,
		 struct arena *arena, struct record_fields *ret, struct featsel_error *err);

/* ---- layout.c: layouts out of BTF ---- */

const struct record_decoder *layout_decoder(const struct featsel_layout *layout, size_t index);
/* Where the bytes of a field are in a sample, and how many, of a string up to its end; -ENODATA. */
ssize_t layout_bytes(const struct featsel_layout *layout, size_t index, const void *data,
		     size_t size, const uint8_t **ret);

#endif /* FEATSEL_RECORD_PRIVATE_H */
