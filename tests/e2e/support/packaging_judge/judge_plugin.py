# SPDX-License-Identifier: Apache-2.0
"""A plugin for the pytest of pypa/packaging's own tests: what they ask packaging is asked of the agent's code, too.

    PYTHONPATH=<packaging's src>:<this folder> GUP_ANSWERS=<program> GUP_JUDGED=<report> pytest -p judge_plugin tests/…

The tests run with packaging itself, so they check that its answers are the expected ones. Each answer is compared with that of
GUP_ANSWERS (packaging_answers.cpp), and the report (JSON) has the number of comparisons, the differences, and how often a
question was not put, by reason.
"""
from __future__ import annotations

import collections
import functools
import json
import os
import subprocess

import packaging
import packaging.markers
import packaging.requirements
import packaging.specifiers
import packaging.utils
import packaging.version
from answers import names_prerelease, range_facts, requirement_facts, specifier_facts, version_facts
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

MAJOR = int(packaging.__version__.split(".")[0])
REFUSALS = (packaging.version.InvalidVersion, packaging.specifiers.InvalidSpecifier, packaging.markers.InvalidMarker,
            packaging.requirements.InvalidRequirement)
UNDEFINED = tuple(getattr(packaging.markers, name) for name in ("UndefinedComparison", "UndefinedEnvironmentName"))


CHANGED = "an object that a test has changed inside, which another one with its text does not equal"


