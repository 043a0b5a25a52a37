// SPDX-License-Identifier: Apache-2.0
#include "host/units/unit_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/stack/stack_record.hpp"
#include "util/crypto/digest.hpp"
#include "util/json.hpp"
#include "util/sys/directory.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::uint64_t unit_file_limit = 1U << 20U;  // bytes
constexpr std::size_t most_files = 2000;
constexpr std::array<std::string_view, 5> unit_suffixes{".container", ".network", ".volume", ".build", ".pod"};
constexpr std::uint32_t folder_mode = 0750;
constexpr std::uint32_t file_mode = 0644;
constexpr std::uint32_t secret_mode = 0640;

bool is_plain_name(std::string_view name) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.' || c == '@';
    };
    return !name.empty() && name.size() <= 200 && name.front() != '.' && name.front() != '-' &&
           std::ranges::all_of(name, is_fine);
}

// A unit, the record, or a config in configs/STACK/.
bool is_file_of_units(std::string_view name) {
    if (name == stack_record_name) return true;
    constexpr std::string_view configs = "configs/";
    if (name.starts_with(configs)) {
        name.remove_prefix(configs.size());
        const std::size_t slash = name.find('/');
        return slash != std::string_view::npos && is_plain_name(name.substr(0, slash)) &&
               is_plain_name(name.substr(slash + 1));
    }
    return is_plain_name(name) &&
           std::ranges::any_of(unit_suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

Error wrong_name(const std::string& name) {
    return {ErrorCode::invalid_input, fmt::format("{} is not a file of a connector's units", name), {}};
}

Status write_one(const fs::path& path, const std::string& text, std::uint32_t mode) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.valid()) return errno_error(errno, "cannot create " + path.string());
    if (::fchmod(file.get(), mode) != 0) return errno_error(errno, "cannot set the mode of " + path.string());
    return write_all(file.get(), text, path);
}

Status make_private_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), folder_mode) != 0) return errno_error(errno, "cannot create " + path.string());
    return {};
}

Status stage_here(const UnitFolder& folder, const std::vector<UnitFolderFile>& files) {
    const fs::path next = folder.next();
    GUP_CHECK(make_folders(folder.places().quadlet));
    GUP_CHECK(remove_tree(next));
    GUP_CHECK(make_private_folder(next));
    for (const UnitFolderFile& file : files) {
        if (!is_file_of_units(file.name)) return wrong_name(file.name);
        const fs::path path = next / file.name;
        for (const fs::path& above : {path.parent_path().parent_path(), path.parent_path()}) {
            if (is_below(above, next) && above != next && !is_real_folder(above)) {
                GUP_CHECK(make_private_folder(above));
            }
        }
        GUP_CHECK(write_one(path, file.text, file.is_secret ? secret_mode : file_mode));
    }
    return sync_file_system(next);
}

Status exchange_here(const UnitFolder& folder) {
    const fs::path live = folder.live();
    const fs::path next = folder.next();
    constexpr unsigned exchange = 1U << 1U;  // RENAME_EXCHANGE
    const unsigned flags = is_real_folder(live) ? exchange : 0U;
    if (::renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, live.c_str(), flags) != 0) {
        return errno_error(errno, fmt::format("cannot put {} in the place of {}", next.string(), live.string()));
    }
    GUP_CHECK(sync_folder(live.parent_path()));
    return sync_folder(next.parent_path());
}

Result<std::optional<std::string>> read_here(const fs::path& path) {
    auto text = read_file(path, unit_file_limit);
    if (text.ok()) return std::optional(*std::move(text));
    if (text.error().code == ErrorCode::not_found) return std::optional<std::string>();
    return text.error();
}

Status remove_target_here(const UnitFolder& folder) {
    for (const fs::path& path : {boot_link(folder.places(), folder.target().filename()), folder.target()}) {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "cannot remove " + path.string());
    }
    return {};
}

