# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""arithmetic.py - small random BPF programs of arithmetic, instruction by instruction

Each computes with a number that only the run decides, in all ways that there are: halves and wholes, signs, shifts,
bytes that change places, the stack, comparisons. In the end it compares one register, and a helper that the type of
program lacks stands behind what no run fulfils: the program loads if the verifier knows that, too. To find such a
comparison the program is run here, with numbers of all kinds.
"""
import random

MOST = (1 << 64) - 1
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff,
           0x10000, 0x7fffffff, -1, -2, -3, -8, -16, -128, -256, -32768, -0x80000000)
REGISTERS = (0, 1, 2, 3, 4, 5, 7, 8, 9)  # r6 is the context
SLOTS = 32  # bytes of the stack
RUNS = 40
TRIES = 60  # to find a comparison that no run fulfils
WIDE, HALF = 64, 32

OPERATIONS = {'+': 0x00, '-': 0x10, '*': 0x20, '/': 0x30, '|': 0x40, '&': 0x50, '<<': 0x60, '>>': 0x70, '%': 0x90,
              '^': 0xa0, '': 0xb0, 's>>': 0xc0}
COMPARISONS = {'==': 0x10, '>': 0x20, '>=': 0x30, '&': 0x40, '!=': 0x50, 's>': 0x60, 's>=': 0x70, '<': 0xa0, '<=': 0xb0,
               's<': 0xc0, 's<=': 0xd0}
SIZES = {4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18}
CLASSES = {'load': 1, 'store': 2, 'store_register': 3, HALF: 4, 'jump': 5, 'jump_half': 6, WIDE: 7}
MEMORY, SIGNED, REGISTER = 0x60, 0x80, 0x08
NEGATE, SWAP, CALL, EXIT = 0x80, 0xd0, 0x80, 0x90
GET_PRANDOM_U32, SKB_LOAD_BYTES = 7, 26


def signed(number, bits):
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def insn(code, target=0, source=0, offset=0, immediate=0):
    return (bytes([code, source << 4 | target]) + (offset & 0xffff).to_bytes(2, 'little') +
            (immediate & 0xffffffff).to_bytes(4, 'little'))


def register(number, width):
    return f"{'r' if width == WIDE else 'w'}{number}"


class Machine:
    """What a run has: registers and the stack."""

    def __init__(self, number):
        self.registers = [number] * 11
        self.stack = bytearray(SLOTS)

    def place(self, offset, size):
        return slice(SLOTS + offset, SLOTS + offset + size)


class Operation:
    """target OP= operand, a register or a number."""

    def __init__(self, width, name, target, operand, is_register):
        self.width, self.name, self.target, self.operand, self.is_register = width, name, target, operand, is_register

    def bytes(self):
        code = OPERATIONS[self.name] | CLASSES[self.width]
        if self.is_register:
            return insn(code | REGISTER, self.target, self.operand)
        return insn(code, self.target, 0, 0, self.operand)

    def text(self):
        operand = register(self.operand, self.width) if self.is_register else self.operand
        return f'{register(self.target, self.width)} {self.name}= {operand}'

    def run(self, machine):
        mask = (1 << self.width) - 1
        left = machine.registers[self.target] & mask
        right = (machine.registers[self.operand] if self.is_register else self.operand) & mask
        by = right % self.width
        results = {
            '+': left + right, '-': left - right, '*': left * right, '|': left | right, '&': left & right,
            '^': left ^ right, '': right, '<<': left << by, '>>': left >> by, 's>>': signed(left, self.width) >> by,
            '/': left // right if right else 0, '%': left % right if right else left,
        }
        machine.registers[self.target] = results[self.name] & mask
        return 0


class Negation:
    def __init__(self, width, target):
        self.width, self.target = width, target

    def bytes(self):
        return insn(NEGATE | CLASSES[self.width], self.target)

    def text(self):
        return f'{register(self.target, self.width)} = -{register(self.target, self.width)}'

    def run(self, machine):
        machine.registers[self.target] = -machine.registers[self.target] & ((1 << self.width) - 1)
        return 0


class Extension:
    """A move of the lowest bits with their sign (v4)."""

    def __init__(self, width, target, source, bits):
        self.width, self.target, self.source, self.of = width, target, source, bits

    def bytes(self):
        return insn(OPERATIONS[''] | REGISTER | CLASSES[self.width], self.target, self.source, self.of)

    def text(self):
        return f'{register(self.target, self.width)} = (s{self.of}){register(self.source, self.width)}'

    def run(self, machine):
        machine.registers[self.target] = signed(machine.registers[self.source], self.of) & ((1 << self.width) - 1)
        return 0


class Swap:
    """be16 to be64, le16 to le64, bswap16 to bswap64 (v4)."""

    CODES = {'le': SWAP | CLASSES[HALF], 'be': SWAP | REGISTER | CLASSES[HALF], 'bswap': SWAP | CLASSES[WIDE]}

    def __init__(self, name, target, bits):
        self.name, self.target, self.of = name, target, bits

    def bytes(self):
        return insn(self.CODES[self.name], self.target, 0, 0, self.of)

    def text(self):
        return f'r{self.target} = {self.name}{self.of} r{self.target}'

    def run(self, machine):
        number = (machine.registers[self.target] & ((1 << self.of) - 1)).to_bytes(self.of // 8, 'little')
        machine.registers[self.target] = int.from_bytes(number, 'little' if self.name == 'le' else 'big')
        return 0


class Store:
    def __init__(self, size, offset, value, is_register):
        self.size, self.offset, self.value, self.is_register = size, offset, value, is_register

    def bytes(self):
        if self.is_register:
            return insn(MEMORY | SIZES[self.size] | CLASSES['store_register'], 10, self.value, self.offset)
        return insn(MEMORY | SIZES[self.size] | CLASSES['store'], 10, 0, self.offset, self.value)

    def text(self):
        return f"*(u{8 * self.size} *)(r10 {self.offset:+d}) = {'r' if self.is_register else ''}{self.value}"

    def run(self, machine):
        number = machine.registers[self.value] if self.is_register else self.value
        machine.stack[machine.place(self.offset, self.size)] = (number & ((1 << 8 * self.size) - 1)).to_bytes(self.size,
                                                                                                          'little')
        return 0


class Load:
    """With a sign: v4."""

    def __init__(self, size, target, offset, sign=False):
        self.size, self.target, self.offset, self.sign = size, target, offset, sign

    def bytes(self):
        return insn((SIGNED if self.sign else MEMORY) | SIZES[self.size] | CLASSES['load'], self.target, 10, self.offset)

    def text(self):
        return f"r{self.target} = *({'s' if self.sign else 'u'}{8 * self.size} *)(r10 {self.offset:+d})"

    def run(self, machine):
        number = int.from_bytes(machine.stack[machine.place(self.offset, self.size)], 'little')
        machine.registers[self.target] = (signed(number, 8 * self.size) if self.sign else number) & MOST
        return 0


class Jump:
    """Over some instructions if left OP right, a register or a number."""

    def __init__(self, width, name, left, right, is_register, over):
        self.width, self.name, self.left, self.right = width, name, left, right
        self.is_register, self.over = is_register, over

    def bytes(self):
        code = COMPARISONS[self.name] | CLASSES['jump' if self.width == WIDE else 'jump_half']
        if self.is_register:
            return insn(code | REGISTER, self.left, self.right, self.over)
        return insn(code, self.left, 0, self.over, self.right)

    def text(self):
        right = register(self.right, self.width) if self.is_register else self.right
        return f'if {register(self.left, self.width)} {self.name} {right} goto +{self.over}'

    def holds(self, machine):
        mask = (1 << self.width) - 1
        left = machine.registers[self.left] & mask
        right = (machine.registers[self.right] if self.is_register else self.right) & mask
        if self.name.startswith('s'):
            left, right = signed(left, self.width), signed(right, self.width)
        return {'==': left == right, '!=': left != right, '>': left > right, '>=': left >= right, '<': left < right,
                '<=': left <= right, '&': left & right != 0}[self.name.lstrip('s')]

    def run(self, machine):
        return self.over if self.holds(machine) else 0


class Plain:
    """What every program has, and no run sees."""

    def __init__(self, code, text, number=0):
        self.code, self.said, self.number = code, text, number

    def bytes(self):
        return self.code

    def text(self):
        return self.said

    def run(self, machine):
        return 0


def call(helper):
    return Plain(insn(CALL | CLASSES['jump'], 0, 0, 0, helper), f'call {helper}')


def move(target, source):
    return Plain(insn(OPERATIONS[''] | REGISTER | CLASSES[WIDE], target, source), f'r{target} = r{source}')


END_OF_PROGRAM = [Plain(insn(OPERATIONS[''] | CLASSES[WIDE]), 'r0 = 0'), Plain(insn(EXIT | CLASSES['jump']), 'exit')]
UNWANTED = [move(1, 6), call(SKB_LOAD_BYTES), *END_OF_PROGRAM]


class Program:
    def __init__(self, chance, newest):
        self.chance, self.newest, self.insns = chance, newest, []
        self.begin()
        for _ in range(chance.randrange(4, 16)):
            self.insns.append(self.some())
        self.finish()

    def number(self):
        return self.chance.choice(NUMBERS) if self.chance.random() < 0.8 else self.chance.randrange(-1 << 31, 1 << 31)

    def register(self):
        return self.chance.choice(REGISTERS)

    def width(self):
        return self.chance.choice((WIDE, WIDE, HALF))

    def place(self):
        size = self.chance.choice((1, 2, 4, 8))
        return size, -size * self.chance.randrange(1, SLOTS // size + 1)

    def begin(self):
        """The stack is written, and each register is a number: any, fixed, or somewhat known."""
        chance, insns = self.chance, self.insns
        insns += [move(6, 1), call(GET_PRANDOM_U32)]
        insns += [Store(8, -8 * (i + 1), chance.choice((0, 0, -1, 1, self.number())), False) for i in range(SLOTS // 8)]
        for i in REGISTERS[1:]:
            fixed = chance.random() < 0.4
            insns.append(Operation(WIDE, '', i, self.number() if fixed else 0, not fixed))
        for i in REGISTERS:
            insns += self.somewhat(i)

    def somewhat(self, i):
        chance, way = self.chance, self.chance.random()
        if way < 0.3:
            mask = chance.choice((1, 3, 7, 15, 0xff, 0xfff, 0x7fffffff, -8, -256, 0xf0, 0x80))
            return [Operation(WIDE, '&', i, mask, False)]
        if way < 0.45:
            return [Operation(WIDE, '>>', i, chance.choice((1, 8, 31, 32, 33, 48, 56, 60, 63)), False)]
        if way < 0.55:
            return [Operation(WIDE, 's>>', i, chance.choice((1, 31, 32, 60, 63)), False)]
        if way < 0.65:
            return [Operation(HALF, '', i, i, True)]
        return [Load(chance.choice((1, 2, 4, 8)), i, -8 * chance.randrange(1, SLOTS // 8 + 1))] if way < 0.75 else []

    def some(self):
        chance, way = self.chance, self.chance.random()
        if way < 0.45:
            return self.arithmetic()
        if way < 0.5:
            names = ('be', 'le', 'bswap') if self.newest else ('be', 'le')
            return Swap(chance.choice(names), self.register(), chance.choice((16, 32, 64)))
        if way < 0.62:
            is_register = chance.random() < 0.7
            return Store(*self.place(), self.register() if is_register else self.number(), is_register)
        if way < 0.74:
            size, offset = self.place()
            return Load(size, self.register(), offset, self.newest and size < 8 and chance.random() < 0.3)
        return self.jump(chance.randrange(1, 4))

    def arithmetic(self):
        chance, width, target = self.chance, self.width(), self.register()
        name = chance.choice((*OPERATIONS, 'negation', 'extension' if self.newest else ''))
        if name == 'negation':
            return Negation(width, target)
        if name == 'extension':
            return Extension(width, target, self.register(), chance.choice((8, 16, 32) if width == WIDE else (8, 16)))
        # Kernels refuse such an operand if it is a number.
        if '>>' in name or '<<' in name:
            fixed, number = chance.random() < 0.9, chance.randrange(width)
        else:
            fixed, number = chance.random() < (0.9 if name in '/%' and name else 0.5), self.number()
        if name in ('/', '%') and not number:
            number = 1
        return Operation(width, name, target, number if fixed else self.register(), not fixed)

    def jump(self, over):
        is_register = self.chance.random() < 0.4
        return Jump(self.width(), self.chance.choice(tuple(COMPARISONS)), self.register(),
                    self.register() if is_register else self.number(), is_register, over)

    def run(self, number):
        machine, at = Machine(number), 0
        while at < len(self.insns):
            at += 1 + self.insns[at].run(machine)
        return machine

    def runs(self):
        chance = self.chance
        return [self.run(chance.choice((chance.randrange(1 << 64), chance.randrange(1 << 32), chance.randrange(256),
                                        chance.choice(NUMBERS) & MOST))) for _ in range(RUNS)]

    def near(self, runs, i, width):
        """A number at the end of all that the register was, or beside it."""
        seen = [machine.registers[i] for machine in runs]
        sides = [signed(number, width) for number in seen] + [number & ((1 << width) - 1) for number in seen]
        number = self.chance.choice((min(sides), max(sides))) + self.chance.choice((0, 0, 1, -1, self.number()))
        return number if self.chance.random() < 0.7 else self.chance.choice(NUMBERS)

    def finish(self):
        """Jumps that no run takes, to what the type of program lacks."""
        # A jump of the last instructions may lead behind the end.
        self.insns += END_OF_PROGRAM[:1] * 3
        runs, wanted, jumps = self.runs(), self.chance.choice((1, 1, 2)), []
        for _ in range(TRIES):
            jump = self.jump(0)
            if not jump.is_register:
                jump.right = self.near(runs, jump.left, jump.width)
            if jump.is_register or -1 << 31 <= jump.right < 1 << 31:
                if not any(jump.holds(machine) for machine in runs):
                    jumps.append(jump)
            if len(jumps) == wanted:
                break
        for i, jump in enumerate(jumps):
            jump.over = len(jumps) - i - 1 + len(END_OF_PROGRAM)
        self.insns += jumps + END_OF_PROGRAM + UNWANTED


def sources(seed, number):
    """As generate.py has them: what stands before the programs, and the text of each."""
    chance = random.Random(seed)
    programs = []
    for i in range(number):
        lines = (f'\t.byte {",".join(f"0x{byte:02x}" for byte in insn.bytes())} # {insn.text()}\n'
                 for insn in Program(chance, seed % 2 == 1).insns)
        programs.append(f'.globl program_{i}\n.type program_{i}, @function\nprogram_{i}:\n{"".join(lines)}'
                        f'.size program_{i}, . - program_{i}\n')
    return '.section "raw_tracepoint/sys_enter", "ax", @progbits\n', programs


END = ('.section license, "aw", @progbits\n.globl LICENSE\n.type LICENSE, @object\nLICENSE: .asciz "Dual BSD/GPL"\n'
       '.size LICENSE, 13\n')
