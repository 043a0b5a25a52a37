#include "util/sys/environment.hpp"

#include <cstdlib>

namespace gup {

std::string environment_value(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    return value != nullptr ? value : "";
}

}  // namespace gup
