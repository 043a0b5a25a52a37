#include "util/sys/symlink.hpp"

namespace gup {

std::string link_text(const fs::path& path) {
    std::error_code error;
    return fs::read_symlink(path, error).string();
}

Result<fs::path> real_path(const fs::path& path) {
    std::error_code error;
    fs::path real = fs::canonical(path, error);
    if (error) return detail::error_for("cannot access", path, error.value());
    return real;
}

}  // namespace gup
