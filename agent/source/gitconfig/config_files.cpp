// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/config_files.hpp"

#include <fmt/format.h>

#include "source/gitconfig/wildmatch.hpp"
#include "util/text.hpp"

namespace gup::git {
namespace {

constexpr std::uint64_t longest_file = 1U << 20U;
constexpr int most_files = 100;
constexpr int deepest_include = 10;  // as git's

enum class Readable : bool { must_be, may_be };

// Of a remote: "remote.<name>.url".
bool is_remote_url(const std::string& name) {
    return name.starts_with("remote.") && name.ends_with(".url") && name.size() > 11;
}

struct Place {
    fs::path file;
    std::string named_by;  // the place of the include; empty: nobody's
    int depth = 0;
};

class ConfigReader {
public:
    enum class Purpose : bool { all, remote_urls };

    ConfigReader(const ConfigPlaces& places, const std::optional<ConfigRepository>& repository, Purpose purpose)
        : places_(places), repository_(repository), purpose_(purpose) {}

    Result<ConfigValues> read() {
        if (!places_.system.empty()) GUP_CHECK(read_file_of({places_.system, {}, 0}, Readable::must_be));
        for (const fs::path& file : places_.global) GUP_CHECK(read_file_of({file, {}, 0}, Readable::may_be));
        scope_ = ConfigScope::repository;
        if (repository_ && (repository_->wants_own || purpose_ == Purpose::remote_urls)) {
            GUP_CHECK(read_file_of({repository_->common_folder / "config", {}, 0}, Readable::must_be));
            if (is_true("extensions.worktreeconfig")) {
                GUP_CHECK(read_file_of({repository_->git_folder / "config.worktree", {}, 0}, Readable::must_be));
            }
        }
        scope_ = ConfigScope::command;
        GUP_CHECK(take({{}, {}, 0}, places_.command));
        return std::move(values_);
    }

private:
    Status read_file_of(const Place& place, Readable readable) {
        const std::string shown = place.file.string();
        const auto named = [&] {
            return place.named_by.empty() ? std::string() : fmt::format(" ({} includes it)", place.named_by);
        };
        if (++files_ > most_files) {
            return Error{ErrorCode::invalid_input, fmt::format("{} and others include too many files", shown),
                         fmt::format("include fewer than {} files", most_files), Cause::git_config};
        }
        const auto info = file_info(place.file);
        if (info.ok() && !*info) return {};
        if (info.ok() && (*info)->kind != FileKind::regular && shown != "/dev/null") {
            return Error{ErrorCode::invalid_input, fmt::format("{} is not a regular file{}", shown, named()),
                         "git needs a file there, or nothing", Cause::git_config};
        }
        if (shown == "/dev/null") return {};
        if (info.ok() && (*info)->size > longest_file) {
            return Error{
                ErrorCode::invalid_input,
                fmt::format("{} has {} bytes, and at most {} are read{}", shown, (*info)->size, longest_file, named()),
                "make it smaller, or move it away", Cause::git_config};
        }
        const auto text = info.ok() ? read_file(place.file, longest_file) : Result<std::string>(info.error());
        if (text.ok()) {
            auto values = parse_config_text(*text, shown);
            if (!values.ok()) return values.error();
            return take(place, *values);
        }
        if (text.error().code == ErrorCode::not_found) return {};
        if (text.error().code == ErrorCode::permission && readable == Readable::may_be) return {};
        Error error = text.error();
        error.message = fmt::format("git's configuration: {}{}", error.message, named());
        error.hint =
            fmt::format("let the connector's owner read it: namei -l {} shows who may; or remove what names it", shown);
        error.cause = Cause::git_config;
        return error;
    }

    Status take(const Place& place, const ConfigValues& values) {
        for (const ConfigValue& one : values) {
            if (inside_hasconfig_ > 0 && is_remote_url(one.name)) {
                return config_error(one.place(), "a file that includeIf.hasconfig includes may not set a remote's URL");
            }
            if (purpose_ == Purpose::all || is_remote_url(one.name) || one.name == "extensions.worktreeconfig") {
                values_.push_back(one);
                values_.back().scope = inside_hasconfig_ > 0 && scope_ == ConfigScope::repository
                                           ? ConfigScope::repository_by_url
                                           : scope_;
            }
            GUP_CHECK(follow(place, one));
        }
        return {};
    }

