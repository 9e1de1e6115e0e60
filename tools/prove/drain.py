"""A live run that is asked to stop (SIGTERM) or killed (SIGKILL) while files grow under it, again and again.

Live, the rounds depend on when a record came, so there is no undisturbed run to compare with. The oracle is the ledger: folded from
nothing it must give the bytes that the live run wrote; every order must be in it once; and after a SIGTERM the next start must find
nothing to fold again.
"""

import collections
import json
import random
import re
import shutil
import signal
import subprocess
import time

from prove import world as worlds

FOLDED = re.compile(r'"event":"ready","text":"(\d+) rounds')
SOURCES = ("orders.ndjson", "parcels.ndjson", "reviews.ndjson")
READY_S = 60


def configuration(out, follow):
    sources = "".join(f'[[source]]\nname = "{name[:-7]}"\npath = "{out}/in/{name}"\nclock = "record"\nfollow = {str(follow).lower()}\n' for name in SOURCES)
    path = out / ("follow.toml" if follow else "end.toml")
    path.write_text(f'[pipeline]\npartitions = 2\nthreads = 1\ndata_dir = "{out}"\nepoch_events = 2000\nmemory_mib = 16\n{sources}'
                    f'[output]\npath = "{out}"\nalerts = "alerts.ndjson"\nlate = "late.ndjson"\ndlq = "dlq.ndjson"\n'
                    'cases = "cases.ndjson"\nlists = "lists.ndjson"\ncredit = "credit.ndjson"\n[log]\nformat = "json"\n')
    return path


def case(world, seed, number):
    """Returns (drains, kills, failure or None)."""
    chance = random.Random(f"drain/{seed}/{number}")
    out = world.folder / f"drain-{number}"
    shutil.rmtree(out, ignore_errors=True)
    (out / "in").mkdir(parents=True)
    rest = {name: (world.input / name).read_bytes() for name in SOURCES}
    for name in SOURCES:
        (out / "in" / name).touch()
    config = configuration(out, True)
    drains, kills, after_drain = 0, 0, False

    def grow(share):
        for name in SOURCES:
            size = int(len(rest[name]) * share) if share < 1 else len(rest[name])
            with (out / "in" / name).open("ab") as file:
                file.write(rest[name][:size])  # also in the middle of a line
            rest[name] = rest[name][size:]

    for _ in range(chance.randint(3, 6)):
        log = out / "log"
        with log.open("wb") as err:
            process = subprocess.Popen([world.binary, "run", "--config", str(config)], stdout=subprocess.DEVNULL, stderr=err)
        try:
            grow(chance.random() * 0.3)
            until = time.monotonic() + READY_S
            wait_ready = chance.random() < 0.8  # else the signal comes while it opens
            while wait_ready and process.poll() is None and not FOLDED.search(log.read_text(errors="replace")) and time.monotonic() < until:
                time.sleep(0.005)
            for _ in range(chance.randint(0, 3)):
                grow(chance.random() * 0.3)
                time.sleep(chance.random() * 0.05)
            text = log.read_text(errors="replace")
            ready = FOLDED.search(text)
            if ready and after_drain and int(ready.group(1)) != 0:
                return drains, kills, f"{ready.group(1)} rounds folded again after a SIGTERM"
            if process.poll() is not None:
                return drains, kills, f"it stopped by itself with {process.returncode}: {text}"
            if chance.random() < 0.6:
                process.send_signal(signal.SIGTERM)
                code = process.wait(timeout=worlds.RUN_TIMEOUT_S)
                if code not in (worlds.EXIT_OK,) and not (code == -15 and not ready):
                    return drains, kills, f"after SIGTERM it ended with {code}: {log.read_text(errors='replace')}"
                drains += 1
                after_drain = code == worlds.EXIT_OK
            else:
                process.kill()
                process.wait()
                kills += 1
                after_drain = False
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    grow(1)
    done = subprocess.run([world.binary, "run", "--config", str(configuration(out, False))], capture_output=True, text=True, check=False, timeout=worlds.RUN_TIMEOUT_S)
    if done.returncode != worlds.EXIT_OK:
        return drains, kills, f"the last run stopped with {done.returncode}: {done.stderr}"
    again = out / "again"
    done = subprocess.run([world.binary, "replay", "--ledger", str(out / "ledger"), "--out", str(again), "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode != worlds.EXIT_OK:
        return drains, kills, f"folding the ledger stopped with {done.returncode}: {done.stderr}"
    for name in worlds.OUTPUTS:
        if (out / name).read_bytes() != (again / name).read_bytes():
            return drains, kills, f"{name} differs from a fold of its ledger"
        verify = subprocess.run([world.binary, "verify", str(out / name)], capture_output=True, text=True, check=False)
        if verify.returncode != worlds.EXIT_OK:
            return drains, kills, f"verify of {name}: {verify.stdout}{verify.stderr}"
    tap = subprocess.run([world.binary, "tap", str(out / "ledger"), "--type", "order.created"], capture_output=True, text=True, check=True)
    held = collections.Counter(json.loads(line)["order_id"].split(":")[-1] for line in tap.stdout.splitlines())
    sent = collections.Counter()
    for line in (world.input / "orders.ndjson").read_text().splitlines():
        if line.startswith('{"type":"order.created"'):
            try:
                sent[json.loads(line)["order_id"].split(":")[-1]] += 1
            except ValueError:
                pass  # a dead letter
    if held != sent:
        lost, doubled = sent - held, held - sent
        return drains, kills, f"{sum(lost.values())} orders lost, {sum(doubled.values())} too many in the ledger"
    shutil.rmtree(out, ignore_errors=True)
    return drains, kills, None
