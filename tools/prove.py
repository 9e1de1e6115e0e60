#!/usr/bin/env python3
"""Evidence that no crash changes a byte: deaths, failpoints, damaged files, full disks; the oracle is the uninterrupted run.

  tools/prove.py kills  --seed 1 --seconds 60      SIGKILL at random times
  tools/prove.py kills  --seed 1 --only 17         one case again
  tools/prove.py cells  --seed 1 --seconds 60      every failpoint × action, then pairs of them
  tools/prove.py flips  --seed 1 --seconds 60      damage in ledger, outputs and state
  tools/prove.py disk   --seconds 60               full disks (a small file system when root, else a limit on file sizes)
  tools/prove.py drain  --seconds 60               SIGTERM and SIGKILL of a live run, checked against its ledger
  tools/prove.py chaos  --seconds 60               an engine on a real broker, both killed at random times
  tools/prove.py proxy  --seconds 60               an engine and its broker with a bad network between them
  tools/prove.py group  --seconds 60 --brokers 3   four instances over one ledger: killed, stopped and woken, their brokers killed
  tools/prove.py sim    --seconds 60               the simulator; --only SEED

Exit code 0: every case gave the same bytes. 1: one did not; the command that replays it is printed.
`--long` goes on where docs/reliability/ledger.jsonl says the last long run ended, and appends to it.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from prove import cells, chaos, disk, drain, flips, group, instances, kills, net, record, world as worlds  # noqa: E402


# What fails five times has been found.
FAILURES_MAX = 5
SIM_BATCH = 10_000  # seeds of a start: five of them with detectors, enough that at least some of the five die


def binary_of(arguments, name="brushwatch"):
    path = pathlib.Path(arguments.binary) if arguments.binary else worlds.ROOT / "build" / "release" / "bin" / name
    if not path.exists():
        sys.exit(f"prove: {path} is not built; make build")
    return path


def again(part, arguments, number):
    return f"tools/prove.py {part} --seed {arguments.seed} --only {number}"


def each_case(arguments, part, world, run, counted=None):
    """Runs cases until the time or the count (of cases, or what `counted` says) is up; prints failures with their command. The
    world's folder stays when there were some. Returns (first, next, failures, seconds)."""
    first = arguments.only if arguments.only is not None else record.next_number(part) if arguments.long else 0
    started, number, failures = time.monotonic(), first, []
    counted = counted or (lambda: number - first)
    try:
        while True:
            try:
                failure = run(number)
            except (subprocess.SubprocessError, RuntimeError) as error:
                # A broker that does not come up on a busy machine proves nothing: what was done before it counts, this case does not.
                if number == first:
                    raise
                print(f"case {number} was given up, and is not counted: {error}\n  again: {again(part, arguments, number)}", flush=True)
                return first, number, failures, time.monotonic() - started
            if failure:
                failures.append(number)
                print(f"case {number}: {failure}\n  again: {again(part, arguments, number)}", flush=True)
            number += 1
            if arguments.only is not None or len(failures) >= FAILURES_MAX or time.monotonic() - started > arguments.seconds or (arguments.count and counted() >= arguments.count):
                return first, number, failures, time.monotonic() - started
    finally:
        if not failures:
            world.close()


def run_kills(arguments):
    world = worlds.World(binary_of(arguments), arguments.folder)
    total = 0

    def one(number):
        nonlocal total
        done, failure = kills.case(world, arguments.seed, number)
        total += done
        return failure

    first, number, failures, seconds = each_case(arguments, "kills", world, one, counted=lambda: total)
    cases = number - first
    print(f"kills: {total} in {cases} cases, {len(failures)} differ, {60 * total / seconds:.0f} kills a minute")
    if arguments.long:
        record.append("kills", seed=arguments.seed, first=first, next=number, kills=total, cases=cases, differing=len(failures),
                      failures=failures, seconds=round(seconds), world=world.digest() if failures else None)
        record.figure("kills_random", sum(e["kills"] for e in record.entries("kills")), "tools/prove.py kills --long")
        record.figure("kills_differing", sum(e["differing"] for e in record.entries("kills")), "tools/prove.py kills --long")
    return 1 if failures else 0


