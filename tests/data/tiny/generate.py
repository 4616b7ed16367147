"""Writes the tiny parallel corpus: sentences of a small grammar in English, Swahili and German.

Run it to make the files beside it again; the same program gives the same bytes.
"""

import json
import random
from itertools import product
from pathlib import Path

LANGUAGES = ("english", "swahili", "german")
MESSAGES = 640

# English, Swahili, German
PEOPLE = [
    ("teacher", "mwalimu", "der Lehrer"),
    ("child", "mtoto", "das Kind"),
    ("woman", "mwanamke", "die Frau"),
    ("man", "mwanamume", "der Mann"),
    ("farmer", "mkulima", "der Bauer"),
    ("doctor", "daktari", "der Arzt"),
    ("student", "mwanafunzi", "der Schüler"),
    ("guest", "mgeni", "der Gast"),
    ("friend", "rafiki", "der Freund"),
    ("fisherman", "mvuvi", "der Fischer"),
    ("cook", "mpishi", "der Koch"),
    ("driver", "dereva", "der Fahrer"),
    ("neighbor", "jirani", "der Nachbar"),
    ("tailor", "mshonaji", "der Schneider"),
    ("grandmother", "bibi", "die Großmutter"),
    ("soldier", "askari", "der Soldat"),
]
# English present, past and base; Swahili stem; German present, participle and infinitive; objects
ACTIONS = [
    (
        ("reads", "read", "read"),
        "soma",
        ("liest", "gelesen", "lesen"),
        [
            ("book", "kitabu", "das Buch"),
            ("letter", "barua", "den Brief"),
            ("newspaper", "gazeti", "die Zeitung"),
            ("story", "hadithi", "die Geschichte"),
        ],
    ),
    (
        ("buys", "bought", "buy"),
        "nunua",
        ("kauft", "gekauft", "kaufen"),
        [
            ("bread", "mkate", "das Brot"),
            ("fish", "samaki", "den Fisch"),
            ("milk", "maziwa", "die Milch"),
            ("rice", "mchele", "den Reis"),
            ("sugar", "sukari", "den Zucker"),
            ("bicycle", "baiskeli", "das Fahrrad"),
        ],
    ),
    (
        ("cooks", "cooked", "cook"),
        "pika",
        ("kocht", "gekocht", "kochen"),
        [
            ("soup", "supu", "die Suppe"),
            ("meat", "nyama", "das Fleisch"),
            ("beans", "maharagwe", "die Bohnen"),
            ("food", "chakula", "das Essen"),
        ],
    ),
    (
        ("sees", "saw", "see"),
        "ona",
        ("sieht", "gesehen", "sehen"),
        [
            ("house", "nyumba", "das Haus"),
            ("river", "mto", "den Fluss"),
            ("mountain", "mlima", "den Berg"),
            ("tree", "mti", "den Baum"),
            ("cow", "ng'ombe", "die Kuh"),
            ("dog", "mbwa", "den Hund"),
            ("boat", "mashua", "das Boot"),
            ("bird", "ndege", "den Vogel"),
        ],
    ),
    (
        ("sells", "sold", "sell"),
        "uza",
        ("verkauft", "verkauft", "verkaufen"),
        [
            ("coffee", "kahawa", "den Kaffee"),
            ("tea", "chai", "den Tee"),
            ("honey", "asali", "den Honig"),
            ("salt", "chumvi", "das Salz"),
            ("clothes", "nguo", "die Kleider"),
            ("shoes", "viatu", "die Schuhe"),
        ],
    ),
    (
        ("looks for", "looked for", "look for"),
        "tafuta",
        ("sucht", "gesucht", "suchen"),
        [
            ("key", "ufunguo", "den Schlüssel"),
            ("knife", "kisu", "das Messer"),
            ("money", "pesa", "das Geld"),
            ("water", "maji", "das Wasser"),
        ],
    ),
]
PLACES = [
    ("at the market", "sokoni", "auf dem Markt"),
    ("at home", "nyumbani", "zu Hause"),
    ("at school", "shuleni", "in der Schule"),
    ("in town", "mjini", "in der Stadt"),
    ("by the river", "mtoni", "am Fluss"),
    ("in the kitchen", "jikoni", "in der Küche"),
    ("in the garden", "bustanini", "im Garten"),
    ("on the road", "barabarani", "auf der Straße"),
]
TIMES = [
    ("today", "leo", "heute"),
    ("every day", "kila siku", "jeden Tag"),
    ("in the morning", "asubuhi", "am Morgen"),
    ("in the evening", "jioni", "am Abend"),
    ("on Monday", "siku ya Jumatatu", "am Montag"),
    ("at night", "usiku", "in der Nacht"),
]
# English base and participle, Swahili stem, German infinitive, imperative and participle
COMMANDS = [
    ("open", "opened", "fungua", "öffnen", "geöffnet"),
    ("close", "closed", "funga", "schließen", "geschlossen"),
    ("save", "saved", "hifadhi", "speichern", "gespeichert"),
    ("delete", "deleted", "futa", "löschen", "gelöscht"),
    ("print", "printed", "chapisha", "drucken", "gedruckt"),
    ("send", "sent", "tuma", "senden", "gesendet"),
    ("share", "shared", "shiriki", "teilen", "geteilt"),
    ("change", "changed", "badilisha", "ändern", "geändert"),
]
THINGS = [
    ("file", "faili", "die Datei"),
    ("page", "ukurasa", "die Seite"),
    ("picture", "picha", "das Bild"),
    ("message", "ujumbe", "die Nachricht"),
    ("list", "orodha", "die Liste"),
    ("window", "dirisha", "das Fenster"),
    ("document", "hati", "das Dokument"),
    ("password", "nenosiri", "das Passwort"),
]
# with the Swahili verb of its noun class: "where it is"
SIGHTS = [
    ("market", "soko liko", "der Markt"),
    ("school", "shule iko", "die Schule"),
    ("hospital", "hospitali iko", "das Krankenhaus"),
    ("bank", "benki iko", "die Bank"),
    ("station", "kituo kiko", "der Bahnhof"),
    ("shop", "duka liko", "der Laden"),
    ("church", "kanisa liko", "die Kirche"),
    ("mosque", "msikiti uko", "die Moschee"),
    ("bridge", "daraja liko", "die Brücke"),
    ("office", "ofisi iko", "das Büro"),
]
GOODS = [
    ("rice", "mchele", "Reis"),
    ("sugar", "sukari", "Zucker"),
    ("coffee", "kahawa", "Kaffee"),
    ("tea", "chai", "Tee"),
    ("salt", "chumvi", "Salz"),
    ("honey", "asali", "Honig"),
    ("milk", "maziwa", "Milch"),
    ("meat", "nyama", "Fleisch"),
]
NUMBERS = [
    ("two", "mbili", "zwei"),
    ("three", "tatu", "drei"),
    ("five", "tano", "fünf"),
    ("ten", "kumi", "zehn"),
    ("twenty", "ishirini", "zwanzig"),
    ("hundred", "mia", "hundert"),
]


