#!/usr/bin/env python3
"""Sends people who do not exist through gateway and system, and looks for them everywhere afterwards.

  tools/doors/canary.py --binary build/release/bin/brushwatch [--records 10000] [--record]

Each record carries a name, a phone, an address and a device that occur nowhere else. They pass `gateway run`, the pipeline (also some
raw ones, which the door must refuse) and the HTTP door. Then every byte that was written is searched: the gateway's output and log,
ledger, state and read model, outputs, program log, HTTP bodies, metrics; for each canary as it is, base64 (three alignments), hex,
percent-encoded, UTF-16, and unkeyed SHA-256, SHA-1 and MD5 in hex and raw base64. A planted copy of each form must be found first:
a search that finds nothing must be able to find. Exit 1 when one was found.

Dead letters keep the bytes of refused records (docs/formats/alert.md): who sends raw data gets it back there, in base64. They are read by
analysts and auditors only, and are the one place that the raw records of this test may stand in; the gateway's are searched there too.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from program import ROOT, Program  # noqa: E402


def canary(n, chance):
    return {
        "name": "".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(5)),
        "phone": "1" + str(chance.choice([3, 5, 7, 8])) + f"{chance.randrange(10**9):09d}",
        "address": "西安市" + "".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(3)) + f"路{n}号楼{chance.randrange(1, 40)}单元",
        "device": f"{chance.getrandbits(64):016x}",
    }


def forms(value):
    """The value in every form it is searched in; NUL bytes are left out, as in what is searched."""
    raw = value.encode()
    yield raw
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        # What the neighbours decide is cut off at both ends.
        text = text[(0, 2, 3)[shift]:]
        keep = len(text) - (0 if (len(raw) + shift) % 3 == 0 else 4)
        yield text[:keep]
        yield text[:keep].replace(b"+", b"-").replace(b"/", b"_")
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    if value != urllib.parse.quote(value):
        yield urllib.parse.quote(value).encode()
        yield urllib.parse.quote(value).lower().encode()
    for coding in ("utf-16-le", "utf-16-be"):
        yield value.encode(coding).replace(b"\0", b"")
    for algorithm in ("sha256", "sha1", "md5"):
        digest = hashlib.new(algorithm, raw).digest()
        yield digest.hex().encode()
        yield base64.b64encode(digest).rstrip(b"=")


def search(patterns, files, folder):
    """How many lines of the files hold one of the patterns; NUL bytes of the files are left out first."""
    (folder / "patterns").write_bytes(b"\n".join(sorted(p for p in patterns if len(p) >= 8 and b"\n" not in p)) + b"\n")
    found = []
    # One pass over everything: reading 10^5 patterns costs grep more than reading 100 MB of files.
    for path in [folder / "everything"]:
        path.write_bytes(b"\n".join(p.read_bytes().replace(b"\0", b"") for p in files))
        data = path.read_bytes()
        run = subprocess.run(["grep", "-a", "-F", "-o", "-f", str(folder / "patterns")], input=data, capture_output=True, check=False, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
        if run.returncode > 1:
            raise RuntimeError(run.stderr.decode(errors="replace"))
        found += [(path.name, hit) for hit in run.stdout.splitlines()]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
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
        with Program(args.binary, searched / "run", source_kind="http") as program:
            def post(body):
                request = urllib.request.Request(program.address + "/api/v1/events", data=body, headers={"Content-Type": "application/x-ndjson"})
                try:
                    return urllib.request.urlopen(request, timeout=60).read()
                except urllib.error.HTTPError as error:
                    return error.read()
            bodies = [post(b"\n".join(clean[n: n + 1000]) + b"\n") for n in range(0, len(clean), 1000)]
            for path in ("/api/v1/alerts", "/api/v1/subjects", "/api/v1/health", "/metrics", "/version"):
                bodies.append(urllib.request.urlopen(program.address + path, timeout=60).read())
            # Questions that carry a canary must not come back.
            for c in canaries[:50]:
                for value in c.values():
                    for path in (f"/api/v1/subjects/{urllib.parse.quote(value)}", f"/api/v1/alerts?subject={urllib.parse.quote(value)}", f"/api/v1/alerts?{urllib.parse.quote(value)}=1"):
                        try:
                            bodies.append(urllib.request.urlopen(program.address + path, timeout=60).read())
                        except urllib.error.HTTPError as error:
                            bodies.append(error.read())
            (searched / "http").write_bytes(b"\n".join(bodies))
        patterns = {form for c in canaries for value in c.values() for form in forms(value)}
        # The control: every form of one canary, planted among other bytes.
        control = folder / "control"
        planted = set(forms(canaries[0]["phone"])) | set(forms(canaries[0]["name"])) | set(forms(canaries[0]["address"])) | set(forms(canaries[0]["device"]))
        control.write_bytes(b"\xff\x01".join(p.replace(b"\n", b"") + b"\n" for p in sorted(planted)))
        seen = {hit for _, hit in search(patterns, [control], folder)}
        wanted = {p for p in planted if len(p) >= 8 and b"\n" not in p}
        blind = [p for p in wanted if not any(p in s or s in p for s in seen)]
        if blind:
            print(f"the search is blind to {len(blind)} forms, e.g. {blind[0]!r}")
            return 1
        files = [p for p in searched.rglob("*") if p.is_file()]
        found = search(patterns, files, folder)
        size = sum(p.stat().st_size for p in files)
    for name, hit in found[:10]:
        print(f"found in {name}: {hit!r}")
    number = 4 * args.records
    print(f"canaries {number} canaries_found {len(found)} files {len(files)} bytes {size} patterns {len(patterns)}")
    if args.record:
        for name, value, what in (("canaries", number, "names, phones, addresses and devices sent through gateway, pipeline and HTTP door"),
                                  ("canaries_found", len(found), "of them found in any file, log or body, in any of the forms")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "values", "--command", "tools/doors/canary.py", "--what", what]
            if name == "canaries_found":
                command += ["--floor", "0", "--goal", "0"]
            subprocess.run(command, check=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
