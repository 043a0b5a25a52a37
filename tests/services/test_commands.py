# SPDX-License-Identifier: Apache-2.0
"""gup-agent services pull-images, restart, manage-services and status, with real podman, Quadlet and systemd. No gateway is needed."""
from __future__ import annotations

import json

import pytest

UNITS = "/etc/containers/systemd"
USERS_UNITS = "/home/pi/.config/containers/systemd"
DEPENDENT = "[Unit]\nRequires={0}.service\nAfter={0}.service\n[Service]\nExecStart=sleep infinity\n{1}"


@pytest.fixture
def machine(tree):
    return Machine(tree)


class Machine:
    def __init__(self, tree):
        self.tree = tree

    def services(self, *arguments, user: str = ""):
        command = ["/usr/bin/gup-agent", "services", *arguments]
        return self.tree.as_user(user, *command) if user else self.tree.run(*command)

    def json(self, *arguments, user: str = ""):
        done = self.services(*arguments, "--json", user=user)
        document = json.loads([line for line in done.text.splitlines() if line.startswith("{")][-1])
        assert document["exit_code"] == done.code, done
        return document

    def container(self, name: str, image: str, more: str = "", folder: str = UNITS, port: int = 8080, service: str = "") -> None:
        self.tree.write(f"{folder}/{name}.container",
                        f"[Container]\nContainerName={name}\nImage={image}\nPublishPort={port}:80\n{more}\n[Service]\n{service}\n"
                        "[Install]\nWantedBy=multi-user.target default.target\n")

    def healthy(self, name: str, image: str, **more) -> None:
        self.container(name, image, "Notify=healthy\nHealthCmd=wget -q -O /dev/null http://127.0.0.1/\nHealthInterval=1s\nStopTimeout=1",
                       service="Restart=always\nTimeoutStartSec=120", **more)

    def dependent(self, name: str, of: str, at_boot: bool = True) -> None:
        self.tree.write(f"/etc/systemd/system/{name}.service", DEPENDENT.format(of, "[Install]\nWantedBy=multi-user.target\n"))
        if at_boot:
            self.tree.must("systemctl", "enable", f"{name}.service")

    def page(self, port: int = 8080) -> str:
        return self.tree.run("curl", "-s", "--max-time", "5", f"http://127.0.0.1:{port}/").text

    def starts(self, unit: str) -> int:
        """How often systemd started it."""
        return self.tree.run("journalctl", "-b", "-o", "cat", f"UNIT={unit}").text.count("Started ")


def test_pull_images_then_restart_then_status(machine, images):
    machine.healthy("web", images.one.tag)
    assert machine.services("pull-images", "--affected-services", "web").code == 0
    machine.tree.must("systemctl", "stop", "docker-registry")
    done = machine.services("restart", "--affected-services", "web")
    assert done.code == 0, done
    assert "restarted web.service" in done.text
    assert machine.page() == "one"
    [unit] = machine.json("status", "--services-to-check", "web")["units"]
    assert (unit["active"], unit["health"], unit["ok"]) == ("active", "healthy", True)
    assert unit["digest"] == images.one.digest and unit["image"] == images.one.tag
    text = machine.services("status", "--services-to-check", "web").text
    assert "healthy" in text and images.one.digest[:19] in text


def test_pull_images_tells_what_failed_and_goes_on(machine, images):
    machine.container("gone", "127.0.0.1:5000/web:gone")
    machine.container("web", images.one.tag)
    machine.container("made", "localhost/made-here:1", "Pull=never")
    done = machine.services("pull-images", "--affected-services", "gone web made nothing")
    assert done.code == 1
    assert "manifest unknown" in done.text and f"pulled {images.one.tag}" in done.text
    assert "nothing has no units" in done.text and "made-here" not in done.text
    document = machine.json("pull-images", "--affected-services", "gone", "--affected-services", "web")
    assert [(one["image"], one["ok"]) for one in document["images"]] == [("127.0.0.1:5000/web:gone", False), (images.one.tag, True)]
    assert document["images"][0]["error"]["code"] == "not_found"
    assert machine.services("pull-images", "--affected-services", "nothing").code == 0
    assert machine.services("pull-images").code == 0


