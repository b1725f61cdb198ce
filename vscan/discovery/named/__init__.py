"""The kinds of files that name extensions, one in each module."""

from vscan.discovery.named import (
    ansible_variables,
    brewfile,
    gitpod,
    install_commands,
    install_commands_batch,
    install_commands_data,
    install_commands_powershell,
    install_commands_program,
    list_file,
    list_file_of_any_name,
    nix_expression,
    terraform,
    winget_configuration,
)
from vscan.discovery.named.interface import NamedKind

KINDS: tuple[NamedKind, ...] = (
    ansible_variables.KIND,
    brewfile.KIND,
    gitpod.KIND,
    install_commands.KIND,
    install_commands_batch.KIND,
    install_commands_data.KIND,
    install_commands_powershell.KIND,
    install_commands_program.KIND,
    list_file.KIND,
    list_file_of_any_name.KIND,
    nix_expression.KIND,
    terraform.KIND,
    winget_configuration.KIND,
)
