#include "core/requirements/read_declaration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "core/declaration/gupfile_pin.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/requirements/candidates.hpp"

namespace gup {
namespace {

using detail::quoted;

class DeclarationReader {
public:
    DeclarationReader(const DeclarationFiles& files, const DeclarationOptions& options)
        : files_(files), options_(options) {}

    Result<Declaration> read() && {
        GUP_TRY(auto text, files_.read(gupfile_name));
        if (text) {
            gupfile() = parse_gupfile(*text);
            declaration_.texts.emplace(gupfile_name, std::move(*text));
        }
        choose();
        if (!gupfile().requirements.empty()) read_requirements();
        return std::move(declaration_);
    }

private:
    Gupfile& gupfile() { return declaration_.gupfile; }

    void problem(Severity severity, std::string file, std::string message, std::string hint) {
        gupfile().problems.push_back({severity, 0, 0, std::move(message), std::move(hint), std::move(file)});
    }

    [[nodiscard]] std::vector<std::string> candidates() const {
        std::vector<std::string> found;
        for (const char* name : requirement_candidates) {
            // One that is not readable is a candidate, too: its mistake is reported when it is read.
            const auto text = files_.read(name);
            if (!text.ok() || text->has_value()) found.emplace_back(name);
        }
        return found;
    }

    void choose() {
        if (!options_.requirements.empty()) {
            gupfile().requirements = options_.requirements;
            is_of_operator_ = true;
            return;
        }
        const bool has_gupfile = declaration_.has_gupfile();
        if (!gupfile().requirements.empty() || (!has_gupfile && !options_.may_find)) return;
        if (!gupfile().pins.empty() || !gupfile().usable()) return;
        const std::vector<std::string> found = candidates();
        if (found.empty()) return;
        const std::string names = fmt::format("{}", fmt::join(found, ", "));
        const std::string hint = fmt::format("name one of them: requirements = \"{}\"", found.front());
        if (has_gupfile) {
            problem(Severity::warning, {}, fmt::format("the gupfile declares no packages, and there is {}", names),
                    fmt::format("{} below [connector]", hint));
        } else if (found.size() > 1) {
            problem(Severity::error, {}, fmt::format("several files declare packages: {}", names),
                    fmt::format("{}, in a gupfile below [connector], or in [[connector]] of gup-agent.toml", hint));
        } else {
            gupfile().requirements = found.front();
            gupfile().is_found = true;
        }
    }

    // Who named the file, for messages.
    [[nodiscard]] std::string_view key() const {
        return is_of_operator_ ? "requirements of the operator" : "requirements of the gupfile";
    }

    void read_requirements() {
        const std::string path = gupfile().requirements;
        if (detail::leads_out(path)) {
            return problem(Severity::error, {}, fmt::format("{}: {} leads out of the folder", key(), quoted(path)),
                           "name a file of the repository: requirements = \"requirements.txt\"");
        }
        auto text = files_.read(path);
        if (!text.ok()) return problem(Severity::error, path, text.error().message, text.error().hint);
        if (!text->has_value()) {
            return problem(Severity::error, {}, fmt::format("{}: there is no file {}", key(), quoted(path)),
                           "commit the file, or name another one: requirements = \"requirements.txt\"");
        }
        declaration_.texts.emplace(path, std::move(**text));
        problem(Severity::error, path, "files of this kind are not read yet", "pin the packages in a gupfile");
    }

    const DeclarationFiles& files_;
    const DeclarationOptions& options_;
    Declaration declaration_;
    bool is_of_operator_ = false;
};

}  // namespace

Result<Declaration> read_declaration(const DeclarationFiles& files, const DeclarationOptions& options) {
    return DeclarationReader(files, options).read();
}

}  // namespace gup
