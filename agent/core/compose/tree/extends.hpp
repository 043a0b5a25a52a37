// SPDX-License-Identifier: Apache-2.0
// Services that extend other ones, of the same file or of another one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/compose/tree/document.hpp"

namespace gup::compose {

class Extender {
public:
    explicit Extender(DocumentReader& reader) : reader_(reader) {}

    // Removes all `extends` of the services.
    void apply(Document& document);

private:
    using Key = std::tuple<std::string, std::string, const Variables*>;  // path, folder

    bool extend(Document& document, const std::string& name, const std::string& folder);
    [[nodiscard]] Document* document_of(Document& document, const yaml::Node& file, std::string& folder);
    // A copy of what `extends` names, complete.
    [[nodiscard]] std::optional<yaml::Node> base_of(Document& document, const yaml::Node& extends, std::string folder);
    [[nodiscard]] bool enter(const std::string& link, const yaml::Mark& mark);

    DocumentReader& reader_;
    std::map<Key, std::shared_ptr<Document>> others_;
    std::vector<std::string> chain_;  // "services/gw/compose.yaml: web"
};

}  // namespace gup::compose