// Without an old folder, the new one leaves.
Result<bool> put_back_here(const UnitFolder& folder, const std::string& record) {
    GUP_TRY(const auto live, read_here(folder.live() / stack_record_name));
    const bool is_exchanged = live && sha256_of(*live) == record;
    if (is_exchanged && is_real_folder(folder.next())) {
        GUP_CHECK(exchange_here(folder));
    } else if (is_exchanged) {
        if (::rename(folder.live().c_str(), folder.next().c_str()) != 0) {
            return errno_error(errno, "cannot move " + folder.live().string());
        }
        GUP_CHECK(sync_folder(folder.live().parent_path()));
    }
    GUP_CHECK(remove_tree(folder.next()));
    if (!is_folder(folder.live())) GUP_CHECK(remove_target_here(folder));
    return is_exchanged;
}

Result<std::vector<UnitFolderFile>> read_all_here(const UnitFolder& folder) {
    std::vector<UnitFolderFile> files;
    std::vector<std::string> pending{""};
    while (!pending.empty()) {
        const std::string inner = pending.back();
        pending.pop_back();
        const auto names = list_folder(folder.live() / inner);
        if (!names.ok() && names.error().code == ErrorCode::not_found) continue;
        if (!names.ok()) return names.error();
        for (const std::string& one : *names) {
            const std::string name = inner.empty() ? one : fmt::format("{}/{}", inner, one);
            GUP_TRY(const auto info, file_info(folder.live() / name, Follow::no));
            if (info && info->kind == FileKind::folder) {
                pending.push_back(name);
                continue;
            }
            if (!info || !is_file_of_units(name) || files.size() >= most_files) continue;
            GUP_TRY(const auto text, read_here(folder.live() / name));
            files.push_back({name, text.value_or(""), (info->mode & 0004U) == 0});
        }
    }
    std::ranges::sort(files, {}, &UnitFolderFile::name);
    return files;
}

Status finish_here(const UnitFolder& folder) {
    GUP_CHECK(remove_tree(folder.next()));
    GUP_TRY(const auto files, read_all_here(folder));
    const bool has_units = std::ranges::any_of(files, [](const auto& file) { return file.name != stack_record_name; });
    if (has_units) return {};
    GUP_CHECK(remove_target_here(folder));
    return remove_tree(folder.live());
}

Status write_target_here(const UnitFolder& folder, const std::string& text) {
    const fs::path target = folder.target();
    const fs::path link = boot_link(folder.places(), target.filename());
    GUP_CHECK(make_folders(link.parent_path()));
    GUP_TRY(const auto there, read_here(target));
    if (there != text) GUP_CHECK(write_file_atomically(target, text));
    if (::symlink(target.c_str(), link.c_str()) != 0 && errno != EEXIST) {
        return errno_error(errno, "cannot create " + link.string());
    }
    return {};
}

json question_about(const UnitFolder& folder, const char* act) {
    return {{"act", act}, {"connector", folder.connector}, {"rootful", !folder.user.has_value()}};
}

Status ask_folder(json question) {
    const auto answer = ask_agent("unit_folder", std::move(question));
    return answer.ok() ? Status{} : Status{answer.error()};
}

json files_json(const std::vector<UnitFolderFile>& files) {
    json list = json::array();
    for (const UnitFolderFile& file : files) {
        list.push_back({{"name", file.name}, {"text", file.text}, {"is_secret", file.is_secret}});
    }
    return list;
}

std::vector<UnitFolderFile> files_from(const json& list) {
    std::vector<UnitFolderFile> files;
    for (const json& one : list) {
        if (files.size() >= most_files) break;
        files.push_back({text_member(one, "name"), text_member(one, "text"), flag_member(one, "is_secret")});
    }
    return files;
}

Result<json> done(const Status& status) {
    if (!status.ok()) return status.error();
    return json();
}