def run_cells(arguments):
    world = worlds.World(binary_of(arguments, "brushwatch_prove"), arguments.folder)
    work, everything = cells.Cells(world, arguments.seed), cells.all_cells()
    missed = []

    def one(number):
        cell, visited, failure = work.case(number)
        if not failure and not visited:
            missed.append(cell)
        return failure

    first, number, failures, seconds = each_case(arguments, "cells", world, one)
    singles = sum(1 for cell in work.visited if cell[0] is None or cell[1] in cells.RECOVERY)
    print(f"cells: {number - first} run of {len(everything)}, {len(work.visited)} visited ({singles} single), {len(failures)} differ; "
          f"not reached: {len(missed)}")
    for cell in missed[:20] if arguments.only is None else missed:
        print(f"  not reached: {cell}")
    if arguments.long:
        record.append("cells", seed=arguments.seed, first=first, next=number, visited=sorted(map(list, work.visited), key=str),
                      differing=len(failures), failures=failures, seconds=round(seconds))
        seen = {tuple(cell) for entry in record.entries("cells") for cell in entry["visited"]}
        record.figure("failpoint_cells", len(seen), "tools/prove.py cells --long")
        record.figure("failpoint_cells_differing", sum(e["differing"] for e in record.entries("cells")), "tools/prove.py cells --long")
    return 1 if failures else 0


def run_flips(arguments):
    world = worlds.World(binary_of(arguments), arguments.folder)
    work = flips.Flips(world, arguments.seed)
    told, by_class = 0, {}

    def one(number):
        nonlocal told
        kind, result, failure = work.case(number)
        told += result == "told"
        by_class[kind] = by_class.get(kind, 0) + 1
        return failure

    first, number, failures, seconds = each_case(arguments, "flips", world, one)
    print(f"flips: {number - first} ({', '.join(f'{kind} {n}' for kind, n in sorted(by_class.items()))}), {told} told, "
          f"{number - first - told - len(failures)} harmless or healed, {len(failures)} wrong, {60 * (number - first) / seconds:.0f} a minute")
    if arguments.long:
        record.append("flips", seed=arguments.seed, first=first, next=number, flips=number - first, told=told, silent=len(failures),
                      failures=failures, classes=by_class, seconds=round(seconds))
        flip_figures()
    return 1 if failures else 0


def run_disk(arguments):
    world, kinds = worlds.World(binary_of(arguments), arguments.folder), {}

    def one(number):
        kind, stopped, failure = disk.case(world, arguments.seed, number)
        key = f"{kind}, {'stopped' if stopped else 'had room'}"
        kinds[key] = kinds.get(key, 0) + 1
        return failure

    first, number, failures, seconds = each_case(arguments, "disk", world, one)
    world.close()  # also after failures: a small full disk keeps nothing that its command does not make again
    print(f"disk: {number - first} full disks ({', '.join(f'{kind} {n}' for kind, n in sorted(kinds.items()))}), {len(failures)} differ")
    if arguments.long:
        record.append("disk", seed=arguments.seed, first=first, next=number, kinds=kinds, differing=len(failures), failures=failures, seconds=round(seconds))
    return 1 if failures else 0


def run_drain(arguments):
    world, total = worlds.World(binary_of(arguments), arguments.folder), [0, 0]

    def one(number):
        drains, kills_done, failure = drain.case(world, arguments.seed, number)
        total[0] += drains
        total[1] += kills_done
        return failure

    first, number, failures, seconds = each_case(arguments, "drain", world, one)
    print(f"drain: {total[0]} SIGTERMs and {total[1]} SIGKILLs of a live run in {number - first} cases, {len(failures)} differ")
    if arguments.long:
        record.append("drain", seed=arguments.seed, first=first, next=number, drains=total[0], kills=total[1], differing=len(failures),
                      failures=failures, seconds=round(seconds))
    return 1 if failures else 0


