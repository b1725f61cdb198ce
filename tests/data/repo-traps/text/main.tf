module "database" {
  source     = "terraform-aws-modules/rds/aws"
  extensions = ["pg.stat", "uuid.ossp"]
}
module "other" {
  source                  = "registry.coder.com/coder/code-server/coder"
  auto_install_extensions = false
}
