"""Failpoints: every point × action once, then deaths inside recovery (pairs). Each cell ends with a clean run and equal bytes.

A cell is visited when its action happened: the process died, or stopped with an error. An error that the engine is told of must
end the process with a message and a code other than 0; success with other bytes is the one thing that may never be.
"""

import random
import shutil

from prove import world as worlds

# name → where it is, for the table. The order is the order of a record's life.
POINTS = {
    "restore-begin": "before the state's epoch is read", "restore-apply": "before a round is folded again",
    "restore-end": "recovered, before the first new record", "poll": "before a source is asked", "decode": "before a record is decoded",
    "ledger-append": "before a frame is appended", "round-cut": "before a partition's tick", "ledger-sync": "before frames are written",
    "ledger-synced": "after they are", "ledger-force": "before the ledger is forced to the device (fsync)", "fold": "before a task folds a round", "state-read": "before rows are read from the store",
    "window-fire": "before due timers fire", "alert-build": "before a line goes to the hub", "chain-append": "between hash and sink",
    "dlq-write": "before a dead letter is written", "output-write": "before a line is buffered", "output-flush": "before lines are written",
    "output-flushed": "after they are", "epoch-collect": "before dirty rows are collected", "store-write": "before a logged batch",
    "store-written": "after it", "store-flush": "before the memtable is flushed for an ingest", "store-ingest": "before a file is ingested",
    "store-ingested": "after it", "drain": "input ended, before seals and last epoch", "seal": "before a chain is sealed",
}
RECOVERY = ("restore-apply",)   # passed only by a process that finds work of a dead one
WRITING = ("ledger-sync", "output-flush")
ACTIONS = ("kill", "error", "enospc", "eio", "throw", "delay")
DIES = ("kill", "short")
FAILS = ("error", "enospc", "eio", "part", "throw")


def all_cells():
    """[(first death's point or None, point, action)]: singles first, then pairs."""
    cells = [(None, point, action) for point in POINTS for action in ACTIONS + (("short", "part") if point in WRITING else ())]
    for first in POINTS:
        if first not in RECOVERY:
            cells += [(first, point, action) for point in POINTS for action in ("kill", "error")]
    return cells


class Cells:
    def __init__(self, world, seed):
        self.world, self.seed = world, seed
        self.counts = {}
        self.visited = set()

    def shape(self, chance, fsync):
        shape = worlds.Shape(chance, chance.choice((1, 4)))
        # Small memory and short epochs make every point pass many times: rows are read back, files are ingested.
        shape.command, shape.memory_mib, shape.epoch_records = "run" if fsync else "replay", 1, chance.choice((1500, 3000))
        shape.fsync = fsync
        return shape

    def passes(self, shape):
        """{point: passes} in a run that nobody disturbed, counted by the binary itself."""
        key = (shape.partitions, shape.epoch_records, shape.threads, shape.fsync)
        if key not in self.counts:
            out, file = self.world.folder / "counting", self.world.folder / "counts"
            shutil.rmtree(out, ignore_errors=True)
            code, err = self.world.finish(shape, out, {"BRUSHWATCH_FAILPOINT_COUNTS": str(file)})
            if code != worlds.EXIT_OK:
                raise RuntimeError(f"the counting run stopped with {code}: {err}")
            self.counts[key] = {name: int(count) for name, count in (line.split() for line in file.read_text().splitlines())}
            shutil.rmtree(out)
        return self.counts[key]

    def case(self, number):
        """Returns (cell, visited, failure or None)."""
        cells = all_cells()
        first, point, action = cells[number % len(cells)]
        chance = random.Random(f"cells/{self.seed}/{number}")
        shape = self.shape(chance, "ledger-force" in (first, point))
        out = self.world.folder / f"cell-{number}"
        shutil.rmtree(out, ignore_errors=True)
        self.world.reference(shape.partitions)
        passes = self.passes(shape)
        name = f"[{shape}] {first + '=kill then ' if first else ''}{point}={action}"
        if first is None and point in RECOVERY:
            first = "alert-build"
        steps = []
        if first is not None:
            # Not the very first pass: there must be something to recover.
            at = chance.randint(1 + passes.get(first, 1) // 4, max(1, passes.get(first, 1)))
            code, err = self.world.finish(shape, out, {"BRUSHWATCH_FAILPOINTS": f"{first}=kill@{at}"})
            steps.append(f"{first}=kill@{at}: {code}")
            if code not in (-9, 0):
                return (first, point, action), False, f"{name}: the first death ended with {code}: {err}"
        share = passes.get(point, 1)
        at = chance.randint(1, max(1, share if first is None else share // 3))
        visited = False
        for attempt in (at, 1):
            code, err = self.world.finish(shape, out, {"BRUSHWATCH_FAILPOINTS": f"{point}={action}@{attempt}"})
            steps.append(f"{point}={action}@{attempt}: {code}")
            visited = code == -9 if action in DIES else code not in (0, -9) if action in FAILS else code == 0
            if visited or code != 0:
                break
            different = self.world.difference(shape.partitions, out)
            if different:
                return (first, point, action), False, f"{name}: success with other bytes: {different}; {steps}"
            # The pass never came (recovery was shorter than the run): ask for the first one, on a fresh folder.
            if first is None:
                shutil.rmtree(out)
        if action in FAILS and visited and not err:
            return (first, point, action), visited, f"{name}: it stopped with {code} and no word; {steps}"
        if action in FAILS and code == -9 or action in DIES and code not in (0, -9):
            return (first, point, action), visited, f"{name}: it ended with {code}: {err}; {steps}"
        code, err = self.world.finish(shape, out)
        if code != worlds.EXIT_OK:
            return (first, point, action), visited, f"{name}: the clean run stopped with {code}: {err}; {steps}"
        different = self.world.difference(shape.partitions, out)
        if different:
            return (first, point, action), visited, f"{name}: {different}; {steps}"
        shutil.rmtree(out, ignore_errors=True)
        if visited:
            self.visited.add((first, point, action))
        return (first, point, action), visited, None
