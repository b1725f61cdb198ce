@echo off
REM call code --install-extension commented.out
:: call code --install-extension commented.out
set EXTS=golang.go redhat.java
for %%e in (%EXTS%) do call code --install-extension %%e
for %%x in (
  ms-python.python
  ms-vscode.cpptools
) do (
  call code --install-extension %%x
)
for /f "tokens=*" %%l in (extensions.txt) do call code --install-extension %%l
call :install vscodevim.vim
goto :eof
:install
call code --install-extension %1
