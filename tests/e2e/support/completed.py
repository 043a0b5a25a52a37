# SPDX-License-Identifier: Apache-2.0
"""The result of a run of the agent, and the expectations of a test."""
from __future__ import annotations

import json
from pathlib import Path

LOG_LINES = 20  # of gup.log, in the message of a failed assertion


class Has:
    """A value that equals each text with all of these words."""

    def __init__(self, *words: str):
        self.words = words

    def __eq__(self, text: object) -> bool:
        return isinstance(text, str) and all(word in text for word in self.words)

    def __repr__(self) -> str:
        return f"a text with {' and '.join(map(repr, self.words))}"


class Completed:
    """The result of a run. `events` are the JSON objects of stdout, `document` the only one of check and status."""

    def __init__(self, code: int, out: str, err: str, json_expected: bool, log: Path | None = None):
        self.code, self.out, self.err, self.log = code, out, err, log
        self.events = [json.loads(line) for line in out.splitlines()] if json_expected else []

    @property
    def document(self) -> dict:
        assert len(self.events) == 1, self
        return self.events[0]

    @property
    def connectors(self) -> dict[str, dict]:
        if len(self.events) == 1 and "connectors" in self.events[0]:
            return {item["name"]: item for item in self.events[0]["connectors"]}
        return {event["name"]: event for event in self.events if event.get("event") == "connector"}

    def __getitem__(self, name: str) -> dict:
        assert name in self.connectors, f"{name} is not among the connectors: {self}"
        return self.connectors[name]

    def must(self, name: str, *, code: int | None = None, **expected: object) -> None:
        """Fails unless the report of connector `name` has these values and, if given, the exit code is `code`:

            run.must("meter", code=1, outcome="failed", reason=Has("refs/heads/main", "remote"))
        """
        assert code is None or self.code == code, f"the exit code is {self.code}, not {code}{self}"
        connector = self[name]
        for key, value in expected.items():
            assert key in connector, f"{name} has no {key}: {connector}{self}"
            assert connector[key] == value, f"{key} of {name} is {connector[key]!r}, not {value!r}{self}"

    def outcomes(self) -> dict[str, str]:
        return {name: item["outcome"] for name, item in self.connectors.items()}

    def pin(self, connector: str, name: str) -> str:
        """The installed version that the report gives for a pin."""
        return next(pin["installed"] for pin in self[connector]["pins"] if pin["name"] == name)

    def steps(self, connector: str) -> list[str]:
        """The kinds of the steps in check's plan for a connector."""
        return [step["kind"] for step in self[connector]["steps"]]

    def drift(self, connector: str) -> dict[str, str]:
        """Name and version of the pins that check would install."""
        return {pin["name"]: pin["version"] for step in self[connector]["steps"] for pin in step.get("pins", [])}

    def __repr__(self) -> str:
        said = f"\n--- exit code {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}---"
        if self.log is None or not self.log.exists():
            return said
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return f"{said} the end of gup.log\n" + "".join(f"{line}\n" for line in lines) + "---"
