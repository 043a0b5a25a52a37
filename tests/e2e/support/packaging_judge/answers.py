# SPDX-License-Identifier: Apache-2.0
"""The answers of pypa/packaging to the questions that tests/e2e/peers/packaging_answers.cpp answers.

    PYTHONPATH=<packaging's src> answers.py < questions > answers    (one JSON value per line)
"""
from __future__ import annotations

import json
import sys

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import InvalidVersion, Version

RULES = {"allowed": True, "refused": False, "if_named": None}


def version_facts(version: Version) -> dict:
    def number(value):
        return None if value is None else str(value)
    return {"text": str(version), "epoch": str(version.epoch), "release": [str(one) for one in version.release],
            "pre": [version.pre[0], str(version.pre[1])] if version.pre else None, "post": number(version.post),
            "dev": number(version.dev), "local": version.local or "", "public": version.public, "base": version.base_version,
            "is_prerelease": version.is_prerelease, "is_postrelease": version.is_postrelease,
            "short": canonicalize_version(version)}


def names_prerelease(ranged: Specifier | SpecifierSet) -> bool:
    try:
        return bool(ranged.prereleases)
    except InvalidVersion:  # packaging before 26, for "===text"
        return False


def specifier_facts(specifier: Specifier) -> dict:
    return {"text": str(specifier), "version": specifier.version, "canonical": "".join(specifier._canonical_spec),
            "names_prerelease": names_prerelease(specifier)}


def range_facts(specifiers: SpecifierSet) -> dict:
    return {"text": str(specifiers), "names_prerelease": names_prerelease(specifiers)}


def requirement_facts(requirement: Requirement) -> dict:
    return {"name": requirement.name, "extras": sorted(requirement.extras), "specifier": str(requirement.specifier),
            "url": requirement.url or "", "marker": str(requirement.marker or "")}


def contains(question: dict) -> bool:
    specifiers = SpecifierSet(question["text"])
    rule = RULES[question["prereleases"]]
    if rule is None:  # packaging 26 contains a pre-release that has no alternative
        rule = names_prerelease(specifiers)
    return specifiers.contains(question["version"], prereleases=rule)


def evaluate(question: dict):
    environment = question["environment"] | {"extra": set(question["extras"]), "extras": set(question["extras"]),
                                             "dependency_groups": set(question["dependency_groups"])}
    if len(question["extras"]) < 2:
        environment["extra"] = "".join(question["extras"])
    try:
        return Marker(question["text"]).evaluate(environment)
    except (UndefinedComparison, UndefinedEnvironmentName):
        return "undefined"


def compare(question: dict) -> int:
    one, other = Version(question["one"]), Version(question["other"])
    return (one > other) - (one < other)


def name(question: dict) -> dict:
    try:
        canonicalize_name(question["text"], validate=True)
    except ValueError:
        return {"normalized": canonicalize_name(question["text"]), "is_valid": False}
    return {"normalized": canonicalize_name(question["text"]), "is_valid": True}


ANSWERS = {
    "version": lambda question: version_facts(Version(question["text"])),
    "compare": compare,
    "specifier": lambda question: specifier_facts(Specifier(question["text"])),
    "range": lambda question: range_facts(SpecifierSet(question["text"])),
    "contains": contains,
    "filter": lambda question: list(SpecifierSet(question["text"]).filter(question["versions"],
                                                                         prereleases=RULES[question["prereleases"]])),
    "same_range": lambda question: SpecifierSet(question["one"]) == SpecifierSet(question["other"]),
    "marker": lambda question: str(Marker(question["text"])),
    "evaluate": evaluate,
    "requirement": lambda question: requirement_facts(Requirement(question["text"])),
    "name": name,
}


def answer(question: dict):
    try:
        return ANSWERS[question["ask"]](question)
    except (InvalidVersion, InvalidSpecifier, InvalidMarker, InvalidRequirement):
        return None


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
