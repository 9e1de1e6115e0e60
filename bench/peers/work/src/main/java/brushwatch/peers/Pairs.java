package brushwatch.peers;

/** W2: what is said of a pair of shops. */
public final class Pairs {
  /** Buyers in common within an hour that make an alert. */
  public static final int ALERT_AT = 5;

  private Pairs() {}

  public static String alert(long a, long b, int hour) {
    return "{\"k\":\"pair\",\"a\":\"" + Bytes.shopText(a) + "\",\"b\":\"" + Bytes.shopText(b) + "\",\"hour\":" + hour + "}";
  }
}
