# SPDX-License-Identifier: Apache-2.0
"""The scan of root for connectors."""
from __future__ import annotations

from completed import Has
from gateway import git


def test_every_folder_with_a_gupfile_is_a_connector_sorted_by_name(gateway):
    for name in ("zebra", "Alpha", "alpha-2", "alpha"):
        gateway.connector(name)
    (gateway.root / "notes").mkdir()
    (gateway.root / "README").write_text("not a folder\n")
    run = gateway.now()
    assert run.code == 0, run
    assert list(run.connectors) == ["Alpha", "alpha", "alpha-2", "zebra"]


def test_a_hidden_folder_is_passed_over_silently(gateway):
    gateway.connector(".hidden")
    gateway.connector("seen")
    run = gateway.now()
    assert list(run.connectors) == ["seen"]
    assert ".hidden" not in run.err


def test_a_link_that_leaves_root_is_refused_with_a_warning(gateway):
    outside = gateway.folder / "outside"
    connector = gateway.connector("inside", "")
    connector.path.rename(outside)
    (gateway.root / "inside").symlink_to(outside)
    connector.push({"new": "new\n"})
    run = gateway.now()
    assert run.code == 0, run
    assert run.connectors == {}
    assert "inside" in run.err and "leaves" in run.err, run
    assert not (outside / "new").exists()


def test_a_link_to_a_folder_below_root_is_followed(gateway):
    connector = gateway.connector("meter")
    (gateway.root / ".gup/meter").mkdir(parents=True)
    connector.path.rename(gateway.root / ".gup/meter/1")
    (gateway.root / "meter").symlink_to(".gup/meter/1")
    connector.push({"new": "new\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.read("new") == "new\n"
    assert (gateway.root / "meter").is_symlink()


def test_two_names_of_one_folder_are_updated_once(gateway):
    connector = gateway.connector("a-meter")
    (gateway.root / "b-meter").symlink_to("a-meter")
    connector.push({"new": "new\n"})
    run = gateway.now()
    assert run.outcomes() == {"a-meter": "updated"}, run
    assert "b-meter" in run.err


def test_a_gupfile_that_is_not_a_regular_file_makes_no_connector(gateway):
    (gateway.root / "folder/gupfile").mkdir(parents=True)
    (gateway.root / "link").mkdir()
    (gateway.root / "link/gupfile").symlink_to("/etc/hostname")
    gateway.connector("good")
    run = gateway.now()
    assert list(run.connectors) == ["good"]
    assert "folder" in run.err and "link" in run.err and "regular file" in run.err, run


def test_a_name_that_matches_nothing_is_an_error_with_the_nearest_name(gateway):
    connector = gateway.connector("smart-meter")
    connector.push({"new": "new\n"})
    run = gateway.run("now", "smart-meter", "smart-metre")
    assert run.code == 2, run
    assert "smart-metre" in run.err and "did you mean smart-meter?" in run.err, run
    assert not (connector.path / "new").exists(), "nothing happens when a name is wrong"
    assert gateway.run("check", "nothing-like-it").code == 2
    assert gateway.run("status", "nothing-like-it").code == 2


def test_names_choose_the_connectors(gateway):
    chosen, other = gateway.connector("chosen"), gateway.connector("other")
    for connector in (chosen, other):
        connector.push({"new": "new\n"})
    run = gateway.now("chosen")
    assert run.outcomes() == {"chosen": "updated"}, run
    assert (chosen.path / "new").exists() and not (other.path / "new").exists()


def test_a_root_without_connectors_is_fine(gateway):
    run = gateway.now()
    assert run.code == 0, run
    assert run.connectors == {}


def test_a_missing_root_is_a_configuration_error(gateway):
    gateway.configure(root=str(gateway.folder / "nowhere"))
    run = gateway.run("now")
    assert run.code == 2, run
    assert "nowhere" in run.err and "hint" in run.err, run


def test_a_folder_without_a_repository_is_skipped(gateway):
    (gateway.root / "plain").mkdir()
    (gateway.root / "plain/gupfile").write_text("")
    run = gateway.now()
    assert run.code == 0, run
    run.must("plain", outcome="skipped", reason=Has("repository"))


def test_a_repository_that_contains_root_is_not_touched(gateway):
    around = gateway.remote("around")
    before = around.push({"root/plain/gupfile": "", "file": "1\n"})
    gateway.root.rmdir()
    git("clone", "-q", around.bare, gateway.folder / "clone")
    gateway.configure(root=str(gateway.folder / "clone/root"))
    around.push({"file": "2\n"})
    run = gateway.now()
    run.must("plain", outcome="skipped")
    assert git("-C", gateway.folder / "clone", "rev-parse", "HEAD") == before
