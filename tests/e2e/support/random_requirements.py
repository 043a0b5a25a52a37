# SPDX-License-Identifier: Apache-2.0
"""Random questions about versions, ranges, markers and requirements: most are valid, some have one wrong character.

questions(SEED, COUNT) are the JSON objects that tests/e2e/peers/packaging_answers.cpp answers.
"""
from __future__ import annotations

import random
from collections.abc import Iterator

NUMBERS = ["0", "1", "2", "3", "9", "10", "11", "00", "01", "1000000000000000000000"]
ENVIRONMENT = {"implementation_name": ["cpython", "pypy"], "implementation_version": ["3.11.2", "7.3.13", ""],
               "os_name": ["posix", "nt", "java"], "platform_machine": ["x86_64", "armv7l", ""],
               "platform_release": ["6.1.0-18-amd64", "10", "5.4", ""], "platform_system": ["Linux", "Windows", ""],
               "platform_version": ["#1 SMP PREEMPT", "10.0.19041", "1.0"], "python_full_version": ["3.11.2", "3.13.0a2", "3.14.0a1+"],
               "platform_python_implementation": ["CPython", "PyPy"], "python_version": ["3.11", "3.9", "3.100"],
               "sys_platform": ["linux", "win32", "darwin"]}
OLD_NAMES = ["os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation",
             "python_implementation"]
EXTRAS = ["", "a", "Foo_Bar", "foo-bar", "foo.bar", "v8", "1.0", "1"]
NOISE = " \t.,;()[]@=<>!~*+-_'\"\\abv019!#"
OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]


