{ outputs = { self, nixpkgs }: { packages.x86_64-linux.default = { name = "a"; version = "1.0.0"; sha256 = "x"; }; }; }
