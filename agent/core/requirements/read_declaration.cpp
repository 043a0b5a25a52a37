// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/read_declaration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "core/declaration/gupfile_pin.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/requirements/candidates.hpp"
#include "core/requirements/inner_path.hpp"
#include "core/requirements/pylock.hpp"
#include "core/requirements/requirement_set.hpp"
#include "core/requirements/requirements_txt.hpp"

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
        if (gupfile().requirements.empty()) {
            check_hashes(gupfile());
        } else {
            read_requirements();
        }
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
            problem(Severity::error, found.front(), fmt::format("several files declare packages: {}", names),
                    fmt::format("{}, in a gupfile below [connector], or in [[connector]] of gup-agent.toml", hint));
        } else {
            gupfile().requirements = found.front();
            gupfile().is_found = true;
        }
    }

    // A mistake in the file's name. The gupfile has it, or the operator's settings, which have no file here.
    void problem_of_name(const std::string& path, std::string_view what, std::string hint) {
        const std::string_view key = is_of_operator_ ? "requirements of the operator" : "requirements of [connector]";
        problem(Severity::error, is_of_operator_ ? path : "", fmt::format("{}: {}", key, what), std::move(hint));
    }

    void read_requirements() {
        const std::string named = gupfile().requirements;
        const auto inner = detail::inner_path({}, named);
        if (!inner || detail::leads_out(named)) {
            return problem_of_name({}, fmt::format("{} leads out of the connector's folder", quoted(named)),
                                   "name a file of the repository: requirements = \"requirements.txt\"");
        }
        const std::string& path = gupfile().requirements = *inner;
        auto text = files_.read(path);
        if (!text.ok()) return problem(Severity::error, path, text.error().message, text.error().hint);
        if (!text->has_value()) {
            return problem_of_name(path, fmt::format("there is no file {}", quoted(path)),
                                   "commit the file, or name another one: requirements = \"requirements.txt\"");
        }
        const auto& kept = declaration_.texts.insert_or_assign(path, std::move(**text)).first->second;
        const std::vector<Requirement> own = std::exchange(gupfile().pins, {});
        const HashRule rule = read_kind(kept, path);
        overlay_pins(gupfile(), own);
        check_hashes(gupfile(), rule);
    }

    HashRule read_kind(const std::string& text, const std::string& path) {
        const RequirementsTarget target{gupfile(), declaration_.texts};
        switch (kind_of_requirements(path)) {
            case RequirementsKind::text:
                return read_requirements_txt(text, path, files_, options_.rules, target);
            case RequirementsKind::lock:
                return read_lock(path, target);
            case RequirementsKind::pylock:
                read_pylock(text, path, options_.rules, gupfile());
                break;
            case RequirementsKind::other:
                problem(Severity::error, path, "the agent does not read packages from this kind of file",
                        hint_for_other_kind(path));
                break;
        }
        return HashRule::if_any;
    }

    HashRule read_lock(const std::string& path, const RequirementsTarget& target) {
        gupfile().is_lock = true;
        const auto exported = files_.export_lock(path);
        if (exported.ok()) return read_exported_lock(*exported, path, files_, options_.rules, target);
        problem(Severity::error, path, exported.error().message, exported.error().hint);
        return HashRule::if_any;
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
