package brushwatch.peers;

/** W2: the last 16 (shop, hour) of a buyer, folded in place. Layout (196 bytes): used 4 | 16 × (shop 8 | hour 4). */
public final class BuyerRow {
  public static final int SIZE = 196;
  private static final int PLACES = 4, PLACE = 12, MOST = 16;

  /** Gets a pair of shops that one buyer visited in one hour, the smaller first. */
  public interface PairSink {
    void pair(long a, long b, int hour);
  }

  private BuyerRow() {}

  /** Tells the pairs that become known; returns whether the row changed. */
  public static boolean fold(byte[] row, long shop, int hour, PairSink sink) {
    int used = Bytes.getInt(row, 0);
    for (int i = 0; i < used; i++) {
      if (shopAt(row, i) == shop && hourAt(row, i) == hour) {
        return false;
      }
    }
    int oldest = 0;
    for (int i = 0; i < used; i++) {
      if (hourAt(row, i) == hour) {
        long other = shopAt(row, i);
        sink.pair(Math.min(shop, other), Math.max(shop, other), hour);  // ASCII: signed order is the order of the texts
      }
      if (hourAt(row, i) < hourAt(row, oldest)) {
        oldest = i;
      }
    }
    int place = used < MOST ? used : oldest;
    if (used < MOST) {
      Bytes.putInt(row, 0, used + 1);
    }
    Bytes.putLong(row, PLACES + PLACE * place, shop);
    Bytes.putInt(row, PLACES + PLACE * place + 8, hour);
    return true;
  }

  private static long shopAt(byte[] row, int i) {
    return Bytes.getLong(row, PLACES + PLACE * i);
  }

  private static int hourAt(byte[] row, int i) {
    return Bytes.getInt(row, PLACES + PLACE * i + 8);
  }
}
