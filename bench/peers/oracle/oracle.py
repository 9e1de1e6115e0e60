#!/usr/bin/env python3
"""The alerts of W1 and W2, computed plainly from a file of orders: what every engine's output is compared with.

  oracle.py --in orders.ndjson --out alerts.txt --counts counts.json

Alerts are exactly the bytes that the engines write. Both works in one go: those of W1 are the alerts of kind "shop", and those of
the first N orders are the lines whose number is below N. Slow and simple on purpose, in another language and with another shape
than what it checks. The definition in words is in ../README.md; names here are those of the definition.
"""

import argparse
import collections
import functools
import json

MASK = (1 << 64) - 1
# Entry z: 64 ln(64 / z) rounded, the linear count when z of the 64 registers are still 0.
LINEAR = [0, 266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107, 102, 97, 93, 89, 85, 81, 78, 74, 71, 68, 65, 63, 60, 58, 55,
          53, 51, 48, 46, 44, 42, 40, 39, 37, 35, 33, 32, 30, 28, 27, 25, 24, 23, 21, 20, 18, 17, 16, 15, 13, 12, 11, 10, 9, 7, 6, 5,
          4, 3, 2, 1, 0]


@functools.lru_cache(maxsize=None)
def xxh3(text):
    """XXH3-64 of 9 to 16 bytes (the only lengths here), seed 0."""
    data = text.encode("ascii")
    assert 9 <= len(data) <= 16
    low = int.from_bytes(data[:8], "little") ^ SECRET_LOW
    high = int.from_bytes(data[-8:], "little") ^ SECRET_HIGH
    product = low * high
    acc = len(data) + int.from_bytes(low.to_bytes(8, "little"), "big") + high + ((product & MASK) ^ (product >> 64)) & MASK
    acc ^= acc >> 37
    acc = acc * 0x165667919E3779F9 & MASK
    return acc ^ (acc >> 32)


STEP = 10_000  # orders between two sums of pair updates
SECRET_LOW = 0x6782737BEA4239B9   # words 3 ^ 4 of XXH3's secret
SECRET_HIGH = 0xAF56BC3B0996523A  # words 5 ^ 6


class Shop:
    def __init__(self, minute):
        self.minute = minute
        self.panes = {}        # minute → [count, amount], the last ten only
        self.baseline = 0      # orders a minute × 65536
        self.block = minute // 10  # ten fixed minutes: of the registers
        self.block_count = 0
        self.registers = [0] * 64
        self.estimate = 0      # of the registers as they are
        self.devices = collections.deque(maxlen=100)
        self.alert_minute = 0

    def advance(self, minute):
        if minute - self.minute > 64:
            self.panes, self.baseline = {}, 0
        else:
            for m in range(self.minute, minute):
                count = self.panes.get(m, (0, 0))[0]
                self.baseline += ((count << 16) - self.baseline) >> 5
            self.panes = {m: p for m, p in self.panes.items() if m > minute - 10}
        self.minute = minute

    def distinct(self):
        total = sum((1 << 48) >> r for r in self.registers)
        raw = (2904 << 48) // total
        zeros = self.registers.count(0)
        return LINEAR[zeros] if raw <= 160 and zeros else raw


def w1(shops, order):
    """The alert, or None."""
    minute = order["event_time"] // 60_000
    shop = shops.get(order["shop_id"])
    if shop is None:
        shop = shops[order["shop_id"]] = Shop(minute)
    if minute > shop.minute:
        shop.advance(minute)
    elif minute <= shop.minute - 10:
        return None
    pane = shop.panes.setdefault(minute, [0, 0])
    pane[0] += 1
    pane[1] += order["paid_fen"]
    if shop.minute // 10 != shop.block:
        shop.block, shop.block_count, shop.registers = shop.minute // 10, 0, [0] * 64
    shop.block_count += 1
    buyer = xxh3(order["buyer_pid"])
    rank = 65 - (buyer << 6 & MASK | 32).bit_length()
    if rank > shop.registers[buyer >> 58]:
        shop.registers[buyer >> 58] = rank
        shop.estimate = shop.distinct()
    device = xxh3(order["device_pid"]) & 0xFFFFFFFF
    repeat = shop.devices.count(device)
    shop.devices.append(device)

    count = sum(p[0] for p in shop.panes.values())
    amount = sum(p[1] for p in shop.panes.values())
    distinct = shop.estimate
    burst = min(400, 100 * count // ((10 * shop.baseline >> 16) + 4))
    few = min(300, 10 * max(0, shop.block_count - distinct))
    cheap = 100 if amount // count < 1500 else 0
    score = burst + min(300, 10 * repeat) + few + cheap
    if score < 500 or count < 20 or shop.alert_minute == shop.minute:
        return None
    shop.alert_minute = shop.minute
    return (f'{{"k":"shop","shop":"{order["shop_id"]}","minute":{shop.minute},"order":"{order["order_id"]}","count":{count},'
            f'"amount":{amount},"distinct":{distinct},"repeat":{repeat},"score":{score}}}')


def w2(buyers, pairs, order):
    """The pairs that this order makes known: alerts, and how many pair counts it raised."""
    shop, hour = order["shop_id"], order["event_time"] // 3_600_000
    places = buyers.setdefault(order["buyer_pid"], [])
    if (shop, hour) in places:
        return [], 0
    raised, alerts = 0, []
    for other, when in places:
        if when == hour:
            a, b = min(shop, other), max(shop, other)
            n = pairs[a, b, hour] = pairs.get((a, b, hour), 0) + 1
            raised += 1
            if n == 5:
                alerts.append(f'{{"k":"pair","a":"{a}","b":"{b}","hour":{hour}}}')
    if len(places) < 16:
        places.append((shop, hour))
    else:
        places[min(range(16), key=lambda i: places[i][1])] = (shop, hour)
    return alerts, raised


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in", dest="source", required=True)
    parser.add_argument("--out", required=True, help="alerts, a line each behind the number of the order that raised it")
    parser.add_argument("--counts", required=True, help="the work done, as JSON: how the runner knows when an engine has finished")
    args = parser.parse_args()
    shops, buyers, pairs, events, raised, alerts, raised_by = {}, {}, {}, 0, 0, 0, [0]
    with open(args.source, encoding="ascii") as lines, open(args.out, "w", encoding="ascii") as out:
        for line in lines:
            order = json.loads(line)
            alert = w1(shops, order)
            more, n = w2(buyers, pairs, order)
            for a in ([alert] if alert else []) + more:
                out.write(f"{events} {a}\n")
                alerts += 1
            raised += n
            events += 1
            if events % STEP == 0:
                raised_by.append(raised)
    counts = {"events": events, "alerts": alerts, "shops": len(shops), "buyers": len(buyers), "pairs": len(pairs), "step": STEP,
              "pair_updates": raised_by}
    with open(args.counts, "w", encoding="ascii") as out:
        json.dump(counts, out)


if __name__ == "__main__":
    main()
