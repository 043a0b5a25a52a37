// SPDX-License-Identifier: Apache-2.0
#include "python/interpreter.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// The end of a chain of links, even if it does not exist.
fs::path last_target(fs::path path) {
    std::error_code error;
    for (int hops = 0; hops < 10; ++hops) {
        const fs::path target = fs::read_symlink(path, error);
        if (error) break;
        path = path.parent_path() / target;
    }
    return path;
}

// The parts of a program's header that say on which machines it runs.
struct ProgramHead {
    bool is_elf = false;
    bool is_script = false;
    unsigned machine = 0;
    std::string loader;  // empty: a static program, or unknown
};

template <class Header, class Segment>
void read_elf(int fd, ProgramHead& head) {
    Header header{};
    if (::pread(fd, &header, sizeof(header), 0) != static_cast<ssize_t>(sizeof(header))) return;
    head.machine = header.e_machine;
    for (unsigned i = 0; i < std::min<unsigned>(header.e_phnum, 64); ++i) {
        Segment segment{};
        const auto at = static_cast<off_t>(header.e_phoff + std::uint64_t{i} * header.e_phentsize);
        if (::pread(fd, &segment, sizeof(segment), at) != static_cast<ssize_t>(sizeof(segment))) return;
        if (segment.p_type != PT_INTERP || segment.p_filesz == 0 || segment.p_filesz > PATH_MAX) continue;
        std::string name(static_cast<std::size_t>(segment.p_filesz), '\0');
        const ssize_t count = ::pread(fd, name.data(), name.size(), static_cast<off_t>(segment.p_offset));
        if (count == static_cast<ssize_t>(name.size())) head.loader = name.substr(0, name.find('\0'));
        return;
    }
}

std::optional<ProgramHead> read_program(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // NOLINT(*-vararg)
    if (!fd.valid()) return std::nullopt;
    std::array<unsigned char, EI_NIDENT> ident{};
    const ssize_t count = ::pread(fd.get(), ident.data(), ident.size(), 0);
    if (count < 0) return std::nullopt;
    ProgramHead head;
    head.is_script = count > 2 && ident[0] == '#' && ident[1] == '!';
    head.is_elf = count == EI_NIDENT && std::memcmp(ident.data(), ELFMAG, SELFMAG) == 0;
    if (!head.is_elf) return head;
    if (ident[EI_CLASS] == ELFCLASS64) {
        read_elf<Elf64_Ehdr, Elf64_Phdr>(fd.get(), head);
    } else {
        read_elf<Elf32_Ehdr, Elf32_Phdr>(fd.get(), head);
    }
    return head;
}

// Whether a machine with programs for `here` may run one for `wanted`.
bool runs_on(unsigned wanted, unsigned here) {
    return wanted == here || (here == EM_X86_64 && wanted == EM_386) || (here == EM_AARCH64 && wanted == EM_ARM);
}

// By the machine's own programs: the agent itself may be emulated.
bool is_for_this_machine(unsigned machine) {
    for (const char* known : {"/bin/sh", "/proc/self/exe"}) {
        const auto head = read_program(known);
        if (!head || !head->is_elf || runs_on(machine, head->machine)) return true;
    }
    return false;
}

std::string program_defect(const fs::path& real) {
    // A package of the system is for this machine.
    if (real.parent_path() == "/usr/bin" || real.parent_path() == "/bin") return {};
    const auto head = read_program(real);
    if (!head || head->is_script) return {};  // a program need not be readable
    if (!head->is_elf) return fmt::format("the interpreter is not a program: {}", real.string());
    if (!head->loader.empty() && !is_there(head->loader)) {
        return fmt::format("the interpreter is for another machine: {} needs {}", real.string(), head->loader);
    }
    if (is_for_this_machine(head->machine)) return {};
    return fmt::format("the interpreter is for another machine: {}", real.string());
}

// Whether the library of that Python is below `prefix`.
bool has_library(const fs::path& prefix, const std::string& version) {
    const std::string name = "python" + version;
    return is_folder(prefix / "lib" / name) || is_folder(prefix / "lib64" / name);
}

// The version of another Python whose library is below `prefix`; empty: none.
std::string other_library(const fs::path& prefix) {
    for (const char* library : {"lib", "lib64"}) {
        const auto names = list_folder(prefix / library);
        if (!names.ok()) continue;
        for (const std::string& name : *names) {
            if (name.starts_with("python") && is_file(prefix / library / name / "os.py")) return minor_version(name);
        }
    }
    return {};
}

