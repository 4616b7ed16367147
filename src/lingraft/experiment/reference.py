"""Write what is generated from the models: the JSON schema and the key reference.

python -m lingraft.experiment.reference          write both
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.experiment.configuration import Config

SCHEMA = Path("workflow/schemas/config.schema.json")
REFERENCE = Path("config/README.md")
_MARK = "<!-- generated from lingraft.config by `make docs`; edit the docstrings there -->"


def schema() -> str:
    """The JSON schema of a configuration file, as text; editors complete and check with it."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def reference() -> str:
    """The key reference as Markdown: one table for each block, in the order of the file."""
    definitions = Config.model_json_schema()
    lines = [
        "# Configuration",
        "",
        _MARK,
        "",
        "A configuration file stands alone; it is never merged with the default. Everything is",
        "named once and combined in `runs`. Unknown keys are refused. It holds science only:",
        "cores, GPUs, memory and clusters belong to [profiles](../profiles).",
        "",
        *_table("Top level", definitions),
    ]
    blocks = definitions["$defs"]
    for name in _in_order_of_use(definitions, blocks):
        lines += _table(name, blocks[name])
    return "\n".join(lines) + "\n"


def _in_order_of_use(definition: Any, blocks: dict[str, Any]) -> list[str]:
    """Names of the blocks as one meets them reading a configuration from top to bottom."""
    found: dict[str, None] = {}
    waiting = [definition["properties"]]
    while waiting:
        for name in _names(waiting.pop(0)):
            if name not in found and "properties" in blocks[name]:
                found[name] = None
                waiting.append(blocks[name]["properties"])
    return list(found)


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].rsplit("/", 1)[-1]
        part = [value for key, value in part.items() if key != "discriminator"]
    if isinstance(part, list):
        for item in part:
            yield from _names(item)


def _table(title: str, definition: dict[str, Any]) -> list[str]:
    rows = list(_rows(definition))
    description = definition.get("description", "").strip()
    head = [f"## {title}", "", *([description, ""] if description else [])]
    return [*head, "| key | type | default | meaning |", "|---|---|---|---|", *rows, ""]


def _rows(definition: dict[str, Any]) -> Iterator[str]:
    required = definition.get("required", [])
    for key, field in definition.get("properties", {}).items():
        default = "required" if key in required else _default(field.get("default"))
        meaning = " ".join(field.get("description", "").split()).replace("|", "\\|")
        if "const" in field:
            default, meaning = "", meaning or "Chooses this block."
        yield f"| `{key}` | {_type(field)} | {default} | {meaning} |"


def _default(value: Any) -> str:
    # A block's own defaults stand in its own table.
    return "see there" if isinstance(value, dict) and value else f"`{json.dumps(value)}`"


def _type(field: dict[str, Any]) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf"):
        if key in field:
            return " \\| ".join(dict.fromkeys(_type(option) for option in field[key]))
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}" if "items" in field else "list"
    for named in (field.get("additionalProperties"), *field.get("patternProperties", {}).values()):
        if isinstance(named, dict):
            return f"name -> {_type(named)}"
    return str(field.get("type", "any"))


def main() -> None:
    """Write both files, from the root of the repository."""
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(schema(), encoding="utf-8")
    REFERENCE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
