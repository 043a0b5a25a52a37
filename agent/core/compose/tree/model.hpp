// SPDX-License-Identifier: Apache-2.0
// The files of a project as one tree: with what they include and extend, and merged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/compose/tree/document.hpp"
#include "core/compose/tree/extends.hpp"

namespace gup::compose {

// Makes a mapping with services, networks, … as compose's merged model. Relative paths are still as written: those of a node
// begin at the folder of its origin.
class Model {
public:
    explicit Model(ModelContext& context) : reader_(context), extender_(reader_) {}

    // `folder` is where relative paths of all `paths` begin. `from`: what names these files.
    [[nodiscard]] yaml::Node load(const std::vector<std::string>& paths, const std::string& folder,
                                  const Variables& variables, const yaml::Mark& from);

    [[nodiscard]] DocumentReader& reader() { return reader_; }

private:
    struct Include {
        std::vector<std::string> paths;
        std::string folder;
        const Variables* variables = nullptr;
    };

    void apply_includes(Document& document);
    void apply_include(Document& document, const yaml::Node& entry);
    // False: there is an error.
    bool read_include(Document& document, const yaml::Node& entry, Include& include);
    bool read_paths(const yaml::Node& node, std::string_view what, std::vector<std::string>& paths);
    void import(Document& document, yaml::Node included);

    DocumentReader reader_;
    Extender extender_;
    std::vector<std::unique_ptr<Variables>> included_variables_;
    std::vector<std::string> chain_;  // the files that include each other
};

}  // namespace gup::compose