def people():
    """Someone does, did or will do something somewhere at some time."""
    for who, action, place, time in product(PEOPLE, ACTIONS, PLACES, TIMES):
        (present, past, base), stem, (now, participle, infinitive), objects = action
        for what in objects:
            end = f"the {what[0]} {place[0]} {time[0]}."
            swahili = f"{stem} {what[1]} {place[1]} {time[1]}."
            german = f"{time[2]} {place[2]} {what[2]}"
            yield (
                f"The {who[0]} {present} {end}",
                f"{who[1]} ana{swahili}",
                f"{who[2]} {now} {german}.",
            )
            yield (
                f"The {who[0]} {past} {end}",
                f"{who[1]} ali{swahili}",
                f"{who[2]} hat {german} {participle}.",
            )
            yield (
                f"The {who[0]} will {base} {end}",
                f"{who[1]} ata{swahili}",
                f"{who[2]} wird {german} {infinitive}.",
            )


def interface():
    """What a program says."""
    for (base, done, stem, infinitive, participle), (en, sw, de) in product(COMMANDS, THINGS):
        yield f"{base} the {en}", f"{stem} {sw}", f"{infinitive} Sie {de}"
        yield (
            f"Do you want to {base} the {en}?",
            f"Je, ungependa ku{stem} {sw}?",
            f"Möchten Sie {de} {infinitive}?",
        )
        yield (
            f"The {en} could not be {done}.",
            f"Imeshindwa ku{stem} {sw}.",
            f"{de} konnte nicht {participle} werden.",
        )
        yield (
            f"Please {base} the {en} before you continue.",
            f"Tafadhali {stem} {sw} kabla ya kuendelea.",
            f"Bitte {infinitive} Sie {de}, bevor Sie fortfahren.",
        )
    for number in (2, 3, 5, 12, 48):
        yield (
            f"You have {number} new messages.",
            f"Una ujumbe mpya {number}.",
            f"Sie haben {number} neue Nachrichten.",
        )


