// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/recover.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "transaction/journal.hpp"
#include "transaction/steps.hpp"
#include "update/supervise/owner_workers.hpp"
#include "util/log/log.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

Result<Recovered> recovered_from(const Result<json>& result) {
    if (!result.ok()) return result.error();
    return Recovered{text_members(*result, "actions")};
}

// The folders of links outside of root, such as the one in install.py's workdir: their owner switched them.
std::vector<fs::path> folders_of_links(const UpdateSettings& settings, const std::vector<std::string>& connectors) {
    std::vector<fs::path> folders;
    for (const std::string& name : connectors) {
        const auto record = read_unfinished(settings.state, name);
        if (!record.ok() || !*record) continue;
        for (const JournalStep& step : (*record)->steps) {
            if (step.kind == kind::link) folders.push_back(fs::path(value_of(step, "path").value_or("")).parent_path());
        }
    }
    return folders;
}

}  // namespace

std::map<std::string, Result<Recovered>> recover_journals(const UpdateSettings& settings,
                                                          const std::vector<std::string>& connectors) {
    std::map<std::string, Result<Recovered>> results;
    const RunEvents quiet;
    UpdateSettings own_settings = settings;
    const auto folders = folders_of_links(settings, connectors);
    own_settings.writable.insert(own_settings.writable.end(), folders.begin(), folders.end());
    OwnerWorkers workers(own_settings, quiet);
    for (const std::string& name : connectors) {
        const auto owner = recovery_owner(settings, name);
        if (!owner.ok()) {
            results.emplace(name, owner.error());
        } else if (!*owner) {
            results.emplace(name, recover_connector(settings, name));  // nothing of an owner's is touched
        } else {
            OwnerJob job{**owner, {name}, {}, {}};
            job.work = [name](const UpdateSettings& own, const RunEvents&) -> Result<json> {
                GUP_TRY(const Recovered recovered, recover_connector(own, name));
                return json{{"actions", recovered.actions}};
            };
            job.on_end = [&results, name](const Result<json>& result) {
                results.emplace(name, recovered_from(result));
            };
            workers.start(std::move(job));
        }
    }
    workers.run();
    return results;
}

Status recover_named(const UpdateSettings& settings, const std::string& connector) {
    const auto unfinished = journals(settings.state);
    if (std::find(unfinished.begin(), unfinished.end(), connector) == unfinished.end()) return {};
    if (in_worker()) return recover_if_needed(settings, connector);
    const auto results = recover_journals(settings, {connector});
    const Result<Recovered>& result = results.at(connector);
    if (!result.ok()) return result.error();
    for (const std::string& action : result->actions) log::warning(connector, action);
    return {};
}

}  // namespace gup
