"""What the two CPUs of a measurement were in each second of it: cores.c says how they differ, and why it matters.

    with Cores(first, second) as cores:
        ...
        cores.state(began, ended)  # seconds of the epoch

A program that is measured must not run on others: cores.pin is for subprocess's preexec_fn.
"""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

NEAR, APART, HALF, UNKNOWN = "near", "apart", "half", "unknown"
WHOLE_ADDS = 3.6  # additions in a cycle, mean; 3.9 and more of a whole core, 2 to 2.9 of a half
NEAR_NS = 230  # a line there and back; 50 to 180 by a cache that both have, some 300 without
SOURCE = Path(__file__).resolve().with_suffix(".c")


class Cores:
    def __init__(self, first=None, second=None):
        mine = sorted(os.sched_getaffinity(0))
        self.cpus = (mine[0], mine[1]) if first is None else (first, second)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        program, self.log = (Path(self.folder.name) / name for name in ("cores", "log"))
        subprocess.run(["cc", "-O2", "-pthread", "-o", program, SOURCE], check=True)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([program, *map(str, self.cpus)], stdin=subprocess.PIPE, stdout=log)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.folder.cleanup()

    def pin(self):
        os.sched_setaffinity(0, self.cpus)

    def _readings(self, began, ended):
        lines = ([float(word) for word in line.split()] for line in self.log.read_text().splitlines())
        return [line for line in lines if len(line) == 4 and began <= line[0] < ended]

    def state(self, began, ended):
        """NEAR: two whole cores with a cache in common; APART: without one; HALF: another guest had a part of one; UNKNOWN:
        some of each, or nothing read."""
        while time.time() < ended + 0.01:
            time.sleep(0.01)
        readings = self._readings(began, ended)
        if not readings:
            return UNKNOWN
        _, first, second, throws = zip(*readings)
        if min(statistics.mean(first), statistics.mean(second)) < WHOLE_ADDS:
            return HALF
        near = {throw < NEAR_NS for throw in throws if throw}
        return UNKNOWN if len(near) != 1 else NEAR if near.pop() else APART

    def states(self, result):
        """Of each interval of a result of tercet's."""
        origin = result["started_ms"] / 1000
        times = ((origin + i["start_s"], origin + i["start_s"] + i["length_s"]) for i in result["intervals"])
        return [self.state(*t) for t in times]
