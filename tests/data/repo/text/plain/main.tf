module "code-server" {
  source     = "registry.coder.com/coder/code-server/coder"
  version    = "1.3.1"
  extensions = ["golang.go", "ms-python.python"]
}
