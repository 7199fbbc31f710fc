"""Sqitch: `sqitch status`, `sqitch check` and the ids that `sqitch plan` computes."""
import json
import re

import pytest
import realtools

PLAN = """\
%syntax-version=1.0.0
%project=shop
%uri=https://example.test/shop/

base 2026-01-01T00:00:00Z Ann Example <ann@example.test> # the base
orders [base] 2026-01-02T00:00:00Z Änne Ünïcode <ann@example.test> # orders, with ümlauts
@v1.0.0 2026-01-02T00:00:01Z Ann Example <ann@example.test> # first

notes [orders !other:legacy base@v1.0.0] 2026-01-03T00:00:00Z Ann Example <ann@example.test> # line one\\nline two \\\\ end
"""


class Sqitch(realtools.Project):
    framework = "sqitch"
    history = "sqitch"

    def start(self):
        self.program = realtools.program("sqitch", "sqitch libdbd-pg-perl postgresql-client")
        self.write("sqitch.conf", "[core]\n\tengine = pg\n[user]\n\tname = Ann\n\temail = ann@example.test\n")
        self.write("sqitch.plan", PLAN)
        for name in ("base", "orders", "notes"):
            self.change(name)

    def change(self, name, text=None):
        self.write(f"deploy/{name}.sql", text or f"BEGIN;\nCREATE TABLE {name.split('@')[0]} ();\nCOMMIT;\n")
        self.write(f"revert/{name}.sql", f"BEGIN;\nDROP TABLE {name.split('@')[0]};\nCOMMIT;\n")

    def plan(self, *replacements):
        text = PLAN
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        self.write("sqitch.plan", text)

    def sqitch(self, word, *words, **options):
        target = f"db:pg://postgres@127.0.0.1:{self.database.server.port}/{self.database.name}"
        return self.run(self.program, word, *words, target, **options)

    def tool_pending(self):
        self.status = self.sqitch("status", check=False)
        if "No changes deployed" in self.status.said:
            return ["base", "orders", "notes"]
        return re.findall(r"^  \* (\S+)", self.status.out, re.M)

    def plan_ids(self):
        """As the tool computes them; None where it stops at the plan."""
        done = self.run(self.program, "plan", "--format", "format:%H", check=False)
        return re.findall(r"^[0-9a-f]{40}$", done.out, re.M) if done.code == 0 else None

    def gate_ids(self):
        done = self.gate.call("manifest", cwd=self.folder, **self.settings)
        assert done.code in (0, 78), done
        found = sorted(json.loads(done.out)["migrations"], key=lambda item: item["place"]) if done.code == 0 else None
        return found and [item["label"] for item in found]


@pytest.fixture
def case(project):
    return project(Sqitch)


def test_sqitch_computes_the_same_ids(case):
    assert case.gate_ids() == case.plan_ids() and len(case.plan_ids()) == 3


def test_sqitch_none_half_all_and_back(case):
    case.sqitch("deploy", "--to-change", "orders")
    case.agree("notes")
    case.sqitch("deploy")
    case.agree()
    assert case.status.code == 0
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.sqitch("revert", "-y", "--to-change", "orders")
    case.agree("notes")
    case.sqitch("revert", "-y")
    assert "No changes deployed" in case.sqitch("status", check=False).said
    case.closed(pending=["base", "notes", "orders"])


def test_sqitch_an_edited_script_is_noticed_by_check_only(case):
    case.sqitch("deploy")
    case.change("orders", "SELECT 1;\n")
    case.agree(warn={"changed": ["orders"]})
    assert case.status.code == 0
    assert case.sqitch("check", check=False).code != 0


def test_sqitch_failed(case):
    case.change("orders", "SELECT 1 / 0;\n")
    assert case.sqitch("deploy", "--mode", "change", check=False).code != 0
    case.agree("orders", "notes")


def test_sqitch_an_edited_note_changes_its_id_and_all_after_it(case):
    case.sqitch("deploy")
    case.plan(("# orders, with", "# other orders, with"))
    assert case.sqitch("status", check=False).code == 2
    failing, _ = case.verify()
    assert failing["sqitch"]["pending"] == ["notes", "orders"] and len(failing["sqitch"]["unknown"]) == 2


def test_sqitch_removed_from_the_plan(case):
    case.sqitch("deploy")
    case.write("sqitch.plan", PLAN[:PLAN.index("notes [")])
    assert case.sqitch("status", check=False).code == 2
    failing, _ = case.verify()
    assert set(failing["sqitch"]) == {"unknown"}


def test_sqitch_reworked(case):
    case.sqitch("deploy")
    case.sqitch("deploy")
    case.write("sqitch.plan", PLAN + "@v1.1.0 2026-01-04T00:00:00Z Ann Example <ann@example.test>\n"
               "notes [notes@v1.1.0] 2026-01-05T00:00:00Z Ann Example <ann@example.test> # again\n")
    case.change("notes@v1.1.0")
    case.change("notes", "BEGIN;\nCREATE TABLE again ();\nCOMMIT;\n")
    failing, warning = case.verify()
    told = case.tool_pending()
    assert told == ["notes"] and failing == {"sqitch": {"pending": ["notes"]}} and warning == {}
    case.sqitch("deploy")
    assert case.tool_pending() == [] and case.verify() == ({}, {})


def test_sqitch_odd_plans(case):
    """Blanks, comments at line ends, other spellings: the ids are the tool's, or both stop."""
    spellings = {
        "blanks": [("base 2026", "  base   2026"), ("[orders !other:legacy base@v1.0.0]", "[orders  !other:legacy   base@v1.0.0]")],
        "no note": [(" # the base", "")],
        "an empty note": [(" # the base", " #")],
        "a plus": [("base 2026-01-01", "+base 2026-01-01"), ("orders [base]", "+ orders [base]")],
        "tabs": [("orders [base] ", "orders\t[base]\t")],
        "no uri": [("%uri=https://example.test/shop/\n", "")],
        "blanks in the note": [("# the base", "#    the   base   ")],
        "blanks round the pragma": [("%project=shop", "% project = shop  ")],
        "another project's change": [("!other:legacy", "other:thing")],
        "no blank before the note": [("> # the base", "> #the base")],
        "windows": [("\n", "\r\n")],
        "a quote in the name": [("Ann Example <ann@example.test> # the base", "Ann 'O' <ann@example.test> # the base")],
        "a hash in the note": [("# the base", "# the # base")],
        "tabs in the note": [("# the base", "# the\\tbase")],
    }
    for what, replacements in spellings.items():
        case.plan(*replacements)
        assert case.gate_ids() == case.plan_ids(), what


def test_sqitch_a_registry_for_each_tenant(case):
    for schema in ("ta", "tb"):
        for name in ("base", "orders", "notes"):
            case.change(name, f"CREATE TABLE {schema}_{name} ();\n")
        case.sqitch("deploy", "--registry", schema)
    case.settings["tenants_schemas"] = "ta, tb"
    case.closed()
    case.database.sql("DELETE FROM tb.dependencies; DELETE FROM tb.changes WHERE change = 'notes'")
    assert case.verify()[0] == {"tb": {"pending": ["notes"]}}


def test_sqitch_plan_is_a_listing_and_the_log_is_none(case):
    case.lists(case.sqitch("plan", "-f", "oneline").out)
    case.sqitch("deploy")
    assert case.from_listing(case.sqitch("log", "-f", "oneline", "--no-headers").out) is None
