"""The label ``devcontainer.metadata`` outside of Dockerfiles, in the quotes of each format."""

import pytest

from tests.unit.discovery.named_text import KINDS, read

SHELL = KINDS["install-commands"]
DATA = KINDS["install-commands-data"]
JSON = '[{"customizations":{"vscode":{"extensions":["a.b"]}}}]'
ESCAPED = JSON.replace('"', '\\"')


@pytest.mark.parametrize(
    "text",
    [
        f"labels:\n  - devcontainer.metadata={JSON}\n",
        f"labels:\n  - 'devcontainer.metadata={JSON}'\n",
        f'labels:\n  - "devcontainer.metadata={ESCAPED}"\n',
        f"labels:\n  devcontainer.metadata: '{JSON}'\n",
        f'labels:\n  "devcontainer.metadata": "{ESCAPED}"\n',
        f"labels:\n  devcontainer.metadata: |\n    {JSON}\n",
        f"labels:\n  devcontainer.metadata: >-\n    {JSON}\n  other: x\n",
        f"docker build --label 'devcontainer.metadata={JSON}' .\n",
        f'docker build --label devcontainer.metadata="{ESCAPED}" .\n',
        f"build:\n  dockerfile_inline: |\n    FROM x\n    LABEL devcontainer.metadata='{JSON}'\n",
    ],
)
def test_a_label_is_read(text: str) -> None:
    assert read(text, SHELL) == ["a.b"]


def test_a_label_in_the_arguments_of_a_dev_container_is_read() -> None:
    text = f'{{"runArgs": ["--label", "devcontainer.metadata={ESCAPED}"]}}'
    assert read(text, DATA) == ["a.b"]


@pytest.mark.parametrize(
    "text",
    [
        'x --label "devcontainer.metadata=$M"\n',
        "x --label devcontainer.metadata=$(cat m.json)\n",
        "labels:\n  devcontainer.metadata: *m\n",
    ],
)
def test_a_label_whose_value_is_elsewhere_is_unresolved(text: str) -> None:
    assert read(text, SHELL) == ["input-unresolved"]


@pytest.mark.parametrize(
    "text",
    [
        f"# devcontainer.metadata={JSON}\n",
        'labels:\n  devcontainer.metadata: \'[{"remoteUser":"x"}]\'\n',
        f"FROM x\nENV devcontainer.metadata='{JSON}'\n",
    ],
)
def test_what_is_no_label_that_installs_is_nothing(text: str) -> None:
    assert read(text, SHELL) == []
