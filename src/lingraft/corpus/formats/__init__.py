"""The formats of text, one class in one file each: settings, and how to read it.

- `text_input`: what they all have; formats of catalogs, and formats of files.
- `chromium`: message catalogs of Chromium.
- `dataset`: datasets in the layouts of the Hugging Face hub.
- `jsonl`: JSON lines.
- `libreoffice_help`: the help pages of LibreOffice.
- `mediawiki`: message catalogs of MediaWiki.
- `text`: plain text.

To add a format, write one file with a class that derives from `Catalog` (and reads `documents` from
a folder) or from `FilesInput` (and can `read` one file). How the configuration, the key reference
and the programs find it, and why the file must not import anything heavy at its top, is said in
`lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.corpus.formats.text_input import TextInput

FORMATS = declared(__name__, TextInput, "format")

if TYPE_CHECKING:
    AnyTextInput = TextInput
else:
    AnyTextInput = one_of(FORMATS, "format")
