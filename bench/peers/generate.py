#!/usr/bin/env python3
"""Paid orders for the peer benchmark, as NDJSON: the same seed and number give the same bytes.

  generate.py --events 2000000 --seed 7 --out orders.ndjson

Four markets of 5,000 shops. A buyer buys in one market only, and market m is partition m of the input topic: so all orders of a
shop, and all orders of a buyer, have one order that every engine sees. Honest buyers go round eight shops of their own; crews
of eight brushers on three devices lift six shops each, one shop after the other, with cheap orders.
"""

import argparse
import sys

MASK = (1 << 64) - 1
MARKETS = 4              # partitions of the input topic
SHOPS = 20_000
BUYERS = 180_000         # at 400 orders/s eight orders an hour each: as many as an honest buyer has shops
BUYER_SHOPS = 8          # two hours of a buyer's shops fit into the 16 places of W2: no order of arrival can change a pair
RATE_PER_S = 400         # event time, not wall time
START_MS = 1_790_000_400_000  # 2026-09-21T14:20:00Z: an hour ends 40 minutes later, 960,000 events into the run
JITTER_MS = 5_000        # orders are up to this much older than the newest before them
CREWS = 160
CREW_BUYERS, CREW_SHOPS, CREW_DEVICES = 8, 6, 3
CREW_SHARE = 0.06        # of all orders: each crew 9 orders a minute
CAMPAIGN_ORDERS = 60     # before a crew moves on: six shops in 40 minutes
SKEW = 1.3               # shop rank = u^SKEW: popular shops sell more, without one that owns the market
CHANNELS = ("search", "live", "ad", "direct")


def mix(x):
    """splitmix64's finaliser: a hash of numbers that needs no state."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def shop_of(market, u64):
    """A shop of the market, popular ones more often."""
    per_market = SHOPS // MARKETS
    rank = int((u64 / 2**64) ** SKEW * per_market)
    return min(rank, per_market - 1) * MARKETS + market


def orders(events, seed):
    state = mix(seed)
    turns = [0] * BUYERS
    crew_orders = [0] * CREWS
    crew_cut = int(CREW_SHARE * 2**32)
    for i in range(events):
        state = mix(state)
        a = state
        state = mix(state)
        b = state
        time_ms = START_MS + i * 1000 // RATE_PER_S - (b >> 40) % JITTER_MS
        if a >> 32 < crew_cut:
            crew = (a & 0xFFFFFFFF) % CREWS
            n = crew_orders[crew]
            crew_orders[crew] = n + 1
            market = crew % MARKETS
            shop = shop_of(market, mix(seed ^ mix(crew << 8 | (n // CAMPAIGN_ORDERS) % CREW_SHOPS)))
            buyer = BUYERS + crew * CREW_BUYERS + b % CREW_BUYERS
            device = BUYERS + crew * CREW_DEVICES + (b >> 8) % CREW_DEVICES
            fen = 900 + (b >> 16) % 400
            channel = "search"
        else:
            buyer = (a & 0xFFFFFFFF) % BUYERS
            market = buyer % MARKETS
            turn = turns[buyer]
            turns[buyer] = turn + 1
            shop = shop_of(market, mix(seed ^ mix(buyer << 8 | 0x80 | turn % BUYER_SHOPS)))
            device = buyer
            fen = 1500 + (b >> 16) % 30_000
            channel = CHANNELS[b & 3]
        yield (f'{{"type":"order.paid","source":"p","event_time":{time_ms},"order_id":"p:O{i:012d}","shop_id":"p:S{shop:05d}",'
               f'"buyer_pid":"b{buyer:09d}","device_pid":"d{device:09d}","payer_pid":"y{buyer:09d}","ip24_pid":"i{device % 65521:09d}",'
               f'"consignee_pid":"c{buyer:09d}","region6":{610100 + market},"channel":"{channel}","total_fen":{fen},"paid_fen":{fen},'
               f'"items":[{{"sku":"k{shop * 10 + (b >> 4) % 10:08d}","category":{shop % 97},"qty":1,"list_fen":{fen + 100},"paid_fen":{fen}}}]}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", default="-", help="file; - is standard output")
    args = parser.parse_args()
    out = sys.stdout if args.out == "-" else open(args.out, "w", encoding="ascii", buffering=1 << 20)
    with out:
        out.writelines(orders(args.events, args.seed))


if __name__ == "__main__":
    main()
