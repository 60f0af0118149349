/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * condition.c - FIELD OP VALUE: parsed once against a layout, evaluated for each record
 *
 * The field decides which values are allowed, so that a slip is an error and not a filter that
 * never matches.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/private.h"

#define FIRST_ROOM 256

enum operation {
	OPERATOR_IS,
	OPERATOR_IS_NOT,
	OPERATOR_LESS,
	OPERATOR_MORE,
	OPERATOR_AT_MOST,
	OPERATOR_AT_LEAST,
	OPERATOR_LIKE,
	OPERATOR_HAS,
	OPERATOR_COUNT
};

/* Outcomes of a comparison for which a record is shown. */
enum outcome { SMALLER = 1 << 0, EQUAL = 1 << 1, LARGER = 1 << 2 };

static const struct operator_row {
	const char *sign;
	unsigned int outcomes;
} operators[OPERATOR_COUNT] = {
	[OPERATOR_IS] = {"=", EQUAL},
	[OPERATOR_IS_NOT] = {"!=", SMALLER | LARGER},
	[OPERATOR_LESS] = {"<", SMALLER},
	[OPERATOR_MORE] = {">", LARGER},
	[OPERATOR_AT_MOST] = {"<=", SMALLER | EQUAL},
	[OPERATOR_AT_LEAST] = {">=", LARGER | EQUAL},
	[OPERATOR_LIKE] = {"~", EQUAL},
	[OPERATOR_HAS] = {"&", EQUAL},
};

struct featsel_condition {
	const struct featsel_layout *layout;
	const struct record_decoder *decoder;
	size_t field;
	enum operation operation;
	bool (*holds)(struct featsel_condition *condition, const void *data, size_t size);
	uint64_t value, mask; /* numbers; mask: the bits that & looks at */
	char *bytes;	      /* strings, addresses, globs; a NUL follows */
	size_t length;
	char *buffer; /* for the field's own */
	size_t room;
	const char *text; /* the whole, for errors */
	struct featsel_error *err;
};

static PRINTF(2, 3) int refuse(const struct featsel_condition *condition, const char *format, ...)
{
	char text[768];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(condition->err, -EINVAL, FEATSEL_FAILURE_INVALID, "condition '%s': %s",
			 condition->text, text);
}

/* ---- what fits ---- */

/* "a, b, c", as much as there is room for. */
struct list {
	char text[400];
	size_t used;
};

static void list_add(struct list *list, const char *name)
{
	size_t rest = sizeof(list->text) - list->used;
	bool fits = strlen(name) + sizeof(", ...") < rest;

	if (rest > sizeof("..."))
		list->used += (size_t)snprintf(list->text + list->used, rest, "%s%s",
					       list->used ? ", " : "", fits ? name : "...");
	if (!fits)
		list->used = sizeof(list->text);
}

/* "did you mean 'x'?", or a list of what there is. */
static int refuse_name(const struct featsel_condition *condition, const char *what,
		       const char *wrong, const char *const *names, size_t n)
{
	const char *near = names_nearest(wrong, names, n);
	struct list list = {.text = ""};
	size_t i;

	if (near)
		return refuse(condition, "%s '%s', did you mean '%s'?", what, wrong, near);
	for (i = 0; i < n; i++)
		list_add(&list, names[i]);
	return refuse(condition, "%s '%s'; there is %s", what, wrong, list.text);
}

static int refuse_field(const struct featsel_condition *condition, const char *wrong)
{
	size_t i, n = featsel_layout_fields(condition->layout);
	const char **names CLEANUP(free_pointer) = calloc(n ? n : 1, sizeof(*names));

	if (!names)
		return error_memory(condition->err);
	for (i = 0; i < n; i++)
		names[i] = featsel_layout_field(condition->layout, i);
	return refuse_name(condition, "the record has no field", wrong, names, n);
}

static int refuse_constant(const struct featsel_condition *condition, const char *wrong)
{
	const struct record_decoder *decoder = condition->decoder;
	const char **names CLEANUP(free_pointer) = calloc(decoder->n_constants + 1, sizeof(*names));
	char what[160];
	size_t i;

	if (!names)
		return error_memory(condition->err);
	for (i = 0; i < decoder->n_constants; i++)
		names[i] = decoder->constants[i].name;
	snprintf(what, sizeof(what), "field '%s' has no value", decoder->name);
	return refuse_name(condition, what, wrong, names, decoder->n_constants);
}