def run_group(arguments):
    world, total = worlds.World(binary_of(arguments), arguments.folder), {}
    brokers = instances.Brokers(arguments.brokers)

    def one(number):
        did, failure = group.case(world, brokers, arguments.seed, number)
        for name, value in did.items():
            total[name] = total.get(name, 0) + value
        return failure

    try:
        first, number, failures, seconds = each_case(arguments, "group", world, one)
    finally:
        brokers.close()
    print(f"group: {number - first} cases on {arguments.brokers} broker(s), {total}, {len(failures)} differ, {seconds:.0f} s")
    append_broker_runs("group", arguments, first, number, failures, seconds, brokers=arguments.brokers, **total)
    return 1 if failures else 0


def run_chaos(arguments):
    world, total = worlds.World(binary_of(arguments), arguments.folder), [0, 0]
    broker = chaos.Broker()
    try:
        work = chaos.Chaos(world, broker, arguments.seed)

        def one(number):
            nonlocal broker
            try:
                kills_done, strikes, failure = work.case(number)
            except (subprocess.SubprocessError, RuntimeError) as error:
                if broker.alive():
                    raise
                # Hundreds of SIGKILLs on one set of files: when the broker itself does not survive them, the case begins again on a new one.
                print(f"case {number} begins again on a new broker: {error}", flush=True)
                broker.close()
                broker = chaos.Broker()
                work.move(broker)
                kills_done, strikes, failure = work.case(number)
            total[0] += kills_done
            total[1] += strikes
            return failure

        first, number, failures, seconds = each_case(arguments, "chaos", world, one)
    finally:
        broker.close()
    print(f"chaos: {total[0]} kills of the engine and {total[1]} of its broker in {number - first} cases, {work.repeats} lines written twice, "
          f"{len(failures)} differ, {60 * sum(total) / seconds:.0f} kills a minute")
    append_broker_runs("chaos", arguments, first, number, failures, seconds, kills=total[0], broker_kills=total[1], repeats=work.repeats)
    return 1 if failures else 0


def run_proxy(arguments):
    world, total = worlds.World(binary_of(arguments), arguments.folder), [0, 0]
    broker = net.Broker(arguments.seed)
    try:
        work = net.Net(world, broker, arguments.seed)

        def one(number):
            kills_done, faults, failure = work.case(number)
            total[0] += kills_done
            total[1] += faults
            return failure

        first, number, failures, seconds = each_case(arguments, "proxy", world, one)
    finally:
        broker.close()
    by_kind = {}
    for (kind, _), count in broker.proxy.counts.items():
        by_kind[kind] = by_kind.get(kind, 0) + count
    print(f"proxy: {total[1]} faults ({', '.join(f'{kind} {n}' for kind, n in sorted(by_kind.items()))}) and {total[0]} kills in {number - first} cases, "
          f"{work.chaos.repeats} lines written twice, {len(failures)} differ")
    append_broker_runs("proxy", arguments, first, number, failures, seconds, faults=total[1], kinds=by_kind, kills=total[0], repeats=work.chaos.repeats)
    return 1 if failures else 0


