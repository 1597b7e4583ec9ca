"""What the facets of a store keep, one protocol each; ``gateway.store.contract.Store`` names them all.

The promises at the top of ``gateway.store.contract`` hold for every one of them.
"""
