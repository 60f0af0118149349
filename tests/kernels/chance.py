# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""chance.py - random programs of tests/objects/generate.py and arithmetic.py in guests: what is predicted of each, against loading it

The host compiles them; in the guest --explain loads each and says beside its answer what was predicted, where that was
another. FEATSEL_RANDOM_PROGRAMS is how many of the plain ones (the environment of make check-kernels), FEATSEL_RANDOM_ARITHMETIC
how many of arithmetic.py, FEATSEL_RANDOM_SEED which.
"""
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'objects'))
sys.dont_write_bytecode = True

import generate  # noqa: E402 pylint: disable=wrong-import-position

# How many, where the environment does not say. For full ones libbpf reads all types of the kernel: a second each of an
# emulated machine.
KINDS = {'full': ('FEATSEL_RANDOM_FULL', 20), 'plain': ('FEATSEL_RANDOM_PROGRAMS', 2000),
         'arithmetic': ('FEATSEL_RANDOM_ARITHMETIC', 400)}
LONGEST = 60  # lines of a program that are shown
# Of 10,020 programs on each of 5.10, 6.1, 6.12 and 7.3 none was.
FALSE_OF = 10000
# Of 2,000 of arithmetic 0 to 4 were a false yes: where verifiers forget what they could know.
FALSE_YES_OF_ARITHMETIC = 200


def batches():
    """(name, kind, seed, programs) of each object."""
    numbers = {kind: int(os.environ.get(variable) or usual) for kind, (variable, usual) in KINDS.items()}
    for kind, seed, number in generate.batches(int(os.environ.get('FEATSEL_RANDOM_SEED') or 1), numbers):
        yield f'{kind}-{seed}', kind, seed, number


def reason_against():
    return None if os.environ.get('BPF_CLANG') else 'no compiler for BPF: configured with --disable-bpf'


def put(archive):
    """The objects with their manifests into a guest's files."""
    if reason_against():
        return
    with tempfile.TemporaryDirectory() as directory:
        for name, kind, seed, number in batches():
            made, said, _ = generate.make(directory, name, kind, seed, number)
            if not made:
                raise RuntimeError(f'random programs {name} do not compile: {said[:500]}')
            archive.copy(f'featsel/random/{name}.bpf.o', made)
            archive.file(f'featsel/random/{name}.yaml', generate.manifest(f'/featsel/random/{name}.bpf.o', number).encode())


def told(answer):
    return f"{answer.get('verdict')} ({answer.get('reason')}, {answer.get('evidence')})"


def of_batch(found, kind, seed, number):
    """(false yes, false no, unknown before it was loaded, that load) and lines about the first two."""
    _, programs, _ = generate.parts(kind, seed, number)
    counts, lines = [0, 0, 0, 0], []
    for event in found['events']:
        answer = event['candidates'][0]
        guess = answer.get('predicted') or answer
        counts[3] += answer['verdict'] == 'yes'
        if guess['verdict'] == answer['verdict']:
            continue
        if guess['verdict'] == 'unknown':
            counts[2] += 1
            continue
        counts[guess['verdict'] == 'no'] += 1
        lines += [f"{kind}, seed {seed}, {event['event']}: predicted {told(guess)}, loaded: {told(answer)}"]
        lines += programs[int(event['event'].rpartition('_')[2])].splitlines()[:LONGEST]
    return counts, lines


def judge_kind(tap, name, outcome, kind):
    """Next to no program is predicted otherwise than it loads, and some load and some do not."""
    total, lines, count = [0, 0, 0, 0], [], 0
    for step, its_kind, seed, number in batches():
        if its_kind != kind:
            continue
        result = outcome.steps.get(('random', step))
        try:
            counts, more = of_batch(json.loads(result[1]), kind, seed, number)
        except (TypeError, ValueError, KeyError):
            tap.result(False, f'{name}: {step}', f'exit status {result[0]}: {result[2][:500]}' if result else 'not run')
            continue
        count += number
        lines += more
        total = [a + b for a, b in zip(total, counts)]
    one_in = FALSE_YES_OF_ARITHMETIC if kind == 'arithmetic' else FALSE_OF
    good = total[0] * one_in <= count and total[1] * FALSE_OF <= count and 0 < total[3] < count
    for line in lines if good else ():
        print('# ' + line)
    tap.result(good,
               f'{name}: of {count} random programs ({kind}) {total[3]} load, as predicted: {total[0]} false yes, '
               f'{total[1]} false no, {total[2]} that could not be predicted', *lines)


def judge(tap, name, outcome):
    if reason_against():
        tap.skip(name, reason_against())
        return
    for kind in KINDS:
        judge_kind(tap, name, outcome, kind)
