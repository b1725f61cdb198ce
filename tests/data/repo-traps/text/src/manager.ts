/**
 * Runs code --install-extension a.b
 */
export async function install(id: string) {
  // code --install-extension a.b
  await run(cli, ["--install-extension", id]);
  await run(cli, ["--install-extension", this.extension.id, "--force"]);
  await exec(`${cli} --install-extension ${path}`);
}
