const ids = ['golang.go', "redhat.java"];
// execSync('code --install-extension commented.out')
for (const id of ids) {
  execSync(`code --install-extension ${id}`);
}
spawn('code', ['--install-extension=ms-python.python', '--install-extension', other.id]);