def run_sim(arguments):
    """The simulator is a test of its own (tests/sim): here it gets its seeds, and its figures are kept."""
    program = pathlib.Path(arguments.binary) if arguments.binary else worlds.ROOT / "build" / "release" / "tests" / "sim"
    if arguments.only is not None:
        code = subprocess.run([program, "--gtest_filter=*ForEverySeed", "--gtest_brief=1"], env={**os.environ, "BW_SEED": str(arguments.only)}, check=False).returncode
        if code == 0 and arguments.long:  # it differed once, and its cause is mended: the ledger says on which commit it held
            record.append("sim-mended", seed=arguments.only)
            sim_differing()
        return code
    first = max(1, record.next_number("sim")) if arguments.long else 1
    started, number, total, code = time.monotonic(), first, {}, 0
    while time.monotonic() - started < arguments.seconds and not (arguments.count and number - first >= arguments.count):
        # One seed in two thousand folds the product's detectors: it takes as long as all the others of its two thousand together, several times over.
        done = subprocess.run([program, "--gtest_filter=Simulator.*", "--gtest_brief=1"], capture_output=True, text=True, check=False,
                              env={**os.environ, "BW_SIM": f"{number} {SIM_BATCH}", "BW_SIM_DETECTORS": f"{number} {SIM_BATCH // 2000}"})
        found = re.search(r"^sim: (\{.*\})$", done.stdout, re.MULTILINE)
        if done.returncode != 0 or not found:
            print(done.stdout, done.stderr)
            code = 1
        for name, value in (json.loads(found.group(1)) if found else {"differing": 1}).items():
            total[name] = total.get(name, 0) + value
        number += SIM_BATCH
        if code:
            break
    total.pop("first", None)
    bugs = subprocess.run([program, "--gtest_filter=*PlantedBug*", "--gtest_brief=0"], capture_output=True, text=True, check=False)
    found = len(re.findall(r"\[       OK \] Simulator/PlantedBug", bugs.stdout))
    print(f"sim: {total} in {time.monotonic() - started:.0f} s; planted bugs found: {found}, missed: {len(re.findall('FAILED  . Simulator/PlantedBug', bugs.stdout)) // 2}")
    if arguments.long:
        record.append("sim", first=first, next=number, planted_bugs_found=found, seconds=round(time.monotonic() - started), **total)
        record.figure("sim_seeds", sum(e["seeds"] for e in record.entries("sim")), "tools/prove.py sim --long")
        sim_differing()
        record.figure("planted_bugs_found", found, "tools/prove.py sim --long")
    return code or bugs.returncode


def sim_differing():
    mended = {e["seed"] for e in record.entries("sim-mended")}
    record.figure("sim_differing", sum(e["differing"] for e in record.entries("sim")) - len(mended), "tools/prove.py sim --long")


def run_bits(arguments):
    """Damage inside one process, with toy stages over real files (tests/sim/bits_test.cc)."""
    program = pathlib.Path(arguments.binary) if arguments.binary else worlds.ROOT / "build" / "release" / "tests" / "sim"
    step = 1 if arguments.only is not None else 500
    first = arguments.only if arguments.only is not None else max(1, record.next_number("bits")) if arguments.long else 1
    started, number, total, code = time.monotonic(), first, {}, 0
    while not code and time.monotonic() - started < arguments.seconds and not (arguments.count and number - first >= arguments.count):
        done = subprocess.run([program, "--gtest_filter=Damage.*", "--gtest_brief=1"], capture_output=True, text=True, check=False,
                              env={**os.environ, "BW_BITS": f"{number} {step}"})
        found = re.search(r"^bits: (\{.*\})$", done.stdout, re.MULTILINE)
        if done.returncode != 0 or not found:
            print(done.stdout, done.stderr)
            code = 1
        for name, value in (json.loads(found.group(1)) if found else {"flips": step, "silent": 1}).items():
            total[name] = total.get(name, 0) + value
        number += step
        if arguments.only is not None:
            break
    total.pop("first", None)
    print(f"bits: {total} in {time.monotonic() - started:.0f} s")
    if arguments.long:
        record.append("bits", first=first, next=number, seconds=round(time.monotonic() - started), **total)
        flip_figures()
    return code


BROKER_PARTS = ("chaos", "group", "proxy")


def append_broker_runs(part, arguments, first, number, failures, seconds, **counts):
    if not arguments.long:
        return
    if arguments.only is None:
        record.append(part, seed=arguments.seed, first=first, next=number, differing=len(failures), failures=failures, seconds=round(seconds), **counts)
    elif not failures:  # it differed once, and its cause is mended: the ledger says on which commit it held
        record.append(f"{part}-mended", seed=arguments.seed, case=arguments.only)
    broker_figures()


