"""The providers of verdicts: the vscan.dev web API, and the offline analyser.

Options, ``vscan rules`` and the pipeline take names and rules from ``PROVIDERS``: a new provider
is a package, and a place in this tuple.
"""

from vscan.providers.interface import ProviderType
from vscan.providers.offline import Offline
from vscan.providers.vscan_dev import VscanDev

PROVIDERS: tuple[ProviderType, ...] = (VscanDev, Offline)
