package brushwatch.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What the work reads of an order, in 52 packed bytes: shop (8, its text), buyer (8, XXH3 of its text), device (4, low half of its
 * XXH3), time in ms (8), paid fen (8), order id (1 length + 15 bytes).
 */
public final class Order {
  public static final int SIZE = 52;
  private static final int SHOP = 0, BUYER = 8, DEVICE = 16, TIME = 20, PAID = 28, ID = 36, ID_MAX = 15;

  // Streaming and no tree: the fastest way that Jackson has. Names are interned by default for databind; here equals() suffices.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(StreamReadConstraints.defaults())
          .build();
  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  private Order() {}

  public static byte[] parse(byte[] json) throws IOException {
    byte[] out = new byte[SIZE];
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (name) {
          case "event_time" -> Bytes.putLong(out, TIME, parser.getLongValue());
          case "order_id" -> putId(out, parser);
          case "shop_id" -> Bytes.putLong(out, SHOP, shopWord(parser));
          case "buyer_pid" -> Bytes.putLong(out, BUYER, hash(parser));
          case "device_pid" -> Bytes.putInt(out, DEVICE, (int) hash(parser));
          case "paid_fen" -> Bytes.putLong(out, PAID, parser.getLongValue());
          default -> {
            if (value.isStructStart()) {
              parser.skipChildren();
            }
          }
        }
      }
    }
    return out;
  }

  private static long hash(JsonParser parser) throws IOException {
    char[] text = parser.getTextCharacters();
    int from = parser.getTextOffset();
    byte[] bytes = new byte[parser.getTextLength()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) text[from + i];
    }
    return XXH3.hashBytesToLong(bytes);
  }

  private static long shopWord(JsonParser parser) throws IOException {
    char[] text = parser.getTextCharacters();
    int from = parser.getTextOffset();
    if (parser.getTextLength() != 8) {
      throw new IOException("a shop's id has 8 bytes");
    }
    long word = 0;
    for (int i = 0; i < 8; i++) {
      word = word << 8 | text[from + i];
    }
    return word;
  }

  private static void putId(byte[] out, JsonParser parser) throws IOException {
    char[] text = parser.getTextCharacters();
    int from = parser.getTextOffset();
    int length = parser.getTextLength();
    if (length > ID_MAX) {
      throw new IOException("an order's id has at most 15 bytes");
    }
    out[ID] = (byte) length;
    for (int i = 0; i < length; i++) {
      out[ID + 1 + i] = (byte) text[from + i];
    }
  }

  public static long shop(byte[] order) {
    return Bytes.getLong(order, SHOP);
  }

  public static long buyer(byte[] order) {
    return Bytes.getLong(order, BUYER);
  }

  public static int device(byte[] order) {
    return Bytes.getInt(order, DEVICE);
  }

  public static long timeMs(byte[] order) {
    return Bytes.getLong(order, TIME);
  }

  public static long paidFen(byte[] order) {
    return Bytes.getLong(order, PAID);
  }

  public static int hour(byte[] order) {
    return (int) (timeMs(order) / 3_600_000);
  }

  public static String id(byte[] order) {
    return new String(order, ID + 1, order[ID], StandardCharsets.ISO_8859_1);
  }
}
