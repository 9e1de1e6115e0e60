#include "tests/support/malformed.h"

#include <random>

namespace brushwatch::test {
namespace {

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string make(std::size_t turn) {
    switch (turn % 13) {
      case 0: return truncated();
      case 1: return order() + pick({"x", "}", "{}", ",", " null", "\"", "]", "1"});
      case 2: return deep();
      case 3: return with(pick({"total_fen", "chat_n", "region6", "event_time", "paid_fen"}), huge_number());
      case 4: return bad_utf8();
      case 5: return wrong_type();
      case 6: return duplicate();
      case 7: return bad_envelope();
      case 8: return with(pick({"total_yuan", "coupon_yuan", "amount_yuan"}),
                          pick({"\"200.075\"", "\"-1\"", "\"1,000\"", "\"\"", "\".5\"", "\"1e3\"", "1e3", "-0", "0.001",
                                "\"99999999999999999999\"", "\"￥20\"", "true", "\"2.\" ", "\"0x10\"", "\"NaN\""}));
      case 9: return with("event_time", pick({"\"2026-13-01T00:00:00Z\"", "\"yesterday\"", "\"2026-02-30T00:00:00+08:00\"",
                                              "\"2026-11-11T00:00:00\"", "-5", "0", "1.5", "\"\"", "1e12", "true", "[]"}));
      case 10: return personal();
      case 11: return noise();
      default: return turn % 1300 == 12 ? megabyte() : with("stars_x", "1", "order.unheard_of");
    }
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  std::string pick(std::initializer_list<const char*> list) { return list.begin()[below(list.size())]; }

  /// An order that is right but for `member`, which takes the place of its right one when it has one.
  std::string with(const std::string& member, const std::string& value, const std::string& type = "order.paid") {
    const std::string id = std::to_string(below(1'000'000));
    std::string out = R"({"type":")" + type + R"(","source":"taobao","order_id":"o)" + id + R"(","shop_id":"s)" + id + '"';
    if (member != "event_time") out += R"(,"event_time":"2026-11-11T00:00:00+08:00")";
    out += ",\"" + member + "\":" + value;
    if (below(2) != 0) out += R"(,"buyer_pid":"b)" + id + R"(","channel":"search")";
    return out + "}";
  }
  std::string order() { return with("total_yuan", "\"200.07\""); }
  std::string truncated() {
    const std::string whole = order();
    return whole.substr(0, 1 + below(whole.size() - 1));
  }
  std::string deep() {
    const std::size_t depth = 33 + below(3000);
    const bool closed = below(2) != 0;
    if (below(2) != 0) return with("extra", std::string(depth, '[') + (closed ? std::string(depth, ']') : ""));
    std::string value;
    for (std::size_t i = 0; i < depth; ++i) value += "{\"a\":";
    value += "1";
    if (closed) value += std::string(depth, '}');
    return with("extra", value);
  }
  std::string huge_number() {
    return pick({"1e400", "-1e400", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e99999999999",
                 "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890", "-0", "01",
                 "1.", ".5", "+1", "0x10", "NaN", "Infinity", "-Infinity", "--1", "1e", "4294967296.5", "-1"});
  }
  std::string bad_utf8() {
    static const char* const kBytes[] = {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4\xb8", "\x80", "\xf8\x88\x80\x80\x80"};
    const std::string bytes = kBytes[below(std::size(kBytes))];
    switch (below(3)) {
      case 0: return with("buyer_name_x", "\"" + bytes + "\"");
      case 1: return with("x" + bytes, "1");
      default: return with("keyword", pick({R"("\ud800")", R"("\udc00 ")", R"("\ud800\u0041")", R"("\u12g4")", R"("\x")"}));
    }
  }
  std::string wrong_type() {
    static const char* const kStrings[] = {"order_id", "buyer_pid", "channel", "source", "type", "keyword", "status", "shop_id"};
    // Members that with() writes itself would be duplicates, which is malformed as well.
    if (below(2) != 0) return with(kStrings[below(std::size(kStrings))], pick({"[]", "{}", "true", "[1,2]", "{\"a\":1}", "false"}));
    return with(pick({"chat_n", "items", "total_fen"}), pick({"\"x\"", "{}", "true", "[1]", "[\"a\"]", "[[]]"}));
  }
  std::string duplicate() {
    switch (below(4)) {
      case 0: return with("order_id", "\"again\"");
      case 1: return with("extra", R"({"a":1,"b":{"c":1,"\u0063":2}})");
      case 2: return with("sh\\u006fp_id", "\"again\"");
      default: return with("items", R"([{"sku":"a","qty":1,"sku":"b"}])");
    }
  }
  std::string bad_envelope() {
    const std::string data = order();
    switch (below(6)) {
      case 0: return R"({"specversion":"0.3","id":"1","source":"taobao","type":"order.paid","data":)" + data + "}";
      case 1: return R"({"specversion":"1.0","source":"taobao","type":"order.paid","data":)" + data + "}";
      case 2: return R"({"specversion":"1.0","id":"1","source":"taobao","type":"order.paid","data":"text"})";
      case 3: return R"({"specversion":"1.0","id":"1","source":"taobao","type":"order.paid"})";
      case 4: return R"({"specversion":"1.0","id":"1","source":"taobao","type":"order.closed","data":)" + data + "}";
      default: return R"({"specversion":1,"id":"1","source":"taobao","type":"order.paid","data":)" + data + "}";
    }
  }
  std::string personal() {
    if (below(2) != 0) {
      return with(pick({"name", "phone", "receiver_name", "receiverMobile", "address", "id_card", "mobile", "收货地址", "email"}), "\"x\"");
    }
    return with(pick({"payer_pid", "phone_pid", "consignee_pid", "room_token", "device_pid"}),
                pick({"\"13800138000\"", "\"+86 138-0013-8000\"", "\"610113199003070011\"", "\"61011319900307001X\"",
                      "\"陕西省西安市雁塔区\"", "\"张三\""}));
  }
  std::string noise() {
    switch (below(8)) {
      case 0: return "";
      case 1: return " \t ";
      case 2: return "[" + order() + "]";
      case 3: return "\xEF\xBB\xBF" + order();
      case 4: return pick({"null", "true", "12", "\"text\"", "{}", "{\"type\":\"tick\"}", "nul", "hello"});
      case 5: return std::string(1 + below(100), '\0');
      case 6: {
        std::string bytes(1 + below(400), ' ');
        for (char& c : bytes) c = static_cast<char>(random_());
        bytes[0] = '{';
        return bytes;
      }
      default: {
        std::string text = order();
        text.insert(1 + below(8), 1, '\0');
        return text;
      }
    }
  }
  std::string megabyte() {
    constexpr std::size_t kMegabyte = 1u << 20;
    switch (below(4)) {
      case 0: return with("order_id_x", "\"" + std::string(kMegabyte, 'a'));
      case 1: return with("extra", std::string(kMegabyte, '['));
      case 2: return std::string(kMegabyte, '{');
      default: {
        std::string items = "[";
        while (items.size() < kMegabyte) items += "{\"sku\":\"a\",\"qty\":1},";
        return with("items", items + "{}]");
      }
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

std::vector<std::string> malformed_records(std::size_t count, std::uint64_t seed) {
  Maker maker(seed);
  std::vector<std::string> records;
  records.reserve(count);
  for (std::size_t i = 0; i < count; ++i) records.push_back(maker.make(i));
  return records;
}

}  // namespace brushwatch::test
