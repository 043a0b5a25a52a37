// SPDX-License-Identifier: Apache-2.0
// One compose file: read and interpolated.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/compose/tree/files.hpp"
#include "core/compose/tree/findings.hpp"
#include "core/compose/tree/variables.hpp"
#include "core/yaml/composer.hpp"

namespace gup::compose {

inline constexpr std::size_t most_files = 64;  // of one project

// All that is shared while one project is read.
struct ModelContext {
    const Files& files;
    Findings& findings;
    std::set<std::string>& inputs;  // gets the path of each file that is read
    bool unset_is_error = true;
    bool unset_is_judged = false;  // what is wrong with a text of unset variables is told, too
    std::string project_name;      // ${COMPOSE_PROJECT_NAME}, until the first file says another one
    bool has_project_name = false;
    yaml::Budget budget{};
    // Unset variables, with the service that uses them: one that is not enabled may have some. Empty: no service.
    std::vector<std::pair<std::string, Problem>> unset{};
    std::string service{};                           // the one that is interpolated now
    std::size_t text_left = std::size_t{16} << 20U;  // bytes that variables may add to the texts
};

struct Document {
    std::string path;
    yaml::Node root;  // a mapping
    const Variables* variables = nullptr;
    std::set<std::string> extended;  // services that have all of what they extend
};

class DocumentReader {
public:
    explicit DocumentReader(ModelContext& context) : context_(context) {}

    // `folder` is where relative paths in the file begin. `from`: what names the file. Nullptr: there is an error.
    [[nodiscard]] std::shared_ptr<Document> read(const std::string& path, const std::string& folder,
                                                 const Variables& variables, const yaml::Mark& from);

    // The variables of a file of the repository. False: there is no such file.
    bool add_variables(const std::string& path, Variables& variables, const yaml::Mark& from);

    // The path in the repository that a scalar names. Nullopt: there is an error. `what`: "the included file".
    [[nodiscard]] std::optional<std::string> local_path(const yaml::Node& node, std::string_view what);

    [[nodiscard]] ModelContext& context() { return context_; }

private:
    void interpolate_tree(yaml::Node& node, const Variables& variables, bool is_top);
    void interpolate_services(yaml::Node& services, const Variables& variables);
    void interpolate_scalar(yaml::Node& node, const Variables& variables);
    [[nodiscard]] std::optional<std::string> value_of(const std::string& name, const Variables& variables) const;

    ModelContext& context_;
    std::size_t file_count_ = 0;
};

}  // namespace gup::compose
