#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""run.py - speed and cost, each row beside the plainest way to do the same, by turns, as a ratio against its bar

    make bench [ROWS="start stop"] [ROUNDS=N] [RESULTS=FILE]

Each row compares two things that are run A B A B in this one session and gives the median of the ratios of the pairs
with the lowest and the highest, so that what else the machine does meets both. Rows are functions marked @row; what
they need and this machine lacks is a skip with its reason. Exit status 1 where a bar was missed.
"""
import argparse
import collections
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get("top_srcdir", os.getcwd())
BUILD = os.environ.get("top_builddir", os.path.join(SOURCE, "build"))
FEATSEL = os.environ.get("FEATSEL", os.path.join(BUILD, "featsel"))
BENCH = os.path.join(BUILD, "tests", "bench")
MANIFEST = ["-m", os.path.join(SOURCE, "tests/bench/manifest.yaml"), "--object-dir", BENCH]
TRACING = "/sys/kernel/tracing"
TEN = ["acct", "chroot", "mlockall", "pivot_root", "quotactl", "setdomainname", "sethostname", "swapoff", "swapon", "vhangup"]

Result = collections.namedtuple("Result", "what bar ratios better details")
rows = []


class Skip(Exception):
    """What a row cannot do here."""


def row(function):
    rows.append(function)
    return function


def path(name):
    return os.path.join(BENCH, name)


def tool(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise Skip(f"no {name} here")
    return found


def need_tracepoints():
    if not os.path.exists(f"{TRACING}/events/syscalls/sys_enter_mmap/id"):
        raise Skip("no system call tracepoints here")


def pairs(command, **options):
    """The pairs of times in nanoseconds that race or parts prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise Skip(f"{' '.join(command[:3])}: {done.stderr.strip().splitlines()[-1:]}")
    return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


def pinned(cpu, *command):
    """Producer and consumer each have a processor, where there are two."""
    return ["taskset", "-c", str(cpu % os.cpu_count()), *command]


def race(kind, rounds, first, second, cpu=None):
    command = [path("race"), kind, str(rounds), "--", *first, "--", *second]
    return pairs(command if cpu is None else pinned(cpu, *command))


def ratios(times):
    return [a / b for a, b in times]


def milliseconds(times, index):
    return f"{statistics.median(pair[index] for pair in times) / 1e6:.2f} ms"


def against(times):
    return f"{milliseconds(times, 0)} against {milliseconds(times, 1)}"


# ---- from exec to attached, to the first record, to the end ---------------------------------------------------------


def start_featsel(event, featsel=FEATSEL):
    return [f"event '{event}': candidate", featsel, *MANIFEST, event]


def start_loader(name, *programs):
    return ["attached", path("loader"), path(f"{name}.bpf.o"), *programs]


@row
def start(rounds):
    times = race("ready", 10 * rounds, start_featsel("start"), start_loader("start", "start"))
    yield Result("exec to attached, ten events, four requirements, against a loader that knows its object", "<= 1.1",
                 ratios(times), "low", against(times))


@row
def start_static(rounds):
    static = path("featsel-static")
    if not os.path.exists(static):
        with open(path("featsel-static.log"), encoding="utf-8") as log:
            raise Skip(f"no static link: {(log.read().strip().splitlines() or ['?'])[-1]}")
    times = race("ready", 10 * rounds, start_featsel("start", static), start_loader("start", "start"))
    yield Result("the same, featsel linked statically", "<= 0.85", ratios(times), "low", against(times))


@row
def many(rounds):
    times = race("ready", 5 * rounds, start_featsel("many"), start_loader("many", "many_250"))
    yield Result("choosing one program of an object with 500, against opening it and loading one", "<= 1.1",
                 ratios(times), "low", against(times))


def default_run(*words):
    return [FEATSEL, "-m", os.path.join(SOURCE, "manifests/default.yaml"), "--object-dir", os.path.join(BUILD, "bpf"), *words]


def bpftrace_printf(copies=1):
    line = ('printf("%llu %d %d %d %s %lx %d %d %d %d %d\\n", nsecs, pid, tid, uid, comm, '
            "args->addr, args->len, args->prot, args->flags, args->fd, args->off);")
    return f"tracepoint:syscalls:sys_enter_mmap {{ {line * copies} }}"


class Background:
    """A command that runs beside a row and is ended with it, by a signal."""

    def __init__(self, command, end=signal.SIGTERM, **options):
        self.process, self.end = subprocess.Popen(command, **options), end

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        self.process.send_signal(self.end)
        self.process.wait()


