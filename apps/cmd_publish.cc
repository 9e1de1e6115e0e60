// `publish`: the public pages, feeds, records and proofs as files, for a web server that knows nothing of Brushwatch.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "apps/commands.h"
#include "apps/desk.h"
#include "apps/exit_codes.h"
#include "apps/key_file.h"
#include "apps/terminal.h"
#include "doors/public_feed.h"
#include "doors/stix.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

/// A site under construction: written beside the old one and put in its place as a whole, so that what is published no more
/// is not left lying there.
class Site {
 public:
  explicit Site(const std::string& folder) : folder_(folder), fresh_(folder + ".new") {}
  Result<void> begin() {
    std::error_code code;
    fs::remove_all(fresh_, code);
    fs::create_directories(fresh_, code);
    if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot make the folder", code.value()).in(fresh_));
    return {};
  }
  Result<void> file(const std::string& name, std::string_view bytes) {
    const fs::path path = fs::path(fresh_) / name;
    std::error_code code;
    fs::create_directories(path.parent_path(), code);
    std::ofstream out(path, std::ios::binary);
    out << bytes;
    out.close();
    if (!out) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the file").in(path.string()));
    ++files_;
    return {};
  }
  Result<void> finish() {
    std::error_code code;
    fs::remove_all(folder_, code);
    if (!code) fs::rename(fresh_, folder_, code);
    if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot put the site in place", code.value()).in(folder_));
    return {};
  }
  [[nodiscard]] std::size_t files() const { return files_; }

 private:
  std::string folder_, fresh_;
  std::size_t files_ = 0;
};

Result<int> publish_all(const PublishOptions& options) {
  BW_ASSIGN(const Desk desk, Desk::open(options.desk));
  doors::TreeBookOptions tree_options;
  if (!options.sign.empty()) {
    BW_ASSIGN(tree_options.key, read_signing_key(options.sign));
  }
  BW_ASSIGN(const auto trees, doors::TreeBook::open(std::move(tree_options)));
  BW_ASSIGN(const auto log, doors::PublicLog::open("", *trees));
  Result<void> read;
  BW_TRY(desk.each_line(Output::kList, [&](std::string_view line) {
    if (read) read = log->add(line);
  }));
  BW_TRY(read);
  BW_TRY(log->publish());
  const auto view = log->view();
  const doors::PublicSite site{options.publisher, options.url};
  // The folder is the site's root: its pages link to each other as /public/….
  Site out(options.out);
  BW_TRY(out.begin());
  for (const Lang lang : {Lang::kZh, Lang::kEn}) {
    const std::string in = fmt::format("public/{}/", doors::lang_word(lang));
    BW_TRY(out.file(in + "index.html", doors::index_page(site, *view, lang)));
    for (const auto& [list, name] : {std::pair("BLACK", "black"), std::pair("RED", "red")}) BW_TRY(out.file(in + "lists/" + name + ".html", doors::list_page(site, *view, lang, list, "", 1)));
    for (const doors::Posted& p : view->posted) BW_TRY(out.file(in + "entries/" + p.record.id + ".html", doors::entry_page(site, p, lang)));
    for (const doors::Ended& e : view->ended) BW_TRY(out.file(in + "entries/" + e.id + ".html", doors::ended_page(site, e, lang)));
  }
  BW_TRY(out.file("public/style.css", doors::public_style()));
  BW_TRY(out.file("public/feed.atom", doors::atom_feed(site, *view, Lang::kZh)));
  BW_TRY(out.file("public/feed.json", doors::json_feed(site, *view, Lang::kZh)));
  std::vector<doors::StixEntry> entries;
  for (const doors::Posted& p : view->posted) {
    entries.push_back(doors::stix_entry(p));
    BW_TRY(out.file("public/entries/" + p.record.id, p.bytes));
    if (const auto proof = trees->inclusion(p.tree, p.index)) BW_TRY(out.file("public/proofs/" + p.record.id, to_json(*proof)));
  }
  BW_TRY(out.file("public/stix.json", doors::stix_bundle(site.publisher, entries)));
  std::string heads;
  for (const TreeHead& head : trees->heads("public/")) heads += to_json(head) + "\n";
  BW_TRY(out.file("public/heads.ndjson", heads));
  if (trees->key() != nullptr) BW_TRY(out.file("public/key.pem", public_pem(trees->key()->public_key())));
  BW_TRY(out.finish());
  if (options.desk.json) std::printf("{\"posted\":%zu,\"ended\":%zu,\"files\":%zu}\n", view->posted.size(), view->ended.size(), out.files());
  else std::printf("%zu entries published, %zu ended; %zu files in %s\n", view->posted.size(), view->ended.size(), out.files(), options.out.c_str());
  return kExitOk;
}

}  // namespace

int publish(const PublishOptions& options) {
  const auto done = publish_all(options);
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