// A distribution upgrade replaces the Python of /usr/bin/python3; the new one uses another lib folder.
std::string version_defect(const fs::path& virtualenv, const fs::path& real, const PyvenvConfig& config) {
    const std::string name = real.filename().string();
    if (config.version.empty() || !name.starts_with("python")) return {};  // PyPy has other folders
    std::string now = minor_version(name);
    const bool is_copy = is_below(real, real_path(virtualenv).value_or(virtualenv));
    if (is_copy || now.empty()) {
        const fs::path prefix = is_copy ? fs::path(config.home).parent_path() : real.parent_path().parent_path();
        if (is_copy && config.home.empty()) return {};
        if (is_copy && !is_folder(config.home) && !has_library(prefix, config.version)) {
            return fmt::format("the Python that it was made with is gone: {}", config.home);
        }
        now = has_library(prefix, config.version) ? config.version : other_library(prefix);
    }
    if (now.empty() || now == config.version) return {};
    return fmt::format("the interpreter is {} now ({}), the virtualenv was made for {}", now, real.string(),
                       config.version);
}

FoundInterpreter missing_interpreter(const fs::path& program) {
    FoundInterpreter found{program, {}, VirtualenvDefect::cannot_run, {}};
    const std::string shown = "bin/" + program.filename().string();
    const fs::path target = last_target(program);
    if (::faccessat(AT_FDCWD, program.c_str(), F_OK, AT_EACCESS) != 0 && errno == EACCES) {
        found.kind = VirtualenvDefect::out_of_reach;
        found.defect = fmt::format("the interpreter is out of this user's reach: {} -> {}", shown, target.string());
    } else if (target == program) {
        found.defect = fmt::format("the interpreter is gone: {} is missing", shown);
    } else {
        found.defect = fmt::format("the interpreter is gone: {} -> {}", shown, target.string());
    }
    return found;
}

// Scripts may name either of them; mostly one is a link to the other.
std::optional<FoundInterpreter> broken_other(const fs::path& bin) {
    const std::string one = link_text(bin / "python");
    const std::string other = link_text(bin / "python3");
    if (other.empty() || one == "python3" || other == one || other == "python") return std::nullopt;
    if (real_path(bin / "python3").ok()) return std::nullopt;
    return missing_interpreter(bin / "python3");
}

// platform.python_implementation() of sys.implementation.name.
std::string display_name(const std::string& implementation) {
    for (const char* name : {"CPython", "PyPy", "GraalVM", "Jython", "IronPython"}) {
        if (equals_ignoring_case(name, implementation)) return name;
    }
    return implementation == "graalpy" ? "GraalVM" : implementation;
}

}  // namespace

FoundInterpreter find_interpreter(const fs::path& virtualenv, const PyvenvConfig& config) {
    const fs::path bin = virtualenv / "bin";
    FoundInterpreter found{bin / "python", {}, VirtualenvDefect::none, {}};
    found.real = real_path(found.program).value_or({});
    if (found.real.empty() && !is_there(found.program) && is_there(bin / "python3")) {
        found.program = bin / "python3";
        found.real = real_path(found.program).value_or({});
    }
    if (found.real.empty()) return missing_interpreter(found.program);
    if (found.program.filename() == "python") {
        if (auto broken = broken_other(bin)) return *std::move(broken);
    }
    found.defect = is_executable(found.real)
                       ? program_defect(found.real)
                       : fmt::format("the interpreter cannot be executed: {}", found.real.string());
    if (found.defect.empty()) found.defect = version_defect(virtualenv, found.real, config);
    if (!found.defect.empty()) found.kind = VirtualenvDefect::cannot_run;
    return found;
}

// PyPy and others have a version of their own, which only they know.
MarkerEnvironment marker_environment(const std::string& full_version, const std::string& implementation) {
    MarkerEnvironment markers;
    markers.os_name = "posix";
    markers.sys_platform = "linux";
    ::utsname machine{};
    if (::uname(&machine) == 0) {
        markers.platform_system = static_cast<const char*>(machine.sysname);
        markers.platform_machine = static_cast<const char*>(machine.machine);
        markers.platform_release = static_cast<const char*>(machine.release);
        markers.platform_version = static_cast<const char*>(machine.version);
    }
    if (full_version.empty()) return markers;
    markers.python_full_version = full_version;
    markers.python_version = minor_version(full_version);
    markers.implementation_name = implementation.empty() ? "cpython" : implementation;
    markers.platform_python_implementation = display_name(markers.implementation_name);
    if (markers.implementation_name == "cpython") markers.implementation_version = full_version;
    return markers;
}

}  // namespace gup
