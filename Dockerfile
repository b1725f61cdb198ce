# The same base twice: what is built with its Python runs with its Python.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
# Of this stage alone: an index may hold a password, and the last stage remembers its arguments.
ARG PIP_INDEX_URL
WORKDIR /source
# pip lives beside what it installs into, so that it stays behind.
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/vscan
COPY . .
# What is in the locks, and nothing else: the build backend, too, comes by its hash. The bytecode
# is compared with nothing when it is read: neither changes any more.
RUN pip="/build/bin/pip --disable-pip-version-check" \
    && $pip install -q --no-cache-dir --require-hashes -r requirements-release.txt \
    && /build/bin/python -m build --no-isolation --wheel --outdir /wheel . \
    && into="$pip --python /opt/vscan/bin/python install --no-cache-dir --no-compile" \
    && $into --require-hashes -r requirements.txt \
    && $into --no-deps --no-index /wheel/*.whl \
    && find /opt/vscan -type d -name tests -prune -exec rm -r {} + \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/vscan
# The public data of this day, as far as this build can fetch it; without a network the
# program's own seed is left. A builder's cache keeps a layer for years: another DATA_DAY,
# as `--build-arg DATA_DAY="$(date +%F)"`, has it fetched anew, and `none` fetches nothing.
ARG DATA_DAY=unknown
RUN mkdir -p /usr/share/vscan && echo "public data, day: $DATA_DAY" \
    && { [ "$DATA_DAY" = none ] || /opt/vscan/bin/vscan db update --data-dir /usr/share/vscan \
        || echo "not all of the public data could be fetched: the image has what is named above"; }

FROM ${PYTHON_IMAGE}
# The official base has no bytecode of the standard library, and whoever runs as a user
# without rights, or on a read-only file system, would compile it at every start.
# What installs packages, and what would bring that back, is of no use here.
RUN lib="$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && rm -rf "$lib"/ensurepip "$lib"/site-packages /usr/share/python-wheels /usr/local/bin/pip* \
    && python3 -m compileall -q -j 0 -x '/(idlelib|test|tkinter|turtledemo)/' \
        --invalidation-mode unchecked-hash "$lib" \
    && mkdir /extensions /workspace && mkdir -m 1777 /cache
COPY --from=build /usr/share/vscan /usr/share/vscan
COPY --from=build /opt/vscan /opt/vscan
ENV PATH=/opt/vscan/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    VSCAN_CACHE_DIR=/cache \
    VSCAN_DATA_DIR=/usr/share/vscan \
    VSCAN_EXTENSIONS_DIR=/extensions,/workspace
VOLUME /cache
# Paths in reports are relative to the repository that is mounted here.
WORKDIR /workspace
# A number: Kubernetes can't tell whether a name is root.
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/vscan/bin/vscan"]
CMD ["scan"]

# Last, so that another commit's labels leave every layer as it is.
ARG PYTHON_IMAGE
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="vscan" \
      org.opencontainers.image.description="A security gate for VS Code extensions" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
