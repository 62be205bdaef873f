"""Words as data: categories, synonyms, relation phrases, templates (Section 3.2, supplement Tables 2-4)."""

from refmatte_engine.lexicon.core import KIND_WORDS, Lexicon, keyword
from refmatte_engine.lexicon.loader import load_lexicon
from refmatte_engine.lexicon.model import Category, Garment, Noun, Number, Profile, RelationPhrase, Scope
from refmatte_engine.lexicon.user import UserAttribute, UserCategory, load_user_attributes
from refmatte_engine.lexicon.user_words import NO_WORDS, UserWords, load_user_words

__all__ = [
    "KIND_WORDS",
    "NO_WORDS",
    "Category",
    "Garment",
    "Lexicon",
    "Noun",
    "Number",
    "Profile",
    "RelationPhrase",
    "Scope",
    "UserAttribute",
    "UserCategory",
    "UserWords",
    "keyword",
    "load_lexicon",
    "load_user_attributes",
    "load_user_words",
]
