"""Who may include whom: the map in src/README.md holds, and outside libraries are known in one place each."""
import re

import pytest

from harness.paths import REPOSITORY

SOURCE = REPOSITORY / "src"
ROOMS = sorted(path.name for path in SOURCE.iterdir() if path.is_dir() and any(path.glob("*.[ch]")))
FILES = sorted(SOURCE.rglob("*.[ch]"))

# header: the room, or the one file, that may include it
OUTSIDE = {"libpq-fe.h": "db", "curl/curl.h": "net", "ini.h": "base/ini.c",
           "expat.h": "liquibase/xml.c", "yaml.h": "liquibase/yaml.c"}


def allowed():
    """{room: rooms it may include}, as src/README.md states it."""
    text = (SOURCE / "README.md").read_text()
    block = re.search(r"^```rooms\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block, "src/README.md has no block ```rooms"
    rooms = {}
    for line in block[1].splitlines():
        room, _, others = line.partition(":")
        assert room not in rooms, f"{room} stands twice in the map"
        rooms[room] = set(others.split())
    return rooms


def includes(path):
    """(what is included, between quotes?) of a file, in order."""
    found = re.findall(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', path.read_text(), re.MULTILINE)
    return [(name, quote == '"') for quote, name in found]


def room_of(path):
    relative = path.relative_to(SOURCE)
    return relative.parts[0] if len(relative.parts) > 1 else None


def name_of(path):
    return str(path.relative_to(SOURCE))


def test_the_map_names_every_room_and_no_other():
    rooms = allowed()
    # A room may be on the map before its first file is there.
    assert set(ROOMS) <= set(rooms)
    assert all(others <= set(rooms) for others in rooms.values())
    table = set(re.findall(r"^\| `(\w+)` \|", (SOURCE / "README.md").read_text(), re.MULTILINE))
    assert table == set(rooms), "the table of rooms in src/README.md tells of other rooms than the map"


def test_base_includes_nothing_above_itself():
    assert allowed()["base"] == set()


def test_the_map_has_no_circle():
    rooms, done = allowed(), set()
    while done != set(rooms):
        ready = {room for room in set(rooms) - done if rooms[room] <= done}
        assert ready, f"these include each other: {sorted(set(rooms) - done)}"
        done |= ready


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_includes_only_rooms_that_its_own_may(path):
    rooms, room = allowed(), room_of(path)
    for name, quoted in includes(path):
        if not quoted:
            assert not (SOURCE / name).exists(), f"<{name}> is ours: in quotes"
            continue
        assert (SOURCE / name).is_file(), f'"{name}": own headers are named from src on'
        other = name.split("/")[0]
        if room is None:
            assert other == "cli", "main.c only starts the program"
        else:
            assert other == room or other in rooms[room], f"{room} may not include {other} (src/README.md)"
        assert other == room or not name.endswith("_private.h"), f"{name} is private to its room"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_an_outside_library_is_known_in_one_place(path):
    for name, _ in includes(path):
        if name in OUTSIDE:
            assert OUTSIDE[name] in (room_of(path), name_of(path)), f"{name} belongs to {OUTSIDE[name]}"


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".c"], ids=name_of)
def test_a_file_includes_its_own_header_first(path):
    header = path.with_suffix(".h")
    if header.exists():
        assert includes(path)[0] == (name_of(header), True), "so that every header is shown to stand alone"


def test_every_source_file_is_built():
    text = (SOURCE / "meson.build").read_text()
    missing = [name_of(path) for path in FILES if path.suffix == ".c" and f"'{name_of(path)}'" not in text]
    assert not missing, "src/meson.build does not name them"
