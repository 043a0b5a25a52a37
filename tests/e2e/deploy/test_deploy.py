# SPDX-License-Identifier: Apache-2.0
"""gup-agent deploy does the work of repo-deploy, with its configuration file, options, hooks and environment."""
from __future__ import annotations

import fcntl
import os
import signal
import zipfile
from pathlib import Path

import pytest

from completed import Has
from gateway import finish, wait_for


def test_a_folder_of_a_branch_over_ssh(deployment, app, sshd):
    app.push({"deploy/main.py": "2\n"}, branch="stable")
    app.push({"deploy/main.py": "3\n"}, branch="main")
    deployment.configure(remote=f"{sshd.scp_like(app.bare)}/deploy#stable")
    run = deployment.fetch(env={"GIT_SSH_COMMAND": sshd.command()})
    assert run.code == 0, run
    assert run.outcome == "updated", run
    assert deployment.files() == ["gone.py", "main.py"] and deployment.text() == "2\n"
    app.push({"deploy/main.py": "4\n", "deploy/gone.py": None}, branch="stable")
    assert deployment.fetch(env={"GIT_SSH_COMMAND": sshd.command()}).outcome == "updated"
    assert deployment.files() == ["main.py"] and deployment.text() == "4\n"


def publish(folder: Path, time: int, **files: str) -> None:
    """An archive that is on the server since `time`; nginx makes its ETag from that."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "app.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    os.utime(folder / "app.zip", (time, time))


def test_an_archive_of_a_web_server_and_a_hook_that_reverts_it(deployment, gateway, web):
    served = gateway.folder / "served"
    publish(served, 1_700_000_000, main="1\n", gone="1\n")
    deployment.configure(remote=f"{web.files(served)}app.zip")
    assert deployment.fetch().outcome == "updated" and deployment.files() == ["gone.py", "main.py"]
    assert deployment.fetch().outcome == "unchanged"
    publish(served, 1_700_000_001, main="2\n")
    deployment.hook(deployment.post, 'grep -q 1 "$CURRENT_CONFIG/main.py"')
    reverted = deployment.fetch()
    assert reverted.code == 6, reverted
    assert deployment.text() == "1\n", reverted
    assert deployment.files() == ["gone.py", "main.py"], reverted
    (deployment.post / "10-hook").unlink()
    assert deployment.fetch().code == 0
    assert deployment.text() == "2\n"
    assert deployment.files() == ["main.py"]


def test_cron_gets_output_only_when_something_happened(deployment, app):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    first = deployment.gateway.run("deploy", "-f", *deployment.options)
    assert first.code == 0, first
    assert first.out.splitlines()[-1] == "1 updated", first
    assert first.err == "", first
    log = deployment.gateway.log_lines()
    second = deployment.gateway.run("deploy", "-f", *deployment.options)
    assert (second.code, second.out, second.err) == (0, "", "") and deployment.gateway.log_lines() == log, second


def test_the_exit_code_tells_what_happened(deployment, app, gateway):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    assert (deployment.fetch().code, deployment.fetch().outcome) == (0, "unchanged")
    missing = deployment.fetch("-r", f"{app.bare.as_uri()}/deploy#nowhere")
    assert (missing.code, missing.outcome) == (1, "failed"), missing
    missing.must("current", reason=Has("nowhere"))
    assert deployment.fetch("-r", "git+http://127.0.0.1:1/app.git").code == 4
    with open(deployment.cache / "state/lock", "a") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        assert deployment.fetch().code == 3
    app.push({"deploy/main.py": "2\n"})
    deployment.hook(deployment.pre, "echo not now; exit 7")
    blocked = deployment.fetch()
    assert (blocked.code, blocked.outcome) == (5, "blocked") and blocked.events[-1]["exit_code"] == 5, blocked
    assert deployment.text() == "1\n"
    deployment.hook(deployment.pre, "exit 0")
    deployment.hook(deployment.post, "exit 1")
    reverted = deployment.fetch()
    assert (reverted.code, reverted.outcome) == (6, "rolled_back") and deployment.text() == "1\n", reverted


def test_a_failed_hook_runs_again_in_the_next_run(deployment, app):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    assert deployment.fetch().code == 0
    app.push({"deploy/main.py": "2\n"})
    for folder, code in ((deployment.pre, 5), (deployment.post, 6)):
        deployment.hook(folder, f"test -e {deployment.gateway.folder}/agreed")
        assert [deployment.fetch().code for _ in range(2)] == [code, code]
        (deployment.gateway.folder / "agreed").touch()
        if folder == deployment.pre:
            (folder / "10-hook").unlink()
            (deployment.gateway.folder / "agreed").unlink()
    assert deployment.text() == "1\n"
    assert deployment.fetch().outcome == "updated" and deployment.text() == "2\n"


def test_hooks_compare_the_old_folder_with_the_new_one(deployment, app):
    script = ('{ echo "$(cat "$CURRENT_CONFIG/main.py") $(cat "$PREVIOUS_CONFIG/main.py" 2>/dev/null) $OF_THE_OPERATOR"; '
              'echo "$CURRENT_CONFIG" "$PREVIOUS_CONFIG"; } >>')
    said = deployment.gateway.folder / "said"
    deployment.hook(deployment.pre, f"{script} {said}-pre")
    deployment.hook(deployment.post, f"{script} {said}-post")
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    assert deployment.fetch(env={"OF_THE_OPERATOR": "x"}).code == 0
    app.push({"deploy/main.py": "2\n"})
    assert deployment.fetch(env={"OF_THE_OPERATOR": "x"}).code == 0
    for phase in ("pre", "post"):
        lines = Path(f"{said}-{phase}").read_text().splitlines()
        assert lines[0] == "1  x" and lines[2] == "2 1 x", lines
    place = str(deployment.local)
    assert Path(f"{said}-pre").read_text().splitlines()[3].split()[1] == place, "the running one"
    assert Path(f"{said}-post").read_text().splitlines()[3].split()[0] == place, "the new one, in its place"


def test_another_remote_gives_a_new_release(deployment, app, gateway):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    assert deployment.fetch().code == 0
    other = gateway.remote("other")
    other.push({"new.py": "of another history\n"})
    deployment.configure(remote=f"git+{other.bare.as_uri()}")
    run = deployment.fetch()
    assert run.code == 0, run
    assert deployment.files() == ["new.py"], run
    assert list(run.connectors) == ["current"]


def test_the_older_keys_and_the_environment_of_the_container(deployment, app):
    folder = deployment.gateway.folder / "older"
    deployment.file.write_text(f"directory={folder}\nrepository={app.bare.as_uri()}/deploy\nid=web\n")
    run = deployment.fetch()
    assert run.code == 0, run
    assert (folder / "current/main.py").read_text() == "1\n", run
    assert f"{deployment.file}:3: id is not a key of repo-deploy" in run.err
    deployment.file.write_text("")
    run = deployment.fetch(env={"REMOTE_REPOSITORY": f"{app.bare.as_uri()}/other", "LOCAL_REPOSITORY": str(deployment.local)})
    assert run.code == 0, run
    assert deployment.files() == ["secret"], run


@pytest.mark.parametrize("text, said", [
    ("remote=nothing\n", ":1: nothing is not a source|:1: "),
    ("schedule=* * *\nremote=https://host/app.zip\n", ":1: "),
    ("remote\n", ":1: a line is key=value"),
    ("", "there is no remote to deploy"),
    (None, "repo-deploy.cfg"),
])
def test_a_malformed_file_is_refused(deployment, text, said):
    if text is not None:
        deployment.file.write_text(text)
    run = deployment.fetch()
    assert run.code == 2, run
    assert any(part in run.err for part in said.split("|")), run
    assert not deployment.cache.exists()


def test_no_credentials_are_shown_anywhere(deployment, app, web):
    remote = web.private(app.bare, web.login)
    deployment.configure(remote=f"{remote}/deploy", aws_access_key="AKIAEXAMPLE", aws_secret_key="w0rd/of+s3")
    trusted = {"GUP_NETWORK_CA_FILE": str(web.authority.ca)}
    runs = [deployment.gateway.run("deploy", "-f", "-v", *deployment.options, env=trusted)]
    assert runs[0].code == 0 and deployment.text() == "1\n", runs[0]
    deployment.configure(remote=f"{remote.replace(web.password, 'wr0ng-p4ss')}/deploy")
    runs.append(deployment.gateway.run("deploy", "-f", "-v", *deployment.options, env=trusted))
    assert runs[1].code == 1, runs[1]
    deployment.configure(remote=f"{remote}/deploy#")
    runs.append(deployment.gateway.run("deploy", "-f", *deployment.options, env=trusted))
    assert runs[2].code == 2, runs[2]
    shown = "".join(run.out + run.err for run in runs) + "\n".join(deployment.gateway.log_lines())
    shown += "".join(path.read_text() for path in (deployment.cache / "state").glob("*.json"))
    assert "localhost" in shown
    assert not any(secret in shown for secret in (web.password, "wr0ng-p4ss", web.basic, "w0rd/of+s3"))


@pytest.mark.native_only("signals and /proc are those of the emulator")
def test_without_f_it_deploys_at_once_and_stays(deployment, app, gateway):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy", schedule="0 2 29 2 *")
    daemon = gateway.start("deploy", *deployment.options)
    try:
        wait_for(lambda: (deployment.local / "main.py").exists() or daemon.poll() is not None, "the first deployment")
        app.push({"deploy/main.py": "2\n"})
        wait_for(lambda: "run finished: 1 updated" in gateway.log.read_text(), "the end of the first run")
        daemon.send_signal(signal.SIGUSR1)
        wait_for(lambda: deployment.text() == "2\n", "what is new")
        deployment.configure(remote=f"{app.bare.as_uri()}/other", schedule="0 2 29 2 *")
        daemon.send_signal(signal.SIGHUP)
        wait_for(lambda: "configuration read again" in gateway.log.read_text(), "the file is read again")
        daemon.send_signal(signal.SIGUSR1)
        wait_for(lambda: deployment.files() == ["secret"], "the other folder")
        deployment.file.write_text("remote=\n")
        daemon.send_signal(signal.SIGHUP)
        wait_for(lambda: "the previous configuration stays in force" in gateway.log.read_text(), "a wrong file is refused")
    finally:
        daemon.send_signal(signal.SIGTERM)
        done = finish(daemon)
    assert done.code == 0, done


def test_import_prints_what_deploy_works_by(deployment, app, gateway):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    assert deployment.fetch().code == 0
    printed = gateway.run("import", "repo-deploy", *deployment.options)
    assert printed.code == 0, printed
    assert printed.err == "", printed
    gateway.config_file = gateway.folder / "imported.toml"
    gateway.config_file.write_text(printed.out)
    assert gateway.now().outcomes() == {"current": "unchanged"}
    assert gateway.status()["current"]["outcome"] == "updated", "one state for both"
    app.push({"deploy/main.py": "2\n"})
    assert gateway.now().outcomes() == {"current": "updated"} and deployment.text() == "2\n"


def test_import_warns_of_the_secret_that_it_prints(deployment, gateway):
    deployment.configure(remote="s3://bucket/app.zip", aws_access_key="AKIAEXAMPLE", aws_secret_key="w0rd/of+s3=")
    printed = gateway.run("import", "repo-deploy")
    assert printed.code == 0, printed
    assert "umask 077" in printed.err, printed
    assert "w0rd" not in printed.err, printed
    assert 'access-key = "AKIAEXAMPLE"' in printed.out.replace("'", '"') and "w0rd/of+s3=" in printed.out
    assert 'local  = ' in printed.out and "/var/cache/repo-deploy" in printed.out and "/etc/repo-deploy/pre-update.d" in printed.out
