"""Liquibase's changelogs in XML, YAML and JSON, against histories that 4.4.0 and 4.28.0 wrote for the same files (`update`)."""
import json

import pytest
from histories import History, load

MASTER = "db/changelog/db.changelog-master.yaml"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-4.3.xsd">
"""
FILES = {
    MASTER: """databaseChangeLog:
  - property: {name: part, value: parts}
  - include: {file: db/changelog/tables.xml}
  - include: {file: more.json, relativeToChangelogFile: true}
  - includeAll: {path: "${part}", relativeToChangelogFile: true}
  - changeSet: {id: 1.10, author: yes, changes: [{sql: {sql: "create table y (id int); -- y", splitStatements: false}}]}
  - changeSet: {id: oracle, author: o, dbms: oracle, changes: [{sql: {sql: select 1 from dual}}]}
""",
    "db/changelog/tables.xml": HEAD + """  <changeSet id="a" author="alice"><createTable tableName="a"><column name="id" type="int"/></createTable></changeSet>
  <changeSet id="view" author="alice" runOnChange="true"><sql>create or replace view v as select id from a</sql></changeSet>
  <changeSet id="pre" author="alice"><preConditions onFail="MARK_RAN"><tableExists tableName="nowhere"/></preConditions>
    <sql>select 1</sql><sqlFile path="db/changelog/one.sql" splitStatements="false"/></changeSet>
