"""Fetch extensions from a registry, by their names, into a store on this machine.

``registry_addresses.parse_registry`` reads what a user names, ``registry.Registry`` is one of them
in this process, ``fetching.fetch`` does the rest.
"""