static int refuse_value(const struct featsel_condition *condition, const char *value,
			const char *wanted)
{
	return refuse(condition, "field '%s' (%s) takes %s, not '%s'", condition->decoder->name,
		      condition->decoder->type, wanted, value);
}

/* ---- numbers ---- */

/* Values that text shows without a sign are compared without one. */
static bool is_signed(const struct record_decoder *decoder)
{
	return decoder->is_signed && decoder->form != RECORD_HEX && decoder->form != RECORD_OCTAL;
}

/* The field's bits of a number that is sign extended to 64. */
static uint64_t narrow(const struct record_decoder *decoder, uint64_t value)
{
	unsigned int unused = 64 - decoder_bits(decoder);

	if (decoder->form == RECORD_BOOL)
		return value != 0;
	if (is_signed(decoder))
		return (uint64_t)((int64_t)(value << unused) >> unused);
	return value << unused >> unused;
}

static bool holds_number(struct featsel_condition *condition, const void *data, size_t size)
{
	uint64_t value;
	unsigned int outcome;

	if (featsel_layout_integer(condition->layout, condition->field, data, size, &value))
		return false;
	value = narrow(condition->decoder, value);
	if (condition->operation == OPERATOR_HAS)
		return (value & condition->mask) == condition->value;
	outcome = value == condition->value ? EQUAL : value < condition->value ? SMALLER : LARGER;
	if (is_signed(condition->decoder) && outcome != EQUAL)
		outcome = (int64_t)value < (int64_t)condition->value ? SMALLER : LARGER;
	return operators[condition->operation].outcomes & outcome;
}

/*
 * Events with tags are told apart by equality of whole numbers, for each record: compare their
 * bytes as they are.
 */
static inline const void *bytes_at(const struct featsel_condition *condition, const void *data,
				   size_t size, size_t bytes)
{
	size_t offset = condition->decoder->offset;

	return size < offset + bytes ? NULL : (const uint8_t *)data + offset;
}

