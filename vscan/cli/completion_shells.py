"""The completion scripts of bash, zsh and fish, and what they ask ``vscan``.

The scripts of click 8 lose the completion of paths: bash completes none after ``-o json=``, adds a
space after ``json=``, and expands a ``*`` among the suggestions.

Where ``vscan`` is not found or fails, the shell completes paths. A script hands over the command
line up to the cursor. It gets lines of a kind, a value and a description, separated by tabs. The
kinds are ``plain``, a whole word; ``open``, a word that goes on, so that no space follows;
``file`` and ``dir``, a path that the shell completes. The value of a path is the number of
characters of the word that stand before it, as in ``json=report.json``.
"""

import os
from typing import Any, ClassVar

from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    split_arg_string,
)

_BASH = r"""
%(complete_func)s() {
    local answer kind value description paths=
    COMPREPLY=()
    answer=$(env %(complete_var)s=bash_complete COMP_LINE="${COMP_LINE:0:COMP_POINT}" \
        COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null) || return 0
    while IFS=$'\t' read -r kind value description; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            open) COMPREPLY+=("$value"); compopt -o nospace 2>/dev/null ;;
            file) paths=yes ;;
            dir) paths=yes; compopt -o dirnames 2>/dev/null ;;
        esac
    done <<< "$answer"
    [[ -n $paths ]] || compopt +o default 2>/dev/null
}
complete -o default -F %(complete_func)s %(prog_name)s
"""

_ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a fields plain open described
    local answer line
    answer=$(env %(complete_var)s=zsh_complete COMP_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \
        %(prog_name)s 2>/dev/null) || { _files; return }
    for line in "${(@f)answer}"; do
        fields=("${(@ps:\t:)line}")
        case $fields[1] in
            plain)
                if [[ -n $fields[3] ]]; then described+=("${fields[2]//:/\\:}:$fields[3]")
                else plain+=("$fields[2]"); fi ;;
            open) open+=("$fields[2]") ;;
            file) compset -p $fields[2]; _path_files ;;
            dir) compset -p $fields[2]; _path_files -/ ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    (( $#open )) && compadd -U -V unsorted -S '' -a open
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = r"""
function %(complete_func)s_ask
    set -l line (commandline -cp | string collect)
    if test "$%(complete_func)s_line" != "$PWD $line"
        set -g %(complete_func)s_line "$PWD $line"
        set -g %(complete_func)s_answer (env %(complete_var)s=fish_complete COMP_LINE=$line \
            %(prog_name)s 2>/dev/null); or set %(complete_func)s_answer file
    end
end
function %(complete_func)s_paths
    %(complete_func)s_ask
    string match -q 'file*' -- $%(complete_func)s_answer
end
function %(complete_func)s_words
    %(complete_func)s_ask
    for line in $%(complete_func)s_answer
        set -l fields (string split \t -- $line)
        switch $fields[1]
            case plain open
                printf '%%s\t%%s\n' $fields[2] "$fields[3]"
            case dir
                __fish_complete_directories (commandline -ct) ''
        end
    end
end
complete --command %(prog_name)s --no-files --arguments '(%(complete_func)s_words)'
complete --command %(prog_name)s --condition %(complete_func)s_paths --force-files
"""


class _Shell(ShellComplete):
    """Reads the command line up to the cursor, whatever the shell, and answers in lines."""

    _word = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Split the command line into the words before the one at the cursor, and that one."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        open_word = bool(line) and not line[-1].isspace()
        self._word = words.pop() if words and open_word else ""
        return words[1:], self._word

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Write one line."""
        if item.type in {"file", "dir"}:
            typed = str(item.value)
            return f"{item.type}\t{len(self._word) - len(typed)}"
        value = str(item.value)
        option, equals, _ = self._word.partition("=")
        if equals and option.startswith("--") and not value.startswith("--"):
            value = f"{option}={value}"
        kind = "open" if value.endswith(("=", ",")) else "plain"
        return "\t".join((kind, self.shorten(value), " ".join((item.help or "").split())))

    def shorten(self, value: str) -> str:
        """Give what the shell puts in the place of its word."""
        return value


class _Bash(_Shell):
    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = _BASH

    def shorten(self, value: str) -> str:
        """Leave out what bash takes for words of their own: it splits at ``=`` and ``:``."""
        breaks = os.environ.get("COMP_WORDBREAKS", "=:")
        for mark in "=:":
            before = self._word.rpartition(mark)[0]
            if mark in breaks and before and value.startswith(before + mark):
                value = value[len(before) + 1 :]
        return value


class _Zsh(_Shell):
    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = _ZSH


class _Fish(_Shell):
    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = _FISH


def register() -> None:
    """Have click use these scripts for the three shells."""
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell)
