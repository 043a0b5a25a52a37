// One pin of a gupfile, and the names of distributions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

struct Requirement {
    std::string name;     // as written
    std::string version;  // as written
    std::string source;   // empty: the package index; else "git+https://…", "git+ssh://…", "git+file://…"
    int line = 0;         // in the gupfile, from 1

    friend bool operator==(const Requirement&, const Requirement&) = default;
};

// Between the words of a name (PEP 503) or a version (PEP 440).
[[nodiscard]] constexpr bool is_separator(char c) noexcept {
    return c == '-' || c == '_' || c == '.';
}
// PEP 503: runs of '-', '_' and '.' become one '-', letters lower case (ASCII).
[[nodiscard]] std::string normalized_name(std::string_view name);
// True when both normalize to the same; mostly decided by their first characters.
[[nodiscard]] bool is_same_name(std::string_view one, std::string_view other);
// PEP 508: letters, digits, '.', '_', '-', beginning and ending with a letter or digit.
[[nodiscard]] bool is_distribution_name(std::string_view name);
// 40 hexadecimal digits: a full git commit id.
[[nodiscard]] bool is_commit_id(std::string_view text);

// "paho-mqtt==1.3.1", or "client-connector-lib==5.0.0 (git+https://…)", secrets masked: for people.
[[nodiscard]] std::string display(const Requirement& requirement);

// The repository of a "git+URL" source: without "git+", and without "#egg=…". Empty when the source is not git.
[[nodiscard]] std::string git_url_of(std::string_view source);

}  // namespace gup
