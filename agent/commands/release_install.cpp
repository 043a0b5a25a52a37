#include "commands/release_install.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "core/short_id.hpp"
#include "deploy/release_builder.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_command.hpp"
#include "update/connector_update.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

Result<Gupfile> gupfile_of(const ReleaseCode& code, const ConnectorLayout& site, const UpdateSettings& settings) {
    GUP_TRY(Declaration declaration, declaration_of(*code.tree, declaration_place(settings, site.name, site.owner)));
    if (!code.has_gupfile && declaration.texts.empty()) return without_gupfile(code.origin);
    GUP_CHECK(require_usable(declaration.gupfile, code.id));
    return std::move(declaration.gupfile);
}

// True if it must still be installed. An in-place generation of the same minute, which has no code, may have the name.
Result<bool> choose_release_id(const ConnectorLayout& site, const ReleaseRequest& request, ReleaseCode& code) {
    const std::string wanted = code.id;
    for (int number = 2; read_generation(site.folder, code.id); ++number) {
        if (is_file(site.folder / code.id / gupfile_name)) return false;
        if (!request.version.empty()) {
            return Error{ErrorCode::conflict, fmt::format("a generation of {} has the id {}", site.name, wanted),
                         "choose another id"};
        }
        code.id = fmt::format("{}-{}", wanted, number);
    }
    return true;
}

// Touches only the new folder.
Status install_release(ReleaseBuilder& builder, const ConnectorLayout& site, const UpdateSettings& settings) {
    GUP_CHECK(builder.prepare());
    GUP_CHECK(make_generations_folder(site.folder, settings.root, site.owner));
    GUP_TRY(Transaction transaction, Transaction::begin_now(place_in_root(settings.state, site), "install"));
    Status made = builder.make(transaction);
    if (made.ok()) made = transaction.commit();
    if (!made.ok()) return transaction.fail(std::move(made).error());
    transaction.end();
    return {};
}

void describe(const ReleaseBuild& build, const ReleaseBuilder& builder, ConnectorCommand& command) {
    command.report().pins = pin_states(build.gupfile, builder.virtualenv);
    command.add_action(fmt::format("installed {} from {}", build.code.id, build.code.origin));
    for (const std::string& action : builder.actions) command.add_action(action);
}

}  // namespace

Result<RunReport> run_release_install(const UpdateSettings& settings, const ReleaseRequest& request,
                                      const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_layout(settings, request.name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(ReleaseCode code, find_release_code(site, request));
    GUP_TRY(const Gupfile gupfile, gupfile_of(code, site, settings));
    GUP_TRY(const bool is_new, choose_release_id(site, request, code));
    ConnectorCommand command(settings, events, site.name, code.id + " not installed");
    command.report().commit = code.commit;
    if (!is_new) return command.unchanged(fmt::format("{} is already installed", code.id));
    command.report().branch = code.branch;
    for (const std::string& path : code.tree->left_out) {
        log::warning(site.name, fmt::format("not in release {}: {}", code.id, path));
    }
    const ReleaseBuild build{site, code, gupfile};
    ReleaseBuilder builder(build, settings, events);
    const Status done = install_release(builder, site, settings);
    if (done.ok()) describe(build, builder, command);
    return command.end(done);
}

}  // namespace gup
