REM code --install-extension a.b
@rem code --install-extension a.b
:: code --install-extension a.b
