package brushwatch.peers;

/**
 * W1: one shop's row, folded in place in its stored bytes.
 *
 * <p>Layout (616 bytes): amounts 10 × 8 | baseline 8 | counts 10 × 4 | minute 4 | block 4 | alert minute 4 | block count 4 | next
 * device 4 | devices held 4 | devices 100 × 4 | registers 64.
 */
public final class ShopRow {
  public static final int SIZE = 616;
  private static final int AMOUNTS = 0, BASELINE = 80, COUNTS = 88, MINUTE = 128, BLOCK = 132, ALERT_MINUTE = 136;
  private static final int BLOCK_COUNT = 140, NEXT = 144, HELD = 148, DEVICES = 152, REGISTERS = 552;

  /** Entry z: 64 ln(64 / z) rounded, the linear count when z of the 64 registers are still 0. */
  private static final int[] LINEAR = {
    0, 266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107, 102, 97, 93, 89, 85, 81, 78, 74, 71, 68, 65, 63, 60, 58, 55, 53,
    51, 48, 46, 44, 42, 40, 39, 37, 35, 33, 32, 30, 28, 27, 25, 24, 23, 21, 20, 18, 17, 16, 15, 13, 12, 11, 10, 9, 7, 6, 5, 4, 3, 2,
    1, 0
  };

  private ShopRow() {}

  /** Folds the order into the row; returns the alert's line, or null. */
  public static String fold(byte[] row, byte[] order) {
    int m = (int) (Order.timeMs(order) / 60_000);
    int minute = Bytes.getInt(row, MINUTE);
    if (minute == 0) {
      minute = m;
      Bytes.putInt(row, BLOCK, m / 10);
    }
    if (m > minute) {
      advance(row, minute, m);
      minute = m;
    } else if (m <= minute - 10) {
      return null;
    }
    Bytes.putInt(row, MINUTE, minute);
    int pane = m % 10;
    Bytes.putInt(row, COUNTS + 4 * pane, Bytes.getInt(row, COUNTS + 4 * pane) + 1);
    Bytes.putLong(row, AMOUNTS + 8 * pane, Bytes.getLong(row, AMOUNTS + 8 * pane) + Order.paidFen(order));
    if (minute / 10 != Bytes.getInt(row, BLOCK)) {
      Bytes.putInt(row, BLOCK, minute / 10);
      Bytes.putInt(row, BLOCK_COUNT, 0);
      java.util.Arrays.fill(row, REGISTERS, REGISTERS + 64, (byte) 0);
    }
    int blockCount = Bytes.getInt(row, BLOCK_COUNT) + 1;
    Bytes.putInt(row, BLOCK_COUNT, blockCount);
    long buyer = Order.buyer(order);
    int register = REGISTERS + (int) (buyer >>> 58);
    int rank = Long.numberOfLeadingZeros(buyer << 6 | 32) + 1;
    if (row[register] < rank) {
      row[register] = (byte) rank;
    }
    int repeat = remember(row, Order.device(order));

    long count = 0;
    long amount = 0;
    for (int i = 0; i < 10; i++) {
      count += Bytes.getInt(row, COUNTS + 4 * i);
      amount += Bytes.getLong(row, AMOUNTS + 8 * i);
    }
    long distinct = distinct(row);
    long burst = Math.min(400, 100 * count / ((10 * Bytes.getLong(row, BASELINE) >> 16) + 4));
    long few = Math.min(300, 10 * Math.max(0, blockCount - distinct));
    long score = burst + Math.min(300, 10L * repeat) + few + (amount / count < 1500 ? 100 : 0);
    if (score < 500 || count < 20 || Bytes.getInt(row, ALERT_MINUTE) == minute) {
      return null;
    }
    Bytes.putInt(row, ALERT_MINUTE, minute);
    return "{\"k\":\"shop\",\"shop\":\"" + Bytes.shopText(Order.shop(order)) + "\",\"minute\":" + minute + ",\"order\":\""
        + Order.id(order) + "\",\"count\":" + count + ",\"amount\":" + amount + ",\"distinct\":" + distinct + ",\"repeat\":"
        + repeat + ",\"score\":" + score + "}";
  }

  private static void advance(byte[] row, int minute, int to) {
    if (to - minute > 64) {
      java.util.Arrays.fill(row, AMOUNTS, MINUTE, (byte) 0);  // amounts, baseline and counts lie side by side
      return;
    }
    long baseline = Bytes.getLong(row, BASELINE);
    while (minute < to) {
      baseline += (((long) Bytes.getInt(row, COUNTS + 4 * (minute % 10)) << 16) - baseline) >> 5;
      ++minute;
      Bytes.putInt(row, COUNTS + 4 * (minute % 10), 0);
      Bytes.putLong(row, AMOUNTS + 8 * (minute % 10), 0);
    }
    Bytes.putLong(row, BASELINE, baseline);
  }

  /** How many of the last 100 devices are this one; it is the newest of them afterwards. */
  private static int remember(byte[] row, int device) {
    int held = Bytes.getInt(row, HELD);
    int repeat = 0;
    for (int i = 0; i < held; i++) {
      if (Bytes.getInt(row, DEVICES + 4 * i) == device) {
        ++repeat;
      }
    }
    int next = Bytes.getInt(row, NEXT);
    Bytes.putInt(row, DEVICES + 4 * next, device);
    Bytes.putInt(row, NEXT, next == 99 ? 0 : next + 1);
    if (held < 100) {
      Bytes.putInt(row, HELD, held + 1);
    }
    return repeat;
  }

  private static long distinct(byte[] row) {
    long sum = 0;
    int zeros = 0;
    for (int i = REGISTERS; i < REGISTERS + 64; i++) {
      sum += (1L << 48) >> row[i];
      if (row[i] == 0) {
        ++zeros;
      }
    }
    long raw = (2904L << 48) / sum;
    return raw <= 160 && zeros > 0 ? LINEAR[zeros] : raw;
  }
}
