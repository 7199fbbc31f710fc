"""Liquibase 4.28 on changelogs in XML, YAML and JSON: the changesets that `changelog-sync-sql` lists without a database, what
`status --verbose` says of every state, and the checksums that `update` records."""
import csv
import json
import posixpath
import re

import pytest
from test_tools_liquibase import Liquibase

XML = """<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:ext="http://www.liquibase.org/xml/ns/dbchangelog-ext" xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog
    http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd"{attributes}>
{body}
</databaseChangeLog>
"""
MASTER = "db/changelog/db.changelog-master.yaml"


def xml(body, attributes=""):
    return XML.format(body=body, attributes=attributes and " " + attributes)


def yaml(*items):
    return "databaseChangeLog:\n" + "".join(f"- {item}\n" for item in items)


def one(name, author="a", **more):
    """A changeset in flow style."""
    parts = ", ".join(f"{key}: {value}" for key, value in more.items())
    return f"changeSet: {{id: {name}, author: {author}{', ' + parts if parts else ''}, changes: [{{tagDatabase: {{tag: x}}}}]}}"


def table(name):
    return (f"changeSet: {{id: {name}, author: a, changes: [{{createTable: {{tableName: {name}, columns: "
            f"[{{column: {{name: id, type: int}}}}]}}}}]}}")


class Files(Liquibase):
    def start(self):
        super().start()
        self.remove("liquibase.properties")
        self.remove("changelog.sql")
        self.main(MASTER)

    def main(self, name, **settings):
        self.master = name
        self.settings["migrations_path"] = name
        self.settings.update(settings)

    def tree(self, files):
        for name, text in files.items():
            self.write(name, text)
        return self

    def listed(self):
        """{id: checksums}, by the tool without a database; None: it refuses the project. Paths as the tool compares them."""
        target = self.folder / "listed.csv"
        done = self.run("sh", self.home / "liquibase", f"--url=offline:postgresql?changeLogFile={target}",
                        f"--changelog-file={self.master}", "--show-banner=false", "changelog-sync-sql", check=False,
                        JAVA_OPTS="-XX:TieredStopAtLevel=1 -Xshare:auto", LIQUIBASE_ANALYTICS_ENABLED="false")
        self.told = done
        if done.code != 0:
            return None
        with open(target, newline="") as file:
            rows = list(csv.DictReader(file))
        target.unlink()
        path = lambda row: posixpath.normpath(re.sub("^(classpath:)?/?", "", row["FILENAME"]))  # as it compares them
        return {"::".join((path(row), row["ID"], row["AUTHOR"])): row["MD5SUM"] for row in rows}

    def same(self):
        """The gate reads what the tool lists, and where it computes a checksum it is the tool's."""
        tool, gate = self.listed(), self.gate_sums()
        assert tool is not None, self.told
        assert sorted(gate) == sorted(tool)
        wrong = {name: (gate[name], tool[name]) for name in gate if gate[name] and tool[name] not in gate[name]}
        assert wrong == {}
        return list(tool)

    def tool_pending(self):
        self.status = self.liquibase("status", "--verbose")
        return re.findall(r"^ {5}(\S.*::.+::.+)$", self.status.said, re.M)


@pytest.fixture
def case(project):
    return project(Files)


