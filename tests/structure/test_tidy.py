"""The repository speaks of itself alone and holds nothing that belongs to one machine."""
import re
import subprocess

from harness.paths import REPOSITORY


def tracked():
    """The text files that git knows or would take, but for what tests are fed with."""
    done = subprocess.run(
        ["git", "-C", REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, done.stdout.split(b"\0")):
        path = REPOSITORY / name.decode()
        if path.is_file() and not {"corpus", "cases"} & set(path.parts):
            content = path.read_bytes()
            if b"\0" not in content:
                yield path.relative_to(REPOSITORY), content.decode(errors="replace")


def test_no_file_names_a_folder_of_somebodys_machine():
    machine = re.compile(r"(?<![\w.])/(?:work|home/\w+|root|Users)/(?:\w|$)")
    wrong = [str(name) for name, text in tracked() if name.name != "test_tidy.py" and machine.search(text)]
    assert wrong == []


def test_lines_end_without_blanks_and_files_with_a_line_end():
    wrong = []
    for name, text in tracked():
        if name.suffix in (".c", ".h", ".py", ".sh", ".build", ".md", ".ini", ".def"):
            if re.search(r"[ \t]+$", text, re.MULTILINE) or (text and not text.endswith("\n")):
                wrong.append(str(name))
    assert wrong == []
