package brushwatch.peers;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Numbers in byte arrays, big-endian: a row is its own stored form, so no engine spends anything on serialization. */
public final class Bytes {
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  public static long getLong(byte[] b, int at) {
    return (long) LONG.get(b, at);
  }

  public static void putLong(byte[] b, int at, long v) {
    LONG.set(b, at, v);
  }

  public static int getInt(byte[] b, int at) {
    return (int) INT.get(b, at);
  }

  public static void putInt(byte[] b, int at, int v) {
    INT.set(b, at, v);
  }

  /** The text of a shop's word: its id is exactly 8 bytes. */
  public static String shopText(long word) {
    byte[] text = new byte[8];
    putLong(text, 0, word);
    return new String(text, StandardCharsets.ISO_8859_1);
  }
}