    // An include of one key.
    Status follow(const Place& place, const ConfigValue& one) {
        constexpr std::string_view conditional = "includeif.";
        constexpr std::string_view end = ".path";
        const std::string_view name = one.name;
        if (name == "include.path") return include(place, one, false);
        if (!name.starts_with(conditional) || !name.ends_with(end) || name.size() < conditional.size() + end.size())
            return {};
        const std::string_view condition =
            name.substr(conditional.size(), name.size() - conditional.size() - end.size());
        const bool is_hasconfig = condition.starts_with("hasconfig:");
        if (is_hasconfig && purpose_ == Purpose::remote_urls) return {};
        GUP_TRY(const bool fits, is_met(place, condition));
        return fits ? include(place, one, is_hasconfig) : Status{};
    }

    Status include(const Place& place, const ConfigValue& one, bool is_hasconfig) {
        if (!one.value) return config_error(one.place(), one.name + " has no value");
        const fs::path given = expanded(*one.value);
        if (given.is_relative() && place.file.empty()) {
            return config_error(one.place(), "a relative include must be in a file");
        }
        if (place.depth == deepest_include) {
            return config_error(
                one.place(),
                fmt::format("it is the {}th include in a row; do files include each other?", deepest_include + 1));
        }
        inside_hasconfig_ += is_hasconfig ? 1 : 0;
        auto done = read_file_of({place.file.parent_path() / given, one.place(), place.depth + 1}, Readable::must_be);
        inside_hasconfig_ -= is_hasconfig ? 1 : 0;
        return done;
    }

    [[nodiscard]] fs::path expanded(const std::string& path) const {
        return path == "~" || path.starts_with("~/") ? places_.home / path.substr(std::min<std::size_t>(2, path.size()))
                                                     : fs::path(path);
    }

    Result<bool> is_met(const Place& place, std::string_view condition) {
        const auto rest_after = [&](std::string_view word) { return std::string(condition.substr(word.size())); };
        if (condition.starts_with("gitdir:")) return is_in_folder(place, rest_after("gitdir:"), Letters::exact);
        if (condition.starts_with("gitdir/i:")) return is_in_folder(place, rest_after("gitdir/i:"), Letters::any_case);
        if (condition.starts_with("onbranch:")) return is_on_branch(rest_after("onbranch:"));
        constexpr std::string_view remotes = "hasconfig:remote.*.url:";
        return condition.starts_with(remotes) ? has_remote(rest_after(remotes)) : Result<bool>(false);
    }

    [[nodiscard]] bool is_in_folder(const Place& place, std::string pattern, Letters letters) const {
        if (!repository_) return false;
        if (pattern.starts_with("~/")) {
            pattern = (places_.home / pattern.substr(2)).string();
        } else if (pattern.starts_with("./")) {
            pattern = (place.file.parent_path() / pattern.substr(2)).string();
        } else if (!pattern.starts_with('/')) {
            pattern = "**/" + pattern;
        }
        if (pattern.ends_with('/')) pattern += "**";
        std::string folder = repository_->git_folder.string();
        while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
        std::error_code error;
        const fs::path real = fs::canonical(folder, error);
        return wild_matches(pattern, folder, letters) || (!error && wild_matches(pattern, real.string(), letters));
    }

    [[nodiscard]] bool is_on_branch(std::string pattern) const {
        constexpr std::uint64_t longest_head = 4096;
        constexpr std::string_view begin = "ref: refs/heads/";
        if (!repository_) return false;
        const auto head = read_file(repository_->git_folder / "HEAD", longest_head);
        if (!head.ok() || !head->starts_with(begin)) return false;
        if (pattern.ends_with('/')) pattern += "**";
        return wild_matches(pattern, trimmed(std::string_view(*head).substr(begin.size())));
    }

    Result<bool> has_remote(const std::string& pattern) {
        if (!urls_) {
            GUP_TRY(urls_, ConfigReader(places_, repository_, Purpose::remote_urls).read());
        }
        for (const ConfigValue& one : *urls_) {
            if (is_remote_url(one.name) && wild_matches(pattern, one.text())) return true;
        }
        return false;
    }

    [[nodiscard]] bool is_true(std::string_view name) const {
        bool found = false;
        for (const ConfigValue& one : values_) {
            if (one.name == name) found = boolean_of(one.value).value_or(false);
        }
        return found;
    }

    const ConfigPlaces& places_;
    const std::optional<ConfigRepository>& repository_;
    const Purpose purpose_;
    ConfigScope scope_ = ConfigScope::user;
    ConfigValues values_;
    std::optional<ConfigValues> urls_;
    int files_ = 0;
    int inside_hasconfig_ = 0;
};

}  // namespace

Result<ConfigValues> read_config(const ConfigPlaces& places, const std::optional<ConfigRepository>& repository) {
    return ConfigReader(places, repository, ConfigReader::Purpose::all).read();
}

}  // namespace gup::git