#define HOLDS_BYTES(bits)                                                               \
	static bool holds_##bits(struct featsel_condition *condition, const void *data, \
				 size_t size)                                           \
	{                                                                               \
		uint##bits##_t value;                                                   \
		const void *at = bytes_at(condition, data, size, sizeof(value));        \
		if (!at)                                                                \
			return false;                                                   \
		memcpy(&value, at, sizeof(value));                                      \
		return value == (uint##bits##_t)condition->value;                       \
	}
HOLDS_BYTES(8)
HOLDS_BYTES(16)
HOLDS_BYTES(32)
HOLDS_BYTES(64)

static void hold_quickly(struct featsel_condition *condition)
{
	const struct record_decoder *decoder = condition->decoder;

	if (condition->operation != OPERATOR_IS || condition->holds != holds_number ||
	    !decoder->integer || decoder->bits || decoder->form == RECORD_BOOL)
		return;
	if (decoder->size == sizeof(uint8_t))
		condition->holds = holds_8;
	else if (decoder->size == sizeof(uint16_t))
		condition->holds = holds_16;
	else if (decoder->size == sizeof(uint32_t))
		condition->holds = holds_32;
	else if (decoder->size == sizeof(uint64_t))
		condition->holds = holds_64;
}

/* A number in C's notation within the field's range: 0, or -EINVAL without a message. */
static int parse_number(const struct record_decoder *decoder, const char *text, uint64_t *ret)
{
	bool negative = *text == '-';
	uint64_t value;
	char *end;

	if (!(text[negative] >= '0' && text[negative] <= '9'))
		return -EINVAL;
	errno = 0;
	value = strtoull(text + negative, &end, 0);
	if (errno || *end || (negative && value > 1ULL << 63))
		return -EINVAL;
	if (negative)
		value = 0 - value;
	if (narrow(decoder, value) != value || (negative && value && !is_signed(decoder)))
		return -EINVAL;
	/* Unsigned values above INT64_MAX. */
	if (!negative && is_signed(decoder) && (int64_t)value < 0)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int read_number(struct featsel_condition *condition, const char *text)
{
	condition->holds = holds_number;
	if (parse_number(condition->decoder, text, &condition->value))
		return refuse_value(condition, text, "a number in its range");
	condition->mask = condition->value;
	return 0;
}

static int read_bool(struct featsel_condition *condition, const char *text)
{
	condition->holds = holds_number;
	if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
		condition->value = 1;
	else if (strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
		return refuse_value(condition, text, "'true' or 'false'");
	return 0;
}

/* A return value: a number, or the name that text shows for a negative one. */
static int read_errno(struct featsel_condition *condition, const char *text)
{
	const char *name = *text == '-' ? text + 1 : text;
	int code;

	condition->holds = holds_number;
	if (!parse_number(condition->decoder, text, &condition->value))
		return 0;
	for (code = 1; code < 4096; code++) {
		if (strcmp(errno_name(-code), name) != 0)
			continue;
		condition->value = narrow(condition->decoder, (uint64_t) - (int64_t)code);
		return 0;
	}
	return refuse_value(condition, text, "a number or the name of an error (ENOENT)");
}

static int read_duration(struct featsel_condition *condition, const char *text)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	double value;
	char *end;
	size_t i;

	condition->holds = holds_number;
	if (!parse_number(condition->decoder, text, &condition->value))
		return 0;
	value = strtod(text, &end);
	for (i = 0; i < ARRAY_SIZE(units) && strcmp(end, units[i].name) != 0; i++)
		;
	if (end == text || i == ARRAY_SIZE(units) || !isfinite(value) || value < 0 ||
	    value * units[i].ns >= 9e18)
		return refuse_value(condition, text, "a duration (1500, 1.5us, 20ms, 3s)");
	condition->value = (uint64_t)(value * units[i].ns + 0.5);
	return 0;
}

/* ---- names of values ---- */

static const struct record_constant *find_constant(const struct record_decoder *decoder,
						   const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < decoder->n_constants; i++)
		if (decoder->constants[i].length == length &&
		    memcmp(decoder->constants[i].name, name, length) == 0)
			return &decoder->constants[i];
	return NULL;
}

static int read_enum(struct featsel_condition *condition, const char *text)
{
	const struct record_decoder *decoder = condition->decoder;
	const struct record_constant *constant = find_constant(decoder, text, strlen(text));

	condition->holds = holds_number;
	if (constant) {
		condition->value = narrow(decoder, constant->value);
		return 0;
	}
	return parse_number(decoder, text, &condition->value) ? refuse_constant(condition, text)
							      : 0;
}

/* One of several names or numbers that '|' joins. */
static int add_flag(struct featsel_condition *condition, const char *name)
{
	const struct record_decoder *decoder = condition->decoder;
	const struct record_constant *constant = find_constant(decoder, name, strlen(name));
	uint64_t value;

	if (constant)
		value = constant->value;
	else if (parse_number(decoder, name, &value))
		return refuse_constant(condition, name);
	condition->value |= value;
	/*
	 * Of constants that share bits exactly one holds, so compare all bits of the mask; a
	 * constant of 0 is compared with all bits.
	 */
	if (constant && decoder->mask && !(value & ~decoder->mask))
		condition->mask |= decoder->mask;
	else
		condition->mask |= constant && !value ? UINT64_MAX : value;
	return 0;
}

static int read_flags(struct featsel_condition *condition, const char *text)
{
	char *copy CLEANUP(free_pointer) = strdup(text);
	char *rest = copy, *name;
	int r = 0;

	condition->holds = holds_number;
	if (!copy)
		return error_memory(condition->err);
	while (!r && (name = strsep(&rest, "|")))
		r = add_flag(condition, name);
	return r;
}

/* ---- bytes and text ---- */

static bool holds_bytes(struct featsel_condition *condition, const void *data, size_t size)
{
	const uint8_t *at;
	ssize_t length = layout_bytes(condition->layout, condition->field, data, size, &at);
	bool equal;

	if (length < 0)
		return false;
	equal = (size_t)length == condition->length &&
		memcmp(at, condition->bytes, condition->length) == 0;
	return operators[condition->operation].outcomes & (equal ? EQUAL : LARGER);
}

static int make_room(struct featsel_condition *condition, size_t size)
{
	char *larger;

	if (size <= condition->room)
		return 0;
	larger = realloc(condition->buffer, size);
	if (!larger)
		return -ENOMEM;
	condition->buffer = larger;
	condition->room = size;
	return 0;
}

/* The bytes of a string, the text of any other field; NUL-terminated. NULL if there is none. */
static const char *field_text(struct featsel_condition *condition, const void *data, size_t size)
{
	const uint8_t *at;
	ssize_t length = layout_bytes(condition->layout, condition->field, data, size, &at);

	if (length < 0)
		return NULL;
	if (condition->decoder->form == RECORD_STRING) {
		if (make_room(condition, (size_t)length + 1))
			return NULL;
		memcpy(condition->buffer, at, (size_t)length);
		condition->buffer[length] = '\0';
		return condition->buffer;
	}
	if (make_room(condition, FIRST_ROOM))
		return NULL;
	while ((length = featsel_layout_text(condition->layout, condition->field, data, size,
					     condition->buffer, condition->room - 1)) == -ENOSPC)
		if (make_room(condition, 2 * condition->room))
			return NULL;
	if (length < 0)
		return NULL;
	condition->buffer[length] = '\0';
	return condition->buffer;
}

static bool holds_text(struct featsel_condition *condition, const void *data, size_t size)
{
	const char *text = field_text(condition, data, size);
	bool equal;

	if (!text)
		return false;
	if (condition->operation == OPERATOR_LIKE)
		return fnmatch(condition->bytes, text, 0) == 0;
	equal = strcmp(text, condition->bytes) == 0;
	return operators[condition->operation].outcomes & (equal ? EQUAL : LARGER);
}

static int keep_bytes(struct featsel_condition *condition, const void *bytes, size_t length)
{
	condition->bytes = calloc(1, length + 1);
	if (!condition->bytes)
		return error_memory(condition->err);
	memcpy(condition->bytes, bytes, length);
	condition->length = length;
	return 0;
}

static int read_string(struct featsel_condition *condition, const char *text)
{
	condition->holds = holds_bytes;
	return keep_bytes(condition, text, strlen(text));
}

static int read_text(struct featsel_condition *condition, const char *text)
{
	condition->holds = holds_text;
	return keep_bytes(condition, text, strlen(text));
}

static int read_address(struct featsel_condition *condition, const char *text)
{
	bool four = condition->decoder->form == RECORD_IPV4;
	uint8_t address[sizeof(struct in6_addr)];

	condition->holds = holds_bytes;
	if (inet_pton(four ? AF_INET : AF_INET6, text, address) != 1)
		return refuse_value(condition, text, four ? "an IPv4 address" : "an IPv6 address");
	return keep_bytes(condition, address, four ? sizeof(struct in_addr) : sizeof(address));
}

/* ---- by form ---- */

#define SAME (1u << OPERATOR_IS | 1u << OPERATOR_IS_NOT | 1u << OPERATOR_LIKE)
#define ORDER                                                                 \
	(1u << OPERATOR_LESS | 1u << OPERATOR_MORE | 1u << OPERATOR_AT_MOST | \
	 1u << OPERATOR_AT_LEAST)
#define HAS (1u << OPERATOR_HAS)

static const struct type_row {
	int (*read)(struct featsel_condition *condition, const char *text);
	unsigned int operators;
} types[] = {
	[RECORD_BYTES] = {read_text, SAME},
	[RECORD_UNSIGNED] = {read_number, SAME | ORDER | HAS},
	[RECORD_SIGNED] = {read_number, SAME | ORDER | HAS},
	[RECORD_BOOL] = {read_bool, SAME},
	[RECORD_ENUM] = {read_enum, SAME | ORDER},
	[RECORD_FLAGS] = {read_flags, SAME | HAS},
	[RECORD_HEX] = {read_number, SAME | ORDER | HAS},
	[RECORD_WIDE] = {read_text, SAME},
	[RECORD_OCTAL] = {read_number, SAME | ORDER | HAS},
	[RECORD_TIMESTAMP] = {read_number, SAME | ORDER},
	[RECORD_DURATION] = {read_duration, SAME | ORDER},
	[RECORD_ERRNO] = {read_errno, SAME | ORDER},
	[RECORD_IPV4] = {read_address, SAME},
	[RECORD_IPV6] = {read_address, SAME},
	[RECORD_SOCKADDR] = {read_text, SAME},
	[RECORD_DOMAIN] = {read_text, SAME},
	[RECORD_ADDRESSES] = {read_text, SAME},
	[RECORD_STRING] = {read_string, SAME},
	[RECORD_STRINGS] = {read_text, SAME},
	[RECORD_STRUCT] = {read_text, SAME},
	[RECORD_ARRAY] = {read_text, SAME},
};
_Static_assert(ARRAY_SIZE(types) == RECORD_FORM_COUNT, "a form without a row");

static int refuse_operator(const struct featsel_condition *condition)
{
	unsigned int taken = types[condition->decoder->form].operators;
	struct list list = {.text = ""};
	size_t i;

	for (i = 0; i < OPERATOR_COUNT; i++)
		if (taken & 1u << i)
			list_add(&list, operators[i].sign);
	return refuse(condition, "'%s' does not fit field '%s' (%s), which takes %s",
		      operators[condition->operation].sign, condition->decoder->name,
		      condition->decoder->type, list.text);
}

/* ---- FIELD OP VALUE ---- */

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

static int read_field(struct featsel_condition *condition, const char **text)
{
	const char *begin = skip_blanks(*text);
	size_t length = strcspn(begin, " \t=!<>~&");
	char *name CLEANUP(free_pointer) = strndup(begin, length);
	int index;

	if (!name)
		return error_memory(condition->err);
	*text = skip_blanks(begin + length);
	if (!length)
		return refuse(condition, "it begins with a field, as in 'pid = 1'");
	index = featsel_layout_find(condition->layout, name);
	if (index < 0)
		return refuse_field(condition, name);
	condition->field = (size_t)index;
	condition->decoder = layout_decoder(condition->layout, condition->field);
	return 0;
}

/* The longest operator at this place; "==" is accepted for "=". */
static int read_operator(struct featsel_condition *condition, const char **text)
{
	size_t i, length, longest = 0;
	struct list list = {.text = ""};

	for (i = 0; i < OPERATOR_COUNT; i++) {
		length = strlen(operators[i].sign);
		list_add(&list, operators[i].sign);
		if (length <= longest || strncmp(*text, operators[i].sign, length) != 0)
			continue;
		longest = length;
		condition->operation = (enum operation)i;
	}
	if (!longest)
		return refuse(condition, "behind field '%s' stands one of %s",
			      condition->decoder->name, list.text);
	*text += longest;
	if (condition->operation == OPERATOR_IS && **text == '=')
		(*text)++;
	*text = skip_blanks(*text);
	if (!(types[condition->decoder->form].operators & 1u << condition->operation))
		return refuse_operator(condition);
	return 0;
}

static int read_condition(struct featsel_condition *condition)
{
	const char *text = condition->text;
	int r;

	r = read_field(condition, &text);
	if (!r)
		r = read_operator(condition, &text);
	if (r)
		return r;
	if (condition->operation == OPERATOR_LIKE)
		return read_text(condition, text);
	r = types[condition->decoder->form].read(condition, text);
	if (!r)
		hold_quickly(condition);
	return r;
}

int featsel_condition_new(const struct featsel_layout *layout, const char *text,
			  struct featsel_condition **ret, struct featsel_error *err)
{
	struct featsel_condition *condition = calloc(1, sizeof(*condition));
	int r;

	if (!condition)
		return error_memory(err);
	condition->layout = layout;
	condition->text = text;
	condition->err = err;
	r = read_condition(condition);
	condition->text = NULL;
	condition->err = NULL;
	if (r) {
		featsel_condition_free(condition);
		return r;
	}
	*ret = condition;
	return 0;
}

void featsel_condition_free(struct featsel_condition *condition)
{
	if (!condition)
		return;
	free(condition->bytes);
	free(condition->buffer);
	free(condition);
}

bool featsel_condition_holds(struct featsel_condition *condition, const void *data, size_t size)
{
	return condition->holds(condition, data, size);
}