@row
def first_record(rounds):
    need_tracepoints()
    bpftrace = tool("bpftrace")
    script = 'tracepoint:syscalls:sys_enter_mmap /comm == "produce"/ { printf("record %d %s %d\\n", pid, comm, args->len); }'
    with Background(pinned(0, path("produce"), str(10**6)), stdout=subprocess.DEVNULL):
        times = race("ready", rounds, ["\"comm\":\"produce\"", *default_run("mmap", "--json")],
                     ["record", bpftrace, "-e", script], cpu=1)
    yield Result("exec to the first record of 'mmap', against bpftrace", "<= 0.05", ratios(times), "low", against(times))


@row
def stop(rounds):
    need_tracepoints()
    times = race("stop", rounds, start_featsel("ten"), start_loader("flood", *[f"quiet_{call}" for call in TEN]))
    yield Result("releasing ten tracepoints on exit, against closing them in turn", "<= 0.2", ratios(times), "low",
                 against(times))


# ---- what a run asks of the kernel ----------------------------------------------------------------------------------


def traced(command, *options):
    """What strace says of a command that is ended once it is attached."""
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(["timeout", "-s", "TERM", "2", tool("strace"), "-f", "-o", log.name, *options, *command], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return log.read()


def bpf_calls(command):
    calls = traced(command, "-e", "trace=bpf")
    return len(re.findall(r"\bbpf\(BPF_", calls))


def requirements(event):
    report = json.loads(subprocess.run([FEATSEL, *MANIFEST, "-n", "--json", event], stdout=subprocess.PIPE, check=True).stdout)
    return len({each["feature"] for each in report["events"][0]["candidates"][0]["requirements"]})


@row
def calls(_rounds):
    ours = bpf_calls([FEATSEL, *MANIFEST, "start", "-d", "0.2"])
    loaders = bpf_calls([path("loader"), path("start.bpf.o"), "start"])
    distinct = requirements("start")
    yield Result("bpf() calls beyond the loader's own, a distinct requirement", "<= 1", [(ours - loaders) / distinct], "low",
                 f"{ours} calls against {loaders}, {distinct} requirements")


@row
def big_files(_rounds):
    opened = traced([FEATSEL, *MANIFEST, "start", "-d", "0.2"], "-e", "trace=open,openat,openat2")
    found = len(re.findall(r"/sys/kernel/btf/vmlinux|/proc/kallsyms", opened))
    yield Result("vmlinux BTF and kallsyms opened where no requirement asks", "<= 0", [found], "low", f"{found} times")


@row
def walk_btf(rounds):
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        raise Skip("this kernel has no BTF")
    times = pairs([path("parts"), "btf", str(5 * rounds)])
    yield Result("a member asked of vmlinux BTF, against btf__load_vmlinux_btf()", "<= 0.05", ratios(times), "low",
                 against(times))


@row
def probe(rounds):
    # All that each prints goes to /dev/null, by way of race's pipe for neither.
    bpftool = tool("bpftool")
    times = race("run", rounds, ["sh", "-c", f"exec {FEATSEL} --probe >/dev/null"],
                 ["sh", "-c", f"exec {bpftool} feature probe >/dev/null 2>&1"])
    yield Result("--probe, against bpftool feature probe", "<= 0.2", ratios(times), "low", against(times))


# ---- reading --------------------------------------------------------------------------------------------------------

EVENT = """  event{0}:
    summary: number {0} of many
    object: start.bpf.o
    record: start_event
    candidates:
      - name: raw_tracepoint
        programs: [start]
        covers: [native, compat]
        requires:
          prog_type: raw_tracepoint
          map_types: [ringbuf]
          helpers: [ringbuf_reserve, ringbuf_submit]
      - name: fallback
        programs: [start]
        requires: {{prog_type: kprobe, attach: [kprobe/do_exit]}}
"""


@row
def manifest(rounds):
    with tempfile.TemporaryDirectory() as directory:
        big = os.path.join(directory, "big.yaml")
        with open(big, "w", encoding="utf-8") as out:
            out.write("version: 1\nevents:\n")
            out.writelines(EVENT.format(number) for number in range(10000))
        times = pairs([path("parts"), "manifest", str(rounds), big])
    yield Result("a manifest of 10,000 events read, against libyaml's bare events", "<= 1.1", ratios(times), "low",
                 against(times))


# ---- records --------------------------------------------------------------------------------------------------------

# How long each flood lasts.
MILLISECONDS = 1000

Flood = collections.namedtuple("Flood", "seconds records lost cpu_ns")


def on_cpu(pid):
    """Nanoseconds that all threads of a process have spent on a processor."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as text:
            total += int(text.read().split()[0])
    return total


def wait_for(stream, mark):
    for line in stream:
        if mark in line:
            return
    raise Skip(f"a consumer ended without '{mark}'")


def produce():
    done = subprocess.run(pinned(0, path("produce"), str(MILLISECONDS)), stdout=subprocess.PIPE, text=True, check=True)
    count, nanoseconds = map(int, done.stdout.split())
    return count, nanoseconds / 1e9


def flood(command, mark):
    """Of a consumer that says MARK when it is attached and at the end 'N records, N lost'."""
    with open(os.devnull, "wb") as nowhere:
        consumer = subprocess.Popen(pinned(1, *command), stdout=nowhere, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(consumer.stderr, mark)
        before = on_cpu(consumer.pid)
        _, seconds = produce()
        time.sleep(0.2)
        cpu = on_cpu(consumer.pid) - before
    finally:
        # The first asks for the counts, of which a JSON stream tells elsewhere; it means nothing to the loader.
        consumer.send_signal(signal.SIGUSR1)
        consumer.send_signal(signal.SIGTERM)
    records, lost = map(int, re.search(r"(\d+) records?, (\d+) lost", consumer.stderr.read()).groups())
    consumer.wait()
    return Flood(seconds, records, lost, cpu)


def flood_featsel(event, *words):
    return flood([FEATSEL, *MANIFEST, event, "-v", *words], f"event '{event}': candidate")


def flood_loader(program):
    return flood([path("loader"), path("flood.bpf.o"), program], "attached")


def memory_file():
    return tempfile.NamedTemporaryFile("r", dir="/dev/shm", errors="replace")


@contextlib.contextmanager
def attached_bpftrace(script, output):
    command = pinned(1, tool("bpftrace"), "-o", output.name, "-e", script)
    with Background(command, signal.SIGINT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as consumer:
        deadline = time.monotonic() + 60
        while "Attaching" not in output.readline():
            if consumer.poll() is not None or time.monotonic() > deadline:
                raise Skip("bpftrace does not start")
            time.sleep(0.1)
        # It says so before it does so.
        time.sleep(1)
        yield consumer


def flood_bpftrace(script, copies):
    """Its lines are counted in a file in memory; what the kernel lost it says among them."""
    with memory_file() as output:
        with attached_bpftrace(script, output) as consumer:
            before = on_cpu(consumer.pid)
            count, seconds = produce()
            time.sleep(0.2)
            cpu = on_cpu(consumer.pid) - before
        lines = sum(1 for line in output if "produce" in line)
    return Flood(seconds, lines, copies * count - lines, cpu)


def rate(result):
    return result.records / result.seconds


def compare_rates(pairs_of_floods):
    return [rate(a) / rate(b) for a, b in pairs_of_floods]


def describe(pairs_of_floods):
    def one(index):
        floods = [pair[index] for pair in pairs_of_floods]
        lost = sum(each.lost for each in floods) / max(1, sum(each.lost + each.records for each in floods))
        return f"{statistics.median(map(rate, floods)) / 1e6:.2f} M/s ({100 * lost:.1f} % lost)"

    return f"{one(0)} against {one(1)}"


def cpu_per_record(result):
    return result.cpu_ns / max(1, result.records)


@row
def records(rounds):
    need_tracepoints()
    for words in ([], ["--json"]):
        seen = [(flood_featsel("flood", *words), flood_loader("flood")) for _ in range(rounds)]
        form = "JSON" if words else "text"
        lost = sum(ours.lost for ours, _ in seen)
        cpu = statistics.median(cpu_per_record(ours) for ours, _ in seen)
        yield Result(f"records a second as {form}, none lost, against a consumer that only counts", ">= 0.95",
                     [0.0] if lost else compare_rates(seen), "high", f"{describe(seen)}; {cpu:.0f} ns of processor a record")


# As many as parts.c takes a round.
ROUTED = 1000000


@row
def route(rounds):
    command = [path("parts"), "route", str(5 * rounds + 1), os.path.join(SOURCE, "tests/bench/manifest.yaml")]
    # The first round prepares.
    times = pairs(command, cwd=BENCH)[1:]
    yield Result("bringing a record to one of three events by their tags, nanoseconds", "<= 20",
                 [(tagged - plain) / ROUTED for tagged, plain in times], "low", against(times) + " for a million")


@row
def bpftrace_rates(rounds):
    need_tracepoints()
    tool("bpftrace")
    for event, copies, bar in (("flood", 1, 3), ("sixteen", 16, 25)):
        seen = [(flood_featsel(event), flood_bpftrace(bpftrace_printf(copies), copies)) for _ in range(rounds)]
        yield Result(f"records a second, {copies} a system call, against bpftrace's printf", f">= {bar}", compare_rates(seen),
                     "high", describe(seen))
        yield Result(f"processor a record, {copies} a system call, against bpftrace's printf", "<= 0.02",
                     [cpu_per_record(a) / cpu_per_record(b) for a, b in seen], "low",
                     "{:.0f} ns against {:.0f} ns".format(*(statistics.median(cpu_per_record(pair[i]) for pair in seen)
                                                            for i in (0, 1))))


# ---- what it costs those who are watched --------------------------------------------------------------------------------


def loop(*words):
    """Nanoseconds a call of a loop on processor 0; each call's own."""
    command = pinned(0, path("produce"), str(MILLISECONDS // 2), *words)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    count, nanoseconds = map(int, done.stdout.split())
    return nanoseconds / count


@contextlib.contextmanager
def watched_by_bpftrace(script):
    with memory_file() as output, attached_bpftrace(script, output) as consumer:
        yield consumer


@contextlib.contextmanager
def watched(*words):
    """By the default manifest; records go nowhere."""
    command = pinned(1, *default_run(*words))
    with Background(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as consumer:
        wait_for(consumer.stderr, "': candidate")
        time.sleep(0.2)
        yield consumer


def slowdown(watcher, *words):
    """Nanoseconds that each call of the loop takes longer while it is watched."""
    before = loop(*words)
    with watcher:
        during = loop(*words)
    return during - (before + loop(*words)) / 2


# What bpftrace prints of the same acts.
ACTS = {
    "mmap": bpftrace_printf(),
    "open": "tracepoint:syscalls:sys_enter_open,tracepoint:syscalls:sys_enter_openat "
            '{ printf("%llu %d %d %d %s %s\\n", nsecs, pid, tid, uid, comm, str(args->filename)); }',
}


@row
def slower_acts(rounds):
    need_tracepoints()
    tool("bpftrace")
    for act, script in ACTS.items():
        seen = [(slowdown(watched(act), act), slowdown(watched_by_bpftrace(script), act)) for _ in range(rounds)]
        ours, theirs = (statistics.median(pair[i] for pair in seen) for i in (0, 1))
        yield Result(f"what a loop of {act} takes longer while it is watched, against bpftrace's printf", "<= 0.05",
                     [max(0, a) / max(1, b) for a, b in seen], "low", f"{ours:.0f} ns a call against {theirs:.0f} ns")


def working_candidates(event):
    """Of the default manifest: those that work here."""
    report = json.loads(subprocess.run(default_run("-e", "--json", event), stdout=subprocess.PIPE, check=True).stdout)
    return [each["candidate"] for each in report["events"][0]["candidates"] if each["verdict"] == "yes"]


# What every system call of the machine passes: their programs run for each, or the kernel looks whether they are to.
ON_EVERY_CALL = ("tracepoint", "tp_btf", "raw_tracepoint")


@row
def slower_others(rounds):
    need_tracepoints()
    for candidate in working_candidates("mmap"):
        seen = [slowdown(watched(f"mmap={candidate}"), "getppid") for _ in range(rounds)]
        bar = 100 if candidate in ON_EVERY_CALL else 5
        yield Result(f"what a call that is no mmap takes longer by mmap={candidate}, nanoseconds", f"<= {bar}", seen, "low",
                     f"{statistics.median(seen):.1f} ns a call of getppid")


def resident(pid):
    """MiB, at most so far."""
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return next(int(line.split()[1]) for line in text if line.startswith("VmHWM:")) / 1024


@row
def memory(rounds):
    need_tracepoints()
    sizes, told = [], []
    for _ in range(rounds):
        with watched("all", "--without", "map_type:perf_event_array") as consumer:
            # taskset becomes the command
            loop("mmap")
            sizes.append(resident(consumer.pid))
        told += re.findall(r"(\d+) records?, (\d+) lost", consumer.stderr.read())
    records, lost = (sum(int(pair[i]) for pair in told) for i in (0, 1))
    yield Result("resident memory with all events by ring buffers during a loop of mmap, none lost, MiB", "<= 64",
                 [float("inf")] if lost else sizes, "low",
                 f"{statistics.median(sizes):.0f} MiB, {lost} lost beside {records} records")


RATE = 10000


def share(watcher):
    """Of a processor, of who watches a loop of so many calls a second."""
    with watcher as consumer:
        before, begin = on_cpu(consumer.pid), time.monotonic_ns()
        loop("mmap", str(RATE))
        return (on_cpu(consumer.pid) - before) / (time.monotonic_ns() - begin)


@row
def processor_share(rounds):
    need_tracepoints()
    tool("bpftrace")
    seen = [(share(watched("mmap")), share(watched_by_bpftrace(bpftrace_printf()))) for _ in range(rounds)]
    ours, theirs = (100 * statistics.median(pair[i] for pair in seen) for i in (0, 1))
    yield Result(f"processor of a consumer at {RATE} mmap calls a second, against bpftrace's printf", "<= 0.1",
                 [a / b for a, b in seen], "low", f"{ours:.2f} % of a processor against {theirs:.2f} %")


# ---- the report -----------------------------------------------------------------------------------------------------


def is_held(result):
    bar = float(result.bar.split()[1])
    median = statistics.median(result.ratios)
    return median <= bar if result.better == "low" else median >= bar


def figure(value):
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def cells(result):
    low, high = min(result.ratios), max(result.ratios)
    return [result.what, result.bar, figure(statistics.median(result.ratios)), f"{figure(low)}..{figure(high)}",
            str(len(result.ratios)), "held" if is_held(result) else "MISSED", result.details]


def machine():
    with open("/proc/meminfo", encoding="ascii") as text:
        memory = int(text.readline().split()[1]) / 2**20
    load = os.getloadavg()[0]
    name = os.uname()
    return (f"{datetime.date.today()}, Linux {name.release} {name.machine}, {os.cpu_count()} processors, {memory:.0f} GiB, "
            f"load {load:.1f} at the start")


def run_rows(chosen, rounds):
    for function in rows:
        if chosen and function.__name__ not in chosen:
            continue
        try:
            for result in function(rounds):
                yield cells(result)
        except Skip as reason:
            yield [f"({function.__name__})", "", "", "", "", "skipped", str(reason)]


HEAD = ["what", "bar", "ratio", "lowest..highest", "pairs", "", "seen"]


def write_results(name, about, table):
    with open(name, "w", encoding="utf-8") as out:
        print("# Speed and cost\n\n<!-- SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause -->\n", file=out)
        print("Written by `make bench RESULTS=FILE`, as root. Each ratio is the median of pairs that were measured by turns;", file=out)
        print("bars are for ratios, so that they hold on any machine.\n", file=out)
        print(about + "\n", file=out)
        for line in [HEAD, ["---"] * len(HEAD), *table]:
            print("| " + " | ".join(line) + " |", file=out)


@contextlib.contextmanager
def undisturbed():
    """What else the machine does is to disturb as little as it can: processes compete within their session first."""
    group = "/proc/self/autogroup"
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    try:
        with open(group, "w", encoding="ascii") as out:
            out.write("-20")
    except OSError:
        group = None
    try:
        yield
    finally:
        if group:
            # The kernel takes ten changes a second, and this must not fail.
            time.sleep(0.2)
            with open(group, "w", encoding="ascii") as out:
                out.write("0")


def private_tracefs():
    """Tracepoints need tracefs, which the machine may not have mounted: in a mount namespace of our own."""
    if os.geteuid() or os.environ.get("BENCH_NAMESPACE"):
        return
    os.environ["BENCH_NAMESPACE"] = "1"
    script = f'[ -d {TRACING}/events ] || mount -t tracefs nodev {TRACING}; exec "$@"'
    os.execvp("unshare", ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("rows", nargs="*", help=", ".join(function.__name__ for function in rows))
    options = parser.parse_args()
    unknown = set(options.rows) - {function.__name__ for function in rows}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    private_tracefs()
    if os.geteuid():
        print("bench: skipped: loading programs needs root")
        return 0
    about = machine()
    print(about, flush=True)
    table = []
    with undisturbed():
        for line in run_rows(options.rows, options.rounds):
            table.append(line)
            what, bar, ratio, span, count, verdict, seen = line
            print(f"{verdict:8} {what}: {ratio} ({span}) of {count}, bar {bar}; {seen}" if bar
                  else f"{verdict:8} {what}: {seen}", flush=True)
    if options.results:
        write_results(options.results, about, table)
    return int(any(line[5] == "MISSED" for line in table))


if __name__ == "__main__":
    sys.exit(main())
