#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""plan.py MANIFEST [EVENT...]: the plan for this host out of libfeatsel, by ctypes; loads no program"""
import ctypes
import json
import sys
from ctypes import byref, c_char, c_char_p, c_int, c_size_t, c_uint, c_void_p

lib = ctypes.CDLL('libfeatsel.so.0')
WRITE = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p)


class Error(ctypes.Structure):
    _fields_ = [('failure', c_int), ('line', c_uint), ('column', c_uint),
                ('source', c_char * 256), ('text', c_char * 1024)]


class Request(ctypes.Structure):
    _fields_ = [('event', c_char_p), ('candidate', c_char_p)]


def call(name, *arguments):
    """A function whose last parameter is the error."""
    error = Error()
    if getattr(lib, name)(*arguments, byref(error)):
        sys.exit(f'plan.py: {error.text.decode()}')


def make(name, *arguments):
    """A function that makes something: the out parameter comes last but one."""
    made = c_void_p()
    call(name, *arguments, byref(made))
    return made


def decide(manifest_path, events):
    context = make('featsel_context_new')
    manifest = make('featsel_manifest_new', context)
    call('featsel_manifest_add', manifest, manifest_path.encode())
    host = make('featsel_host_open_live', context, c_uint(0))
    requests = (Request * len(events))(*(Request(event.encode(), None) for event in events))
    plan = make('featsel_plan_make', manifest, host, requests, c_size_t(len(events)), None, c_size_t(0), c_uint(0))
    pieces = []

    @WRITE
    def write(_, text):
        pieces.append(text)
        return 0

    call('featsel_plan_json', plan, write, None)
    for kind, thing in ('plan', plan), ('host', host), ('manifest', manifest), ('context', context):
        getattr(lib, f'featsel_{kind}_free')(thing)
    return json.loads(b''.join(pieces))


for event in decide(sys.argv[1], sys.argv[2:])['events']:
    print(f"{event['event']}: {event['chosen'] or 'nothing works here'}")
    for candidate in event['candidates']:
        if candidate['considered']:
            print(f"  {candidate['candidate']:16} {candidate['verdict']:8} {candidate['evidence']}")
