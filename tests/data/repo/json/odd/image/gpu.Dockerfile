# escape=\
FROM mcr.example.com/base:1
LABEL version="1" \
    # a comment within
    devcontainer.metadata="{\"customizations\": {\"vscode\": {\"extensions\": [\
\"acme.in-double-quotes\", \"-acme.removed-from-image\", \"Acme.Image@1.2.3\"]}}}" \
    other=1
ONBUILD label devcontainer.metadata '{"extensions": ["acme.on-build"]}'
