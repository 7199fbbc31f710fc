"""Liquibase 4.28: `liquibase status --verbose`, and the checksums that `liquibase update` records."""
import json
import re

import pytest
import realtools

HEAD = "--liquibase formatted sql\n"
A = "--changeset alice:a\ncreate table a (\n  id int primary key -- key\n);\n--rollback drop table a;\n\n"
B = "--changeset bob:b runOnChange:true splitStatements:false\ncreate or replace view b as select id from a;\n--rollback drop view b;\n\n"
C = "-- changeset alice:c labels:x context:never\ncreate table c (id int);\n/* a comment\n of two lines */\n--rollback drop table c;\n"
IDS = ["changelog.sql::a::alice", "changelog.sql::b::bob", "changelog.sql::c::alice"]


class Liquibase(realtools.Project):
    framework = "liquibase"
    master = "changelog.sql"

    def start(self):
        realtools.program("java", "default-jre-headless")
        self.home = realtools.node_tools(realtools.HERE / "liquibase") / "node_modules/liquibase/dist/liquibase"
        self.write("liquibase.properties", "changeLogFile=changelog.sql\n")
        self.changelog(A, B, C)

    def changelog(self, *changesets, head=HEAD):
        self.write("changelog.sql", head + "".join(changesets))

    def liquibase(self, *words, schema="public", **options):
        url = f"jdbc:postgresql://127.0.0.1:{self.database.server.port}/{self.database.name}"
        return self.run("sh", self.home / "liquibase", f"--url={url}", "--username=postgres", "--password=none",
                        f"--changelog-file={self.master}", f"--default-schema-name={schema}", "--show-banner=false", *words,
                        JAVA_OPTS="-XX:TieredStopAtLevel=1 -Xshare:auto", LIQUIBASE_ANALYTICS_ENABLED="false", **options)

    def tool_pending(self):
        self.status = self.liquibase("status", "--verbose")
        return re.findall(r"^ +(\S+::\S+::\S+)$", self.status.said, re.M)

    def gate_sums(self):
        done = self.gate.call("manifest", cwd=self.folder, **self.settings)
        assert done.code == 0, done
        return {item["id"]: item.get("checksums", []) for item in json.loads(done.out)["migrations"]}


@pytest.fixture
def case(project):
    return project(Liquibase)


def test_liquibase_never_half_all_and_back(case):
    case.closed(no_history_table=[])
    case.liquibase("update-count", "--count=2")
    case.agree(IDS[2])
    case.liquibase("update")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.liquibase("rollback-count", "--count=1")
    case.agree(IDS[2])


def test_liquibase_edited(case):
    case.liquibase("update")
    case.changelog(A.replace("int primary", "int   primary"), B, C)
    case.agree()  # only blanks
    case.changelog(A, B.replace("select id", "select id + 1 as id"), C)
    case.agree(IDS[1])  # runOnChange
    case.changelog(A.replace("int primary", "bigint primary"), B, C)
    assert case.liquibase("status", check=False).code == 1
    case.closed(changed=[IDS[0]])
    case.changelog(A.replace("create", "--validCheckSum: 1:any\ncreate").replace("int primary", "bigint primary"), B, C)
    case.agree()


def test_liquibase_removed_failed_and_older(case):
    case.changelog(A, C)
    case.liquibase("update")
    case.changelog(A, B, C)
    case.agree(IDS[1])
    case.liquibase("update")
    case.changelog(A, B)
    case.agree(warn={"unknown": [IDS[2]]})
    case.changelog(A, B, C, "--changeset alice:bad\nselect 1 / 0;\n")
    assert case.liquibase("update", check=False).code != 0
    case.agree("changelog.sql::bad::alice")


def test_liquibase_checksums_of_many_writings(case):
    """What the gate computes is what the tool records, or none is computed."""
    writings = [
        "--changeset z:w1\nselect 1;\nselect 2;\n",
        "--changeset z:w2 endDelimiter:\\nGO\nselect 1\nGO\nselect 2\nGO\n",
        "--changeset z:w3 stripComments:false\nselect 1; -- one\n/* two */\n",
        "--changeset z:w4 runInTransaction:false\nselect 'ä ö', '\t x';\n",
        "--changeset z:w5\n--comment: why\nselect 1;\n",
        "--changeset z:w6\n--preconditions onFail:MARK_RAN\n--precondition-sql-check expectedResult:0 select 1\nselect 6;\n",
        "--changeset z:w7\nselect 7;\n--rollback select 1;\n--rollback select 2;\n",
        "--changeset z:w8\nselect 8;\n/* liquibase rollback\nselect 1;\n*/\n",
        "--changeset z:w9\n\n\n  select 9;\n\n\n",
        '--changeset "z y":"w 10"\nselect 10;\n',
        "--changeset z:w11 failOnError:false\nselect 11 / 1;\r\nselect 12;\r\n",
        "--CHANGESET z:w12\nselect 12;\n",
        "--changeset z:w13 splitStatements:false\ndo $$ begin perform 1; end $$;\n",
        "--changeset z:w14 dbms:postgresql\nselect 14;\n",
        "--changeset z:w15\nselect '--changeset';\n-- a comment: with a colon\nselect 15;\n",
    ]
    case.changelog(*(text + "\n" for text in writings))
    case.liquibase("update")
    rows = case.database.sql("SELECT filename || '::' || id || '::' || author, md5sum FROM databasechangelog")
    sums = case.gate_sums()
    assert sorted(sums) == sorted(name for name, _ in rows)
    wrong = {name: (sum, sums[name]) for name, sum in rows if sums[name] and sum not in sums[name]}
    assert wrong == {}
    failing, warning = case.verify()
    assert failing == {} and case.tool_pending() == []


@pytest.mark.parametrize("attributes", ["dbms:mysql", "ignore:true", "dbms:!postgresql", "runAlways:true"])
def test_liquibase_what_is_left_out_or_always_run(case, attributes):
    """As the tool has it, or refused with the reason; never open where the tool says pending, nor pending for ever."""
    case.changelog(A, f"--changeset x:odd {attributes}\nselect 1;\n")
    case.liquibase("update")
    told = case.tool_pending()
    done = case.gate.call("verify", "--format", "json", cwd=case.folder, **case.settings)
    if done.code == 78:
        assert "changelog.sql:" in done.said
    elif attributes == "runAlways:true":  # pending to the tool for ever; it was run, which is all that can be asked
        assert told == ["changelog.sql::odd::x"] and done.code == 0, done
    else:
        assert (done.code == 0) == (told == []), (told, done)


def test_liquibase_lines_that_are_passed_over(case):
    case.changelog(A, "--ignoreLines:start\n--changeset x:gone\nselect 1;\n--ignoreLines:end\n", B)
    case.liquibase("update")
    assert case.tool_pending() == []
    case.refused("passes over lines")


def test_liquibase_tenants(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.liquibase("update", schema=schema)
    case.closed()
    case.liquibase("rollback-count", "--count=1", schema="tb")
    assert case.verify()[0] == {"tb": {"pending": [IDS[2]]}}
