"""What the kinds of sources share.

- `place`: the folders that a source may write to.
- `access`: requests with credentials.
- `transfer`: one file over HTTP.
- `archives`: archives from outside, unpacked with every check.
- `commands`: calls of package managers.
- `apt`: Debian packages; `source_packages`: those of Python that are not built.
"""
