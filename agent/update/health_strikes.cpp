// SPDX-License-Identifier: Apache-2.0
#include "update/health_strikes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "util/clock.hpp"
#include "util/json.hpp"
#include "util/sys/directory.hpp"
#include "util/url.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::uint64_t strikes_file_limit = 1U << 20U;

json release_json(const Release& release) {
    json pins = json::array();
    for (const Requirement& pin : release.pins) {
        pins.push_back({{"name", pin.name}, {"version", pin.version}, {"source", mask_secrets(pin.source)}});
    }
    return {{"commit", release.commit}, {"settings", release.settings}, {"pins", std::move(pins)}};
}

Release release_of(const json& object) {
    Release release{text_member(object, "commit"), {}, text_member(object, "settings")};
    for (const json& pin : array_member(object, "pins")) {
        release.pins.push_back({text_member(pin, "name"), text_member(pin, "version"), text_member(pin, "source"), 0});
    }
    return release;
}

}  // namespace

struct HealthStrikes::Record {
    Release release;
    int strikes = 0;
    UnixTime since = 0;  // of the last one
};

// A file that cannot be read has no strikes.
HealthStrikes::Record HealthStrikes::read(const std::string& connector) const {
    const auto text = read_file(file_of(connector), strikes_file_limit);
    if (!text.ok()) return {};
    const auto document = parse_json(*text, strikes_file_limit);
    if (!document.ok()) return {};
    return {release_of(*document), static_cast<int>(number_member(*document, "strikes")),
            number_member(*document, "since")};
}

Status HealthStrikes::begin(const std::string& connector, const Release& release) const {
    json document = release_json(release);
    if (in_worker()) {
        document["connector"] = connector;
        return ask_agent_to("health", std::move(document));
    }
    const Record before = read(connector);
    document["strikes"] = is_same_release(before.release, release) ? before.strikes + 1 : 1;
    document["since"] = system_clock().now();
    GUP_CHECK(make_folders(folder_, 0755));
    return write_file_atomically(file_of(connector),
                                 document.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

void HealthStrikes::end(const std::string& connector) const {
    if (in_worker()) {
        (void)ask_agent_to("health", {{"connector", connector}, {"ended", true}}).ok();
        return;
    }
    ::unlink(file_of(connector).c_str());
    ::rmdir(folder_.c_str());  // the last one
}

Status HealthStrikes::answer(const json& with) const {
    const std::string connector = text_member(with, "connector");
    if (!flag_member(with, "ended")) return begin(connector, release_of(with));
    end(connector);
    return {};
}

std::optional<QuarantinedRelease> HealthStrikes::struck_out(const std::string& connector) const {
    Record record = read(connector);
    if (record.strikes < limit) return std::nullopt;
    const std::string reason =
        fmt::format("its health check was interrupted {} times, last at {}", record.strikes, format_time(record.since));
    return make_quarantined(std::move(record.release), reason, record.since);
}

}  // namespace gup
