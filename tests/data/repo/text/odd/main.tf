variable "extensions" {
  default = [
    "redhat.java", # Java
    // "commented.out",
  ]
}
module "web" {
  count      = 1
  extensions = var.extensions
  source     = "registry.coder.com/modules/vscode-web/coder"
  auto_install_extensions = true
}
resource "coder_agent" "main" {
  startup_script = <<-EOT
    # code-server --install-extension commented.out
    code-server --install-extension vscodevim.vim
    EXTENSIONS="golang.go,ms-python.python"
    for e in $${EXTENSIONS//,/ }; do code-server --install-extension "$${e}"; done
  EOT
}
