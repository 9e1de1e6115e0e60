#include "engine/crypto/oprf.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"

namespace brushwatch {
namespace {

// RFC 9497 §3.1: "OPRFV1-" ‖ I2OSP(mode, 1) ‖ "-" ‖ identifier.
constexpr std::string_view kContext{"OPRFV1-\0-P256-SHA256", 20};
constexpr std::size_t kFieldBytes = 48;  // L of RFC 9380 §8.2

struct Num {
  BIGNUM* n = BN_new();
  Num() = default;
  explicit Num(std::string_view bytes) { BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), n); }
  ~Num() { BN_clear_free(n); }
  Num(const Num&) = delete;
  Num& operator=(const Num&) = delete;
  operator BIGNUM*() const { return n; }  // NOLINT: OpenSSL's own type
};

/// The curve and what the map to it needs (RFC 9380 §8.2: A = −3, Z = −10).
struct Curve {
  EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  BN_CTX* ctx = BN_CTX_new();
  Num p, a, b, z, order, root_exponent;
  Curve() {
    BW_CHECK(group != nullptr && ctx != nullptr && EC_GROUP_get_curve(group, p, a, b, ctx) == 1 && EC_GROUP_get_order(group, order, ctx) == 1, "P-256 is there");
    BN_copy(z, p);
    BN_sub_word(z, 10);
    BN_copy(root_exponent, p);  // p ≡ 3 (mod 4): a root of v is v^((p+1)/4)
    BN_add_word(root_exponent, 1);
    BN_rshift(root_exponent, root_exponent, 2);
  }
  ~Curve() {
    BN_CTX_free(ctx);
    EC_GROUP_free(group);
  }
  Curve(const Curve&) = delete;
  Curve& operator=(const Curve&) = delete;
};
Curve& curve() {
  thread_local Curve c;
  return c;
}

struct Point {
  EC_POINT* p = EC_POINT_new(curve().group);
  Point() = default;
  ~Point() { EC_POINT_clear_free(p); }
  Point(const Point&) = delete;
  Point& operator=(const Point&) = delete;
  [[nodiscard]] std::string bytes() const {
    std::string out(kOprfElementBytes, '\0');
    const std::size_t n = EC_POINT_point2oct(curve().group, p, POINT_CONVERSION_COMPRESSED, reinterpret_cast<unsigned char*>(out.data()), out.size(), curve().ctx);
    BW_CHECK(n == kOprfElementBytes, "a point that is not the identity has 33 bytes");
    return out;
  }
  /// False for what is no element, the identity included (RFC 9497 §4.3).
  bool read(std::string_view bytes) {
    return bytes.size() == kOprfElementBytes &&
           EC_POINT_oct2point(curve().group, p, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), curve().ctx) == 1 && EC_POINT_is_at_infinity(curve().group, p) == 0;
  }
};

std::string number_bytes(std::size_t value, std::size_t n) {
  std::string out(n, '\0');
  for (std::size_t i = 0; i < n; ++i) out[n - 1 - i] = static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}