</databaseChangeLog>
""",
    "db/changelog/one.sql": "select  '${x}' ; -- one\n",
    "db/changelog/more.json": json.dumps({"databaseChangeLog": [
        {"changeSet": {"id": "1", "author": "json", "logicalFilePath": "logical/more.json",
                       "changes": [{"createTable": {"tableName": "j", "columns": [{"column": {"name": "id", "type": "int"}}]}}]}}]}, indent=2),
    "db/changelog/parts/b.sql": "--liquibase formatted sql\n--changeset bob:1\ncreate table b (id int);\n",
    "db/changelog/parts/raw.sql": "create table r (id int);\n\n-- raw\n",
    "db/changelog/parts/readme.txt": "none of these\n",
}
IDS = [f"{MASTER}::1.1::true", "db/changelog/parts/b.sql::1::bob", "db/changelog/parts/raw.sql::raw::includeAll",
       "db/changelog/tables.xml::a::alice", "db/changelog/tables.xml::pre::alice", "db/changelog/tables.xml::view::alice",
       "logical/more.json::1::json"]


@pytest.fixture(params=["v8", "v9"])
def case(request, bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "liquibase")
    for name, text in FILES.items():
        case.write(name, text)
    load(db, f"liquibase_files_{request.param}", "liquibase")
    return case


def test_the_whole_history_opens_by_every_way_to_name_the_changelog(case):
    assert sorted(case.ids()) == IDS
    assert case.opens() and case.opens(migrations_framework="auto")
    assert case.opens(migrations_path=MASTER) and case.opens(migrations_path=f"classpath:/{MASTER}")
    for root in ("src/main/resources", "BOOT-INF/classes", "WEB-INF/classes", "other"):
        (case.folder / root).parent.mkdir(parents=True, exist_ok=True)
        (case.folder / "db").rename(case.folder / "moved")
        (case.folder / root).mkdir()
        (case.folder / "moved").rename(case.folder / root / "db")
        assert case.opens(migrations_path=root)
        assert case.opens(migrations_path=f"{root}/classpath:{MASTER}")
        if root != "other":
            assert case.opens() and case.opens(migrations_path=f"classpath:{MASTER}")
        (case.folder / root / "db").rename(case.folder / "db")
    case.write("liquibase.properties", f"changelogFile={MASTER}\n")
    assert case.opens() and case.opens(migrations_framework="auto")
    case.write("liquibase.properties", f"changelogFile={MASTER}\nparameter.part=nowhere\n")
    case.refused("what it includes is not there: db/changelog/nowhere")


def test_one_missing_one_unknown_and_one_failed(case, db):
    db.sql("DELETE FROM databasechangelog WHERE author = 'json'")
    assert case.fails() == {"pending": ["logical/more.json::1::json"]}
    db.sql("UPDATE databasechangelog SET exectype = 'FAILED' WHERE id = 'a'")
    assert case.fails()["failed"] == ["db/changelog/tables.xml::a::alice"]
    db.sql("UPDATE databasechangelog SET exectype = 'EXECUTED'")
    assert case.fails() == {"pending": ["logical/more.json::1::json"]}
    case.write("db/changelog/more.json", '{"databaseChangeLog": []}')
    assert case.opens()
    case.remove("db/changelog/parts/b.sql")
    assert case.warns() == {"unknown": ["db/changelog/parts/b.sql::1::bob"]} and case.verify()[0] == 0


def test_edited_files(case):
    path = "db/changelog/tables.xml"
    case.write(path, FILES[path].replace("<sql>select 1</sql>", "<sql>  select\n1</sql>"))
    assert case.opens(), "only blanks"
    case.write(path, FILES[path].replace("select 1", "select 2"))
    assert case.fails() == {"changed": [f"{path}::pre::alice"]}
    case.write(path, FILES[path].replace("select id from a", "select id + 1 as id from a"))
    assert case.fails() == {"pending": [f"{path}::view::alice"]}, "runOnChange"
    case.write(path, FILES[path].replace('type="int"', 'type="bigint"'))
    assert case.opens(), "only Liquibase can sum up what is no SQL: config/README.md says so"
    case.write(path, FILES[path])
    case.write("db/changelog/one.sql", "select 2;\n")
    assert case.fails() == {"changed": [f"{path}::pre::alice"]}
    case.write("db/changelog/one.sql", FILES["db/changelog/one.sql"])
    case.write("db/changelog/parts/raw.sql", "create table r (id bigint);\n")
    assert case.fails() == {"changed": ["db/changelog/parts/raw.sql::raw::includeAll"]}


def test_rows_of_a_raw_file_by_the_name_that_one_version_gave_it(case, db):
    db.sql("UPDATE databasechangelog SET id = 'raw_db_changelog_parts_raw.sql' WHERE id = 'raw'")
    assert case.opens()
    db.sql("UPDATE databasechangelog SET id = 'raw_db_changelog_parts_other.sql' WHERE author = 'includeAll'")
    assert case.fails() == {"pending": ["db/changelog/parts/raw.sql::raw::includeAll"]}


@pytest.mark.parametrize("edit, part", [
    (lambda text: text.replace("value: parts", "value: parts, context: x"), "db.changelog-master.yaml:5: 'path' holds a value"),
    (lambda text: text.replace("relativeToChangelogFile: true}\n  - changeSet", "relativeToChangelogFile: true, filter: x.Y}\n  - changeSet"),
     "db.changelog-master.yaml:5: includes what a class of Java chooses"),
    (lambda text: text.replace("more.json", "../../../more.json"), "db.changelog-master.yaml:4: ../more.json: leads out of the search path"),
    (lambda text: text.replace("1.10", "2026-01-01"), "db.changelog-master.yaml:6: 'id' is no plain text"),
    (lambda text: text.replace("dbms: oracle", "runOnChange: true").replace("sql: {sql: select 1 from dual}", "createView: {}"),
     "db.changelog-master.yaml:7: a runOnChange changeset whose checksum cannot be told"),
    (lambda text: text + "  - changelog: {file: x}\n", "db.changelog-master.yaml:8: 'changelog' is nothing that a changelog can hold"),
    (lambda text: text + "  - include: {file: x.xml, errorIfMissing: false}\n", "db.changelog-master.yaml:8: what it includes is not there"),
    (lambda text: "logicalFilePath: x\n" + text.replace("databaseChangeLog:", "databaseChangeLog:\n  - logicalFilePath: x"),
     "below the logicalFilePath of a changelog further out"),
    (lambda text: "databaseChangeLog: &a\n  - include: {file: *a}\n", "db.changelog-master.yaml:2: 'file' is no plain text"),
    (lambda text: "x: " + "[" * 5000, "db.changelog-master.yaml:1:"),
    (lambda text: text + "---\n" + text, "holds more than one document"),
    (lambda text: "", "db.changelog-master.yaml:1: holds no databaseChangeLog"),
])
def test_what_is_not_decided_is_refused_with_file_and_line(bare_gate, db, tmp_path, edit, part):
    case = History(bare_gate, tmp_path, db, "liquibase")
    for name, text in FILES.items():
        case.write(name, text)
    case.write(MASTER, edit(FILES[MASTER]))
    done = case.refused()
    assert part in done.said, done
    assert "manifest" in done.said


@pytest.mark.parametrize("master", [MASTER, "src/main/resources/config/liquibase/master.xml", "BOOT-INF/classes/db/changelog/db.changelog-master.json"])
def test_init_finds_the_usual_changelogs(bare_gate, db, tmp_path, master):
    case = History(bare_gate, tmp_path, db, "auto")
    text = {"yaml": "databaseChangeLog: [{changeSet: {id: 1, author: a}}]", "json": '{"databaseChangeLog": [{"changeSet": {"id": 1, "author": "a"}}]}',
            "xml": HEAD + '<changeSet id="1" author="a"/></databaseChangeLog>'}
    case.write(master, text[master.rpartition(".")[2]])
    done = case.call("init")
    written = (case.folder / "tenantgate.ini").read_text()
    assert done.code == 0 and "framework = liquibase\n" in written and f"by {master}" in written and "(1 so far)" in written
    assert len(case.ids()) == 1


def test_a_changelog_beside_the_folder(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "liquibase")
    case.write("../beside.sql", "--liquibase formatted sql\n--changeset a:1\nselect 1;\n")
    assert case.ids(migrations_path="../beside.sql") == ["../beside.sql::1::a"]
    assert case.ids(migrations_path=str(tmp_path / "beside.sql")) == [str(tmp_path / "beside.sql")[1:] + "::1::a"]
    case.refused("nowhere.sql", migrations_path="../nowhere.sql")


def test_two_changelogs_of_the_usual_name(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "liquibase")
    for name in ("db/changelog/db.changelog-master.xml", "src/main/resources/db/changelog/db.changelog-master.xml"):
        case.write(name, HEAD + "</databaseChangeLog>")
    case.refused("which of these changelogs is it?")


@pytest.mark.parametrize("name, text", [
    ("application.properties", "spring.datasource.url=x\nspring.liquibase.change-log = classpath:/db/root.yaml\n"),
    ("application-prod.properties", "spring.liquibase.changeLog=db/root.yaml\n"),
    ("application.yml", "spring:\n  liquibase:\n    # change-log: db/other.xml\n    change-log: \"classpath:db/root.yaml\" # why\n"),
    ("config/application.yaml", "liquibase:\n  datasources:\n    default:\n      change-log: classpath:db/root.yaml   # why\n"),
])
@pytest.mark.parametrize("root", ["", "src/main/resources/", "BOOT-INF/classes/"])
def test_the_app_s_own_configuration_names_another_changelog(bare_gate, db, tmp_path, name, text, root):
    """The usual one is only part of it then: with nothing but that one applied the gate would open."""
    case = History(bare_gate, tmp_path, db, "liquibase")
    case.write(f"{root}{MASTER}", "databaseChangeLog:\n- changeSet: {id: 1, author: a}\n")
    case.write(f"{root}db/root.yaml", f"databaseChangeLog:\n- include: {{file: {MASTER}}}\n- changeSet: {{id: 2, author: a}}\n")
    assert case.ids() == [f"{MASTER}::1::a"]
    case.write(f"{root}{name}", text)
    assert case.ids() == case.ids(migrations_framework="auto") == [f"{MASTER}::1::a", "db/root.yaml::2::a"]
    case.write(f"{root}application-test.properties", "spring.liquibase.change-log=${X}\n")
    case.refused("names a changelog that cannot be told from here: ${X}")
    case.write(f"{root}application-test.properties", f"spring.liquibase.change-log={MASTER}\n")
    case.refused("which of these changelogs is it?")
    case.remove(f"{root}db/root.yaml")
    case.remove(f"{root}application-test.properties")
    case.refused("the app's configuration names this changelog, which is not there")


def test_hostile_xml(bare_gate, db, tmp_path):
    """Entities, other files and depth: refused at once, with nothing opened."""
    case = History(bare_gate, tmp_path, db, "liquibase")
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    for text in ('<!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + "]><databaseChangeLog>&l11;</databaseChangeLog>",
                 '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><databaseChangeLog/>',
                 '<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/passwd">]><databaseChangeLog>&e;</databaseChangeLog>'):
        case.write("db/changelog/db.changelog-master.xml", text)
        case.refused("db.changelog-master.xml:1: declares a document type")
    case.write("db/changelog/db.changelog-master.xml", "<databaseChangeLog>&nothing;</databaseChangeLog>")
    case.refused("db.changelog-master.xml:1: undefined entity")
    case.write("db/changelog/db.changelog-master.xml", "<databaseChangeLog>" + "<changeSet>" * 200000)
    case.refused("deeper")
    case.write("db/changelog/db.changelog-master.xml", "<databaseChangeLog>" + "<x>" * 200000)
    case.refused("db.changelog-master.xml:1: no element found")


def test_the_memory_it_takes_is_in_proportion_to_the_file(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "liquibase")
    alias = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    case.write(MASTER, alias + FILES[MASTER])
    for name, text in FILES.items():
        if name != MASTER:
            case.write(name, text)
    assert sorted(case.ids()) == IDS, "aliases that stand for nothing that matters"
    rows = "".join(f"        - insert: {{tableName: t, columns: [{{column: {{name: a, value: {i}}}}}]}}\n" for i in range(100000))
    case.write(MASTER, FILES[MASTER] + "  - changeSet:\n      id: many\n      author: m\n      changes:\n" + rows)
    assert len(case.ids()) == len(IDS) + 1
