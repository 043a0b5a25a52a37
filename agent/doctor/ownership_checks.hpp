// SPDX-License-Identifier: Apache-2.0
// Who can change the files by which the agent works as their owner.
#pragma once

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "doctor/findings.hpp"

namespace gup {

// The root folder, .gup and .pyenv: a finding when others can change them, with the command that mends it, and a note for
// each in which a group may write.
void check_root_ownership(const ScanSettings& settings, Diagnosis& diagnosis);

// Notes for what a group may change of a connector that was observed: its members can act as the owner. Others who can
// change it are the observation's error.
void note_groups(const Observation& observation, const ScanSettings& settings, Diagnosis& diagnosis);

}  // namespace gup
