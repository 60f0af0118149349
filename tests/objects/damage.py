#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""damage.py - a BPF object with one thing in it damaged

usage: damage.py OBJECT KIND SEED OUTPUT

KIND is one of those that damage.py prints without arguments. The same seed damages the same thing. What was done is
printed, a line.
"""
import random
import struct
import sys

SHT_SYMTAB, SHT_STRTAB, SHT_REL = 2, 3, 9
WORDS = (0, 1, 2, 3, 7, 8, 255, 256, 4096, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff)


class Object:
    def __init__(self, data):
        self.data = bytearray(data)
        self.order = '<' if self.data[5] == 1 else '>'
        table, = self.get(40, 'Q')
        size, count, names = self.get(58, 'HHH')
        self.sections = []
        for index in range(count):
            at = table + index * size
            fields = self.get(at, 'IIQQQQIIQQ')
            self.sections.append({'at': at, 'name_at': fields[0], 'type': fields[1], 'offset': fields[4],
                                  'size': fields[5], 'link': fields[6], 'info': fields[7]})
        for section in self.sections:
            section['name'] = self.text(self.sections[names]['offset'] + section['name_at'])

    def get(self, at, form):
        return struct.unpack_from(self.order + form, self.data, at)

    def put(self, at, form, *values):
        struct.pack_into(self.order + form, self.data, at, *values)

    def text(self, at):
        return self.data[at:self.data.index(0, at)].decode()

    def of_type(self, kind):
        return [section for section in self.sections if section['type'] == kind and section['size']]

    def called(self, name):
        return next((section for section in self.sections if section['name'] == name and section['size']), None)


def other_word(random, value):
    """Near it, or at an edge."""
    value = random.choice([value + 1, value - 1, value ^ 1 << random.randrange(32), value * 2, *WORDS])
    return value & 0xffffffff


def word_of(random, object, section):
    at = section['offset'] + random.randrange(section['size'] // 4) * 4
    old, = object.get(at, 'I')
    new = other_word(random, old)
    object.put(at, 'I', new)
    return f"word {(at - section['offset']) // 4} of {section['name']}: {old:#x} becomes {new:#x}"


def ext(random, object):
    return word_of(random, object, object.called('.BTF.ext'))


def types(random, object):
    return word_of(random, object, object.called('.BTF'))


def ext_size(random, object):
    section = object.called('.BTF.ext')
    new = random.randrange(section['size'])
    object.put(section['at'] + 32, 'Q', new)
    return f".BTF.ext has {new} of {section['size']} bytes"


def relocation(random, object):
    section = random.choice(object.of_type(SHT_REL))
    at = section['offset'] + random.randrange(section['size'] // 16) * 16
    where, kind, symbol = object.get(at, 'QII')
    new = random.choice(['offset', 'type', 'symbol'])
    if new == 'offset':
        changed = other_word(random, where)
        object.put(at, 'Q', changed)
    elif new == 'type':
        changed = random.choice([0, 1, 2, 3, 4, 10, 11, kind ^ 1])
        object.put(at + 8, 'I', changed)
    else:
        count = object.of_type(SHT_SYMTAB)[0]['size'] // 24
        changed = random.choice([random.randrange(count), other_word(random, symbol), 0])
        object.put(at + 12, 'I', changed)
    return f"relocation {(at - section['offset']) // 16} of {section['name']}: {new} becomes {changed:#x}"


def name(random, object):
    section = random.choice(object.sections[1:])
    at = object.sections[object.get(62, 'H')[0]]['offset'] + section['name_at']
    at += random.randrange(len(section['name']) + 1)
    old, = object.get(at, 'B')
    new = random.choice([0, ord('x'), ord('.'), ord('/'), ord('?'), old ^ 0x20, 0x1b, 0xff])
    object.put(at, 'B', new)
    return f"name of section {section['name']}: {chr(old)!r} becomes {chr(new)!r}"


def header(random, object):
    section = random.choice(object.sections[1:])
    field, at, form = random.choice([('name', 0, 'I'), ('type', 4, 'I'), ('flags', 8, 'Q'), ('offset', 24, 'Q'),
                                     ('size', 32, 'Q'), ('link', 40, 'I'), ('info', 44, 'I'), ('entsize', 56, 'Q')])
    old, = object.get(section['at'] + at, form)
    new = other_word(random, old)
    object.put(section['at'] + at, form, new)
    return f"header of section {section['name']}: {field} {old:#x} becomes {new:#x}"


def symbol(random, object):
    section = object.of_type(SHT_SYMTAB)[0]
    index = random.randrange(section['size'] // 24)
    at = section['offset'] + index * 24
    field, by, form = random.choice([('name', 0, 'I'), ('info', 4, 'B'), ('other', 5, 'B'), ('section', 6, 'H'),
                                     ('value', 8, 'Q'), ('size', 16, 'Q')])
    old, = object.get(at + by, form)
    new = other_word(random, old) & {'B': 0xff, 'H': 0xffff}.get(form, 0xffffffff)
    object.put(at + by, form, new)
    return f"symbol {index}: {field} {old:#x} becomes {new:#x}"


KINDS = {'ext': ext, 'ext-size': ext_size, 'types': types, 'relocation': relocation, 'name': name, 'header': header,
         'symbol': symbol}


def damage(data, kind, seed):
    """The damaged bytes, and what was done."""
    object = Object(data)
    done = KINDS[kind](random.Random(seed), object)
    return bytes(object.data), done


def main():
    if len(sys.argv) != 5:
        sys.exit('usage: damage.py OBJECT ' + '|'.join(KINDS) + ' SEED OUTPUT')
    with open(sys.argv[1], 'rb') as file:
        data, done = damage(file.read(), sys.argv[2], int(sys.argv[3]))
    with open(sys.argv[4], 'wb') as file:
        file.write(data)
    print(done)


if __name__ == '__main__':
    main()
