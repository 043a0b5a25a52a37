// SPDX-License-Identifier: Apache-2.0
// The requirements of one declaration together: names that come twice, constraints, ranges, hashes.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/declaration/gupfile_pin.hpp"

namespace gup::detail {

struct DeclaredRequirement {
    Requirement requirement;
    Place place;  // line 0: of a text that no person sees
};

// Adds the problem, unless it is known or there are very many already.
void add_problem(Gupfile& gupfile, Problem problem);

// "requirements.txt, line 3", as seen from `file`: only "line 3" in the same one.
[[nodiscard]] std::string place_text(const Requirement& requirement, const std::string& from_file);

class RequirementSet {
public:
    explicit RequirementSet(Gupfile& gupfile) : gupfile_(gupfile) {}

    // One more requirement. The same again is a warning, a contradiction an error; with different markers both stay.
    void add(DeclaredRequirement added);
    // A version for a package that others bring, or that a requirement leaves open.
    void constrain(DeclaredRequirement added);

    // Applies the constraints, refuses ranges that are not allowed, and gives the requirements to the gupfile.
    void finish(const RequirementRules& rules);

private:
    void join(DeclaredRequirement& first, const DeclaredRequirement& again);
    // False: they contradict each other, which is reported.
    bool apply(const DeclaredRequirement& constraint, DeclaredRequirement& declared);
    bool apply_all(const std::vector<const DeclaredRequirement*>& constraints, DeclaredRequirement& declared);
    void check_exact(const DeclaredRequirement& declared);
    void contradict(const DeclaredRequirement& one, const DeclaredRequirement& other, std::string_view word);
    [[nodiscard]] bool has_room(const DeclaredRequirement& added);

    Gupfile& gupfile_;
    std::vector<DeclaredRequirement> requirements_;
    std::vector<DeclaredRequirement> constraints_;
    std::map<std::string, std::size_t> by_name_and_marker_;
    std::size_t added_ = 0;
};

}  // namespace gup::detail

namespace gup {

enum class HashRule : bool { if_any, always };

// Hashes are for all requirements or for none, as for pip: reports each one that has none. Only a lock file may have
// git sources and the own folder among others with hashes. May be called again when pins were added.
void check_hashes(Gupfile& gupfile, HashRule rule = HashRule::if_any);

}  // namespace gup
