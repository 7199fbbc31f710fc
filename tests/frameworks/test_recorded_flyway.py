"""Flyway, on histories that it wrote: versions 9.22.3 and 12.0.2, a tenant for each state, and what its own `validate` said of
each with the files of tests/cases/flyway."""
import json
import shutil
import zipfile

import pytest
from histories import History, load
from projects import CASES

BASELINE_FILE = "db/migration/B3__all_up_to_3.sql"
KINDS = {"CHECKSUM_MISMATCH": "changed", "DESCRIPTION_MISMATCH": "changed", "FAILED_VERSIONED_MIGRATION": "failed",
         "FAILED_REPEATABLE_MIGRATION": "failed", "RESOLVED_VERSIONED_MIGRATION_NOT_APPLIED": "pending",
         "RESOLVED_REPEATABLE_MIGRATION_NOT_APPLIED": "pending", "OUTDATED_REPEATABLE_MIGRATION": "pending",
         "APPLIED_VERSIONED_MIGRATION_NOT_RESOLVED": "unknown", "APPLIED_REPEATABLE_MIGRATION_NOT_RESOLVED": "unknown"}


def said(version):
    return json.loads((CASES / f"dumps/flyway_{version}_said.json").read_text())


def identity(version, description):
    return ".".join(part.lstrip("0") or "0" for part in version.removesuffix(".0").split(".")) if version else "R__" + description.replace(" ", "_")


def findings(lines, baseline_pending=False):
    """What validate says, as the gate would."""
    found = {}
    for version, description, code in (line.split("|") for line in lines):
        own = identity(version, description)
        if baseline_pending and description == "all up to 3":
            own = "B" + own
        found.setdefault(KINDS[code], set()).add(own)
    for own in found.get("failed", ()):
        found.get("pending", set()).discard(own)
    return {kind: own for kind, own in found.items() if own}


@pytest.fixture(params=["9", "12"])
def recorded(request, bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "flyway", "flyway")
    case.write("db/migration/V5__Fill_orders.class")
    case.settings["migrations_schemas"] = ", ".join(said(request.param))
    load(db, f"flyway_{request.param}", "flyway")
    case.said = said(request.param)
    return case


def disagreements(case, key):
    """(tenant, what the gate says, what Flyway says) where they differ. Two things the gate cannot know: whether a repeatable was
    edited or had other values filled in (it stays closed), and that of a Java migration anything but its name (it opens)."""
    _, fail, _ = case.verify()
    differ = []
    for tenant, told in case.said.items():
        gate = {kind: set(items) for kind, items in fail.get(tenant, {}).items()}
        flyway = findings(told[key], key == "with_baseline_file" and tenant == "none")
        if tenant == "repeatable_of_other_values":
            flyway = {"undecided": set()}
        if tenant == "other_type":
            flyway = {}
        if gate != flyway:
            differ.append((tenant, gate, flyway))
    return differ


def test_every_state_is_judged_as_validate_judges_it(recorded):
    assert disagreements(recorded, "validate") == []
    opened = {tenant for tenant, told in recorded.said.items() if told["validate"] == []}
    assert {"all", "deleted", "deleted_redone", "edited_repaired", "future", "future_failed", "failed_repaired", "baseline",
            "out_of_order", "repeatable_superseded", "repeatable_as_it_stands"} <= opened
    assert {"none", "half", "edited", "renamed", "missing", "missing_repeatable", "failed", "failed_repeatable", "ignored",
            "rolled_back", "repeatable_changed", "repeatable_of_other_values", "squashed"}.isdisjoint(opened)


def test_with_a_baseline_file(recorded):
    recorded.write(BASELINE_FILE, "create table orders (id int primary key, note text, paid boolean, \"größe\" int);\n")
    assert disagreements(recorded, "with_baseline_file") == []
    assert recorded.said["squashed"]["with_baseline_file"] == []


def test_what_is_newer_passes_with_a_warning(recorded):
    _, fail, warn = recorded.verify(migrations_schemas="all, future, future_failed")
    assert not fail and warn == {"future": {"unknown": ["20"]}, "future_failed": {"unknown": ["20"]}}


def test_without_the_configured_value_a_repeatable_with_placeholders_is_undecided(recorded):
    recorded.write("flyway.conf", "flyway.locations = classpath:db/migration, classpath:/db/extra/\n")
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"undecided": []}}
    assert recorded.opens(migrations_schemas="repeatable_as_it_stands"), "the raw text's sum is as good"
    recorded.write("flyway.conf", "flyway.locations = db/migration,db/extra\nflyway.placeholders.WHO : app\n")
    assert recorded.opens(migrations_schemas="all")
    recorded.write("flyway.conf", "flyway.locations = db/migration,db/extra\nflyway.placeholderReplacement = false\n")
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"pending": ["R__said"]}}
    recorded.write("flyway.conf", "flyway.locations = db/migration,db/extra\nflyway.placeholders.who = ${env.WHO}\n")
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"undecided": []}}
    recorded.settings["env"] = {"FLYWAY_PLACEHOLDERS_WHO": "app"}
    assert recorded.opens(migrations_schemas="all"), "a variable is stronger"
    recorded.settings["env"] = {"FLYWAY_PLACEHOLDERS_WHO": "somebody else"}
    assert recorded.opens(migrations_schemas="repeatable_of_other_values")
    recorded.remove("flyway.conf")
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"undecided": []}}, "and the other location is not known"


