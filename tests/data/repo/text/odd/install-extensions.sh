#!/usr/bin/env bash
# code --install-extension commented.out
extensions=(
  "ms-python.python"   # Python
  # "commented.out-too"
  'EditorConfig.EditorConfig' golang.go
)
extensions+=(hashicorp.terraform)
for extension in "${extensions[@]}"; do
  code --install-extension "${extension}" --force
done
for e in eamodio.gitlens usernamehw.errorlens; do code --install-extension $e; done
while read -r line; do
  codium --install-extension "$line"
done < "$(dirname "$0")/extensions.txt"
while IFS= read -r other; do
  codium --install-extension "$other"
done <<'LIST'
vscodevim.vim
# a remark
jdinhlife.gruvbox
LIST
cat vscode/list.txt | xargs -L 1 code --install-extension
xargs -n1 code --install-extension < "$HOME/.dotfiles/vscode/more.txt"
install_extension() {
  local id="$1"
  code --install-extension "$id"
}
install_extension humao.rest-client
install_extension "streetsidesoftware.code-spell-checker"
printf '%s\n' pkief.material-icon-theme | xargs -I{} code --install-extension {} --force
code --uninstall-extension not.this
if code --list-extensions | grep -q x.y; then :; fi
