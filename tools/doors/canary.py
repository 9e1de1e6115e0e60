#!/usr/bin/env python3
"""Sends people who do not exist through gateway and system, and looks for them everywhere afterwards.

  tools/doors/canary.py --binary build/release/bin/brushwatch [--find build/release/bin/find_forms] [--records 10000] [--record]

Each record carries a name, a phone, an address and a device that occur nowhere else. They pass `gateway run`, the HTTP door and the
pipeline. Then every byte that was written is searched: the gateway's output and log, ledger, state and read model (RocksDB's tables
unpacked by sst_dump), outputs, program log, HTTP bodies, metrics, and the running program's memory, which is what a core holds; for each
canary as it is, base64 (three alignments), hex, percent-encoded, UTF-16, and unkeyed SHA-256, SHA-1 and MD5 in hex and base64.
A planted copy of each form must be found first: a search that finds nothing must be able to find. Exit 1 when one was found.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from program import ROOT, Program  # noqa: E402

RECORDS_A_PASS = 50_000  # some 3 million patterns: 400 MB in the search


def canary(n, chance):
    han = lambda k: "".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(k))  # noqa: E731
    return {
        "name": han(5),
        "phone": "1" + str(chance.choice([3, 5, 8])) + f"{chance.randrange(10**9):09d}",
        "address": han(5) + f"路{n}号楼{chance.randrange(1, 40)}单元",
        "device": f"{chance.getrandbits(64):016x}",
    }


def forms(value):
    """The value in every form it is searched in, each with its mark for find_forms; NUL bytes are left out, as in what is searched."""
    raw = value.encode()
    # A phone's digits, and a device's, stand inside long hashes by chance; a leak stands by itself.
    yield (b"#" if value.isascii() else b"=") + raw
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        # What the neighbours decide is cut off at both ends.
        text = text[(0, 2, 3)[shift]:]
        text = text[:len(text) - (0 if (len(raw) + shift) % 3 == 0 else 4)]
        yield b"=" + text
        yield b"=" + text.replace(b"+", b"-").replace(b"/", b"_")
    yield b"=" + raw.hex().encode()
    yield b"=" + raw.hex().upper().encode()
    if value != urllib.parse.quote(value):
        yield b"=" + urllib.parse.quote(value).encode()
        yield b"=" + urllib.parse.quote(value).lower().encode()
    if not value.isascii():  # without its NULs an ASCII text in UTF-16 is the text itself
        for coding in ("utf-16-le", "utf-16-be"):
            yield b"=" + value.encode(coding).replace(b"\0", b"")
    for algorithm in ("sha256", "sha1", "md5"):
        digest = hashlib.new(algorithm, raw).digest()
        yield b"=" + digest.hex().encode()
        yield b"=" + base64.b64encode(digest).rstrip(b"=")


def patterns_of(canaries):
    # A line break would split a pattern; so few hold one that leaving them out blinds no form.
    return {form for c in canaries for value in c.values() for form in forms(value) if b"\n" not in form and len(form) > 8}


def search(find, patterns, files, folder):
    (folder / "patterns").write_bytes(b"\n".join(sorted(patterns)) + b"\n")
    run = subprocess.run([find, str(folder / "patterns"), *map(str, files)], capture_output=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.decode(errors="replace"))
    return [tuple(line.split(b"\t", 1)) for line in run.stdout.splitlines()]


def unpack_tables(folder, into):
    """RocksDB's tables are compressed: their rows are written out as they were put in."""
    for n, table in enumerate(sorted(folder.rglob("*.sst"))):
        dump = subprocess.run(["sst_dump", f"--file={table}", "--command=scan", "--output_hex"], capture_output=True, check=True).stdout
        rows = re.findall(rb"'([0-9A-F]*)' seq:\d+, type:\d+ => ([0-9A-F]*)", dump)
        (into / f"table-{n}").write_bytes(b"\n".join(bytes.fromhex(k.decode()) + b"\n" + bytes.fromhex(v.decode()) for k, v in rows))
    return list(into.iterdir())


