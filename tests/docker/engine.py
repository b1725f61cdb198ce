"""A container engine as the tests use it: build the image, run it, leave nothing behind.

Nothing but the engine's build cache, which makes the next run's build a matter of seconds.
"""

import gc
import io
import json
import os
import re
import textwrap
import time
import uuid
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container
from docker.models.images import Image as Found

from tests.server import Server

ROOT = Path(__file__).resolve().parent.parent.parent
# How a machine reaches its package index; the build hands it to pip, and forgets it.
_INDEX = ("PIP_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_FINISH_S = 60


class Missing(Exception):  # noqa: N818 - not an error where nobody requires an engine
    """There is nothing to build or run the image with."""


@dataclass(frozen=True)
class Finished:
    """What a container left."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The report that stands alone on standard output."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    @property
    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self.report["stats"]
        return stats


@dataclass(frozen=True)
class Running:
    """A container that was started."""

    container: Container

    def finish(self) -> Finished:
        """Wait for its end."""
        code = self.container.wait(timeout=_FINISH_S)["StatusCode"]
        out, err = (
            self.container.logs(stdout=stream == "out", stderr=stream == "err").decode()
            for stream in ("out", "err")
        )
        return Finished(code, out, err)


@dataclass
class Engine:
    """The engine that answers, and what was made in it."""

    client: docker.DockerClient
    made: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def connect(cls) -> Self:
        """Find the engine and the base image, or raise ``Missing``."""
        silent = ""
        try:
            client = docker.from_env(timeout=_FINISH_S)
        except (DockerException, requests.RequestException) as error:
            silent = str(error)
        if silent:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()  # the client that failed has left its socket open
            raise Missing(f"no container engine answers: {silent}")
        engine = cls(client)
        if client.info()["OperatingSystem"] == "Docker Desktop":
            engine.close()
            raise Missing("Docker Desktop's containers don't reach a server on this loopback")
        try:
            engine.base()
        except (DockerException, requests.RequestException) as error:
            engine.close()
            raise Missing(f"the base image can't be had: {error}") from None
        return engine

    def close(self) -> None:
        """Remove what was made."""
        self.made.close()
        self.client.close()

    def base(self) -> "Image":
        """Name the base image; pull it where it is not here."""
        name = base_name()
        try:
            self.client.images.get(name)
        except ImageNotFound:
            self.client.images.pull(name)
        return Image(self, name)

    def build(self, dockerfile: str | None = None, **arguments: str) -> "Image":
        """Build the image, or another from a text, under a name of its own."""
        tag = f"vscan-test:{uuid.uuid4().hex}"
        machine = {name: os.environ[name] for name in _INDEX if name in os.environ}
        if dockerfile is None:
            source: dict[str, Any] = {"path": str(ROOT)}
            machine["DATA_DAY"] = "none"  # no test fetches what is published today
        else:
            source = {"fileobj": io.BytesIO(textwrap.dedent(dockerfile).encode())}
        self.client.images.build(
            tag=tag,
            network_mode="host",
            rm=True,
            forcerm=True,
            buildargs=machine | arguments,
            **source,
        )
        self.made.callback(self.client.images.remove, tag, force=True)
        return Image(self, tag)

    @contextmanager
    def volume(self) -> Iterator[str]:
        """Make a volume, for the length of a block."""
        volume = self.client.volumes.create(f"vscan-test-{uuid.uuid4().hex}")
        try:
            yield volume.name
        finally:
            volume.remove(force=True)


@dataclass(frozen=True)
class Image:
    """An image, and the engine that runs it."""

    engine: Engine
    name: str

    @contextmanager
    def start(
        self, *arguments: str, server: Server | None = None, **options: Any
    ) -> Iterator[Running]:
        """Start a container, for the length of a block: with a ``server``, or without network.

        ``mounts`` are directories or volumes and where they go, ``:ro`` for read-only.
        """
        environment = options.pop("environment", {})
        if server is not None:
            environment = {
                "VSCAN_API_URL": server.api_url,
                "VSCAN_DELAY": "0",
                "VSCAN_RETRY_DELAY": "0.01",
            } | environment
        mounts = options.pop("mounts", {})
        container = self.engine.client.containers.create(
            self.name,
            list(arguments) or None,
            environment=environment,
            network_mode="none" if server is None else "host",
            volumes=[f"{source}:{target}" for source, target in mounts.items()],
            **options,
        )
        try:
            container.start()
            yield Running(container)
        finally:
            with suppress(NotFound, APIError):
                container.remove(force=True, v=True)

    def run(self, *arguments: str, **options: Any) -> Finished:
        """Run a container to its end."""
        with self.start(*arguments, **options) as running:
            return running.finish()

    @property
    def found(self) -> Found:
        """Look at it as the engine does."""
        return self.engine.client.images.get(self.name)

    def size(self) -> tuple[int, int]:
        """Measure it as it is saved: bytes as they are, and compressed as gzip does."""
        size = small = 0
        squeeze = zlib.compressobj(6)
        for chunk in self.found.save():
            size += len(chunk)
            small += len(squeeze.compress(chunk))
        return size, small + len(squeeze.flush())

    def contains(self, text: bytes) -> bool:
        """Look for a text in its files."""
        container = self.engine.client.containers.create(self.name)
        try:
            before = b""
            for chunk in cast("Iterator[bytes]", container.export()):
                before = before[-len(text) :] + chunk
                if text in before:
                    return True
            return False
        finally:
            container.remove(force=True, v=True)


def base_name() -> str:
    """Read from the Dockerfile what the image is built upon."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def until(true: Callable[[], bool], at_most_s: float = 30) -> None:
    """Wait for something that happens elsewhere."""
    end = time.monotonic() + at_most_s
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)