MIXED = {
    MASTER: yaml("property: {name: dir, value: changes}", "property: {name: n, value: 12, dbms: 'h2, postgresql'}",
                 "preConditions: [{runningAs: {username: nobody}}]",
                 "include: {file: db/changelog/first.xml}",
                 "include: {file: ../rel/second.json, relativeToChangelogFile: true}",
                 "includeAll: {path: '${dir}/', relativeToChangelogFile: true}",
                 one('"t${n}"'), one("other", dbms='"h2, oracle"'), one("none", dbms="none"), one("all", dbms="all"),
                 one("not", dbms='"!h2"'), one("notours", dbms='"!postgresql"'),
                 one("ignored", ignore="true"), one("kept", ignore='"no"'),
                 "changeSet: {id: sql, author: a, changes: [{sql: {sql: 'select 1; -- x', splitStatements: false}}]}",
                 "changeSet: {id: two, author: a, changes: [{sql: 'select 2'}, {sqlFile: {path: x.sql, relativeToChangelogFile: true}}]}",
                 "changeSet: {id: odd, author: a, runOnChange: true, logicalFilePath: /other/./path.yaml, changes: [{sql: {sql: select 3, "
                 "endDelimiter: ;;, stripComments: true, dbms: postgresql}}, {sql: {sql: select 4, dbms: oracle}}]}",
                 "changeSet: [{id: listed}, {author: a}, {changes: [{sql: select 5}]}]"),
    "db/changelog/x.sql": "select  'x' ; -- y\n",
    "db/changelog/first.xml": xml("""<property name="p" value="v1"/><property name="p" value="v2"/>
<changeSet id="${p}" author="b &amp; &#x63;" runOnChange="true"><sql><![CDATA[ select '<' ]]><comment>why</comment></sql></changeSet>
<changeSet id=" 2 " author="b" dbms="!oracle"><comment>x</comment><createTable tableName="x"><column name="a" type="int"/></createTable>
  <rollback><dropTable tableName="x"/></rollback></changeSet>
<changeSet id="3" author="b"><preConditions onFail="MARK_RAN"><tableExists tableName="z"/></preConditions>
  <sql splitStatements="false" stripComments="true">select '\u00e4'; </sql><sqlFile path="db/changelog/x.sql"/></changeSet>
<changeSet id="4" author="b"><validCheckSum>1:any</validCheckSum><sql>select 1</sql></changeSet>
<changeSet id="5" author="b"><sql>select 1</sql><modifySql><append value=" "/></modifySql></changeSet>
<changeSet id="6" author="b" runAlways="true"><sql>select 1</sql></changeSet>
<include file="nested.yml" relativeToChangelogFile="true" context="test"/>
<include file="/db/changelog/deep.xml"/>"""),
    "db/changelog/deep.xml": xml('<changeSet id="1" author="d"><tagDatabase tag="x"/></changeSet>'),
    "db/changelog/nested.yml": yaml("logicalFilePath: logical/nested.yml", one("n1"), one("n2", logicalFilePath="own.yml")),
    "db/rel/second.json": json.dumps({"databaseChangeLog": [
        {"changeSet": {"id": "1", "author": "json", "changes": [{"tagDatabase": {"tag": "x"}}]}},
        {"changeSet": {"id": 2, "author": "json\u00e4", "runOnChange": True, "changes": [{"sql": {"sql": "select 'a'"}}]}}]}),
    "db/changelog/changes/b.sql": "--liquibase formatted sql\n--changeset f:1\nselect 1;\n",
    "db/changelog/changes/a.sql": "select 1;\n\n select 2;\n",
    "db/changelog/changes/sub/c.sql": "--liquibase formatted sql\n--changeset f:1 dbms:mysql\nselect 1;\n",
    "db/changelog/changes/sub/n.yaml": yaml(one("deep")),
    "db/changelog/changes/readme.txt": "hello",
}


def test_all_formats_in_one_tree(case):
    case.tree(MIXED)
    ids = case.same()
    assert len(ids) == 22 and "other/path.yaml::odd::a" in ids and "db/changelog/first.xml:: 2 ::b" in ids
    case.settings["migrations_path"] = "."
    case.same()  # found in the folder by its usual name
    case.settings["migrations_framework"] = "auto"
    case.same()


