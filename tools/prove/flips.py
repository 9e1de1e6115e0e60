"""Damage at rest: flipped bits, zeroed sectors, cut and grown files in everything the engine keeps; then it is started again.

What may happen: the same bytes in the end (the damage was harmless, or the state was folded again from the ledger), or a stop with
a numbered error and nothing written that the undisturbed run would not have written. What an output itself holds is also checked
by `brushwatch verify`. What may not happen: success with other bytes.
"""

import random
import re
import shutil
import subprocess

from prove import world as worlds

NUMBERED = re.compile(r"\bE\d{4}\b")
# What a device does to a file that was written right: bits, a sector, a lost tail, another file's tail.
KINDS = ("bit", "bit", "bit", "bits", "sector", "cut", "grown")
CLASSES = {
    "ledger": lambda base: sorted((base / "ledger").glob("*/*.log")),
    "manifest of the ledger": lambda base: [base / "ledger" / "manifest"],
    "output": lambda base: [base / name for name in worlds.OUTPUTS],
    "sst": lambda base: sorted((base / "state").glob("*.sst")),
    "wal": lambda base: [p for p in sorted((base / "state").glob("*.log")) if p.stat().st_size],
    "MANIFEST": lambda base: sorted((base / "state").glob("MANIFEST-*")),
    "CURRENT": lambda base: [base / "state" / "CURRENT"],
    "IDENTITY": lambda base: [base / "state" / "IDENTITY"],
    "OPTIONS": lambda base: sorted((base / "state").glob("OPTIONS-*")),
    "summary": lambda base: [p for p in [base / "summary.json"] if p.exists()],
}
# How often each class is damaged: what is large and read most often is hit most often, what is tiny is soon exhausted.
WEIGHTS = {"ledger": 6, "manifest of the ledger": 1, "output": 4, "sst": 8, "wal": 4, "MANIFEST": 4, "CURRENT": 1, "IDENTITY": 1, "OPTIONS": 1,
           "summary": 1}


def damage(chance, path):
    """Changes the file and returns a sentence."""
    data = bytearray(path.read_bytes())
    kind = chance.choice(KINDS) if data else "grown"
    # Headers and tails hold what everything else hangs on.
    at = chance.choice((chance.randrange(len(data)), chance.randrange(min(len(data), 4096)), len(data) - 1 - chance.randrange(min(len(data), 4096)))) if data else 0
    if kind == "bit":
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "bits":
        for _ in range(chance.randint(2, 40)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == "sector":
        at -= at % 512
        data[at:at + 512] = bytes(min(512, len(data) - at))
    elif kind == "cut":
        del data[at:]
    else:
        data += bytes(chance.randrange(256) for _ in range(chance.randint(1, 600)))
    path.write_bytes(data)
    return f"{kind} at byte {at} of {len(data)}"


class Flips:
    def __init__(self, world, seed):
        self.world, self.seed = world, seed
        self.bases = {}

    def base(self, name, partitions):
        """A folder as a death left it: "middle" with rounds behind the last epoch, "done" complete."""
        if (name, partitions) not in self.bases:
            out = self.world.folder / f"base-{name}-{partitions}"
            shape = self.shape(partitions)
            if name == "middle":
                # Dies after most of the run, between two epochs, by a timer of its own CPU time: no clock is waited for.
                # How long a run takes here and now is only known roughly: on a busy machine several shares are tried.
                for share in (0.8, 0.6, 0.4, 0.2, 0.7, 0.5, 0.3, 0.9, 1.2, 1.6):
                    shutil.rmtree(out, ignore_errors=True)
                    process = self.world.start(shape, out)
                    try:
                        process.wait(timeout=share * self.world.seconds)
                    except subprocess.TimeoutExpired:
                        process.kill()
                    process.communicate()
                    if process.returncode == -9 and (out / "state" / "CURRENT").exists() and list((out / "state").glob("*.sst")):
                        break
                else:
                    raise RuntimeError("no death in the middle of the run")
            else:
                code, err = self.world.finish(shape, out)
                if code != worlds.EXIT_OK:
                    raise RuntimeError(err)
            self.bases[name, partitions] = out
        return self.bases[name, partitions]

    @staticmethod
    def shape(partitions):
        shape = worlds.Shape(random.Random(0), partitions)
        shape.command, shape.threads, shape.memory_mib, shape.epoch_records = "replay", 1, 1, 1500
        return shape

    def case(self, number):
        """Returns (class, "same" | "told", failure or None)."""
        chance = random.Random(f"flips/{self.seed}/{number}")
        partitions = chance.choice((1, 4))
        self.world.reference(partitions)
        base = self.base(chance.choice(("middle", "middle", "done")), partitions)
        out = self.world.folder / f"flip-{number}"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(base, out)
        kinds = [kind for kind in CLASSES if CLASSES[kind](out)]
        kind = chance.choices(kinds, [WEIGHTS[k] for k in kinds])[0]
        path = chance.choice(CLASSES[kind](out))
        what = f"{base.name}: {path.relative_to(out)}: {damage(chance, path)}"
        shape = self.shape(partitions)
        code, err = self.world.finish(shape, out)
        result, failure = self.judge(partitions, out, kind, code, err, what)
        if failure is None and kind == "ledger" and chance.random() < 0.5:
            # The state spared the engine most of the ledger: now everything is folded from it.
            shape_argv = [self.world.binary, "replay", "--ledger", str(out / "ledger"), "--out", str(out / "again"), "--quiet"]
            done = subprocess.run(shape_argv, capture_output=True, text=True, check=False, timeout=worlds.RUN_TIMEOUT_S)
            if done.returncode == 0 and code == 0:
                different = self.world.difference(partitions, out / "again")
                failure = f"{what}: the ledger folds to other bytes: {different}" if different else None
            elif done.returncode != 0 and not NUMBERED.search(done.stderr):
                failure = f"{what}: folding the ledger stopped with {done.returncode} and no numbered error: {done.stderr}"
        if failure is None:
            shutil.rmtree(out, ignore_errors=True)
        return kind, result, failure

    def judge(self, partitions, out, kind, code, err, what):
        if code == worlds.EXIT_OK:
            different = self.world.difference(partitions, out)
            if not different:
                return "same", None
            if kind == "output" and any(subprocess.run([self.world.binary, "verify", str(out / name)], capture_output=True, check=False).returncode != 0
                                        for name in worlds.OUTPUTS):
                return "told", f"{what}: the engine went on behind a damaged output, only verify saw it: {different}"
            return "same", f"{what}: success with other bytes: {different}"
        if code < 0 or not NUMBERED.search(err):
            return "told", f"{what}: it ended with {code} and no numbered error: {err}"
        if kind != "output":
            stray = self.world.is_prefix(partitions, out)
            if stray:
                return "told", f"{what}: {stray}"
        # A state that was told to be damaged must not stand in the way of the next start.
        if kind in ("sst", "wal", "MANIFEST", "CURRENT", "IDENTITY", "OPTIONS"):
            code, err = self.world.finish(self.shape(partitions), out)
            different = self.world.difference(partitions, out) if code == worlds.EXIT_OK else f"stopped with {code}: {err}"
            if different:
                return "told", f"{what}: the start after the damaged one: {different}"
        return "told", None
