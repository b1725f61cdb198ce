"""Broken copies of files that name extensions, and the ids that the editor's parser reads in them.

``tests/data/json_mutants.json`` has the answers of jsonc-parser 3.3.1. They are made anew by
``python -m tests.json_mutants DIRECTORY``, where ``npm install jsonc-parser@3.3.1`` ran in the
directory; the tests need no node.
"""

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ANSWERS = Path(__file__).parent / "data" / "json_mutants.json"
NUMBER = 3000
_SEED = 17
_INSERTED = '",[]{}:/*\\\n\r\t-@. ux0e1é😀'

# The kind of each file, and the lists of ids in it.
PATHS = {
    "workspace-recommendations": (("recommendations",),),
    "workspace-file": (("extensions", "recommendations"),),
    "dev-container": (("customizations", "vscode", "extensions"),),
    "editor-settings": (("dev.containers.defaultExtensions",), ("remote.SSH.defaultExtensions",)),
}
FILES = (
    (
        "workspace-recommendations",
        (
            '{\n  // See https://example.com/extensions\n  "recommendations": [\n'
            '    "ms-python.python",\n    "charliermarsh.ruff", // lint\n    /* "not.this", */\n'
            '    "EditorConfig.EditorConfig",\n  ],\n'
            '  "unwantedRecommendations": ["x.unwanted"]\n}\n'
        ),
    ),
    (
        "workspace-recommendations",
        '{"recommendations":["golang.go","redhat.vscode-yaml","a-b.c-d","acme.tools"]}',
    ),
    (
        "dev-container",
        (
            '{\r\n\t"name": "Größe 😀",\r\n\t"image": "mcr.example.com/base:1",\r\n'
            '\t"features": {"ghcr.io/devcontainers/features/node:1": {"version": "lts"}},\r\n'
            '\t"customizations": {\r\n'
            '\t\t"vscode": {\r\n\t\t\t"settings": {"a.b": [1, -2.5e3, true]},'
            '\r\n\t\t\t"extensions": [\r\n'
            '\t\t\t\t"ms-vscode.cpptools",\r\n\t\t\t\t"-acme.removed",\r\n'
            '\t\t\t\t"acme.pinned@1.2.3",\r\n\t\t\t\t"acme\\u002done.next@prerelease"\r\n\t\t\t]\r\n'
            '\t\t}\r\n\t},\r\n\t"forwardPorts": [3000, 5432]\r\n}\r\n'
        ),
    ),
    (
        "workspace-file",
        (
            '{\n\t"folders": [{"path": "."}, {"path": "../api", "name": "the \\"api\\""}],\n'
            '\t"settings": {"editor.formatOnSave": true, "files.exclude": {"**/*.pyc": true}},\n'
            '\t"extensions": {\n'
            '\t\t"recommendations": ["dbaeumer.vscode-eslint", "esbenp.prettier",'
            ' "acme.last"],\n\t\t"unwantedRecommendations": []\n\t}\n}\n'
        ),
    ),
    (
        "editor-settings",
        (
            '{\n  "editor.rulers": [80, 100],\n'
            '  "[python]": {"editor.defaultFormatter": "no.thing"},\n'
            '  "dev.containers.defaultExtensions": ["eamodio.gitlens", "acme.tools@2.0.0"],\n'
            '  /* ssh */ "remote.SSH.defaultExtensions": ["acme.remote"], "x": null,\n}\n'
        ),
    ),
)

_READER = """
const { parse, parseTree, findNodeAtLocation, getNodeValue } = require('jsonc-parser');
const { mutants, paths } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const answers = mutants.map(([kind, text]) => {
  const found = new Set();
  const add = (list) => Array.isArray(list) &&
    list.forEach((item) => typeof item === 'string' && found.add(item));
  for (const options of [{}, { allowTrailingComma: true }]) {
    const value = parse(text, [], options);
    const tree = parseTree(text, [], options);
    for (const path of paths[kind]) {
      add(path.reduce((inner, key) => inner?.[key], value));
      const node = tree && findNodeAtLocation(tree, path);
      if (node) add(getNodeValue(node));
    }
  }
  return [...found].sort();
});
console.log(JSON.stringify(answers));
"""


def mutants() -> Iterator[tuple[str, str]]:
    """Give the kind and the text of each: the same ones in every version of Python."""
    generator = random.Random(_SEED)

    def below(limit: int) -> int:
        return int(generator.random() * limit)

    for number in range(NUMBER):
        kind, text = FILES[number % len(FILES)]
        for _ in range(1 + below(2)):
            start = below(len(text) + 1)
            end = start + 1 + below(3)
            change = below(10)
            if change < 4:
                text = text[:start] + text[end:]
            elif change < 7:
                added = "".join(_INSERTED[below(len(_INSERTED))] for _ in range(end - start))
                text = text[:start] + added + text[start:]
            elif change < 9:
                text = text[:end] + text[start:]
            else:
                text = text[:start]
        yield kind, text


def digest() -> str:
    """Give a digest of all mutants, by which the answers say what they are of."""
    return hashlib.sha256(json.dumps(list(mutants())).encode()).hexdigest()


def main(directory: str) -> None:
    """Ask the parser in the directory, and write its answers; each different one once."""
    question = json.dumps({"mutants": list(mutants()), "paths": PATHS})
    done = subprocess.run(
        ["node", "-e", _READER], cwd=directory, input=question, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    texts = [json.dumps(answer) for answer in json.loads(done.stdout)]
    different = list(dict.fromkeys(texts))
    lines = ",\n".join(different)
    numbers = ",".join(str(different.index(text)) for text in texts)
    ANSWERS.write_text(
        f'{{"mutants":"{digest()}",\n"answers":[\n{lines}\n],\n"of":[{numbers}]}}\n', "utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1])
