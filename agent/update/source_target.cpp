#include "update/source_target.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "core/declaration/gupfile.hpp"
#include "util/sys/directory.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

ConnectorLayout site_of(const Observation& observation) {
    return layout_of(observation, observation.connector.path.parent_path());
}

Result<SourceVersion> bring(const Observation& observation, const fs::path& folder, const RunEvents& events) {
    const std::string& name = observation.connector.name;
    return bring_source(folder, *observation.connector.declared, *observation.available, git_user(observation),
                        [&](const TransferProgress& progress) {
                            events.tell(name, fmt::format("fetching {}", format_size(progress.bytes)));
                        });
}

// An archive that was rolled back is not downloaded every night, and becomes a release again without its server.
std::optional<Generation> find_installed(const Observation& observation) {
    const DeclaredConnector& declared = *observation.connector.declared;
    if (declared.source.kind == SourceKind::git || observation.latest_commit.empty()) return std::nullopt;
    for (const Generation& one : list_releases(site_of(observation))) {
        if (is_of_version(one, declared, observation.latest_commit)) return one;
    }
    return std::nullopt;
}

// The gupfile of the version: of the release that is of it, or of what was brought into `folder`.
Result<std::string> read_gupfile_of(const Observation& observation, const std::optional<Generation>& installed,
                                    const SourceVersion& version, const fs::path& folder) {
    if (installed) {
        return read_file(site_of(observation).folder / installed->id / gupfile_name, gupfile_limit);
    }
    const DeclaredConnector& declared = *observation.connector.declared;
    GUP_TRY(const auto text, read_source_gupfile(folder, declared, version, git_user(observation)));
    return text.value_or("");
}

}  // namespace

bool is_at_source(const Observation& observation) {
    return !observation.latest_commit.empty() &&
           is_of_version(observation.made, *observation.connector.declared, observation.latest_commit);
}

Status fetch_source(Observation& observation, const RunEvents& events) {
    observation.installed = find_installed(observation);
    if (observation.installed) return {};
    const ConnectorLayout site = site_of(observation);
    GUP_CHECK(make_generations_folder(site.folder, site.link.parent_path(), site.owner));
    GUP_TRY(SourceVersion version, bring(observation, site.folder, events));
    observation.take(std::move(version));
    // Some archives have to come before anybody knows that they are what runs.
    if (is_at_source(observation)) forget_source(site.folder, *observation.connector.declared);
    return {};
}

void sweep_source(const Observation& observation) {
    const fs::path archive = source_archive(site_of(observation).folder);
    if (!is_there(archive) && !is_there(archive.native() + ".from")) return;
    const auto acting = EffectiveUser::begin(observation.owner);
    if (acting.ok()) forget_source(archive.parent_path(), *observation.connector.declared);
}

Result<SourceTarget> find_source_target(const Observation& observation, FetchMode mode, const RunEvents& events) {
    if (observation.fetch_error) return *observation.fetch_error;
    const auto installed = mode == FetchMode::aside ? find_installed(observation) : observation.installed;
    std::optional<TemporaryFolder> aside;
    fs::path folder = site_of(observation).folder;
    SourceVersion version = *observation.available;
    if (mode == FetchMode::aside && !installed) {
        GUP_TRY(aside, TemporaryFolder::make());
        folder = aside->path();
        GUP_TRY(version, bring(observation, folder, events));
    }
    SourceTarget target;
    target.code.commit = version.id;
    const bool is_same = is_of_version(observation.made, *observation.connector.declared, version.id);
    target.code.relation = is_same ? Relation::same : Relation::behind;
    if (is_same) return target;
    GUP_TRY(target.gupfile, read_gupfile_of(observation, installed, version, folder));
    return target;
}

}  // namespace gup
