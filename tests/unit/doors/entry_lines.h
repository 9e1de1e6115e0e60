#pragma once
/// Lines of list entries as full as the contract allows: every member that api/schema/list.schema.json knows is there, and all of them
/// that nobody set are canaries. A member that is added to the contract is a canary from then on.

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/doors/lines.h"

namespace brushwatch::test {

class EntryLine {
 public:
  EntryLine(std::string id = "L-00000000000000a1", const std::string& list = "BLACK", int level = 2) {
    std::ifstream in("api/schema/list.schema.json");
    std::stringstream text;
    text << in.rdbuf();
    schema_.Parse(text.str().c_str());
    EXPECT_FALSE(schema_.HasParseError());
    line_ = made(schema_, "");
    for (const char* name : {"seq", "task", "of", "round", "prev", "hash"}) line_.RemoveMember(name);
    set("/type", "entry").set("/id", std::move(id)).set("/at", "2026-12-16T09:00:00.000+08:00");
    set("/subject/kind", "shop").set("/subject/id", "taobao:S-1");
    set("/entry/list", list).set("/entry/level", level).set("/entry/in_force", true).set("/entry/corrections", 0);
    set("/entry/name", "好店 & <小店>").set("/entry/uscc", "91610131MA6U00000X").set("/entry/region6", 610131).set("/entry/behaviour", "FAKE_TRADE");
    set("/entry/facts", "事实").set("/entry/posting", "公示文本").set("/entry/document/no", "陕市监列〔2026〕3号").set("/entry/document/issuer", "陕西省市场监督管理局").set("/entry/document/date", "2026-12-15");
    set("/entry/listed_at", "2026-12-16T08:07:06.000+08:00").set("/entry/min_until", "2027-03-15").set("/entry/max_until", "2027-12-15");
    set("/entry/measures/0/code", "limit_trading").set("/entry/measures/0/from", "2026-12-20T08:07:06.000+08:00").set("/entry/measures/0/to", "2027-01-20T08:07:06.000+08:00");
    line_["entry"].RemoveMember("ended_at");
    line_["entry"].RemoveMember("end_reason");
  }

  template <class T>
  EntryLine& set(const std::string& pointer, const T& value) {
    rapidjson::Value* at = &line_;
    for (std::size_t begin = 1; begin <= pointer.size();) {
      const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
      const std::string name = pointer.substr(begin, end - begin);
      if (at->IsArray()) {
        at = &(*at)[static_cast<rapidjson::SizeType>(std::stoul(name))];
      } else {
        if (!at->HasMember(name.c_str())) at->AddMember(rapidjson::Value(name.c_str(), pool_), rapidjson::Value(), pool_);
        at = &(*at)[name.c_str()];
      }
      begin = end + 1;
    }
    if constexpr (std::is_same_v<T, bool>) at->SetBool(value);
    else if constexpr (std::is_integral_v<T>) at->SetInt64(value);
    else at->SetString(std::string(value).c_str(), pool_);
    return *this;
  }
  EntryLine& drop(const char* entry_member) {
    line_["entry"].RemoveMember(entry_member);
    return *this;
  }
  /// As a step that ends it: repaired, at level 0.
  EntryLine& end(const std::string& at) {
    drop("in_force");
    return set("/at", at).set("/entry/level", 0).set("/entry/state", "REPAIRED").set("/entry/ended_at", at);
  }
  /// The inside of the JSON object, for Lines::next. Members in the contract's order but for `type`, which begins every line.
  [[nodiscard]] std::string fields() const {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    line_.Accept(writer);
    std::string text(buffer.GetString() + 1, buffer.GetSize() - 2);
    const std::string type = "\"type\":\"entry\",";
    const std::size_t at = text.find(type);
    EXPECT_NE(at, std::string::npos);
    text.erase(at, type.size());
    return type + text;
  }
  /// Words that stand in the line and may stand nowhere else.
  [[nodiscard]] static std::vector<std::string> canaries() { return {"canary", "770077", "S-1", "taobao", "08:07:06"}; }

 private:
  rapidjson::Value made(const rapidjson::Value& schema, const std::string& path) {
    rapidjson::Value out;
    if (schema.HasMember("$ref")) {
      const std::string name = std::string(schema["$ref"].GetString()).substr(8);  // "#/$defs/…"
      return made(schema_["$defs"][name.c_str()], path);
    }
    const std::string type = schema.HasMember("type") ? schema["type"].GetString() : "";
    if (type == "object") {
      out.SetObject();
      for (const auto& member : schema["properties"].GetObject()) {
        rapidjson::Value value = made(member.value, path + "-" + member.name.GetString());
        out.AddMember(rapidjson::Value(member.name.GetString(), pool_), value, pool_);
      }
    } else if (type == "array") {
      out.SetArray();
      rapidjson::Value value = made(schema["items"], path);
      out.PushBack(value, pool_);
    } else if (type == "integer") {
      out.SetInt64(770'077);
    } else if (type == "boolean") {
      out.SetBool(true);
    } else {
      out.SetString(("canary" + path).c_str(), pool_);
    }
    return out;
  }

  rapidjson::Document schema_;
  rapidjson::MemoryPoolAllocator<> pool_;
  rapidjson::Value line_;
};

}  // namespace brushwatch::test
