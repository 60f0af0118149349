#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""soak.py - a live run for as long as one likes, with a reader that stalls: every act is a record or is counted as lost

    make soak [SECONDS=3600]

Half of the time with the candidates that a host chooses, half with those that it chooses without the ring buffer: a loop
of mmap that never pauses is watched for all events, and the reader takes nothing for a second, then all, and so on. At
the end the loop knows how many calls it made. Exit status 1 if records and losses are not as many, or if the memory of
featsel grew by more than a half in the second half of the time.
"""
import json
import os
import signal
import subprocess
import sys
import threading
import time

SOURCE = os.environ.get("top_srcdir", os.getcwd())
BUILD = os.environ.get("top_builddir", os.path.join(SOURCE, "build"))
FEATSEL = os.environ.get("FEATSEL", os.path.join(BUILD, "featsel"))
DEFAULT = ["-m", os.path.join(SOURCE, "manifests/default.yaml"), "--object-dir", os.path.join(BUILD, "bpf")]
PRODUCE = os.path.join(BUILD, "tests/bench/produce")
# The C library maps memory before the loop begins.
START = 100
PAUSE = 1
OUTPUTS = {"ring buffer": [], "perf buffer": ["--without", "map_type:ringbuf"]}


def resident(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as text:
            return next((int(line.split()[1]) for line in text if line.startswith("VmRSS:")), 0)
    except OSError:
        return 0


def read_by_halves(stream, seen):
    """A second of nothing after each second of reading."""
    pause = time.monotonic() + PAUSE
    for line in stream:
        if line.startswith(b'{"event":"mmap"'):
            seen["lines"] += 1
        elif line.startswith(b'{"finished"'):
            seen["finished"] = json.loads(line)["finished"]["mmap"]
        if time.monotonic() > pause:
            time.sleep(PAUSE)
            pause = time.monotonic() + PAUSE


def started(process):
    """A loop that waits to be let go: the programs know its number, and what others do is not lost with them."""
    while f"{process.pid} (sh) T" not in open(f"/proc/{process.pid}/stat", encoding="ascii").read():
        time.sleep(0.01)
    return process


def soak(output, options, seconds):
    seen = {"lines": 0, "finished": None}
    loop = started(subprocess.Popen(["sh", "-c", 'kill -STOP $$; exec "$@"', "sh", PRODUCE, str(seconds * 1000)],
                                    stdout=subprocess.PIPE, text=True))
    run = subprocess.Popen([FEATSEL, *DEFAULT, "all", *options, "--json", "-p", str(loop.pid)], stdout=subprocess.PIPE)
    chosen = {each["event"]: each["candidate"] for each in json.loads(run.stdout.readline())["started"] if each["candidate"]}
    reader = threading.Thread(target=read_by_halves, args=(run.stdout, seen))
    reader.start()
    loop.send_signal(signal.SIGCONT)
    time.sleep(seconds / 2)
    early = resident(run.pid)
    made = int(loop.communicate()[0].split()[0])
    late = resident(run.pid)
    # What waits for the reader is lost if it does not come by.
    time.sleep(2 * PAUSE)
    run.terminate()
    run.wait()
    reader.join()
    if run.returncode or not seen["finished"]:
        print(f"not ok - {output}: the run failed with {run.returncode}")
        return False
    records, lost = seen["finished"]["records"], seen["finished"]["lost"]
    exact = seen["lines"] == records and 0 <= records + lost - made <= START
    steady = late <= 1.5 * early
    print(f"{'ok' if exact and steady else 'not ok'} - {output}, {len(chosen)} events, mmap={chosen['mmap']}: {seconds} s, {made} calls, {records} records, "
          f"{seen['lines']} lines, {lost} lost, {early / 1024:.0f} MiB at half-time, {late / 1024:.0f} MiB at the end", flush=True)
    return exact and steady


def main():
    seconds = max(2, int(sys.argv[1]) if len(sys.argv) > 1 else 3600)
    if os.geteuid():
        print("soak: skipped: loading programs needs root")
        return 0
    good = True
    for output, options in OUTPUTS.items():
        good &= soak(output, options, seconds // 2)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
