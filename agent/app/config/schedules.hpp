// The schedules of the configuration.
#pragma once

#include <vector>

#include "app/config/config.hpp"
#include "update/agenda.hpp"
#include "util/result.hpp"

namespace gup {

// All schedules of the configuration.
[[nodiscard]] std::vector<Schedule> schedules_of(const Config& config);
// The same with what is served of them. Fails with invalid_input when its time zone is none, or nothing is scheduled.
[[nodiscard]] Result<Agenda> make_agenda(const Config& config);

}  // namespace gup
