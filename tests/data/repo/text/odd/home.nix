{ pkgs, lib, ... }:
let
  # { name = "out"; publisher = "commented"; }
  extra = pkgs.vscode-utils.extensionsFromVscodeMarketplace [
    {
      name = "copilot";
      publisher = "GitHub";
      version = "1.200.0";
      sha256 = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    }
    { sha256 = "0qxf6wkpsjq7kz1h4m7h9i0v1x1y2z3a4b5c6d7e8f9g0h1i2j3k"; version = "0.1.0"; publisher = "vscodevim"; name = "vim"; arch = "linux-x64"; }
    { inherit sha256; version = v; publisher = pub; name = "unknown"; }
  ];
in {
  programs.vscode = {
    enable = true;
    profiles.default.extensions = [
      pkgs.vscode-extensions.redhat.java
      pkgs.vscode-extensions."4ops".terraform
      inputs.nix-vscode-extensions.extensions.x86_64-linux.open-vsx.jnoortheen.nix-ide
    ] ++ (with pkgs.vscode-extensions; [ esbenp.prettier-vscode ms-vscode.cpptools ]) ++ extra
      ++ pkgs.nix4vscode.forVscode [ "tamasfe.even-better-toml" "rust-lang.rust-analyzer.0.3.2000" ];
    userSettings."editor.defaultFormatter" = "not.named";
  };
  home.packages = with pkgs; [ git lib.foo nodePackages.typescript ];
}
