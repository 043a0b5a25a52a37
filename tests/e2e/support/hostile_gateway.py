# SPDX-License-Identifier: Apache-2.0
"""A gateway with one connector for each file that the agent reads below an owner's folder, and good ones whose update must succeed."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from gateway import Gateway, finish, git, remove
from hostile_files import Place, Scene, all_places, give, is_folder, plant, start_as
from virtualenvs import Virtualenv

OWNER, OTHER, STRANGER, FIRST_HOME = 4711, 4712, 4713, 4720
# Of the hostile connectors' owner, and of another one.
GOOD = {"good-own": OWNER, "good-other": OTHER}
SECRET = "only root may read this"
GUPFILE = '[dependencies]\ngup-one = "{pin}"\n[hooks]\npre-update = "hook.sh"\n'
HOOK = '#!/bin/sh\necho "$(id -u) hook" >>{told}\n'
HELPER = '#!/bin/sh\necho "$(id -u) helper" >>{told}\ntest "$1" = get && printf "username={user}\\npassword={password}\\n"\n'
PROGRAM = '#!/bin/sh\necho "$(id -u) {what}" >>{told}\nexit 1\n'
KILL = "#!/bin/sh\nkill -9 $(cut -d' ' -f4 /proc/$PPID/stat)\n"
DIRECT_URL = {"url": "https://example.org/gup-one.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}
LIMIT = 60.0  # seconds of one command, which may create a virtualenv


class HostileGateway:
    """Built once. restore() makes it new for some of the connectors, before or in the middle of an update."""

    def __init__(self, folder: Path, web):
        self.gateway = gateway = Gateway(folder)
        self.places = all_places()
        self.folder, self.root, self.web = folder, gateway.root, web
        self.told = gateway.temporary / "told"
        self.scene = Scene(OWNER, STRANGER, folder / "secret", folder / "outside")
        self._helpers: list[subprocess.Popen] = []
        self._make_surroundings()
        self._make_users()
        for place in self.places:
            self._make(place)
        for name, owner in GOOD.items():
            self._copy("plain", name, owner)
        first = self._now()
        assert set(first.outcomes().values()) <= {"unchanged"} | ({"failed"} if self._may_fail(first) else set()), first
        self._push("2")
        self._now()
        self._check_heads("2")
        for place in self.places:
            if place.layout == "release":
                gateway.run("adopt", place.name, "--json").must(place.name, outcome="updated")
        self._push("3")
        self._remember("before")
        self._interrupt()
        self._remember("interrupted")

    def _may_fail(self, run) -> bool:
        """Only what uses ssh: there is no server."""
        unreachable = {place.name for place in self.places if place.remote.startswith("ssh")}
        return {name for name, outcome in run.outcomes().items() if outcome == "failed"} <= unreachable

    def _now(self):
        run = self.gateway.now()
        assert self._may_fail(run), run
        return run

    # Building

    def _make_surroundings(self) -> None:
        gateway = self.gateway
        self.folder.chmod(0o755)
        self.root.chmod(0o1777)
        gateway.temporary.chmod(0o1777)
        (self.root / ".pyenv").mkdir()
        (self.root / ".pyenv").chmod(0o1777)
        for name in ("swap", "homes", "programs"):
            (self.folder / name).mkdir()
        (self.folder / "swap").chmod(0o1777)
        self._forget_users()
        self.scene.secret.write_text(SECRET)
        self.scene.secret.chmod(0o600)
        self.scene.outside.mkdir()
        (self.scene.outside / "file").write_text("root's\n")
        self.hooks = self.folder / "hooks"
        self.hooks.mkdir()
        gateway.configure("network", ca_file=str(self.web.authority.ca), connect_timeout="5s")
        gateway.configure("hooks", post_update=str(self.hooks))
        self._program("helper", HELPER.format(told=self.told, user=self.web.user, password=self.web.password))
        self._program("ssh", PROGRAM.format(told=self.told, what="ssh"))
        self.remotes = {name: gateway.remote(name) for name in ("plain", "drift")}
        self._push("1")

    def _program(self, name: str, text: str) -> None:
        path = self.folder / "programs" / name
        path.write_text(text)
        path.chmod(0o755)

    def _push(self, version: str) -> None:
        for name, remote in self.remotes.items():
            pin = "2.0" if version == "3" and name == "drift" else "1.0"
            hook = remote.author / "hook.sh"
            hook.write_text(HOOK.format(told=self.told))
            hook.chmod(0o755)
            remote.push({"gupfile": GUPFILE.format(pin=pin), "main.py": f"print({version})\n", ".gitattributes": "*.py text\n",
                         ".gitignore": "*.log\n", "package/module.py": f"print({version})\n"})

    def _make_users(self) -> None:
        """Users with homes, in an /etc/passwd that only this process and its children see."""
        lines = Path("/etc/passwd").read_text()
        for place in self.places:
            home = self.home_of(place)
            if home is not None:
                home.mkdir(mode=0o755)
                lines += f"gup-{place.name}:x:{self.owner_of(place)}:{self.owner_of(place)}::{home}:/bin/sh\n"
        passwd = self.folder / "passwd"
        passwd.write_text(lines)
        self.has_homes = subprocess.run(["mount", "--bind", str(passwd), "/etc/passwd"], capture_output=True).returncode == 0
        if not self.has_homes:
            print("no file can be mounted over /etc/passwd: files of homes are left out")
            self.places = [place for place in self.places if place.of != "home"]

    def home_of(self, place: Place) -> Path | None:
        return self.folder / "homes" / place.name if place.of == "home" else None

    def owner_of(self, place: Place) -> int:
        return FIRST_HOME + int(place.name[1:]) if place.of == "home" else OWNER

    def _copy(self, remote: str, name: str, owner: int) -> Path:
        path, template = self.root / name, self.folder / "templates" / remote
        virtualenv = self.root / ".pyenv" / name
        if not template.exists():
            git("clone", "-q", "--template=", self.remotes[remote].bare.as_uri(), template)
            made = self.gateway.virtualenv("", where=self.folder / "templates/virtualenv" / remote, pip=False)
            made.add("gup-one", "1.0", direct_url=DIRECT_URL)
            made.add("pip", "23.0.1")
            made.python.unlink()
            made.python.write_text(PROGRAM.format(told=self.told, what="python"))
            made.python.chmod(0o755)
        for source, target in ((template, path), (self.folder / "templates/virtualenv" / remote, virtualenv)):
            subprocess.run(["cp", "-a", str(source), str(target)], check=True)
            give(target, owner)
        return path

    def _make(self, place: Place) -> None:
        remote = "drift" if place.remote == "drift" else "plain"
        path, owner = self._copy(remote, place.name, self.owner_of(place)), self.owner_of(place)
        bare, programs = self.remotes[remote].bare, self.folder / "programs"
        config = path / ".git/config"
        url, more = self.web.private(bare), f"[credential]\n\thelper = {programs}/helper\n"
        if place.remote.startswith("ssh"):
            url, more = "ssh://git@127.0.0.1:1/nothing", ""
        if place.remote == "ssh command":
            more = f"[core]\n\tsshCommand = {programs}/ssh\n"
        if place.file == ".git/config.worktree":
            more += "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tworktreeConfig = true\n"
        config.write_text(config.read_text().replace(bare.as_uri(), url) + more)
        home = self.home_of(place)
        if home is not None:
            give(home, owner)

    def _check_heads(self, version: str) -> None:
        for name in [*GOOD, *(place.name for place in self.places if not place.remote.startswith("ssh"))]:
            assert (self.root / name / "main.py").read_text() == f"print({version})\n", name

    def _interrupt(self) -> None:
        """An update of each connector is killed after its code was switched."""
        kill, journals, aside = self.hooks / "kill", self.gateway.state / "journal", self.folder / "journals"
        kill.write_text(KILL)
        kill.chmod(0o755)
        aside.mkdir()
        updated = [place for place in self.places if place.remote == "plain"]
        alike = [place for place in updated if place.of in ("folder", "generation", "generations") and place.layout == "in place"]
        for name in [*GOOD, *(place.name for place in updated if place not in alike[1:])]:
            self.gateway.run("now", name)
            (journals / name).rename(aside / name)
        kill.unlink()
        for place in alike[1:]:
            self._copy_interrupted(aside, alike[0].name, place.name)
        remove(journals)
        aside.rename(journals)
        (self.gateway.state / "run.json").unlink(missing_ok=True)

    def _copy_interrupted(self, journals: Path, source: str, name: str) -> None:
        """What an interrupted update of `source` left, as if it had been one of `name`."""
        config = (self.root / name / ".git/config").read_bytes()
        for folder in (self.root, self.root / ".gup"):
            remove(folder / name)
            subprocess.run(["cp", "-a", str(folder / source), str(folder / name)], check=True)
        (self.root / name / ".git/config").write_bytes(config)
        for record in (self.root / ".gup" / name).glob("*/generation.json"):
            record.write_text(record.read_text().replace(source, name))
        (journals / name).write_text((journals / source).read_text().replace(source, name))

    # Each case

    def _parts(self, name: str) -> list[str]:
        return [name, f".pyenv/{name}", f".gup/{name}"]

    def _remember(self, moment: str) -> None:
        kept = self.folder / "kept" / moment
        kept.mkdir(parents=True)
        for part in (self.root, self.gateway.state, self.folder / "homes"):
            subprocess.run(["cp", "-a", str(part), str(kept / part.name)], check=True)

    def restore(self, moment: str, places: list[Place]) -> None:
        """Only these connectors, the good ones, and what the agent knows."""
        kept, names = self.folder / "kept" / moment, [*GOOD, *(place.name for place in places)]
        for part in [*self.root.iterdir(), *(self.root / ".pyenv").iterdir(), *(self.root / ".gup").iterdir()]:
            if part.name not in (".pyenv", ".gup"):
                remove(part)
        for folder in ("", ".pyenv", ".gup"):
            found = [kept / "root" / folder / name for name in names if os.path.lexists(kept / "root" / folder / name)]
            if found:
                subprocess.run(["cp", "-a", *map(str, found), str(self.root / folder)], check=True)
        for part in ("state", "homes"):
            remove(self.folder / part)
            subprocess.run(["cp", "-a", str(kept / part), str(self.folder / part)], check=True)
        for journal in (self.gateway.state / "journal").glob("*"):
            if journal.name not in names:
                journal.unlink()
        for rest in [*(self.folder / "swap").iterdir()]:
            remove(rest)
        self.gateway.log.unlink(missing_ok=True)
        self._forget_users()

    def _forget_users(self) -> None:
        self.told.unlink(missing_ok=True)
        self.told.touch()
        self.told.chmod(0o666)

    def path_of(self, place: Place) -> Path:
        generations = self.root / ".gup" / place.name
        if place.of == "virtualenv":
            virtualenv = self.root / ".pyenv" / place.name
            return virtualenv / place.file.replace("site", str(Virtualenv(virtualenv).site_packages.relative_to(virtualenv)), 1)
        if place.of == "home":
            return self.home_of(place) / place.file
        if place.of == "repository":
            return generations / "repository" / place.file
        if place.of == "generations":
            return generations
        if place.of == "generation":
            return sorted(path for path in generations.iterdir() if path.is_dir())[0] / place.file
        return self._git_file(self.root / place.name, place.file)

    @staticmethod
    def _git_file(path: Path, file: str) -> Path:
        packs = path / ".git/objects/pack"
        if file in (".git/pack", ".git/pack index"):
            return next(packs.glob("*.pack" if file == ".git/pack" else "*.idx"))
        if file == ".git/loose object":
            loose = [one for one in (path / ".git/objects").glob("??/*")]
            return loose[0] if loose else path / ".git/objects/ab" / ("0" * 38)
        return path / file

    def plant(self, kind: str, places: list[Place]) -> None:
        paths: dict[int, list[str]] = {}
        for place in places:
            path = self.path_of(place)
            plant(kind, path, self.scene._replace(owner=self.owner_of(place)))
            paths.setdefault(self.owner_of(place), []).append(str(path))
        if kind == "leased":
            for owner, mine in paths.items():
                self._start(owner, "lease", mine)
        elif kind == "swapped":
            for owner, mine in paths.items():
                self._start(owner, "swap", [[path, str(self._partner(number, Path(path), owner))] for number, path in enumerate(mine)])

    def _partner(self, number: int, path: Path, owner: int) -> Path:
        partner = self.folder / "swap" / f"{owner}-{number}"
        if number % 3 == 2:
            os.mkfifo(partner)
        else:
            partner.symlink_to(self.scene.outside if number % 3 == 1 or is_folder(path) else self.scene.secret)
        os.lchown(partner, owner, owner)
        return partner

    def _start(self, owner: int, act: str, arguments: list) -> None:
        process, said = start_as(owner, act, json.dumps(arguments))
        self._helpers.append(process)
        assert said == "ready" or said.isdigit(), said

    def stop_helpers(self) -> None:
        for process in self._helpers:
            process.kill()
            process.wait()
            process.stdout.close()
        self._helpers = []

    def run(self, *arguments: str, wrapper: list[str], limit: float = LIMIT):
        return finish(self.gateway.start(*arguments, wrapper=wrapper), "--json" in arguments, limit, self.gateway.log)

    def discard(self) -> None:
        self.stop_helpers()
        if self.has_homes:
            subprocess.run(["umount", "/etc/passwd"], check=True)
