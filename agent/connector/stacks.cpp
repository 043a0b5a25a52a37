// SPDX-License-Identifier: Apache-2.0
#include "connector/stacks.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/compose/load.hpp"
#include "core/compose/text/dotenv.hpp"
#include "util/crypto/digest.hpp"
#include "util/sys/directory.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {
namespace {

// Another one when the renderer makes other units of the same files.
constexpr const char* renderer_version = "2";

class KeyText {
public:
    void add(const std::string& text) { text_ += text + '\0'; }
    void add(const std::vector<std::string>& texts) {
        for (const std::string& text : texts) add(text);
        text_ += '\0';
    }
    [[nodiscard]] std::string digest() const { return sha256_of(text_); }

private:
    std::string text_;
};

// For a file that everybody may read: too short to find a secret by trying.
constexpr std::size_t settings_digits = 4;

std::string digest_of(const StackSettings& stacks) {
    KeyText key;
    key.add(stacks.profiles);
    key.add(stacks.allow);
    for (const auto& [name, value] : stacks.variables) key.add({name, value});
    for (const auto& [name, value] : stacks.secrets) key.add({name, value.reveal()});
    return key.digest();
}

// A folder for questions about names.
class FolderNames final : public compose::Files {
public:
    explicit FolderNames(const fs::path& folder) : folder_(folder) {}
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        auto text = read_file(folder_ / path, compose::env_file_limit);
        return text.ok() ? std::optional(*std::move(text)) : std::nullopt;
    }
    [[nodiscard]] bool has(const std::string& path) const override { return is_there(folder_ / path); }

private:
    const fs::path& folder_;
};

}  // namespace

bool has_stacks(const fs::path& folder, const std::string& inner) {
    const std::vector<std::string> names = list_folder(folder / inner).value_or({});
    const FolderNames files(folder);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return !compose::find_compose_files(files, inner + "/" + name, name).empty();
    });
}

const StackSettings& stack_settings(const ScanSettings& settings, const std::string& connector) {
    static const StackSettings none;
    const auto found = settings.stacks.find(connector);
    return found == settings.stacks.end() ? none : found->second;
}

bool may_be_rootful(const StackSettings& stacks, const Owner& owner) {
    if (stacks.containers == Containers::rootful) return true;
    return stacks.containers == Containers::automatic && owner.uid == 0;
}

std::optional<UnitFolder> find_unit_folder(const StackSettings& stacks, const std::string& connector,
                                           const Owner& owner) {
    if (stacks.containers == Containers::off) return std::nullopt;
    UnitFolder folder{connector};
    if (!may_be_rootful(stacks, owner)) folder.user = owner;
    return folder;
}

StackSite stack_site_of(UnitFolder folder, const ActivateSettings& settings) {
    StackSite site{std::move(folder), settings.systemd, settings.podman};
    site.systemd.user = site.folder.user;
    site.podman.user = site.folder.user;
    return site;
}

std::optional<StackSite> find_stack_site(const UpdateSettings& settings, const std::string& connector,
                                         const Owner& owner) {
    auto folder = find_unit_folder(stack_settings(settings, connector), connector, owner);
    if (!folder) return std::nullopt;
    return stack_site_of(*std::move(folder), settings);
}

std::vector<UnitFolder> unit_folders_of(const std::string& connector, const Owner& owner) {
    std::vector<UnitFolder> folders;
    if (::geteuid() == 0 || works_as_another()) folders.push_back({connector});
    if (owner.uid != 0) folders.push_back({connector, owner});
    std::erase_if(folders, [](const UnitFolder& one) { return !is_folder(one.live()); });
    return folders;
}

bool ObservedStacks::differ() const {
    if (!left.empty()) return true;
    if (error || (!is_declared && !running)) return false;
    if (!running) return true;
    return running->key != key;
}

ObservedStacks observe_stacks(const std::string& connector, const StackView& view) {
    ObservedStacks observed;
    const auto folder = find_unit_folder(view.stacks, connector, view.owner);
    observed.left = unit_folders_of(connector, view.owner);
    std::erase_if(observed.left, [&](const UnitFolder& one) { return folder && one.live() == folder->live(); });
    if (!folder) return observed;
    observed.settings = digest_of(view.stacks).substr(0, settings_digits);
    observed.is_declared = has_stacks(view.folder, view.section.folder);
    const bool has_units = is_folder(folder->live());
    if (observed.is_declared || has_units) observed.key = stacks_key(view);
    if (!has_units) return observed;
    const auto text = read_unit_file(*folder, stack_record_name);
    if (!text.ok()) {
        observed.error = text.error();
    } else if (*text) {
        observed.running = parse_stack_record(**text).value_or({});  // a damaged record: all is made again
    }
    return observed;
}

std::string stacks_key(const StackView& view) {
    const auto& [stacks, owner, section, folder, commit] = view;
    KeyText key;
    key.add({renderer_version, commit, may_be_rootful(stacks, owner) ? "rootful" : "rootless", section.folder,
             section.has_bare_names ? "bare" : "", section.unset_is_empty ? "empty" : "",
             section.is_nightly ? "nightly" : ""});
    key.add(section.profiles);
    key.add(digest_of(stacks));
    return key.digest();
}

}  // namespace gup