def test_a_dependent_is_restarted_once_and_one_that_failed_comes_back(machine, images):
    machine.healthy("web", images.one.tag)
    machine.dependent("dep", "web")
    machine.dependent("far", "dep")
    machine.dependent("idle", "web", at_boot=False)
    assert machine.services("restart", "--affected-services", "web").code == 0
    machine.healthy("web", images.crash.tag)
    done = machine.services("restart", "--affected-services", "web", "--within", "20s")
    assert done.code == 1, done
    assert "web.service" in done.text
    assert machine.tree.active("dep.service") != "active"
    machine.healthy("web", images.two.tag)
    done = machine.services("restart", "--affected-services", "web")
    assert done.code == 0, done
    assert [machine.tree.active(f"{unit}.service") for unit in ("web", "dep", "far", "idle")] == ["active", "active", "active", "inactive"]
    assert machine.page() == "two"
    before = machine.starts("dep.service")
    assert machine.services("restart", "--affected-services", "web").code == 0
    assert machine.starts("dep.service") == before + 1


def test_a_sick_container_ends_the_restart_at_its_limit(machine, images):
    machine.healthy("web", images.sick.tag)
    done = machine.services("restart", "--affected-services", "web", "--within", "3s")
    assert done.code == 1, done
    assert "was not up within 3.0 s" in done.text or "cannot restart web.service" in done.text
    assert machine.json("status", "--services-to-check", "web")["exit_code"] == 1


def test_a_container_that_ends_after_its_start_is_noticed(machine, images):
    machine.container("web", images.crash.tag)
    done = machine.services("restart", "--affected-services", "web")
    assert done.code == 1, done
    assert "exit-code 7" in done.text


def test_quadlets_own_words_tell_why_a_unit_is_missing(machine, images):
    machine.container("web", images.one.tag, "Foo=1")
    machine.healthy("fine", images.one.tag, port=8081)
    done = machine.services("restart", "--affected-services", "web fine")
    assert done.code == 1
    assert "unsupported key 'Foo'" in done.text
    assert "restarted fine.service" in done.text


def test_a_stack_whose_file_is_gone_is_stopped_and_others_are_not(machine, images):
    machine.container("gw-web", images.one.tag)
    machine.container("other", images.two.tag, port=8081)
    assert machine.services("restart", "--affected-services", "gw-web other").code == 0
    for name in ("gw-web", "other"):
        machine.tree.file(f"{UNITS}/{name}.container").unlink()
    done = machine.services("restart", "--affected-services", "gw")
    assert done.code == 0, done
    assert "stopped gw-web.service" in done.text
    assert machine.tree.active("gw-web.service") == "inactive"
    assert machine.tree.active("other.service") == "active"


def test_units_of_a_plain_user(machine, images):
    tree = machine.tree
    machine.healthy("web", images.one.tag, folder=USERS_UNITS)
    tree.must("chown", "-R", "pi:", "/home/pi/.config")
    assert machine.services("pull-images", "--affected-services", "web", user="pi").code == 0
    done = machine.services("restart", "--affected-services", "web", user="pi")
    assert done.code == 0, done
    assert machine.page() == "one"
    assert tree.active("web.service", user="pi") == "active"
    [unit] = machine.json("status", user="pi", *["--services-to-check", "web"])["units"]
    assert unit["ok"] and unit["digest"] == images.one.digest
    assert tree.run("podman", "ps", "--quiet").text.strip() == ""


def test_the_words_of_the_release_utility(machine, images):
    machine.healthy("web", images.one.tag, folder=USERS_UNITS)
    tree = machine.tree
    tree.must("chown", "-R", "pi:", "/home/pi/.config")
    tree.file("/usr/bin/release-tool").symlink_to("gup-agent")
    assert tree.as_user("pi", "release-tool", "pull-images", "--affected-services", "web", "--units-dir", USERS_UNITS).code == 0
    done = tree.as_user("pi", "release-tool", "manage-services", "restart", "--affected-services", "web", "--units-dir", USERS_UNITS)
    assert done.code == 0, done
    assert tree.active("web.service", user="pi") == "active"
    done = tree.as_user("pi", "release-tool", "manage-services", "status", "--services-to-check", "web")
    assert done.code == 0 and "healthy" in done.text
    assert machine.services("manage-services", "restart", "--affected-services", "web").code == 0  # root has no such unit
    assert machine.services("manage-services", "start").code == 2


def test_without_names_the_units_are_reloaded(machine, images):
    machine.container("web", images.one.tag)
    done = machine.services("restart")
    assert done.code == 0 and "reloaded the units" in done.text
    assert machine.tree.show("web.service", "LoadState") == ["loaded"]
    assert machine.tree.active("web.service") == "inactive"
