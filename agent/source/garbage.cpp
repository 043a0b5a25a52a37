// SPDX-License-Identifier: Apache-2.0
#include "source/garbage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "source/libgit2/config.hpp"
#include "source/libgit2/file_limits.hpp"
#include "source/remote/git_program.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::int32_t pack_limit = 50;  // git's

// The repository's own value, else the user's. The repository is not opened for it.
class Limits {
public:
    Limits(const fs::path& git_folder, const GitUser& user) {
        const fs::path file = git_folder / "config";
        if (git::check_config_file(file, user.home).ok()) git_config_open_ondisk(git::Out(own_), file.c_str());
        if (auto config = git::open_config(user, nullptr)) users_ = *std::move(config);
        git_error_clear();
    }

    // 0: packs are not joined.
    [[nodiscard]] std::int32_t packs() const {
        constexpr std::int32_t loose_limit = 6700;
        if (number("gc.auto", loose_limit) <= 0) return 0;
        return std::max(0, number("gc.autopacklimit", pack_limit));
    }

private:
    [[nodiscard]] std::int32_t number(const char* key, std::int32_t fallback) const {
        std::int32_t value = 0;
        for (const git::Config* config : {&own_, &users_}) {
            if (*config && git_config_get_int32(&value, config->get(), key) == 0) return value;
        }
        git_error_clear();
        return fallback;
    }

    git::Config own_;
    git::Config users_;
};

std::size_t count_packs(const fs::path& git_folder) {
    const fs::path packs = git_folder / "objects/pack";
    const auto names = list_folder(packs);
    if (!names) return 0;
    return static_cast<std::size_t>(std::count_if(names->begin(), names->end(), [&](const std::string& name) {
        return name.ends_with(".pack") && !is_there(packs / (fs::path(name).stem().string() + ".keep"));
    }));
}

void add_modules(const fs::path& folder, std::vector<fs::path>& found) {
    if (!is_real_folder(folder)) return;
    for (const std::string& name : list_folder(folder).value_or({})) {
        // Names of submodules may have slashes.
        if (!is_file(folder / name / "HEAD")) {
            add_modules(folder / name, found);
            continue;
        }
        found.push_back(folder / name);
        add_modules(folder / name / "modules", found);
    }
}

}  // namespace

std::vector<PackPile> pack_piles(const fs::path& folder, const GitUser& user) {
    std::vector<PackPile> piles;
    const fs::path own = is_there(folder / ".git") ? folder / ".git" : folder;
    if (!is_real_folder(own)) return piles;
    std::vector<fs::path> git_folders{own};
    add_modules(own / "modules", git_folders);
    for (const fs::path& git_folder : git_folders) {
        const std::size_t packs = count_packs(git_folder);
        if (packs < 2) continue;
        const auto limit = static_cast<std::size_t>(Limits(git_folder, user).packs());
        if (limit > 0 && packs >= limit) piles.push_back({git_folder, packs, limit});
    }
    return piles;
}

Status join_packs(const PackPile& pile, const GitUser& user) {
    const std::string act = fmt::format("cannot join the {} packs of {}", pile.packs, pile.git_folder.string());
    // git joins more packs than its limit. Little memory: gateways have little.
    const std::string below = fmt::format("gc.autoPackLimit={}", std::max<std::size_t>(pile.limit - 1, 1));
    ProcessRequest request =
        git_program(user, {"--git-dir", pile.git_folder.string(), "-c", "gc.autoDetach=false", "-c", below, "-c",
                           "pack.threads=1", "-c", "pack.windowMemory=32m", "gc", "--auto", "--quiet"});
    request.folder = pile.git_folder;
    request.timeout = Milliseconds{1'800'000};
    const auto ended = run_process(request);
    if (!ended.ok()) return ended.error().with_context(act);
    if (ended->success()) return {};
    std::string_view words = ended->err;
    return Error{ErrorCode::failed, fmt::format("{}: {}", act, mask_secrets(take_until(words, '\n'))),
                 fmt::format("git --git-dir={} gc says more", pile.git_folder.string())};
}

}  // namespace gup
