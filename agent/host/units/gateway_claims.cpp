// SPDX-License-Identifier: Apache-2.0
#include "host/units/gateway_claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/stack/stack_record.hpp"
#include "host/listening_ports.hpp"
#include "util/printable.hpp"
#include "util/sys/directory.hpp"
#include "util/worker/worker.hpp"

namespace gup {

Status claim_for(const UnitFolder& folder, const std::vector<StackClaim>& claims) {
    if (!in_worker() || claims.empty()) return {};
    const auto answer = ask_agent(
        "claims",
        {{"connector", folder.connector}, {"rootful", !folder.user.has_value()}, {"claims", claims_json(claims)}});
    return answer.ok() ? Status{} : Status{answer.error()};
}

std::vector<ClaimHolder> claims_on_disk(const std::optional<Owner>& user, const fs::path& system) {
    constexpr std::uint64_t longest_record = 4U << 20U;
    const std::string prefix = stack_folder_name({});
    const fs::path folder = unit_places(user, system).quadlet;
    std::vector<ClaimHolder> holders;
    for (const std::string& name : list_folder(folder).value_or({})) {
        if (!name.starts_with(prefix)) continue;
        const auto text = read_others_file(folder / name / stack_record_name, longest_record);
        if (!text.ok()) continue;
        auto record = parse_stack_record(*text);
        if (!record.ok()) continue;
        holders.push_back(
            {name.substr(prefix.size()), user ? std::to_string(user->uid) : "", std::move(record->claims)});
    }
    return holders;
}

Status check_free_ports(const std::vector<StackClaim>& claims, const std::vector<StackClaim>& before,
                        const fs::path& proc) {
    const auto listening = listening_ports(proc);
    for (const StackClaim& one : claims) {
        const bool is_old = std::ranges::any_of(before, [&](const StackClaim& old) { return clash(one, old, true); });
        if (one.what != "port" || is_old) continue;
        for (const ListeningPort& port : listening) {
            const StackClaim used{"port", fmt::format("{}/{}", port.port, port.protocol), port.address, {}};
            if (!clash(one, used, true)) continue;
            return Error{ErrorCode::conflict,
                         printable(fmt::format("{}:{}:{}: something listens on the port {} already", one.place.file,
                                               one.place.line, one.place.column, one.name)),
                         fmt::format("ss -lnp 'sport = :{}' shows it: stop it, or choose another port", port.port)};
        }
    }
    return {};
}

}  // namespace gup
