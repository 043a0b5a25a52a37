// The schedules of the configuration.
#pragma once

#include <vector>

#include "app/config/config.hpp"
#include "update/agenda.hpp"
#include "util/result.hpp"

namespace gup {

// All schedules of the configuration.
[[nodiscard]] std::vector<Schedule> schedules_of(const Config& config);
// The schedules with their served times. Fails with invalid_input for an unknown time zone, or without a schedule.
[[nodiscard]] Result<Agenda> make_agenda(const Config& config);

}  // namespace gup