@pytest.mark.parametrize("form", ["xml", "yaml", "yml", "json"])
def test_every_state_in_each_format(case, form):
    """None, half, all, one rolled back, one edited, one removed, one failed, and back."""
    sets = [("t1", {"createTable": {"tableName": "t1", "columns": [{"column": {"name": "id", "type": "int"}}]}}),
            ("s1", {"sql": {"sql": "create table s1 (id int);"}}),
            ("t2", {"createTable": {"tableName": "t2", "columns": [{"column": {"name": "id", "type": "int"}}]}})]

    def write(sets):
        if form == "xml":
            text = ""
            for name, change in sets:
                inner = (f"<sql>{change['sql']['sql']}</sql><rollback>drop table {name}</rollback>" if "sql" in change else
                         f'<createTable tableName="{name}"><column name="id" type="int"/></createTable>')
                text += f'<changeSet id="{name}" author="a">{inner}</changeSet>\n'
            text = xml(text)
        else:  # what JSON writes is YAML
            text = json.dumps({"databaseChangeLog": [
                {"changeSet": {"id": name, "author": "a", "changes": [change],
                               **({"rollback": f"drop table {name}"} if "sql" in change else {})}} for name, change in sets]}, indent=1)
        case.write(f"main.{form}", text)

    case.main(f"main.{form}")
    ids = [f"main.{form}::{name}::a" for name, _ in sets]
    write(sets)
    case.closed(no_history_table=[])
    assert sorted(case.tool_pending()) == sorted(ids)
    case.liquibase("update-count", "--count=2")
    case.agree(ids[2])
    case.liquibase("update")
    case.agree()
    case.same()
    case.liquibase("rollback-count", "--count=1")
    case.agree(ids[2])
    case.liquibase("rollback-count", "--count=1")
    case.agree(*ids[1:])
    case.liquibase("update")
    case.agree()
    sets[1] = ("s1", {"sql": {"sql": "create  table s1 (id   int);"}})
    write(sets)
    case.agree()  # only blanks
    sets[1] = ("s1", {"sql": {"sql": "create table s1 (id bigint);"}})
    write(sets)
    assert case.liquibase("status", check=False).code == 1
    case.closed(changed=[ids[1]])
    sets[1] = ("s1", {"sql": {"sql": "create table s1 (id int);"}})
    write(sets[1:])
    case.agree(warn={"unknown": [ids[0]]})
    write(sets + [("bad", {"sql": {"sql": "select 1 / 0"}})])
    assert case.liquibase("update", check=False).code != 0
    case.agree(f"main.{form}::bad::a")
    write(sets)
    case.agree()


def test_an_edit_of_what_is_no_sql_is_not_seen(case):
    """The tool stops there; only it can compute the checksum. config/README.md says so."""
    case.write(MASTER, yaml(table("t")))
    case.liquibase("update")
    case.agree()
    case.write(MASTER, yaml(table("t").replace("int", "bigint")))
    assert case.liquibase("status", check=False).code == 1
    assert case.verify() == ({}, {})


@pytest.mark.parametrize("on_fail", ["HALT", "CONTINUE", "MARK_RAN", "WARN"])
def test_preconditions_of_a_changeset(case, on_fail):
    """`status` asks for no precondition: what is not recorded is pending, for ever where it is passed over again and again."""
    case.write(MASTER, yaml(
        table("t"), f"changeSet: {{id: p, author: a, preConditions: [{{onFail: {on_fail}}}, {{tableExists: {{tableName: nowhere}}}}], "
        "changes: [{sql: {sql: select 1}}]}"))
    case.liquibase("update", check=False)
    case.agree(*([f"{MASTER}::p::a"] if on_fail in ("HALT", "CONTINUE") else []))


@pytest.mark.parametrize("on_fail", ["HALT", "CONTINUE", "MARK_RAN", "WARN"])
@pytest.mark.parametrize("inner", [False, True])
def test_preconditions_of_a_changelog(case, on_fail, inner):
    """Where one fails the tool does nothing at all and has no status; then nothing is recorded, and the gate is closed."""
    condition = f"preConditions: [{{onFail: {on_fail}}}, {{runningAs: {{username: nobody}}}}]"
    case.tree({MASTER: yaml(table("t"), *(["include: {file: inner.yaml, relativeToChangelogFile: true}"] if inner else [condition])),
               "db/changelog/inner.yaml": yaml(condition)})
    done = case.liquibase("update", check=False)
    if on_fail == "WARN":
        return case.agree()
    assert done.code != 0 and case.liquibase("status", check=False).code != 0
    assert case.verify()[0]


PLAIN = ["1", "1.0", "1.10", "01.5", "2.", "0.5", "0.0", "1234567.5", "12345678.5", "007", "0", "00", "08", "20240101", "12345678901234567890123",
         "true", "No", "ON", '"quoted"', "'x'", "1_000", "0x1F", "1e3", "1.5e3", "1.5e+3", "-1", "+1", ".5", "12:30", "190:20:30", "2024-01-01",
         "2024-01-01-1", "20200101000000-1", "1.0.0", "v1", "=", "1 # c", "0o7", "1-2", "1:2", "0.05", "0.1", "0.001", "99999.99", "0b11",
         "123456789.5", "y", "n", "1.", "010", "0777777777777777777777", "2024-01-01 10:00:00", "2024-01-01T10:00:00Z", "!!str 01", "!!int 7",
         "| \n      x", "a: b", "~x", "-", "1,2", "1_0.5", "0_7", "1.7976931348623157", "123.4567", "1000000.0", "0.30", "'1.10'", ".inf", "a b"]


