# SPDX-License-Identifier: Apache-2.0
"""Each command of docs/getting-started.md runs for real, as a plain user, and shows what the page says."""
from __future__ import annotations

import pytest

import walkthrough
from gateway import PROJECT

PAGE = PROJECT / "docs/getting-started.md"


@pytest.mark.native_only("the page's user calls the program by its path")
def test_every_command_of_the_page_shows_what_the_page_says(folder, web):
    walked = walkthrough.walk(PAGE.read_text(encoding="utf-8"), folder, web)
    differences = walkthrough.compare(walked)
    assert len(walked) >= 15 and not differences, "make reference mends the page:\n" + "\n".join(differences)


PAGE_OF_TEST = """# A page
```console
$ echo one; echo 2026-11-30T17:13:39+0000 abcdef0
one
{shown}
$ cat <<'END'
> two
>
> END
two

```
"""


@pytest.mark.parametrize("shown, is_right", [("2001-01-01T00:00:00+0000 1234567", True), ("2001-01-01T00:00:00+0000 three", False)])
def test_only_what_differs_from_run_to_run_may_differ(folder, web, shown, is_right):
    page = PAGE_OF_TEST.replace("{shown}", shown)
    walked = walkthrough.walk(page, folder, web)
    assert [step.command for step, _ in walked] == ["echo one; echo 2026-11-30T17:13:39+0000 abcdef0", "cat <<'END'\ntwo\n\nEND"]
    assert (walkthrough.compare(walked) == []) is is_right
    mended = walkthrough.mended(page, walked)
    assert walkthrough.compare([(step, real) for step, (_, real) in zip(
        [one for block in walkthrough.BLOCK.findall(mended) for one in walkthrough.steps_of(block)], walked)]) == []
    assert (mended == page) is is_right
