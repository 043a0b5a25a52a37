#include "source/git/work_tree/disk_need.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <set>

#include "source/libgit2/opened.hpp"

namespace gup::git {
namespace {

constexpr std::uint64_t disk_block = 4096;
constexpr std::uint64_t index_entry_bytes = 72;  // without the path

void add_entry(DiskNeed& size, std::uint64_t bytes) {
    size.bytes += (bytes + disk_block - 1) / disk_block * disk_block;
    ++size.files;
}

// The missing folders on the way to `path`.
void add_folders(const fs::path& root, const std::string& path, std::set<std::string>& known, DiskNeed& size) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        struct stat info {};
        if (!known.insert(parent).second || ::lstat((root / parent).c_str(), &info) == 0) continue;
        add_entry(size, 1);
    }
}

}  // namespace

Result<DiskNeed> checkout_need(const Opened& opened, const std::vector<Change>& changes) {
    Odb objects;
    if (const int code = git_repository_odb(Out(objects), opened.get()); code != 0) {
        return failure(code, fmt::format("cannot read the objects of {}", opened.name()));
    }
    DiskNeed size;
    const fs::path root = opened.work_tree();
    std::set<std::string> folders;
    struct stat index {};
    std::uint64_t index_bytes =
        ::stat((opened.git_folder() / "index").c_str(), &index) == 0 ? static_cast<std::uint64_t>(index.st_size) : 0;
    for (const Change& change : changes) {
        if (change.from.absent()) {
            add_folders(root, change.path, folders, size);
            index_bytes += index_entry_bytes + change.path.size();
        }
        if (!change.to.is_file()) continue;
        std::size_t bytes = 0;
        git_object_t type = GIT_OBJECT_INVALID;
        if (const int code = git_odb_read_header(&bytes, &type, objects.get(), &change.to.id); code != 0) {
            return failure(code, fmt::format("cannot read {}", change.path));
        }
        add_entry(size, bytes);
    }
    add_entry(size, index_bytes);
    return size;
}

}  // namespace gup::git
