code --install-extension ms-vscode.powershell
code --install-extension "ms-dotnettools.csharp"
