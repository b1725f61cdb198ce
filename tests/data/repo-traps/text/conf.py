extensions = ["sphinx.ext.autodoc", "sphinx.ext", "myst.parser"]