def broker_figures():
    runs = [entry for part in BROKER_PARTS for entry in record.entries(part)]
    # Only what once differed can be mended: a case that never did takes nothing off.
    mended = [case for part in BROKER_PARTS for case in mended_cases(part)]
    command = "tools/prove.py chaos --long; tools/prove.py group --brokers 3 --long; tools/prove.py proxy --long"
    for figure, name in (("network_faults", "faults"), ("broker_engine_kills", "kills"), ("broker_kills", "broker_kills"), ("broker_kills_differing", "differing"), ("zombies_fenced", "fenced")):
        record.figure(figure, sum(e.get(name, 0) for e in runs) - (len(mended) if name == "differing" else 0), command)


def mended_cases(part):
    failed = {(e["seed"], number) for e in record.entries(part) for number in e["failures"]}
    return failed & {(e["seed"], e["case"]) for e in record.entries(f"{part}-mended")}


def flip_figures():
    runs = record.entries("flips") + record.entries("bits")
    record.figure("flips", sum(e["flips"] for e in runs), "tools/prove.py flips --long; tools/prove.py bits --long")
    record.figure("flips_silent", sum(e["silent"] for e in runs), "tools/prove.py flips --long; tools/prove.py bits --long")


def run_clean(arguments):
    """The product's binary knows no failpoint: neither their names' variable nor a symbol of theirs."""
    found = [word for word in (b"BRUSHWATCH_FAILPOINTS", b"10brushwatch9failpoint") if word in binary_of(arguments).read_bytes()]
    if not any(word in binary_of(argparse.Namespace(binary=arguments.other), "brushwatch_prove").read_bytes() for word in (b"BRUSHWATCH_FAILPOINTS",)):
        found.append(b"(the binary with failpoints has none: the check sees nothing)")
    print(f"clean: {'; '.join(word.decode() for word in found) or 'no failpoint in the product'}")
    return 1 if found else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)

    def part(name, run, help_text, seconds):
        command = parts.add_parser(name, help=help_text)
        command.set_defaults(run=run)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--only", type=int, help="one case, by its number")
        command.add_argument("--seconds", type=float, default=seconds, help="stop after this long")
        command.add_argument("--count", type=int, default=0, help="stop after this many")
        command.add_argument("--long", action="store_true", help="go on from the ledger, append to it, record the figures")
        command.add_argument("--binary", help="the program under test")
        command.add_argument("--folder", help="keep everything here (default: a folder in memory)")
        return command

    part("kills", run_kills, "SIGKILL at random times", 45)
    part("cells", run_cells, "failpoint × action, then deaths inside recovery (a binary with failpoints)", 45)
    part("flips", run_flips, "flipped bits, zeroed sectors, cut and grown files", 45)
    part("bits", run_bits, "the same inside one process with toy stages: thousands a minute (build/release/tests/sim)", 45)
    part("sim", run_sim, "the simulator's seeds and its planted bugs (build/release/tests/sim)", 45)
    part("disk", run_disk, "full disks", 30)
    part("drain", run_drain, "SIGTERM and SIGKILL of a live run", 30)
    chaos_part = part("chaos", run_chaos, "an engine on a real broker, both killed at random times", 60)
    proxy = part("proxy", run_proxy, "an engine and its broker with a bad network between them", 60)
    group_part = part("group", run_group, "four instances over one ledger on real brokers", 60)
    group_part.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    for command in (chaos_part, proxy, group_part):
        command.add_argument("--librdkafka", type=pathlib.Path, help="run on the librdkafka of this folder (tools/kafka/librdkafka.sh) instead of the one that the program was built with")
    clean = part("clean", run_clean, "no failpoint in the product's binary", 0)
    clean.add_argument("--other", help="the binary with failpoints, which must have them")
    arguments = parser.parse_args()
    # Asked to end, it ends as from an error: brokers and programs that it started end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    record.use_librdkafka(getattr(arguments, "librdkafka", None))
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