def test_plain_scalars_of_yaml_become_the_same_texts(case):
    """YAML 1.1 has its own mind of what a number is. What is not surely the same is refused."""
    refused = {}
    for number, plain in enumerate(PLAIN):
        text = "databaseChangeLog:\n- changeSet:\n    id: %s\n    author: a%d\n    changes: [{tagDatabase: {tag: x}}]\n" % (plain, number)
        case.write(MASTER, text)
        done = case.gate.call("manifest", cwd=case.folder, **case.settings)
        if done.code != 0:
            assert done.code == 78, done
            refused[plain] = True
            continue
        refused[plain] = json.loads(done.out)["migrations"][0]["id"].split("::")[1]
    said = [plain for plain in PLAIN if refused[plain] is not True]
    case.write(MASTER, "databaseChangeLog:\n" + "".join(
        "- changeSet:\n    id: %s\n    author: a%d\n    changes: [{tagDatabase: {tag: x}}]\n" % (plain, PLAIN.index(plain)) for plain in said))
    listed = case.listed()
    assert listed is not None, case.told
    told = {PLAIN[int(author[1:])]: name for _, name, author in (row.split("::") for row in listed)}
    assert told == {plain: refused[plain] for plain in said}
    assert {"1", "1.10", "007", "0.5", "20200101000000-1", "true", "v1", "1.0.0", "08", "99999.99"} <= set(said)
    assert sorted(set(PLAIN) - set(said)) == sorted(
        ["12345678.5", "1_000", "0x1F", "1e3", "1.5e3", "1.5e+3", "-1", "+1", ".5", "12:30", "190:20:30", "2024-01-01", "=", "0o7", "1:2", "0.05",
         "0.001", "0b11", "123456789.5", "0777777777777777777777", "2024-01-01 10:00:00", "2024-01-01T10:00:00Z", "!!int 7", "a: b", "-",
         "1_0.5", "0_7", "1.7976931348623157", ".inf"])


