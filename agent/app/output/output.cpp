#include "app/output/output.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/output/print_text.hpp"

namespace gup {

void print_json(const nlohmann::json& value) {
    print_text("{}\n", value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(stdout);
}

}  // namespace gup