def travel():
    """Asking for the way."""
    for (en, sw, de), (place_en, place_sw, place_de) in product(SIGHTS, PLACES):
        yield (
            f"Where is the {en}? I am {place_en}.",
            f"{sw} wapi? Mimi niko {place_sw}.",
            f"Wo ist {de}? Ich bin {place_de}.",
        )


def market():
    """Prices."""
    for (en, sw, de), (n_en, n_sw, n_de) in product(GOODS, NUMBERS):
        yield (
            f"The price of {en} is {n_en} shillings.",
            f"Bei ya {sw} ni shilingi {n_sw}.",
            f"Der Preis für {de} beträgt {n_de} Schilling.",
        )


def capitalize(text: str) -> str:
    return text[0].upper() + text[1:]


def main() -> None:
    """Write one file of messages for each language, and two dictionaries."""
    draw = random.Random(7)
    shares = {people: 0.5, interface: 0.3, travel: 0.12, market: 0.08}
    messages = []
    for topic, share in shares.items():
        sentences = list(topic())
        chosen = sorted(
            draw.sample(range(len(sentences)), min(len(sentences), int(share * MESSAGES)))
        )
        messages += [(topic.__name__, sentences[index]) for index in chosen]
    draw.shuffle(messages)
    here = Path(__file__).parent
    for column, language in enumerate(LANGUAGES):
        with (here / f"{language}.jsonl").open("w", encoding="utf-8") as stream:
            for number, (topic, texts) in enumerate(messages):
                line = {
                    "id": f"tiny/{number:04d}",
                    "text": capitalize(texts[column]),
                    "metadata": {"topic": topic},
                }
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    write_dictionaries(here)


def write_dictionaries(folder: Path) -> None:
    """One-word pairs of the grammar's own words."""
    nouns = [*PEOPLE, *THINGS, *GOODS, *NUMBERS, *(o for action in ACTIONS for o in action[3])]
    nouns += [(en, sw.split()[0], de) for en, sw, de in SIGHTS]
    triples = [(en, sw, de.split()[-1]) for en, sw, de in nouns]
    triples += [(en, sw, de) for en, _, sw, de, _ in COMMANDS]
    triples += [("today", "leo", "heute"), ("morning", "asubuhi", "Morgen")]
    triples += [("evening", "jioni", "Abend"), ("night", "usiku", "Nacht")]
    triples += [("price", "bei", "Preis"), ("please", "tafadhali", "bitte")]
    for column, language in enumerate(LANGUAGES[1:], 1):
        pairs = sorted({(triple[0], triple[column]) for triple in triples})
        text = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (folder / f"dictionary-english-{language}.tsv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
