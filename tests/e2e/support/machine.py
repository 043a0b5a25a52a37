# SPDX-License-Identifier: Apache-2.0
"""The surroundings that doctor examines: crontabs, units, /run and the resolver, in a mount namespace."""
from __future__ import annotations

import os
from pathlib import Path

from gateway import Completed, Gateway
from tools import tool

CRON_LINE = "0 2 * * * root /usr/bin/gup-agent run >/dev/null\n"


class Machine:
    """The gateway's surroundings as its agent sees them: its own crontabs, units, /run and resolver."""

    def __init__(self, gateway: Gateway):
        self.gateway, self.folder = gateway, gateway.folder / "machine"
        self.isolated = False  # sees no process of this machine
        self.user: int | None = None
        for name in ("cron.d", "spool/cron/crontabs", "units/timers.target.wants", "run/systemd/system"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "resolv.conf").write_text("# nobody\n")
        self.cron_line(CRON_LINE)

    def cron_line(self, text: str, name: str = "gup-agent") -> None:
        (self.folder / "cron.d" / name).write_text(text)

    def crontab(self, user: str, text: str) -> None:
        (self.folder / "spool/cron/crontabs" / user).write_text(text)

    def enable_timer(self) -> Path:
        link = self.folder / "units/timers.target.wants/gup-agent.timer"
        unit = self.folder / "gup-agent.timer"
        unit.write_text("[Timer]\nOnCalendar=02:00\n")
        link.symlink_to(unit)
        return link

    def wrapper(self) -> list[str]:
        mounts = [("cron.d", "/etc/cron.d"), ("spool", "/var/spool"), ("units", "/etc/systemd/system"), ("run", "/run"),
                  ("resolv.conf", "/etc/resolv.conf")]
        script = "".join(f"mount --bind '{self.folder / source}' {target} && " for source, target in mounts)
        who = f"setpriv --reuid={self.user} --regid={self.user} --clear-groups " if self.user else ""
        spaces = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
        if self.isolated:
            spaces += ["--pid", "--fork", "--mount-proc"]
        return [tool("unshare"), *spaces, "sh", "-c", f'{script} exec {who}"$@"', "sh"]

    def doctor(self, *arguments: str, **options) -> Completed:
        return self.gateway.run("doctor", "--json", *arguments, wrapper=self.wrapper(), **options)

    def findings(self, *arguments: str, **options) -> list[dict]:
        run = self.doctor(*arguments, **options)
        found = run.document["findings"]
        assert run.code == (1 if found else 0) == run.document["exit_code"], run
        assert all(one[key] for one in found for key in ("check", "subject", "what", "why", "hint")), run
        return found

    def only(self, check: str, *arguments: str, **options) -> dict:
        """The only finding, which must be of that check."""
        found = self.findings(*arguments, **options)
        assert [one["check"] for one in found] == [check], found
        return found[0]
