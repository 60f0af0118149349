/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* oracle.h - the source of what loading an object will find; part of object.h */
#ifndef FEATSEL_OBJECT_ORACLE_H
#define FEATSEL_OBJECT_ORACLE_H

#include "base/base.h"
#include "feature/feature.h"

enum object_number {
	OBJECT_FIELD_OFFSET = 1, /* of "struct T.MEMBER", in bytes */
	OBJECT_FIELD_SIZE,
	OBJECT_FIELD_FORM, /* its size; 0 of a bit field */
	OBJECT_FIELD_SIGNED,
	OBJECT_TYPE_SIZE,      /* of "struct T" */
	OBJECT_ENUM_VALUE,     /* of "enum E.VALUE" */
	OBJECT_KCONFIG,	       /* of "CONFIG_HZ" */
	OBJECT_KERNEL_VERSION, /* as LINUX_KERNEL_VERSION */
};

/* Bytes of .rodata that are set before the object is loaded. */
struct object_patch {
	const char *section; /* ".rodata", ".rodata.config" */
	uint64_t offset;
	const uint8_t *bytes;
	size_t size;
};

/* A step of a CO-RE access. libbpf takes a member of the same name for what the object means only
 * if both are alike, and no element that an array does not have. */
struct object_step {
	const char *name; /* of the member; NULL: an element */
	uint32_t index;	  /* of the element */
	/* What the member is in the object: BTF_KIND_*, below so many dimensions of an array. */
	unsigned int kind, dimensions;
	const char *tag; /* the name of an enum or of a type that is only declared */
};

/* Answers what loading an object will find. The object room has no other source. */
struct object_oracle {
	void *data;
	enum featsel_verdict (*ask)(void *data, const struct feature *feature);
	/* May be NULL. False: not known. */
	bool (*number)(void *data, enum object_number kind, const char *name, uint64_t *ret);
	/* Whether libbpf finds the member of @subject, "struct T.MEMBER", which exists, by these
	 * steps. May be NULL; true as well where it is not known. */
	bool (*leads)(void *data, const char *subject, const struct object_step *steps, size_t n);
	int prog_type; /* of the program that is followed; 0 if that is not known */
	bool apart;    /* each way through a program is followed by itself: exact, and dear */
	const struct object_patch *patches;
	size_t n_patches;
};

#endif /* FEATSEL_OBJECT_ORACLE_H */
