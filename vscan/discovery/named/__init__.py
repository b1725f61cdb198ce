"""The kinds of files that name extensions, one in each module."""

from vscan.discovery.named import (
    dev_container,
    dev_container_feature,
    editor_settings,
    extension_manifest,
    extension_tests,
    image_metadata,
    product_file,
    profile,
    workspace_file,
    workspace_recommendations,
)
from vscan.discovery.named.interface import NamedKind

# Sorted by name.
KINDS: tuple[NamedKind, ...] = (
    dev_container.KIND,
    dev_container_feature.KIND,
    editor_settings.KIND,
    extension_manifest.KIND,
    extension_tests.KIND,
    image_metadata.KIND,
    product_file.KIND,
    profile.KIND,
    workspace_file.KIND,
    workspace_recommendations.KIND,
)
