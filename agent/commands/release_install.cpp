// SPDX-License-Identifier: Apache-2.0
#include "commands/release_install.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "core/short_id.hpp"
#include "deploy/release_builder.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_command.hpp"
#include "update/connector_update.hpp"
#include "update/generation_switch.hpp"
#include "update/lifecycle.hpp"
#include "update/verify.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

Result<Gupfile> gupfile_of(const ReleaseCode& code, const ConnectorLayout& site, const UpdateSettings& settings) {
    GUP_TRY(Declaration declaration, declaration_of(*code.tree, declaration_place(settings, site.name, site.owner)));
    if (!code.has_gupfile && declaration.texts.empty()) return without_gupfile(code.origin);
    GUP_CHECK(require_usable(declaration.gupfile, code.id));
    return std::move(declaration.gupfile);
}

// How what is to be installed differs from the release of that id; empty: it does not.
Result<std::string> difference(const ConnectorLayout& site, const ReleaseCode& code, const Generation& installed) {
    constexpr std::size_t most = 3;
    if (code.folder.empty()) {
        if (code.commit == installed.commit) return std::string();
        return fmt::format("it is {}, and this is {}",
                           installed.commit.empty() ? "of a folder" : "commit " + short_id(installed.commit),
                           code.origin);
    }
    if (!installed.content.empty() && installed.content == code.content) return std::string();
    GUP_TRY(const auto files, code.tree->differences(site.folder / installed.id));
    if (files.empty())
        return std::string(installed.content.empty() ? "" : "its files were another way when it was installed");
    const std::size_t shown = std::min(files.size(), most);
    std::string text =
        fmt::format("{}", fmt::join(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (files.size() > shown) text += fmt::format(" and {} more", files.size() - shown);
    return fmt::format("{} {} in {}: {}", files.size(), files.size() == 1 ? "file differs" : "files differ",
                       code.folder, text);
}

enum class Existing : std::uint8_t { none, same, other };

// An in-place generation of the same minute, which has no code, may have the name.
Result<Existing> choose_release_id(const ConnectorLayout& site, const ReleaseRequest& request, ReleaseCode& code) {
    const std::string wanted = code.id;
    for (int number = 2;; ++number) {
        const auto installed = read_generation(site.folder, code.id);
        if (!installed) return Existing::none;
        if (is_file(site.folder / code.id / gupfile_name)) {
            GUP_TRY(const std::string text, difference(site, code, *installed));
            if (text.empty()) return Existing::same;
            if (request.replaces) return Existing::other;
            return Error{ErrorCode::conflict,
                         fmt::format("release {} of {} is already installed, but {}", code.id, site.name, text),
                         "--replace makes it again; --version gives the new one another id"};
        }
        if (!request.version.empty()) {
            return Error{ErrorCode::conflict, fmt::format("a generation of {} has the id {}", site.name, wanted),
                         "choose another id"};
        }
        code.id = fmt::format("{}-{}", wanted, number);
    }
}

// Touches only the new folder.
Status install_release(ReleaseBuilder& builder, const std::string& id, const ConnectorLayout& site,
                       const UpdateSettings& settings) {
    GUP_CHECK(builder.prepare());
    GUP_CHECK(make_generations_folder(site.folder, settings.root, site.owner));
    GUP_TRY(Transaction transaction, Transaction::begin_now(place_in_root(settings.state, site), "install"));
    Status made = builder.make(transaction);
    const fs::path place = site.folder / id;
    if (made.ok() && builder.folder() != place) made = transaction.exchange({place, builder.folder(), {}, {}, false});
    if (made.ok()) made = transaction.commit();
    if (!made.ok()) return transaction.fail(std::move(made).error());
    transaction.end();
    return {};
}

void describe(const ReleaseBuild& build, const ReleaseBuilder& builder, ConnectorCommand& command) {
    command.report().pins = pin_states(build.gupfile, builder.virtualenv);
    command.add_action(
        fmt::format("installed {} {}from {}", build.code.id, build.again ? "again " : "", build.code.origin));
    for (const std::string& action : builder.actions) command.add_action(action);
    // Nothing can enable it as long as the connector itself is a folder.
    if (is_real_folder(build.site.link)) {
        command.report().hint = fmt::format(
            "{0} is not in the releases layout: gup-agent adopt {0}, then "
            "gup-agent release enable {0} {1}",
            build.site.name, build.code.id);
    }
}

// The release that runs: hooks, restart and health check as in a night, and the old one again if it does not come up.
Result<RunReport> replace_enabled(const ReleaseBuild& build, ConnectorCommand& command, const UpdateSettings& settings,
                                  const RunEvents& events) {
    const Observation observation = observe_for_release(build.site, settings);
    command.describe(observation);
    DeploymentRequest request{observation, build.gupfile, observation.virtualenv};
    request.layout = Layout::releases;
    request.again = &build;
    Lifecycle care(observation, build.gupfile, settings, events);
    GUP_TRY(const DeploymentResult result, switch_alone(request, care, settings, events));
    if (result.end == DeploymentEnd::failed) return command.fail(*result.error);
    if (result.error) return command.fail(*result.error, outcome_of(result.end));
    ConnectorReport& report = command.report();
    report.outcome = Outcome::updated;
    report.commit = build.code.commit;
    report.branch = build.code.branch;
    report.restarted = build.gupfile.service;
    report.pins = pin_states(build.gupfile, result.virtualenv);
    for (const std::string& action : result.actions) command.add_action(action);
    command.save_when_done();
    return command.done();
}

}  // namespace

Result<RunReport> run_release_install(const UpdateSettings& settings, const ReleaseRequest& request,
                                      const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_layout(settings, request.name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(ReleaseCode code, find_release_code(site, request));
    GUP_TRY(const Gupfile gupfile, gupfile_of(code, site, settings));
    GUP_TRY(code.content, code.tree->digest());
    GUP_TRY(const Existing existing, choose_release_id(site, request, code));
    ConnectorCommand command(settings, events, site.name, code.id + " not installed");
    command.report().commit = code.commit;
    if (existing == Existing::same) return command.unchanged(fmt::format("{} is already installed", code.id));
    command.report().branch = code.branch;
    for (const std::string& path : code.tree->left_out) {
        log::warning(site.name, fmt::format("not in release {}: {}", code.id, path));
    }
    ReleaseBuild build{site, code, gupfile};
    if (existing == Existing::other) build.again = read_generation(site.folder, code.id);
    if (build.again && enabled_release(settings.root, site.name) == code.id) {
        return replace_enabled(build, command, settings, events);
    }
    ReleaseBuilder builder(build, settings, events);
    const Status done = install_release(builder, code.id, site, settings);
    if (done.ok()) describe(build, builder, command);
    return command.end(done);
}

}  // namespace gup
