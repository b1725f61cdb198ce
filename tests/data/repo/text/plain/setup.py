import subprocess

subprocess.run(["code", "--install-extension", "ms-python.python"], check=True)
