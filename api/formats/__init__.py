"""The texts that ServiceStack's clients write and read, as plain trees; pure functions, of no front in particular.

Readers take decoded text and raise NotReadable for what is none of theirs. Text formats know no types: their scalars
are texts. Writers take any tree; absent (None) members are left out.
"""

from api.formats.tree import DEEPEST, NotReadable, Tree

__all__ = ["DEEPEST", "NotReadable", "Tree"]
