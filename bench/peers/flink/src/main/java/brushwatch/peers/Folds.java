package brushwatch.peers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** The three keyed operators: a row is read, folded in place and put back. */
final class Folds {
  static final TypeInformation<Tuple3<Long, Long, Integer>> PAIR = Types.TUPLE(Types.LONG, Types.LONG, Types.INT);

  private Folds() {}

  /** What the buyer's operator needs of an order: buyer (8), shop (8), hour (4). */
  static byte[] visit(byte[] order) {
    byte[] visit = new byte[20];
    Bytes.putLong(visit, 0, Order.buyer(order));
    Bytes.putLong(visit, 8, Order.shop(order));
    Bytes.putInt(visit, 16, Order.hour(order));
    return visit;
  }

  /** W1. */
  static final class Shop extends KeyedProcessFunction<Long, byte[], byte[]> {
    private transient ValueState<byte[]> state;

    @Override
    public void open(OpenContext context) {
      state = getRuntimeContext().getState(new ValueStateDescriptor<>("row", FlinkPeer.BYTES));
    }

    @Override
    public void processElement(byte[] order, Context context, Collector<byte[]> out) throws Exception {
      byte[] row = state.value();
      if (row == null) {
        row = new byte[ShopRow.SIZE];
      }
      String alert = ShopRow.fold(row, order);
      state.update(row);
      if (alert != null) {
        out.collect(alert.getBytes(StandardCharsets.ISO_8859_1));
      }
      Progress.ORDERS.increment();
    }
  }

  /** W2: which shops a buyer visits within one hour. */
  static final class Buyer extends KeyedProcessFunction<Long, byte[], Tuple3<Long, Long, Integer>> {
    private transient ValueState<byte[]> state;

    @Override
    public void open(OpenContext context) {
      state = getRuntimeContext().getState(new ValueStateDescriptor<>("row", FlinkPeer.BYTES));
    }

    @Override
    public void processElement(byte[] visit, Context context, Collector<Tuple3<Long, Long, Integer>> out) throws Exception {
      byte[] row = state.value();
      if (row == null) {
        row = new byte[BuyerRow.SIZE];
      }
      if (BuyerRow.fold(row, Bytes.getLong(visit, 8), Bytes.getInt(visit, 16), (a, b, hour) -> out.collect(Tuple3.of(a, b, hour)))) {
        state.update(row);
      }
      Progress.BUYERS.increment();
    }
  }

  /** W2: how many buyers two shops share in an hour. The hour is part of the key; an old one is never asked for again. */
  static final class Pair extends KeyedProcessFunction<Tuple3<Long, Long, Integer>, Tuple3<Long, Long, Integer>, byte[]> {
    private transient ValueState<Integer> state;

    @Override
    public void open(OpenContext context) {
      ValueStateDescriptor<Integer> descriptor = new ValueStateDescriptor<>("count", Types.INT);
      // Two hours of processing time: never shorter than the hour after the pair's own. Dropped while compacting, no timers.
      descriptor.enableTimeToLive(
          StateTtlConfig.newBuilder(Duration.ofHours(2)).cleanupInRocksdbCompactFilter(100_000).build());
      state = getRuntimeContext().getState(descriptor);
    }

    @Override
    public void processElement(Tuple3<Long, Long, Integer> pair, Context context, Collector<byte[]> out) throws Exception {
      Integer before = state.value();
      int now = before == null ? 1 : before + 1;
      state.update(now);
      if (now == Pairs.ALERT_AT) {
        out.collect(Pairs.alert(pair.f0, pair.f1, pair.f2).getBytes(StandardCharsets.ISO_8859_1));
      }
      Progress.PAIRS.increment();
    }
  }
}
