// `keys`: the key pair that signs output lines.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/key_file.h"
#include "apps/terminal.h"
#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"

namespace brushwatch::app {
namespace {

/// Never over an existing file: a lost signing key cannot be made again.
Result<void> write_new(const std::string& path, std::string_view text, int mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return tl::unexpected<Error>(Error(errno == EEXIST ? ErrorCode::kUsage : ErrorCode::kIo, errno == EEXIST ? "the file exists; keys are never overwritten" : "cannot make the file", errno).in(path));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const bool closed = ::close(fd) == 0;
  if (!written || !closed) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the file", errno).in(path));
  return {};
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "cannot read the file").in(path));
  return text.str();
}

Result<int> made(const KeysOptions& options) {
  const SigningKey key = SigningKey::generate();
  std::string secret = to_pem(key);
  const auto kept = write_new(options.file, secret, 0600);
  wipe(secret);
  BW_TRY(kept);
  BW_TRY(write_new(options.file + ".pub", public_pem(key.public_key()), 0644));
  std::printf("key  %s\nsign with %s (keep it secret), give away %s.pub\n", key_id(key.public_key()).c_str(), options.file.c_str(), options.file.c_str());
  return kExitOk;
}

Result<int> shown(const KeysOptions& options) {
  BW_ASSIGN(const auto keys, read_public_keys(options.file));
  for (const std::string& key : keys) std::printf("%s  %s\n", key_id(key).c_str(), to_hex({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}).c_str());
  return kExitOk;
}

}  // namespace

Result<std::shared_ptr<const SigningKey>> read_signing_key(const std::string& path) {
  BW_ASSIGN(std::string pem, read_text(path));
  auto key = signing_key_from_pem(pem);
  wipe(pem);
  if (!key) return tl::unexpected<Error>(std::move(key.error()).in(path));
  return std::make_shared<const SigningKey>(std::move(*key));
}

Result<std::vector<std::string>> read_public_keys(const std::string& path) {
  BW_ASSIGN(const std::string pem, read_text(path));
  auto keys = public_keys_from_pem(pem);
  if (!keys) return tl::unexpected<Error>(std::move(keys.error()).in(path));
  return keys;
}

int keys_new(const KeysOptions& options) {
  const auto done = made(options);
  return done ? *done : report(done.error());
}
int keys_show(const KeysOptions& options) {
  const auto done = shown(options);
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
