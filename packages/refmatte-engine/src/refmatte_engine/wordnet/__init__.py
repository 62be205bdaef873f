"""From names to lexicon entries through WordNet 3.0: synonyms, what a thing is a kind of, plural, countability.

Authoring time only: a build reads the files that this leaves and needs neither nltk nor WordNet's data. The paper
took its synonyms from WordNet, checked them and replaced some by hand (Section 3.2); so does this.
"""