std::string text_of(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

/// expand_message_xmd of RFC 9380 §5.3.1 with SHA-256.
std::string expanded(std::string_view message, std::string_view domain, std::size_t bytes) {
  const std::string tag = std::string(domain) + number_bytes(domain.size(), 1);
  const std::string b0 = text_of(sha256(std::string(64, '\0'), message, number_bytes(bytes, 2) + '\0' + tag));
  std::string block = text_of(sha256(b0, "\x01", tag)), out = block;
  for (std::size_t i = 2; out.size() < bytes; ++i) {
    for (std::size_t k = 0; k < block.size(); ++k) block[k] = static_cast<char>(block[k] ^ b0[k]);
    block = text_of(sha256(block, number_bytes(i, 1), tag));
    out += block;
  }
  return out.substr(0, bytes);
}

/// The simplified SWU map (RFC 9380 §6.6.2).
void map_to_curve(const BIGNUM* u, Point& out) {
  Curve& c = curve();
  Num zu2, t, x, y, g, check, one;
  BN_one(one);
  const auto right_side = [&](const BIGNUM* of) {  // x³ + ax + b
    BN_mod_sqr(g, of, c.p, c.ctx);
    BN_mod_add(g, g, c.a, c.p, c.ctx);
    BN_mod_mul(g, g, of, c.p, c.ctx);
    BN_mod_add(g, g, c.b, c.p, c.ctx);
    BN_mod_exp(y, g, c.root_exponent, c.p, c.ctx);
    BN_mod_sqr(check, y, c.p, c.ctx);
    return BN_cmp(check, g) == 0;
  };
  BN_mod_sqr(zu2, u, c.p, c.ctx);
  BN_mod_mul(zu2, zu2, c.z, c.p, c.ctx);
  BN_mod_sqr(t, zu2, c.p, c.ctx);
  BN_mod_add(t, t, zu2, c.p, c.ctx);
  if (BN_is_zero(t)) {
    BN_mod_mul(x, c.z, c.a, c.p, c.ctx);  // b / (z a)
    BN_mod_inverse(x, x, c.p, c.ctx);
    BN_mod_mul(x, x, c.b, c.p, c.ctx);
  } else {
    BN_mod_inverse(t, t, c.p, c.ctx);
    BN_mod_add(t, t, one, c.p, c.ctx);  // (−b / a)(1 + 1/t)
    BN_mod_inverse(x, c.a, c.p, c.ctx);
    BN_mod_mul(x, x, c.b, c.p, c.ctx);
    BN_sub(x, c.p, x);
    BN_mod_mul(x, x, t, c.p, c.ctx);
  }
  if (!right_side(x)) {
    BN_mod_mul(x, x, zu2, c.p, c.ctx);
    BW_CHECK(right_side(x), "one of the two candidates is on the curve");
  }
  if (BN_is_odd(u) != BN_is_odd(y)) BN_sub(y, c.p, y);
  BW_CHECK(EC_POINT_set_affine_coordinates(c.group, out.p, x, y, c.ctx) == 1, "the map ends on the curve");
}

/// Fails only for a message whose two points cancel.
bool hash_to_group(std::string_view message, Point& out) {
  Curve& c = curve();
  const std::string bytes = expanded(message, "HashToGroup-" + std::string(kContext), 2 * kFieldBytes);
  Point other;
  for (int i = 0; i < 2; ++i) {
    Num u(std::string_view(bytes).substr(static_cast<std::size_t>(i) * kFieldBytes, kFieldBytes));
    BN_mod(u, u, c.p, c.ctx);
    map_to_curve(u, i == 0 ? out : other);
  }
  EC_POINT_add(c.group, out.p, out.p, other.p, c.ctx);  // the cofactor is 1
  return EC_POINT_is_at_infinity(c.group, out.p) == 0;
}

bool read_scalar(std::string_view bytes, Num& out) {
  if (bytes.size() != kOprfScalarBytes) return false;
  BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), out);
  return !BN_is_zero(out.n) && BN_cmp(out, curve().order) < 0;
}
std::string scalar_bytes(const BIGNUM* n) {
  std::string out(kOprfScalarBytes, '\0');
  BN_bn2binpad(n, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  return out;
}
void multiply(Point& out, const Point& by, const BIGNUM* scalar) {
  BW_CHECK(EC_POINT_mul(curve().group, out.p, nullptr, by.p, scalar, curve().ctx) == 1, "a point times a scalar");
}

tl::unexpected<Error> no_element() { return fail(ErrorCode::kUnsupported, "not an element of the group"); }
tl::unexpected<Error> no_scalar() { return fail(ErrorCode::kUnsupported, "not a scalar of the group"); }

std::string output_of(std::string_view value, const Point& unblinded) {
  return text_of(sha256(number_bytes(value.size(), 2) + std::string(value), number_bytes(kOprfElementBytes, 2) + unblinded.bytes(), "Finalize"));
}

}  // namespace

Result<OprfBlinded> oprf_blind_with(std::string_view value, std::string_view blind) {
  Num r;
  Point element;
  if (!read_scalar(blind, r)) return no_scalar();
  if (value.size() > 0xFFFF || !hash_to_group(value, element)) return fail(ErrorCode::kBadType, "a value that cannot be blinded");
  multiply(element, element, r);
  return OprfBlinded{std::string(blind), element.bytes()};
}

Result<OprfBlinded> oprf_blind(std::string_view value) {
  Num r;
  do {
    BW_CHECK(BN_priv_rand_range(r, curve().order) == 1, "the system gives random numbers");
  } while (BN_is_zero(r.n));
  return oprf_blind_with(value, scalar_bytes(r));
}

Result<std::string> oprf_evaluate(std::string_view secret_key, std::string_view element) {
  Num k;
  Point point;
  if (!read_scalar(secret_key, k)) return no_scalar();
  if (!point.read(element)) return no_element();
  multiply(point, point, k);
  return point.bytes();
}

Result<std::string> oprf_finalize(std::string_view value, std::string_view blind, std::string_view evaluated) {
  Num r;
  Point point;
  if (!read_scalar(blind, r)) return no_scalar();
  if (!point.read(evaluated)) return no_element();
  BN_mod_inverse(r, r, curve().order, curve().ctx);
  multiply(point, point, r);
  return output_of(value, point);
}

Result<std::string> oprf_direct(std::string_view secret_key, std::string_view value) {
  Num k;
  Point point;
  if (!read_scalar(secret_key, k)) return no_scalar();
  if (value.size() > 0xFFFF || !hash_to_group(value, point)) return fail(ErrorCode::kBadType, "a value that cannot be blinded");
  multiply(point, point, k);
  return output_of(value, point);
}

Result<std::string> oprf_derive_key(std::string_view seed, std::string_view info) {
  if (seed.size() != 32 || info.size() > 0xFFFF) return fail(ErrorCode::kUnsupported, "a seed has 32 bytes");
  const std::string input = std::string(seed) + number_bytes(info.size(), 2) + std::string(info);
  for (std::size_t counter = 0; counter < 256; ++counter) {
    Num k(expanded(input + number_bytes(counter, 1), "DeriveKeyPair" + std::string(kContext), kFieldBytes));
    BN_mod(k, k, curve().order, curve().ctx);
    if (!BN_is_zero(k.n)) return scalar_bytes(k);
  }
  return fail(ErrorCode::kUnsupported, "no key from this seed");
}

}  // namespace brushwatch
