// SPDX-License-Identifier: Apache-2.0
// Reads declarations: one JSON object with files per line in, what they require per line out.
// tests/e2e/support/pip_requirements.py reads the same files with pip's own parser.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/packaging/marker.hpp"
#include "core/packaging/names.hpp"
#include "core/requirements/read_declaration.hpp"

namespace {

using namespace gup;
using nlohmann::json;

class AskedFiles : public DeclarationFiles {
public:
    explicit AskedFiles(const json& files) : files_(files) {}
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        const auto found = files_.find(path);
        return found == files_.end() ? std::nullopt : std::optional(found->get<std::string>());
    }
    [[nodiscard]] Result<std::string> export_lock(const std::string& lock) const override {
        return Error{ErrorCode::unsupported, lock, ""};
    }

private:
    const json& files_;
};

std::string normal_marker(const std::string& text) {
    const auto marker = text.empty() ? Result<Marker>(Marker{}) : Marker::parse(text);
    return text.empty() || !marker.ok() ? text : marker->text();
}

json told(const Requirement& one) {
    return {{"name", normalized_name(one.name)},
            {"version", one.version},
            {"range", one.range},
            {"extras", one.extras},
            {"source", one.source},
            {"revision", one.revision},
            {"hashes", one.hashes},
            {"editable", one.is_editable},
            {"marker", normal_marker(one.marker)},
            {"line", one.line},
            {"file", one.file}};
}

json answer(const json& question) {
    DeclarationOptions options;
    options.rules = {true, true};
    options.requirements = question.value("path", "requirements.txt");
    const auto declaration = read_declaration(AskedFiles(question.at("files")), options);
    if (!declaration.ok()) return {{"errors", {declaration.error().message}}};
    const Gupfile& gupfile = declaration->gupfile;
    json pins = json::array(), constraints = json::array(), errors = json::array();
    for (const Requirement& one : gupfile.pins) pins.push_back(told(one));
    for (const Requirement& one : gupfile.constraints) constraints.push_back(told(one));
    for (const Problem& one : gupfile.problems) {
        if (one.severity == Severity::error) errors.push_back(display(one, {}));
    }
    return {{"pins", pins}, {"constraints", constraints}, {"options", gupfile.index_options}, {"errors", errors}};
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer(json::parse(line)).dump(-1, ' ', true, json::error_handler_t::replace) << '\n';
    }
}
