{ pkgs }: pkgs.mkShell { name = "shell"; buildInputs = with pkgs; [ python3.pkgs.numpy nodePackages.prettier ]; }