class Source(random.Random):
    single = True  # at most one extra

    def maybe(self, text: str, chance: float = 0.3) -> str:
        return text if self.random() < chance else ""

    def blank(self) -> str:
        return self.choice(["", "", "", " ", "  ", "\t"])

    def spelled(self, word: str) -> str:
        return "".join(self.choice([one.upper(), one]) for one in word) if self.random() < 0.2 else word

    def suffix(self, words: list[str]) -> str:
        separators = ["", "", ".", "-", "_"]
        return self.choice(separators) + self.spelled(self.choice(words)) + self.choice(separators) + self.maybe(self.choice(NUMBERS), 0.8)

    def version(self, local: bool = True) -> str:
        text = self.maybe("v", 0.1) + self.maybe(self.choice(NUMBERS) + "!", 0.1)
        text += ".".join(self.choice(NUMBERS) for _ in range(self.choice([1, 2, 2, 3, 4])))
        text += self.maybe(self.suffix(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview"]), 0.25)
        text += self.maybe(self.choice([self.suffix(["post", "r", "rev"]), "-" + self.choice(NUMBERS)]), 0.2)
        text += self.maybe(self.suffix(["dev"]), 0.15)
        if local and self.random() < 0.15:
            text += "+" + self.choice([".", "-", "_"]).join(self.choice(["a", "b", "UBUNTU", *NUMBERS]) for _ in range(self.choice([1, 2, 3])))
        return text

    def near(self, text: str) -> str:
        """A version close to one in `text`, so that most comparisons are close, too."""
        return self.choice([text, text + ".0", text + ".post1", text + "a1", text + "+x", text + ".dev0", text + ".1"])

    def clause(self) -> str:
        operator = self.choice(OPERATORS)
        version = self.version(local=operator in ("==", "!=", "==="))
        if operator in ("==", "!=") and self.random() < 0.3:
            version = ".".join(self.choice(NUMBERS) for _ in range(self.choice([1, 2, 3]))) + ".*"
        return operator + self.blank() + version

    def range(self) -> str:
        clauses = [self.clause() for _ in range(self.choice([0, 1, 1, 1, 2, 2, 3]))]
        return (self.blank() + "," + self.blank()).join(clauses) + self.maybe(",", 0.05)

    def quoted(self, text: str) -> str:
        quote = self.choice("'\"")
        return quote + text + quote

    def comparison(self) -> str:
        name = self.choice([*ENVIRONMENT, "extra", "python_version", "python_full_version", *OLD_NAMES])
        known = ENVIRONMENT.get(name.replace(".", "_"), EXTRAS if name == "extra" else ["CPython", "Jython"])
        operator = self.choice([*OPERATORS[:6], *OPERATORS, "in", "not in", "not  in"])
        if name == "extra" and not self.single:
            operator = self.choice(["==", "!="])  # others have no meaning for several extras
        value = self.choice([self.choice(known), self.choice(known) + self.maybe(".*") + self.maybe(" x"), self.version(), "3.9", "3.10"])
        if self.random() < 0.07:
            name, operator = self.choice(["extras", "dependency_groups"]), self.choice(["in", "not in", "=="])
            return self.quoted(self.choice(EXTRAS)) + " " + operator + " " + name
        left, right = name, self.quoted(value)
        if self.random() < 0.2 and operator not in ("~=", "==="):
            left, right = right, left
        space = self.choice([" ", " ", self.blank()]) if operator in OPERATORS else " "
        return left + space + operator + space + right

    def marker(self, depth: int = 0) -> str:
        terms = []
        for _ in range(self.choice([1, 1, 1, 2, 2, 3])):
            grouped = depth < 4 and self.random() < 0.2
            terms.append("(" + self.blank() + self.marker(depth + 1) + self.blank() + ")" if grouped else self.comparison())
        text = terms[0]
        for term in terms[1:]:
            text += " " + self.choice(["and", "or"]) + " " + term
        return text

    def requirement(self) -> str:
        name = self.choice(["a", "Foo.Bar", "foo_bar", "x-1", "7z", "a_", "and", "v"])
        text = self.blank() + name + self.blank()
        if self.random() < 0.3:
            extras = (self.blank() + "," + self.blank()).join(self.choice(["a", "B.c", "socks"]) for _ in range(self.choice([0, 1, 2])))
            text += "[" + self.blank() + extras + self.blank() + "]" + self.blank()
        if self.random() < 0.15:
            text += "@" + self.blank() + self.choice(["https://h/a.zip", "git+ssh://git@h/a.git@v1#egg=a", "./a;b", "file:///a"])
            return text + self.maybe(self.choice([" ", " ;", " ; " + self.marker()]), 0.6)
        ranged = self.range()
        text += "(" + self.blank() + ranged + self.blank() + ")" if self.random() < 0.2 else ranged
        return text + self.blank() + self.maybe(";" + self.blank() + self.marker(), 0.4) + self.blank()

    def with_noise(self, text: str, chance: float = 0.15) -> str:
        """Sometimes one character more, less, or another."""
        if self.random() >= chance:
            return text
        at = self.randrange(len(text) + 1)
        return text[:at] + self.choice([self.choice(NOISE), ""]) + text[at + self.choice([0, 1]):]

    def question(self) -> dict:
        ask = self.choice(["version", "compare", "specifier", "range", "contains", "contains", "contains", "filter", "same_range", "marker",
                           "evaluate", "evaluate", "requirement", "requirement", "name"])
        if ask in ("compare", "same_range"):
            one = self.version() if ask == "compare" else self.range()
            other = self.near(one) if ask == "compare" and self.random() < 0.5 else self.version() if ask == "compare" else self.range()
            return {"ask": ask, "one": one, "other": other}
        if ask in ("contains", "filter"):
            text, versions = self.range(), [self.version() for _ in range(self.choice([1, 3, 6]))]
            for bare in text.split(","):
                versions.append(self.near(bare.strip("=<>!~ \t").removesuffix(".*")))
            rule = self.choice(["allowed", "refused", "if_named"])
            if ask == "filter":
                return {"ask": ask, "text": text, "versions": versions, "prereleases": rule}
            return {"ask": ask, "text": text, "version": self.with_noise(self.choice(versions), 0.05), "prereleases": rule}
        if ask == "evaluate":
            self.single = self.random() < 0.7
            extras = self.sample(EXTRAS[1:], self.choice([0, 1] if self.single else [2, 3]))
            return {"ask": ask, "text": self.marker(), "environment": {name: self.choice(values) for name, values in ENVIRONMENT.items()},
                    "extras": extras, "dependency_groups": self.sample(["a", "Foo_Bar"], self.choice([0, 1]))}
        text = {"version": self.version, "specifier": self.clause, "range": self.range, "marker": self.marker,
                "requirement": self.requirement, "name": lambda: self.requirement().strip("[(=<>!~;@ \t")}[ask]()
        return {"ask": ask, "text": self.with_noise(text)}


def questions(seed: int, count: int) -> Iterator[dict]:
    source = Source(seed)
    return (source.question() for _ in range(count))