def test_a_repeatable_that_only_looks_like_a_template(recorded):
    recorded.write("db/migration/R__orders_view.sql", "select '$${x}';\n")
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"pending": ["R__orders_view"]}}


def test_a_fat_jar_as_the_documentation_has_it(recorded):
    jar = recorded.folder / "app.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        for path in sorted(recorded.folder.rglob("*")):
            if path.is_file() and path != jar and path.name != "flyway.conf":
                archive.write(path, f"BOOT-INF/classes/{path.relative_to(recorded.folder)}")
        archive.writestr("BOOT-INF/classes/application.yml", CONFIGURATIONS["config/application.yml"])
    for name in ("flyway.conf", "db"):
        recorded.remove(name)
    recorded.refused("no migrations like V1__name.sql")
    shutil.unpack_archive(jar, recorded.folder, "zip")
    assert recorded.call("manifest", "-o", "manifest.json", migrations_framework="auto").code == 0
    recorded.remove("BOOT-INF")
    assert recorded.opens(migrations_schemas="all", migrations_manifest="manifest.json")


CONFIGURATIONS = {
    "flyway.toml": '[flyway]\nlocations = ["filesystem:db/migration",  # the first\n  "filesystem:db/extra"]\n[flyway.placeholders]\nwho = "app"\n',
    "application.properties": "spring.flyway.locations[0]=classpath:db/migration\nspring.flyway.locations[1]=classpath:db/extra\n"
                              "spring.flyway.placeholders.who=app\n",
    "config/application.yml": "spring:\n  datasource:\n    url: ${URL}\n  flyway:\n    locations:\n    - classpath:db/migration\n"
                              "    - 'classpath:db/extra'\n    placeholders: # of the views\n      who: app\nother: x\n"
                              "---\nspring.config.activate.on-profile: test\nspring.flyway.locations: classpath:db/test\n",
    "application.yaml": "spring.flyway:\n  locations: [ \"classpath:db/migration\", classpath:db/extra ]\n  placeholders.who: app\n",
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configuration_is_read_wherever_it_stands(recorded, name):
    recorded.remove("flyway.conf")
    recorded.write(name, CONFIGURATIONS[name])
    assert recorded.opens(migrations_schemas="all")
    recorded.write(name, CONFIGURATIONS[name].replace("db/extra", "db/none"))
    recorded.refused("db/none")


def test_a_profile_counts_when_it_is_active(recorded):
    recorded.remove("flyway.conf")
    recorded.write("application.properties", "spring.flyway.placeholders.who=app\nspring.flyway.locations=classpath:db/migration\n")
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"unknown": ["4"]}}
    recorded.write("application-big.properties", "spring.flyway.table=other\n")
    assert "other" not in recorded.call("manifest").out
    recorded.settings["env"] = {"SPRING_PROFILES_ACTIVE": "small, big"}
    assert '"table": "other"' in recorded.call("manifest").out


@pytest.mark.parametrize("line, words", [
    ("flyway.sqlMigrationPrefix=M", "sqlMigrationPrefix is 'M'"),
    ("flyway.sqlMigrationSuffixes=.sql,.psql", "sqlMigrationSuffixes is '.sql,.psql'"),
    ("flyway.sqlMigrationSeparator=-", "sqlMigrationSeparator is '-'"),
    ("flyway.repeatableSqlMigrationPrefix=A", "repeatableSqlMigrationPrefix is 'A'"),
    ("flyway.resolvers=com.example.Own", "resolvers is 'com.example.Own'"),
    ("flyway.table=${env.TABLE}", "flyway.conf:2: the value of flyway.table is computed"),
    ("flyway.locations=s3:bucket", "s3:bucket, which is no plain folder"),
    ("flyway.locations=filesystem:db/*", "filesystem:db/*, which is no plain folder"),
])
def test_what_cannot_be_followed_is_refused(recorded, line, words):
    recorded.write("flyway.conf", f"# here\n{line}\n")
    recorded.refused(words)


