// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

enum class YamlKind { kText, kLiteral, kList, kObject };

// Of an object the children are its members' names and values in turn.
struct YamlNode {
  YamlKind kind = YamlKind::kText;
  std::string text;
  std::size_t line = 0;
  bool is_open = true;  // its end was not seen yet
  std::vector<std::size_t> children;
};

// What ends the reading; yaml-cpp throws the same.
[[noreturn]] void Refuse(const YAML::Mark& mark, const std::string& what) {
  throw YAML::Exception(mark, what);
}

bool IsJsonNumber(std::string_view text) {
  const auto digits = [&] {
    const auto* end = std::ranges::find_if_not(text, IsAsciiDigit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero = text.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

// The nodes of one document, in the order they were seen.
class YamlTree final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    AddScalar(mark, anchor, YamlKind::kLiteral, "null");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || nodes_[found->second].is_open) {
      Refuse(mark, "an alias within what it stands for");
    }
    AddToParent(mark, found->second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    CheckTag(mark, tag);
    const bool is_plain = tag == "?" || tag.empty();
    if (is_plain && (value == "~" || value.empty())) {
      AddScalar(mark, anchor, YamlKind::kLiteral, "null");
      return;
    }
    const bool is_literal =
        is_plain && (value == "null" || value == "true" || value == "false" ||
                     IsJsonNumber(value));
    AddScalar(mark, anchor, is_literal ? YamlKind::kLiteral : YamlKind::kText,
              value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlKind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlKind::kObject);
  }
  void OnMapEnd() override { Close(); }

  const std::vector<YamlNode>& nodes() const { return nodes_; }

 private:
  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" ||
        tag == "tag:yaml.org,2002:str") {
      return;
    }
    Refuse(mark, "the tag " + Printable(tag) + " is not known here");
  }

  std::size_t Add(const YAML::Mark& mark, YAML::anchor_t anchor,
                  YamlKind kind) {
    if (nodes_.size() == kFleetValuesMax) Refuse(mark, "too many values");
    const std::size_t index = nodes_.size();
    nodes_.push_back({.kind = kind,
                      .text = {},
                      .line = static_cast<std::size_t>(mark.line) + 1,
                      .children = {}});
    if (anchor != YAML::NullAnchor) anchors_[anchor] = index;
    AddToParent(mark, index);
    return index;
  }
  void AddToParent(const YAML::Mark& mark, std::size_t index) {
    if (open_.empty()) return;
    YamlNode& parent = nodes_[open_.back()];
    const bool is_name =
        parent.kind == YamlKind::kObject && parent.children.size() % 2 == 0;
    const YamlKind kind = nodes_[index].kind;
    if (is_name && (kind == YamlKind::kList || kind == YamlKind::kObject)) {
      Refuse(mark, "the name of a member must be a text");
    }
    parent.children.push_back(index);
  }
  void AddScalar(const YAML::Mark& mark, YAML::anchor_t anchor, YamlKind kind,
                 const std::string& text) {
    YamlNode& node = nodes_[Add(mark, anchor, kind)];
    node.text = text;
    node.is_open = false;
  }
  void Open(const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YamlKind kind) {
    CheckTag(mark, tag);
    if (open_.size() == static_cast<std::size_t>(limits::kJsonDepthMax)) {
      Refuse(mark, "nested too deeply");
    }
    open_.push_back(Add(mark, anchor, kind));
  }
  void Close() {
    nodes_[open_.back()].is_open = false;
    open_.pop_back();
  }

  std::vector<YamlNode> nodes_;
  std::vector<std::size_t> open_;
  std::map<YAML::anchor_t, std::size_t> anchors_;
};

// Writes a tree out, aliases as what they stand for.
class YamlWriter {
 public:
  explicit YamlWriter(const std::vector<YamlNode>& nodes) : nodes_(nodes) {}

  Result<FleetText> Write() {
    DPS_CHECK(Write(0, "", 0));
    return FleetText{.json = json_.Take(), .lines = std::move(lines_)};
  }

 private:
  Status Write(std::size_t index, const std::string& path, int depth) {
    const YamlNode& node = nodes_[index];
    if (++values_ > kFleetValuesMax) return Bad(node, "too many values");
    bytes_ += node.text.size();
    if (bytes_ > kFleetBytesMax) return Bad(node, "too many aliases");
    if (depth > limits::kJsonDepthMax) return Bad(node, "nested too deeply");
    switch (node.kind) {
      case YamlKind::kText:
        json_.String(node.text);
        return {};
      case YamlKind::kLiteral:
        json_.Raw(node.text);
        return {};
      case YamlKind::kList:
        return WriteList(node, path, depth);
      case YamlKind::kObject:
        break;
    }
    return WriteObject(node, path, depth);
  }

