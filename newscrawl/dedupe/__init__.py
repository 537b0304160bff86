"""Which texts are alike, and which stand within another. Pure: shingles, signatures, the relation of two texts."""

from newscrawl.dedupe.relation import Relation, relate
from newscrawl.dedupe.shingles import Shingles, shingle
from newscrawl.dedupe.signature import SCHEME, Fingerprint, Sketch, fingerprint

__all__ = ["SCHEME", "Fingerprint", "Relation", "Shingles", "Sketch", "fingerprint", "relate", "shingle"]
