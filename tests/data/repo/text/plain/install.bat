@echo off
call code --install-extension ms-python.python
call code --install-extension ms-vscode.cpptools
