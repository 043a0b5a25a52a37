#include "app/config/schedules.hpp"

#include <utility>

namespace gup {

std::vector<Schedule> schedules_of(const Config& config) {
    std::vector<Schedule> schedules;
    if (!config.schedule.times.empty()) schedules.push_back({{}, config.schedule.times});
    for (const ConnectorSettings& one : config.connectors) {
        if (!one.schedule.empty()) schedules.push_back({one.name, one.schedule});
    }
    return schedules;
}

Result<Agenda> make_agenda(const Config& config) {
    auto zone = TimeZone::load(config.schedule.time_zone);
    if (!zone.ok()) return zone.error().with_context("schedule.time-zone");
    std::vector<Schedule> schedules = schedules_of(config);
    if (schedules.empty()) {
        return Error{ErrorCode::invalid_input, "there is no schedule",
                     R"(set times = "0 2 * * *" below [schedule] in gup-agent.toml)"};
    }
    return Agenda(std::move(schedules), std::move(zone).value(), [range = config.delay]() -> UnixTime {
        return std::chrono::ceil<std::chrono::seconds>(random_delay(range)).count();
    });
}

}  // namespace gup
