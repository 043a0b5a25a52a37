// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/config_backend.hpp"

#ifdef GUP_SYSTEM_LIBRARIES

#include <git2.h>
#include <git2/errors.h>
#include <git2/sys/errors.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "source/gitconfig/config_text.hpp"

namespace gup::git {
namespace {

// Over the agent's own reader of git's configuration. Each begins with the part that libgit2 knows.
struct TextBackend {
    git_config_backend known{};
    ConfigValues values;
    git_config_level_t level = GIT_CONFIG_LEVEL_LOCAL;
};

struct TextEntry {
    git_config_backend_entry known{};
    ConfigValue value;
};

struct TextIterator {
    git_config_iterator known{};
    std::size_t next = 0;
};

TextBackend* of(git_config_backend* backend) {
    return reinterpret_cast<TextBackend*>(backend);
}

void free_entry(git_config_backend_entry* entry) {
    delete reinterpret_cast<TextEntry*>(entry);
}

git_config_backend_entry* new_entry(const TextBackend& backend, const ConfigValue& value) {
    auto made = std::make_unique<TextEntry>();
    made->value = value;
    made->known.entry.name = made->value.name.c_str();
    made->known.entry.value = made->value.value ? made->value.value->c_str() : nullptr;
    made->known.entry.backend_type = "memory";
    made->known.entry.level = backend.level;
    made->known.free = free_entry;
    return &made.release()->known;
}

int open_text(git_config_backend* backend, git_config_level_t level, const git_repository* /*repository*/) {
    of(backend)->level = level;
    return 0;
}

int get_text(git_config_backend* backend, const char* key, git_config_backend_entry** entry) {
    const ConfigValues& values = of(backend)->values;
    const auto last =
        std::find_if(values.rbegin(), values.rend(), [&](const ConfigValue& one) { return one.name == key; });
    if (last == values.rend()) return GIT_ENOTFOUND;
    *entry = new_entry(*of(backend), *last);
    return 0;
}

int next_text(git_config_backend_entry** entry, git_config_iterator* iterator) {
    auto* at = reinterpret_cast<TextIterator*>(iterator);
    const TextBackend& backend = *of(iterator->backend);
    if (at->next == backend.values.size()) return GIT_ITEROVER;
    *entry = new_entry(backend, backend.values[at->next++]);
    return 0;
}

void free_iterator(git_config_iterator* iterator) {
    delete reinterpret_cast<TextIterator*>(iterator);
}

int iterate_text(git_config_iterator** iterator, git_config_backend* backend) {
    auto made = std::make_unique<TextIterator>();
    made->known.backend = backend;
    made->known.next = next_text;
    made->known.free = free_iterator;
    *iterator = &made.release()->known;
    return 0;
}

void free_text(git_config_backend* backend) {
    delete of(backend);
}

int snapshot_text(git_config_backend** snapshot, git_config_backend* backend) {
    *snapshot = &std::make_unique<TextBackend>(*of(backend)).release()->known;
    return 0;
}

}  // namespace
}  // namespace gup::git

extern "C" int git_config_backend_from_string(git_config_backend** out, const char* text, std::size_t size,
                                              git_config_backend_memory_options* /*options*/) {
    using namespace gup::git;
    auto values = parse_config_text(std::string_view(text, size), "memory");
    if (!values.ok()) {
        git_error_set_str(GIT_ERROR_CONFIG, values.error().message.c_str());
        return GIT_ERROR;
    }
    auto made = std::make_unique<TextBackend>();
    made->values = std::move(*values);
    git_config_backend& known = made->known;
    known.version = GIT_CONFIG_BACKEND_VERSION;
    known.readonly = 1;
    known.open = open_text;
    known.get = get_text;
    known.iterator = iterate_text;
    known.snapshot = snapshot_text;
    known.free = free_text;
    *out = &made.release()->known;
    return 0;
}

#endif