Result<json> answer_act(const UnitFolder& folder, const std::string& act, const json& question) {
    if (act == "read") {
        const std::string name = text_member(question, "name");
        if (!is_file_of_units(name)) return wrong_name(name);
        GUP_TRY(const auto text, read_here(folder.live() / name));
        return text ? json{{"text", *text}} : json();
    }
    if (act == "read_all") {
        GUP_TRY(const auto files, read_all_here(folder));
        return files_json(files);
    }
    if (act == "put_back") {
        GUP_TRY(const bool is_back, put_back_here(folder, text_member(question, "record")));
        return json{{"is_back", is_back}};
    }
    if (act == "stage") return done(stage_here(folder, files_from(array_member(question, "files"))));
    if (act == "exchange") return done(exchange_here(folder));
    if (act == "finish") return done(finish_here(folder));
    if (act == "target") return done(write_target_here(folder, text_member(question, "text")));
    return Error{ErrorCode::unsupported, "the agent does not know the act " + act, {}};
}

}  // namespace

fs::path UnitFolder::live() const {
    return places().quadlet / stack_folder_name(connector);
}

fs::path UnitFolder::next() const {
    return places().staging / fmt::format(".{}.next", stack_folder_name(connector));
}

fs::path UnitFolder::target() const {
    return places().units / stack_target(connector);
}

Result<std::optional<std::string>> read_unit_file(const UnitFolder& folder, const std::string& name) {
    if (!in_worker() || folder.user) return read_here(folder.live() / name);
    json question = question_about(folder, "read");
    question["name"] = name;
    GUP_TRY(const json answer, ask_agent("unit_file", std::move(question)));
    return answer.is_object() ? std::optional(text_member(answer, "text")) : std::nullopt;
}

Result<std::vector<UnitFolderFile>> read_unit_folder(const UnitFolder& folder) {
    if (!in_worker()) return read_all_here(folder);
    GUP_TRY(const json answer, ask_agent("unit_folder", question_about(folder, "read_all")));
    return files_from(answer);
}

Status stage_unit_folder(const UnitFolder& folder, const std::vector<UnitFolderFile>& files) {
    if (!in_worker()) return stage_here(folder, files);
    json question = question_about(folder, "stage");
    question["files"] = files_json(files);
    return ask_folder(std::move(question));
}

Status exchange_unit_folder(const UnitFolder& folder) {
    return in_worker() ? ask_folder(question_about(folder, "exchange")) : exchange_here(folder);
}

Result<bool> put_back_unit_folder(const UnitFolder& folder, const std::string& record) {
    if (!in_worker()) return put_back_here(folder, record);
    json question = question_about(folder, "put_back");
    question["record"] = record;
    GUP_TRY(const json answer, ask_agent("unit_folder", std::move(question)));
    return flag_member(answer, "is_back");
}

Status finish_unit_folder(const UnitFolder& folder) {
    return in_worker() ? ask_folder(question_about(folder, "finish")) : finish_here(folder);
}

Status write_unit_target(const UnitFolder& folder, const std::string& text) {
    if (!in_worker()) return write_target_here(folder, text);
    json question = question_about(folder, "target");
    question["text"] = text;
    return ask_folder(std::move(question));
}

bool is_rootful_question(const json& question) {
    return flag_member(question, "rootful");
}

Result<json> answer_unit_folder_question(const UnitFolderRights& rights, const json& question) {
    UnitFolder folder{text_member(question, "connector"), std::nullopt, rights.system};
    const bool is_known = std::ranges::find(rights.connectors, folder.connector) != rights.connectors.end();
    if (!is_known || !is_plain_name(folder.connector)) {
        return Error{ErrorCode::permission, folder.connector + " is another worker's connector", {}};
    }
    if (!is_rootful_question(question)) {
        folder.user = rights.owner;
    } else if (std::ranges::find(rights.rootful, folder.connector) == rights.rootful.end()) {
        return Error{ErrorCode::permission, fmt::format("the containers of {} may not be root's", folder.connector),
                     R"(containers = "rootful" in its [[connector]])"};
    }
    return answer_act(folder, text_member(question, "act"), question);
}

}  // namespace gup
