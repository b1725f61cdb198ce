def install(ext):
    subprocess.run(["code", "--install-extension", ext])
    subprocess.run([CODE, "--install-extension", ext.id])