def test_what_is_the_default_may_be_said(recorded):
    with (recorded.folder / "flyway.conf").open("a") as file:
        file.write("flyway.sqlMigrationPrefix=V\nflyway.sqlMigrationSuffixes=.sql\nflyway.encoding=utf-8\nflyway.table=flyway_schema_history\n"
                   "flyway.outOfOrder=true\n")
    assert recorded.opens(migrations_schemas="all")
    recorded.write("flyway.toml", '[flyway]\nsqlMigrationPrefix = "V"\ntable = "another"\n')
    recorded.refused("name table differently")


def test_latin_1(recorded):
    recorded.write("flyway.conf", "flyway.locations=classpath:db/migration,classpath:db/extra\nflyway.encoding = ISO-8859-1\n")
    name = "db/migration/V3__größe__in_cm.sql"
    text = (recorded.folder / name).read_text()
    (recorded.folder / name).write_bytes(text.encode("latin-1"))
    recorded.remove("db/migration/V1_1__add_note.sql")
    recorded.remove("db/migration/R__said.sql")
    assert recorded.verify(migrations_schemas="all", migrations_unknown="warn")[1] == {}, "the sum is over what the bytes mean"
    recorded.write("flyway.conf", "flyway.encoding = windows-1252\n")
    recorded.refused("is not plain ASCII, and flyway.encoding is windows-1252")
    recorded.write("flyway.conf", "")
    recorded.refused("is not UTF-8")


def test_the_table_that_is_configured(recorded, db):
    db.sql('ALTER TABLE "all".flyway_schema_history RENAME TO history')
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"no_history_table": []}}
    with (recorded.folder / "flyway.conf").open("a") as file:
        file.write("flyway.table = history\n")
    assert recorded.opens(migrations_schemas="all")
    recorded.settings["env"] = {"FLYWAY_TABLE": "flyway_schema_history"}
    assert recorded.verify(migrations_schemas="all")[1] == {"all": {"no_history_table": []}}, "a variable is stronger"


def info(entries):
    return json.dumps({"operation": "info", "schemaVersion": None, "migrations": entries, "flywayVersion": "12.0.2"}, indent=2) + "\n"


def entry(version, description, filepath, kind="SQL", state="Pending"):
    return {"category": "", "version": version, "rawVersion": version, "description": description, "type": kind, "state": state,
            "filepath": filepath, "installedBy": ""}


def test_a_manifest_from_its_own_list(recorded):
    """With other names than the default's, and with checksums where the files are at hand."""
    m = recorded.folder / "db/migration"
    listing = info([
        entry("1", "create orders", str(m / "V1__create_orders.sql")), entry("1.1", "add note", str(m / "V1_1__add_note.sql"), state="Success"),
        entry("", "<< Flyway Schema Creation >>", "", "SCHEMA", "Success"), entry("9", "gone", "", state="Missing"),
        entry("002.0", "index on note", str(m / "sub/V002.0__index_on_note.SQL")), entry("2.1", "", "/elsewhere/M2.1"),
        entry("3", "größe  in cm", str(m / "V3__größe__in_cm.sql"), state="Deleted"), entry("3", "größe  in cm", str(m / "V3__größe__in_cm.sql")),
        entry("4", "extra", "db/extra/V4__extra.sql"), entry("5", "Fill orders", "x.jar!/db/migration/V5.class", "JDBC"),
        entry("6", "clean up", str(m / "V6__clean_up.sql")), entry("", "", str(m / "R__.sql")), entry("7", "later", "x", state="Above Target"),
        entry("", "orders view", str(m / "R__orders_view.sql"), state="Outdated"), entry("", "orders view", str(m / "R__orders_view.sql")),
        entry("", "said", "/elsewhere/R__said.sql")])
    done = recorded.call("manifest", "--from", "flyway", "-o", "m.json", "-", stdin="WARNING: something\n" + listing)
    assert done.code == 0 and "R__said: its file cannot be read here" in done.err, done
    with_manifest = {"migrations_manifest": "m.json", "migrations_schemas": "all, edited, half"}
    _, fail, _ = recorded.verify(**with_manifest)
    assert fail == {"edited": {"changed": ["1.1"]}, "half": {"pending": ["3", "4", "5", "6"]}}


@pytest.mark.parametrize("text", ['{"error": {"errorCode": "FAULT", "message": "no database"}}\n', '{"migrations": [', info([]),
                                  info([entry("x", "y", "z")])])
def test_a_list_that_is_none_is_refused(recorded, text):
    done = recorded.call("manifest", "--from", "flyway", "-", stdin=text)
    assert done.code == 78 and "standard input" in done.err, done


def test_names_alone_are_a_list_too(recorded):
    done = recorded.call("manifest", "--from", "flyway", "-", stdin="V1__a.sql\nV2.sql\nB2__b.sql\nR__c.sql\n")
    assert done.code == 0 and all(f'"id": "{own}"' in done.out for own in ("1", "2", "B2", "R__c"))
