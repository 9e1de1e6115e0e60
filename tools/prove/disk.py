"""A full disk: the run stops with a numbered error, what it wrote stands, and it goes on when there is room again."""

import os
import random
import resource
import shutil
import signal
import subprocess

from prove import world as worlds
from prove.flips import NUMBERED


def small_disk(folder, kib):
    """A file system of that size at `folder`, when we may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return False
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "brushwatch-prove", str(folder)], capture_output=True, check=False).returncode == 0


def case(world, seed, number):
    """Returns (kind, stopped?, failure or None)."""
    chance = random.Random(f"disk/{seed}/{number}")
    shape = worlds.Shape(chance, chance.choice((1, 4)))
    reference = world.reference(shape.partitions)
    place = world.folder / f"disk-{number}"
    out = place / "out"
    shutil.rmtree(place, ignore_errors=True)
    kind = chance.choice(("file size", "file size", "device"))
    mounted, preexec = False, None
    if kind == "device":
        # Between "not even the first epoch" and "nearly enough"; a finished folder has about three times this.
        mounted = small_disk(place, chance.randint(200, 12_000))
        if not mounted:
            kind = "file size"
    if kind == "file size":
        limit = chance.choice((chance.randint(1, 5_000), chance.randint(5_000, 200_000), chance.randint(200_000, max(map(len, reference.values())) * 20)))

        def preexec():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error instead of a death: the harder half
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    name = f"[{shape}] {kind}"
    try:
        if shape.command == "run":
            world.argv(shape, out)  # writes its configuration while there is room
        code, err = world.finish(shape, out, preexec=preexec)
        stopped = code != worlds.EXIT_OK
        if stopped and (code < 0 or not NUMBERED.search(err)):
            return kind, stopped, f"{name}: it ended with {code} and no numbered error: {err}"
        stray = world.is_prefix(shape.partitions, out)
        if stray:
            return kind, stopped, f"{name}: {stray}"
        if mounted:
            subprocess.run(["mount", "-o", "remount,size=256m", str(place)], check=True)
        code, err = world.finish(shape, out)
        if code != worlds.EXIT_OK:
            return kind, stopped, f"{name}: with room again it stopped with {code}: {err}"
        different = world.difference(shape.partitions, out)
        return kind, stopped, f"{name}: {different}" if different else None
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=False)
        shutil.rmtree(place, ignore_errors=True)