class Judge:
    def __init__(self) -> None:
        self.program = subprocess.Popen(os.environ["GUP_ANSWERS"].split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, encoding="utf-8")
        self.known: dict[str, object] = {}
        self.compared: collections.Counter[str] = collections.Counter()
        self.skipped: collections.Counter[str] = collections.Counter()
        self.different: list[dict] = []
        self.broken: list[str] = []
        self.answering = False

    def skip(self, reason: str) -> None:
        self.skipped[reason] += 1

    def ask(self, question: dict) -> object:
        line = json.dumps(question)
        if line not in self.known:
            self.program.stdin.write(line + "\n")
            self.program.stdin.flush()
            self.known[line] = json.loads(self.program.stdout.readline())
        return self.known[line]

    def compare(self, question: dict, expected: object) -> None:
        try:
            json.dumps(question, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return self.skip("a lone surrogate, which no text in UTF-8 has")
        self.compared[question["ask"]] += 1
        found = self.ask(question)
        if found != expected:
            entry = {"question": question, "expected": expected, "found": found}
            if entry not in self.different:
                self.different.append(entry)
        return None


judge = Judge()


def watched(function, compare):
    """`function`, and compare(outcome, *arguments) after it. While one answer is compared, no other is."""
    @functools.wraps(function)
    def wrapper(*arguments, **options):
        if judge.answering:
            return function(*arguments, **options)
        error = result = None
        try:
            result = function(*arguments, **options)
        except Exception as raised:  # it is raised again below
            error = raised
        judge.answering = True
        try:
            compare(Outcome(result, error), *arguments, **options)
        except Exception as raised:  # the test goes on, and the report is wrong
            judge.broken.append(f"{raised!r} after {function.__qualname__}{arguments!r}"[:400])
        finally:
            judge.answering = False
        if error is not None:
            raise error
        return result
    return wrapper


class Outcome:
    def __init__(self, result, error) -> None:
        self.result, self.error = result, error

    def is_comparable(self) -> bool:
        """False, and counted, for an error that only Python's types or limits have."""
        if self.error is None or isinstance(self.error, (*REFUSALS, *UNDEFINED)):
            return True
        judge.skip(f"{type(self.error).__name__}: an argument of another type, or a limit of Python")
        return False


def after_read(ask: str, kind: type, facts):
    # The facts are those of another object: some tests look into the caches of theirs.
    def compare(outcome: Outcome, self, text="", *_, **__) -> None:
        if not isinstance(text, str):
            judge.skip("an object is made from other objects, not from a text")
        elif outcome.is_comparable():
            try:
                expected = None if outcome.error else facts(kind(text))
            except ValueError:
                return judge.skip("a number with more digits than Python reads")
            judge.compare({"ask": ask, "text": text}, expected)
        return None
    return compare


def after_comparison(outcome: Outcome, self, other) -> None:
    if not isinstance(other, Version):
        return judge.skip("a comparison with an object of another type")
    order = (Version.__gt__(self, other)) - (Version.__lt__(self, other))
    judge.compare({"ask": "compare", "one": str(self), "other": str(other)}, order)
    return None


def rule_of(prereleases) -> str:
    return {True: "allowed", False: "refused", None: "if_named"}[prereleases]


def item_text(item) -> str:
    return item if isinstance(item, str) else str(item)


def range_text(ranged) -> str:
    return ",".join(map(str, ranged)) if isinstance(ranged, SpecifierSet) else str(ranged)


def after_contains(outcome: Outcome, self, item, prereleases=None, installed=None) -> None:
    if not outcome.is_comparable():
        return
    if isinstance(outcome.error, InvalidVersion):
        return judge.skip("packaging before 26 raises InvalidVersion for a candidate that is no version")
    chosen = self._prereleases if prereleases is None else prereleases
    text = item_text(item)
    if MAJOR < 26:
        # A single pre-release has no alternative for packaging 26; before, some clause must name one.
        chosen = names_prerelease(self) if prereleases is None else prereleases
        version = item if isinstance(item, Version) else Version(item)
        if installed and chosen and version.is_prerelease:
            version = Version(version.base_version)
        text = str(version)
    elif installed:
        chosen = True
    same = type(self)(range_text(self), prereleases=self._prereleases)
    options = {} if installed is None else {"installed": installed}
    if same.contains(item, prereleases, **options) != outcome.result:
        return judge.skip(CHANGED)
    return judge.compare({"ask": "contains", "text": range_text(self), "version": text, "prereleases": rule_of(chosen is not False)},
                         outcome.result)


def watched_filter(function):
    @functools.wraps(function)
    def wrapper(self, iterable, prereleases=None, **options):
        if judge.answering or options.get("key") is not None or not isinstance(iterable, (list, tuple)):
            if not judge.answering:
                judge.skip("a filter with a key function or over an iterator")
            return function(self, iterable, prereleases, **options)
        result = list(function(self, iterable, prereleases, **options))
        chosen = prereleases
        if chosen is None:
            chosen = self._prereleases
        if chosen is None and MAJOR < 26 and isinstance(self, SpecifierSet) and len(self):
            chosen = names_prerelease(self)  # only Specifier.filter falls back to pre-releases
        judge.answering = True
        try:
            same = type(self)(range_text(self), prereleases=self._prereleases)
            if list(function(same, iterable, prereleases, **options)) != result:
                judge.skip(CHANGED)
                return iter(result)
            judge.compare({"ask": "filter", "text": range_text(self), "versions": [item_text(one) for one in iterable],
                           "prereleases": rule_of(chosen)}, [item_text(one) for one in result])
        finally:
            judge.answering = False
        return iter(result)
    return wrapper


def after_equality(outcome: Outcome, self, other) -> None:
    if not isinstance(other, (str, Specifier, SpecifierSet)) or outcome.result is NotImplemented or outcome.error:
        return judge.skip("a comparison with an object of another type")
    judge.compare({"ask": "same_range", "one": range_text(self), "other": range_text(other)}, outcome.result)
    return None


TEXTS = ("implementation_name", "implementation_version", "os_name", "platform_machine", "platform_release", "platform_system",
         "platform_version", "python_full_version", "platform_python_implementation", "python_version", "sys_platform")


def after_evaluation(outcome: Outcome, self, environment=None, context="metadata") -> None:
    compare_evaluation(outcome, str(self), packaging.markers.default_environment() | dict(environment or {}))


def compare_evaluation(outcome: Outcome, text: str, values: dict) -> None:
    words = set(text.replace("(", " ").replace(")", " ").split())
    extra, sets = values.get("extra") or "", [values.get(key, set()) for key in ("extras", "dependency_groups")]
    if any(not isinstance(values[key], str) for key in TEXTS) or any(isinstance(one, str) for one in sets):
        return judge.skip("an environment with a value of another type")
    if values.keys() - {*TEXTS, "extra", "extras", "dependency_groups"}:
        return judge.skip("an environment with a variable that PEP 508 does not have")
    if isinstance(outcome.error, KeyError) and words & {"extra", "extras", "dependency_groups"}:
        return judge.skip("a variable that this context of packaging does not have")
    if not isinstance(extra, str) and sets[0]:
        return judge.skip("an environment with both extra and extras")
    if isinstance(outcome.error, UNDEFINED) and len(extra) == 1 and not isinstance(extra, str):
        return judge.skip("a set of one extra, which the agent and pip take as a text")
    extras = ([extra] if extra else []) if isinstance(extra, str) else sorted(extra)
    if not (outcome.is_comparable() or isinstance(outcome.error, KeyError)):
        return None
    if isinstance(outcome.error, InvalidVersion):
        return judge.skip("packaging before 26 raises InvalidVersion for a value that is no version")
    judge.compare({"ask": "evaluate", "text": text, "environment": {key: values[key] for key in TEXTS},
                   "extras": extras or sorted(sets[0]), "dependency_groups": sorted(sets[1])},
                  "undefined" if outcome.error else outcome.result)
    return None


def after_prepared(outcome: Outcome, self, environment) -> None:
    if not environment.keys() >= set(TEXTS):
        return judge.skip("an environment without all variables")
    if str(environment["python_full_version"]).endswith("+"):
        return judge.skip("a version that evaluate() would have repaired")
    return compare_evaluation(outcome, str(self), dict(environment))


def after_name(outcome: Outcome, text, **options) -> None:
    if not text.isascii():
        return judge.skip("a name that is not ASCII")
    found = judge.ask({"ask": "name", "text": text})
    if outcome.error:
        return judge.compare({"ask": "name", "text": text}, {**found, "is_valid": False})
    expected = {**found, "normalized": outcome.result}
    return judge.compare({"ask": "name", "text": text}, {**expected, "is_valid": True} if options.get("validate") else expected)


def after_normalized_name(outcome: Outcome, text) -> None:
    found = judge.ask({"ask": "name", "text": text})
    judge.compare({"ask": "name", "text": text}, {**found, "is_valid": True, "normalized": text} if outcome.result else
                  found if not found["is_valid"] or found["normalized"] != text else {**found, "is_valid": False})


def after_short_version(outcome: Outcome, version, strip_trailing_zero=True) -> None:
    found = judge.ask({"ask": "version", "text": str(version)})
    if found is None:
        return judge.compare({"ask": "version", "text": str(version)}, None if outcome.result == version else outcome.result)
    key = "short" if strip_trailing_zero else "text"
    return judge.compare({"ask": "version", "text": str(version)}, {**found, key: outcome.result})


def after_file_name(outcome: Outcome, *_, **__) -> None:
    judge.skip("names of archives are read by no code of core/packaging")


def watch(owner, name: str, compare) -> None:
    setattr(owner, name, watched(getattr(owner, name), compare))


watch(Version, "__init__", after_read("version", Version, version_facts))
for operator in ("__lt__", "__le__", "__eq__", "__ge__", "__gt__", "__ne__"):
    watch(Version, operator, after_comparison)
watch(Specifier, "__init__", after_read("specifier", Specifier, specifier_facts))
watch(SpecifierSet, "__init__", after_read("range", SpecifierSet, range_facts))
watch(Marker, "__init__", after_read("marker", Marker, str))
watch(Requirement, "__init__", after_read("requirement", Requirement, requirement_facts))
for kind in (Specifier, SpecifierSet):
    watch(kind, "contains", after_contains)
    watch(kind, "__eq__", after_equality)
    kind.filter = watched_filter(kind.filter)
watch(Marker, "evaluate", after_evaluation)
if hasattr(Marker, "evaluate_prepared"):
    watch(Marker, "evaluate_prepared", after_prepared)
watch(packaging.utils, "canonicalize_name", after_name)
if hasattr(packaging.utils, "is_normalized_name"):
    watch(packaging.utils, "is_normalized_name", after_normalized_name)
watch(packaging.utils, "canonicalize_version", after_short_version)
for reader in ("parse_wheel_filename", "parse_sdist_filename"):
    watch(packaging.utils, reader, after_file_name)


def pytest_sessionfinish() -> None:
    judge.program.stdin.close()
    judge.program.wait()
    with open(os.environ["GUP_JUDGED"], "w", encoding="utf-8") as report:
        json.dump({"version": packaging.__version__, "compared": judge.compared, "skipped": judge.skipped,
                   "different": judge.different, "broken": judge.broken}, report)
