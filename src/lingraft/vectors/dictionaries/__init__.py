"""The formats of bilingual dictionaries, one class in one file each: settings, and `read`.

- `dictionary`: what they all have.
- `cldr`: names of symbols in the Unicode CLDR.
- `cognates`: words of similar spelling in both vocabularies.
- `freedict`: FreeDict's packages, in the dictd format.
- `identical`: words that both vocabularies spell the same.
- `parallel`: word pairs from the parallel text of a corpus.
- `tsv`: a text file with a pair on each line.

To add a format, write one file with a class that derives from `Dictionary`. How the configuration,
the key reference and the programs find it, and why the file must not import anything heavy at its
top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.vectors.dictionaries.dictionary import Dictionary

DICTIONARIES = declared(__name__, Dictionary, "format")

if TYPE_CHECKING:
    AnyDictionary = Dictionary
else:
    AnyDictionary = one_of(DICTIONARIES, "format")
