"""Random kills: SIGKILL at uniform times over the run, again and again until the run gets through; then compare bytes."""

import random
import shutil
import subprocess
import time

from prove import world as worlds

# Enough deaths a case that later ones hit recovery, few enough that a case ends.
KILLS_MAX = 12


def case(world, seed, number):
    """Returns (kills, completed runs, failure or None). Everything random comes from (seed, number)."""
    chance = random.Random(f"kills/{seed}/{number}")
    shape = worlds.Shape(chance, chance.choice((1, 4)))
    out = world.folder / f"kill-{number}"
    shutil.rmtree(out, ignore_errors=True)
    world.reference(shape.partitions)
    kills = 0
    for _ in range(KILLS_MAX):
        # Early times matter more than uniform ones alone would give: opening, recovery and the first round are short.
        share = chance.random() if chance.random() < 0.7 else chance.random() ** 3
        process = world.start(shape, out)
        began = time.monotonic()
        try:
            process.wait(timeout=share * world.seconds * 0.8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += process.returncode == -9
            if process.returncode == -9:
                continue
        err = process.stderr.read().decode(errors="replace") if not process.stderr.closed else ""
        if process.returncode != worlds.EXIT_OK:
            return kills, f"[{shape}] after {kills} kills it stopped with {process.returncode}: {err.strip()}"
        if kills == 0:
            world.seconds = 0.8 * world.seconds + 0.2 * max(time.monotonic() - began, 0.05)
        break
    code, err = world.finish(shape, out)
    if code != worlds.EXIT_OK:
        return kills, f"[{shape}] after {kills} kills it stopped with {code}: {err}"
    different = world.difference(shape.partitions, out)
    if different:
        return kills, f"[{shape}] after {kills} kills {different}"
    shutil.rmtree(out, ignore_errors=True)
    return kills, None