  Status WriteList(const YamlNode& node, const std::string& path, int depth) {
    json_.StartArray();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const std::string place = path + '/' + std::to_string(i);
      Note(place, node.children[i]);
      DPS_CHECK(Write(node.children[i], place, depth + 1));
    }
    json_.EndArray();
    return {};
  }

  Status WriteObject(const YamlNode& node, const std::string& path, int depth) {
    std::set<std::string_view> names;
    json_.StartObject();
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& name = nodes_[node.children[i]];
      if (name.text == "<<") return Bad(name, "merge keys are not known here");
      if (!names.insert(name.text).second) {
        return Bad(name, Printable(name.text) + " is there twice");
      }
      json_.Key(name.text);
      const std::string place =
          path.empty() ? name.text : path + '/' + name.text;
      Note(place, node.children[i]);
      DPS_CHECK(Write(node.children[i + 1], place, depth + 1));
    }
    json_.EndObject();
    return {};
  }

  // Deeper places are told by what is around them.
  void Note(const std::string& place, std::size_t index) {
    constexpr int kDepthNoted = 4;
    if (std::ranges::count(place, '/') > kDepthNoted) return;
    lines_.emplace(place, nodes_[index].line);
  }

  static tl::unexpected<Error> Bad(const YamlNode& node,
                                   const std::string& what) {
    return Fail(Errc::kInvalidArgument,
                "line " + std::to_string(node.line) + ": " + what);
  }

  const std::vector<YamlNode>& nodes_;
  JsonWriter json_;
  std::map<std::string, std::size_t, std::less<>> lines_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
};

// yaml-cpp looks ahead to the end of a line, at 200 times its size.
Status CheckLines(std::string_view yaml) {
  for (std::size_t line = 1; !yaml.empty(); ++line) {
    const std::size_t end = std::min(yaml.find('\n'), yaml.size());
    if (end > kFleetLineMax) {
      return Fail(Errc::kTooLarge,
                  "line " + std::to_string(line) + " is longer than " +
                      std::to_string(kFleetLineMax) + " bytes");
    }
    yaml.remove_prefix(std::min(end + 1, yaml.size()));
  }
  return {};
}

bool IsNothing(const std::vector<YamlNode>& nodes) {
  return nodes.empty() ||
         (nodes[0].kind == YamlKind::kLiteral && nodes[0].text == "null");
}

Result<std::vector<FleetText>> ReadDocuments(std::string_view yaml) {
  std::istringstream in{std::string(yaml)};
  YAML::Parser parser(in);
  std::vector<FleetText> documents;
  std::size_t values = 0;
  for (;;) {
    YamlTree tree;
    if (!parser.HandleNextDocument(tree)) return documents;
    values += tree.nodes().size();
    if (values > kFleetValuesMax) {
      return Fail(Errc::kTooLarge, "there are too many values");
    }
    if (IsNothing(tree.nodes())) continue;
    if (tree.nodes()[0].kind != YamlKind::kObject) {
      return Fail(Errc::kInvalidArgument,
                  "line " + std::to_string(tree.nodes()[0].line) +
                      ": a document must have members, as `linkedHubs:`");
    }
    DPS_TRY(documents.emplace_back(), YamlWriter(tree.nodes()).Write());
  }
}

}  // namespace

std::string PlaceIn(const FleetText& text, std::string_view path) {
  std::string_view around = path;
  while (!around.empty()) {
    const auto found = text.lines.find(around);
    if (found != text.lines.end()) {
      return "line " + std::to_string(found->second) + ", " + Printable(path);
    }
    const std::size_t slash = around.rfind('/');
    around = around.substr(0, slash == around.npos ? 0 : slash);
  }
  return Printable(path);
}

Result<std::vector<FleetText>> ReadYaml(std::string_view yaml) {
  if (yaml.size() > kFleetBytesMax) {
    return Fail(Errc::kTooLarge,
                "larger than " + std::to_string(kFleetBytesMax) + " bytes");
  }
  DPS_CHECK(CheckLines(yaml));
  try {
    return ReadDocuments(yaml);
  } catch (const YAML::Exception& refusal) {
    const std::string line =
        refusal.mark.is_null()
            ? ""
            : "line " + std::to_string(refusal.mark.line + 1) + ": ";
    return Fail(Errc::kInvalidArgument, line + Printable(refusal.msg));
  }
}

}  // namespace dps