X = '<changeSet id="1" author="a"><tagDatabase tag="x"/></changeSet>'
CP = {"liquibase.properties": "changeLogFile: main.xml\nclasspath: cp\n"}
SAME = {
    "a relative include climbs": {"main.xml": xml('<include file="a/b/c.xml"/>'), "a/b/c.xml": xml('<include file="../../d/e.yaml" relativeToChangelogFile="true"/>'),
                                  "d/e.yaml": yaml(one("1"))},
    "an include with backslashes": {"main.xml": xml('<include file="a\\b.xml"/>'), "a/b.xml": xml(X)},
    "an include with dots": {"main.xml": xml('<include file="./a/../a/b.xml"/>'), "a/b.xml": xml(X)},
    "an include from the root": {"main.xml": xml('<include file="/a/b.xml"/>'), "a/b.xml": xml(X)},
    "an include from the class path": {"main.xml": xml('<include file="a/b.xml"/>'), "cp/a/b.xml": xml(X), **CP},
    "includeAll from the class path": {"main.xml": xml('<includeAll path="a"/>'), "cp/a/b.xml": xml(X), **CP},
    "includeAll, as deep as it goes": {"main.xml": xml('<includeAll path="a"/>'), "a/1.xml": xml(X), "a/b/2.yml": yaml(one("1")),
                                       "a/b/c/3.sql": "select 1;\n", "a/.hidden.xml": xml(X)},
    "includeAll to a depth": {"main.xml": xml('<includeAll path="a" minDepth="2" maxDepth="2"/>'), "a/1.xml": xml(X), "a/b/2.xml": xml(X),
                              "a/b/c/3.xml": xml(X)},
    "includeAll of an ending": {"main.xml": xml('<includeAll path="a" endsWithFilter=" .UP.xml"/>'), "a/1.up.xml": xml(X), "a/2.down.xml": xml(X)},
    "includeAll in a folder of itself": {"main/main.xml": xml('<includeAll path="sub" relativeToChangelogFile="true"/>' + X), "main/sub/a.xml": xml(X)},
    "the logical path of a file": {"main.xml": xml(X, 'logicalFilePath="/x\\y/./z.xml"')},
    "the logical path of a changeset": {"main.xml": xml(X.replace(' author', ' logicalFilePath="classpath:q.xml" author'))},
    "the logical path of an included file": {"main.xml": xml('<include file="a.xml"/>' + X), "a.xml": xml(X, 'logicalFilePath="b.xml"')},
    "a property of a property": {"main.xml": xml('<property name="a" value="${b}x"/><property name="b" value="2"/><changeSet id="${a}" author="a">'
                                                 '<tagDatabase tag="x"/></changeSet>')},
    "properties are for a database": {"main.xml": xml('<property name="a" value="1" dbms="oracle"/><property name="a" value="2" dbms="postgresql"/>'
                                                      '<changeSet id="${a}-${database.typeName}" author="a"><tagDatabase tag="x"/></changeSet>')},
    "a property of the outer changelog": {"main.xml": xml('<property name="A" value="1"/><include file="a.yaml"/>'),
                                          "a.yaml": yaml("property: {name: a, value: 2}", one('"${ a }"'))},
    "a property of an inner changelog": {"main.xml": xml('<include file="a.yaml"/><changeSet id="${a}" author="m"><tagDatabase tag="x"/></changeSet>'),
                                         "a.yaml": yaml("property: {name: a, value: 2}", one("x"))},
    "a property that is local": {"main.xml": xml('<include file="a.yaml"/>'), "a.yaml": yaml("property: {name: a, value: 2, global: false}", one('"${a}"'))},
    "an include that is ignored": {"main.yaml": yaml("include: {file: a.yaml, ignore: true}", one("1")), "a.yaml": yaml(one("1"))},
    "changesets that are modified": {"main.xml": xml('<modifyChangeSets runWith="jdbc"><include file="a.xml"/></modifyChangeSets>' + X), "a.xml": xml(X)},
    "changesets that run first and last": {"main.yaml": yaml(one("1", runOrder="last"), one("2", runOrder="first"), one("3"))},
    "aliases in changes": {"main.yaml": "databaseChangeLog:\n- changeSet:\n    id: 1\n    author: a\n    changes:\n    - createTable: {tableName: a, "
                                        "columns: &c [{column: {name: a, type: int}}]}\n    - createTable: {tableName: b, columns: *c}\n"},
    "comments, flow and folds": {"main.yaml": "# c\n---\ndatabaseChangeLog: # d\n  - changeSet: {id: 'it''s', author: \"\\u00e4 \\x41\"}\n"
                                              "  - changeSet:\n      id: >-\n        a\n        b\n      author: x\n      changes: []\n"},
    "white space of every kind in XML": {"main.xml": xml('<changeSet id="a&#10;b\tc\nd" author=" ä&quot;&lt;"><tagDatabase tag="x"/></changeSet>')},
    "XML in another encoding": {"main.xml": xml('<changeSet id="\xe4" author="a"><tagDatabase tag="x"/></changeSet>').replace("UTF-8", "ISO-8859-1").encode("latin-1")},
    "XML with a byte order mark": {"main.xml": "\ufeff" + xml(X)},
    "YAML with a byte order mark": {"main.yaml": "\ufeff" + yaml(one("1"))},
    "JSON with blanks": {"main.json": '{\n  "databaseChangeLog": [\n    {"changeSet":\n {"id": "1", "author": "a"}}\n  ]\n}\n'},
    "a comment of XML anywhere": {"main.xml": xml('<!-- <changeSet id="0" author="a"/> --><?pi x?>' + X)},
    "formatted SQL with a path of its own": {"main.xml": xml('<include file="a.sql"/>'), "a.sql": "--liquibase formatted sql logicalFilePath:b.sql\n--changeset a:1\nselect 1;\n"},
    "raw SQL with a byte order mark": {"main.xml": xml('<include file="a.sql"/>'), "a.sql": "select 1;\r\n\r\n\tselect '${x}';\n"},
    "SQL of several changes": {"main.yaml": yaml("changeSet: {id: 1, author: a, changes: [{sql: {sql: 'select 1;', dbms: '!postgresql'}}, {sql: {sql: 'select 2'}}, "
                                                 "{sqlFile: {path: q.sql}}]}"), "q.sql": "select '${x}';\r\n"},
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_list(case, name):
    files = SAME[name]
    case.tree(files).main(next(iter(files)))
    if "liquibase.properties" in files:
        case.settings["migrations_path"] = "."
    case.same()


# What the gate does not decide, and what the tool makes of it: a list, or (None) nothing at all
UNDECIDED = {
    "a local property in an include": ({"main.yaml": yaml("property: {name: a, value: 2, global: false}", one('"${a}"'), "include: {file: b.xml}"),
                                        "b.xml": xml('<changeSet id="${a}" author="m"><tagDatabase tag="x"/></changeSet>')}, "cannot be told from the files"),
    "JSON with tabs": ({"main.json": '{\n\t"databaseChangeLog": [\n\t\t{"changeSet": {"id": "1",\t"author": "a"}}\n\t]\n}\n'}, None),
    "a filter": ({"main.xml": xml('<includeAll path="a" filter="x.Y"/>'), "a/b.xml": xml(X)}, "a class of Java"),
    "a comparator": ({"main.xml": xml('<includeAll path="a" resourceComparator="x.Y"/>'), "a/b.xml": xml(X)}, "a class of Java"),
    "a value from outside": ({"main.xml": xml('<changeSet id="${x}" author="a"><tagDatabase tag="x"/></changeSet>')}, "cannot be told from the files"),
    "a value of the environment": ({"main.xml": xml('<property name="path" value="p"/><changeSet id="${path}" author="a"/>')}, "cannot be told from the files"),
    "a value for a context": ({"main.xml": xml('<property name="x" value="1" context="c"/><changeSet id="${x}" author="a"/>')}, "cannot be told from the files"),
    "values from a file": ({"main.xml": xml('<property file="p.properties"/><property name="x" value="1"/><changeSet id="${x}" author="a"/>'),
                            "p.properties": "x=2\n"}, "cannot be told from the files"),
    "a path with a value from outside": ({"main.yaml": yaml("include: {file: '${x}.yaml'}"), "a.yaml": yaml(one("1"))}, "main.yaml:2: 'file' holds"),
    "what may be missing": ({"main.xml": xml('<include file="a.xml" errorIfMissing="false"/>' + X)}, "it may be in a jar"),
    "what may be empty": ({"main.xml": xml('<includeAll path="a" errorIfMissingOrEmpty="false"/>' + X)}, "it may be in a jar"),
    "what is missing": ({"main.xml": xml('<include file="a.xml"/>')}, "what it includes is not there: a.xml"),
    "what is above": ({"main.xml": xml('<include file="../a.xml"/>')}, "leads out of the search path"),
    "a logical path further out": ({"main.xml": xml('<include file="a.xml"/>', 'logicalFilePath="m.xml"'), "a.xml": xml(X)}, "hangs on the version"),
    "runOnChange of what is no SQL": ({"main.yaml": yaml("changeSet: {id: 1, author: a, runOnChange: true, changes: [{createView: {viewName: v, selectQuery: select 1}}]}")},
                                      "main.yaml:2: a runOnChange changeset whose checksum cannot be told"),
    "an alias for a changeset": ({"main.yaml": "databaseChangeLog:\n- changeSet: &c {id: 1, author: a}\n- changeSet: *c\n"}, "main.yaml:3: holds, or is, an alias"),
    "an alias for an id": ({"main.yaml": "databaseChangeLog:\n- changeSet: {id: &c x, author: *c}\n"}, "main.yaml:2: 'author' is no plain text"),
    "a merge": ({"main.yaml": "databaseChangeLog:\n- changeSet: &c {id: 1, author: a}\n- changeSet: {<<: *c, id: 2}\n"}, "made of parts of others"),
    "a key twice": ({"main.yaml": "databaseChangeLog:\n- changeSet: {id: 1, author: a}\n  changeSet: {id: 2, author: a}\n"}, "the same key twice"),
    "an id twice": ({"main.yaml": "databaseChangeLog:\n- changeSet: {id: 1, author: a, id: 2}\n"}, "'id' is there twice"),
    "a date": ({"main.yaml": yaml(one("2024-01-01"))}, "put it in quotes"),
    "two documents": ({"main.yaml": yaml(one("1")) + "---\n" + yaml(one("2"))}, "more than one document"),
    "a DOCTYPE": ({"main.xml": xml(X).replace("<databaseChangeLog", '<!DOCTYPE x [<!ENTITY e "1">]>\n<databaseChangeLog', 1)}, "main.xml:2: declares a document type"),
    "an element that there is not": ({"main.xml": xml("<changeset id='1' author='a'><sql>x</sql></changeset>")}, "'changeset' is nothing that a changelog can hold"),
    "a changeset without an author": ({"main.yaml": yaml("changeSet: {id: 1}")}, "without an id or an author"),
    "one that includes itself": ({"main.xml": xml('<include file="main.xml"/>')}, "includes itself"),
    "another format": ({"main.xml": xml('<include file="a.groovy"/>'), "a.groovy": "x"}, "in no format"),
    "a changelog of nothing": ({"main.xml": xml("")}, "holds no changeset"),
    "the same changesets twice": ({"main.xml": xml(X + X)}, "is there twice"),
    "cut off": ({"main.xml": xml(X)[:-20]}, "main.xml:"),
    "cut off in YAML": ({"main.yaml": "databaseChangeLog: [{changeSet: {id: 1"}, "main.yaml:"),
    "another root": ({"main.xml": "<project/>"}, "holds no databaseChangeLog"),
    "JSON with an escape that YAML does not know": ({"main.json": '{"databaseChangeLog": [{"changeSet": {"id": "a\\/b", "author": "a"}}]}'}, None),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_is_not_decided_is_refused_with_the_way_out(case, name):
    files, part = UNDECIDED[name]
    case.tree(files).main(next(iter(files)))
    if part is None:  # the tool refuses it
        assert case.listed() is None
        return
    done = case.refused(part)
    assert "manifest" in done.said or "migrations.path" in done.said or "is there twice" in done.said


def test_spring_boot_gives_the_path_on_its_class_path(case):
    case.tree({"src/main/resources/db/changelog/db.changelog-master.xml": xml('<include file="/db/changelog/a.yaml"/>' + X),
               "src/main/resources/db/changelog/a.yaml": yaml(one("1"))})
    case.main("classpath:/db/changelog/db.changelog-master.xml")
    ids = sorted(["db/changelog/db.changelog-master.xml::1::a", "db/changelog/a.yaml::1::a"])
    case.master = "db/changelog/db.changelog-master.xml"
    words = ["--classpath=src/main/resources"]
    assert sorted(re.findall(r"^ {5}(\S.*)$", case.liquibase(*words, "status", "--verbose").said, re.M)) == ids
    for path in ("classpath:/db/changelog/db.changelog-master.xml", ".", "src/main/resources",
                 "src/main/resources/classpath:db/changelog/db.changelog-master.xml"):
        assert sorted(case.ids(migrations_path=path)) == ids, path
    case.liquibase(*words, "update")
    assert case.verify() == ({}, {}) and case.verify(migrations_path=".", migrations_framework="auto") == ({}, {})


def test_liquibase_properties_name_changelog_search_path_and_values(case):
    case.tree({"liquibase.properties": "# c\nchangelog-file: main.xml\nsearchPath = one, two\nparameter.x=7\n",
               "one/main.xml": xml('<property name="x" value="8"/><include file="${x}.yaml"/>'), "two/7.yaml": yaml(one('"${x}"')),
               "two/8.yaml": yaml(one("8"))})
    case.main(".")
    status = case.run("sh", case.home / "liquibase", f"--url=jdbc:postgresql://127.0.0.1:{case.database.server.port}/{case.database.name}",
                      "--username=postgres", "--password=none", "--show-banner=false", "status", "--verbose")
    assert re.findall(r"^ {5}(\S.*)$", status.said, re.M) == ["7.yaml::7::a"] == case.ids()
    case.write("two/main.xml", xml(X))
    case.refused("one and the same file to Liquibase")


def test_tenants_of_a_changelog_in_yaml(case, db):
    case.write(MASTER, yaml(table("a"), table("b")))
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.liquibase("update", schema=schema)
    case.closed()
    case.liquibase("rollback-count", "--count=1", schema="tb")
    assert case.verify()[0] == {"tb": {"pending": [f"{MASTER}::b::a"]}}
