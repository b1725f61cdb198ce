<#
  Sets up VS Code
#>
$Extensions = @(
    'ms-vscode.powershell',  # PowerShell
    "ms-dotnettools.csharp"
)
foreach ($extension in $extensions) {
    code --install-extension $Extension --force
}
'golang.go', 'rust-lang.rust-analyzer' | ForEach-Object { code --install-extension $_ }
Get-Content "$PSScriptRoot\extensions.txt" | % {
    code-insiders `
        --install-extension $_
}
