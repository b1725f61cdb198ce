code --uninstall-extension a.b
code --list-extensions --show-versions
# code --install-extension a.b
   # then: code --install-extension c.d
ls # code --install-extension e.f