def core_of(pid, path):
    """What a core of the process would hold: its writable memory, without the pages that are all zero."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(path, "wb") as out:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            for at in range(begin, end, 1 << 20):
                try:
                    memory.seek(at)
                    data = memory.read(min(1 << 20, end - at))
                except OSError:
                    continue
                out.write(data.replace(b"\0", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--find", default=str(ROOT / "build/release/bin/find_forms"))
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    canaries = [canary(n, chance) for n in range(args.records)]
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home)
        subprocess.run([args.binary, "gateway", "epoch", str(folder / "keys"), "--at", "2026-11-01T00:00:00+08:00"], check=True, stdout=subprocess.DEVNULL)
        with open(folder / "raw.ndjson", "w", encoding="utf-8") as raw:
            for n, c in enumerate(canaries):
                record = {"type": "order.paid", "source": "taobao", "event_time": 1794500000000 + 20 * n, "shop_id": f"S-{n % 50}", "order_id": f"O-{n}", "paid_fen": 100,
                          "receiver_name": c["name"], "receiver_phone": c["phone"], "receiver_address": c["address"], "device_id": c["device"]}
                raw.write(json.dumps(record, ensure_ascii=False) + "\n")
        searched = folder / "searched"
        searched.mkdir()
        with open(searched / "gateway.log", "wb") as log:
            run = subprocess.run([args.binary, "gateway", "run", "--keys", str(folder / "keys"), "--member", "taobao", "--in", str(folder / "raw.ndjson"), "--out", str(searched / "clean.ndjson")], stderr=log, check=False)
        if run.returncode != 0:
            print((searched / "gateway.log").read_text())
            return 1
        clean = (searched / "clean.ndjson").read_bytes().splitlines()
        assert len(clean) == args.records
        with Program(args.binary, searched / "run", source_kind="http", http='[public]\nenabled = true') as program:
            def ask(path, body=None):
                request = urllib.request.Request(program.address + path, data=body, headers={} if body is None else {"Content-Type": "application/x-ndjson"})
                try:
                    return urllib.request.urlopen(request, timeout=120).read()
                except urllib.error.HTTPError as error:
                    return error.read()
            bodies = [ask("/api/v1/events", b"\n".join(clean[n: n + 1000]) + b"\n") for n in range(0, len(clean), 1000)]
            bodies += [ask(path) for path in ("/api/v1/alerts", "/api/v1/subjects", "/api/v1/health", "/api/v1/heads", "/api/v1/stix", "/metrics", "/version", "/public/zh/", "/public/feed.json")]
            core_of(program.process.pid, searched / "core")
            # Questions that carry a canary must not come back.
            for c in canaries[:50]:
                for value in c.values():
                    quoted = urllib.parse.quote(value)
                    bodies += [ask(path) for path in (f"/api/v1/subjects/{quoted}", f"/api/v1/alerts?subject={quoted}", f"/api/v1/alerts?{quoted}=1", f"/public/zh/entries/{quoted}")]
            (searched / "http").write_bytes(b"\n".join(bodies))
        unpacked = folder / "unpacked"
        unpacked.mkdir()
        files = [p for p in searched.rglob("*") if p.is_file()] + unpack_tables(searched, unpacked)
        size = sum(p.stat().st_size for p in files)
        # The control: every form of one record's canaries, planted among other bytes.
        planted = patterns_of(canaries[:1])
        (folder / "control").write_bytes(b"\xff\x01".join(p[1:] for p in sorted(planted)))
        found, number, controlled = [], 0, False
        for begin in range(0, len(canaries), RECORDS_A_PASS):
            patterns = patterns_of(canaries[begin: begin + RECORDS_A_PASS])
            number += len(patterns)
            if not controlled:
                blind = {p[1:] for p in planted} - {hit for _, hit in search(args.find, patterns, [folder / "control"], folder)}
                if blind:
                    print(f"the search is blind to {len(blind)} forms, e.g. {sorted(blind)[0]!r}")
                    return 1
                controlled = True
            found += search(args.find, patterns, files, folder)
    for name, hit in found[:10]:
        print(f"found in {name.decode()}: {hit!r}")
    count = 4 * args.records
    print(f"canaries {count} canaries_found {len(found)} files {len(files)} bytes {size} patterns {number}")
    if args.record:
        for name, value, what in (("canaries", count, "names, phones, addresses and devices sent through gateway, pipeline and HTTP door"),
                                  ("canaries_found", len(found), "of them found in any file, table, log, HTTP body or in memory, in any of the forms")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "values", "--command", "tools/doors/canary.py", "--what", what]
            if name == "canaries_found":
                command += ["--floor", "0", "--goal", "0"]
            subprocess.run(command, check=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
