package brushwatch.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/** The three processors: a row is read, folded in place and put back. */
final class Processors {
  private Processors() {}

  /** W1; for W2 it also passes each visit on to the buyer. */
  static final class Shop implements Processor<byte[], byte[], byte[], byte[]> {
    private final boolean pairs;
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> rows;

    Shop(boolean pairs) {
      this.pairs = pairs;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> c) {
      context = c;
      rows = c.getStateStore("shops");
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      byte[] order;
      try {
        order = Order.parse(record.value());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      byte[] row = rows.get(record.key());
      if (row == null) {
        row = new byte[ShopRow.SIZE];
      }
      String alert = ShopRow.fold(row, order);
      rows.put(record.key(), row);
      if (alert != null) {
        context.forward(record.withValue(alert.getBytes(StandardCharsets.ISO_8859_1)), "alerts");
      }
      if (pairs) {
        byte[] buyer = new byte[8];
        Bytes.putLong(buyer, 0, Order.buyer(order));
        byte[] visit = new byte[12];
        Bytes.putLong(visit, 0, Order.shop(order));
        Bytes.putInt(visit, 8, Order.hour(order));
        context.forward(record.withKey(buyer).withValue(visit), "to-buyers");
      }
      Progress.ORDERS.increment();
    }
  }

  /** W2: which shops a buyer visits within one hour. */
  static final class Buyer implements Processor<byte[], byte[], byte[], byte[]> {
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> rows;

    @Override
    public void init(ProcessorContext<byte[], byte[]> c) {
      context = c;
      rows = c.getStateStore("buyers");
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      byte[] row = rows.get(record.key());
      if (row == null) {
        row = new byte[BuyerRow.SIZE];
      }
      long shop = Bytes.getLong(record.value(), 0);
      boolean changed =
          BuyerRow.fold(
              row, shop, Bytes.getInt(record.value(), 8),
              (a, b, hour) -> {
                byte[] key = new byte[16];
                Bytes.putLong(key, 0, a);
                Bytes.putLong(key, 8, b);
                byte[] value = new byte[4];
                Bytes.putInt(value, 0, hour);
                context.forward(record.withKey(key).withValue(value));
              });
      if (changed) {
        rows.put(record.key(), row);
      }
      Progress.BUYERS.increment();
    }
  }

  /** W2: how many buyers two shops share in an hour. */
  static final class Pair implements Processor<byte[], byte[], byte[], byte[]> {
    private static final long HOUR_MS = 3_600_000;
    private ProcessorContext<byte[], byte[]> context;
    private WindowStore<byte[], byte[]> counts;

    @Override
    public void init(ProcessorContext<byte[], byte[]> c) {
      context = c;
      counts = c.getStateStore("counts");
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      int hour = Bytes.getInt(record.value(), 0);
      byte[] count = counts.fetch(record.key(), hour * HOUR_MS);
      if (count == null) {
        count = new byte[4];
      }
      int now = Bytes.getInt(count, 0) + 1;
      Bytes.putInt(count, 0, now);
      counts.put(record.key(), count, hour * HOUR_MS);
      if (now == Pairs.ALERT_AT) {
        String alert = Pairs.alert(Bytes.getLong(record.key(), 0), Bytes.getLong(record.key(), 8), hour);
        context.forward(record.withValue(alert.getBytes(StandardCharsets.ISO_8859_1)));
      }
      Progress.PAIRS.increment();
    }
  }
}
