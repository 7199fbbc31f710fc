"""TypeORM: `typeorm migration:show`. What counts is the name that a class has when it runs."""
import re

import nodetools
import pytest

A, B, C = "A1767225600000", "B1767312000000", "C1767398400000"


class TypeOrm(nodetools.NodeProject):
    framework = "typeorm"

    def start(self):
        super().start()
        self.write("ds.js", "const {DataSource} = require('typeorm');\nmodule.exports = new DataSource({type: 'postgres', "
                   "url: process.env.DATABASE_URL, migrations: ['migrations/*.js'], "
                   "...(process.env.TENANT ? {schema: process.env.TENANT} : {})});\n")
        for name in (A, B, C):
            self.migration(name)

    def migration(self, name, up=None, file=None):
        table = name[0].lower()
        self.write(f"migrations/{file or name[1:] + '-' + name[0]}.js", f'"use strict";\nexports.{name} = class {name} {{\n'
                   f"  async up(q) {{ await q.query('{up or f'CREATE TABLE {table} ()'}'); }}\n"
                   f"  async down(q) {{ await q.query('DROP TABLE {table}'); }}\n}};\n")

    def typeorm(self, word, *words, **options):
        return self.bin("typeorm", word, "-d", "ds.js", *words, **options)

    def tool_pending(self):
        return re.findall(r"^ ?\[ \] (?:\d+ )?(\S+)$", self.typeorm("migration:show").out, re.M)


@pytest.fixture
def case(project):
    return project(TypeOrm)


def test_typeorm_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    case.agree(A, B, C)
    case.remove("migrations/1767398400000-C.js")
    case.typeorm("migration:run")
    case.agree()
    case.migration(C)
    case.agree(C)
    case.typeorm("migration:run")
    case.agree()
    case.write("package.json", '{"dependencies": {"typeorm": "1"}}')
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.typeorm("migration:revert")
    case.agree(C)


def test_typeorm_an_older_one_that_came_later_is_run_too(case):
    case.remove("migrations/1767312000000-B.js")
    case.typeorm("migration:run")
    case.migration(B)
    case.agree(B)
    case.typeorm("migration:run")
    case.agree()


def test_typeorm_removed_edited_renamed(case):
    case.typeorm("migration:run")
    case.migration(A, "CREATE TABLE other ()")
    case.agree()
    case.remove("migrations/1767312000000-B.js")
    case.migration(B, file="renamed")
    case.agree()
    case.remove("migrations/1767398400000-C.js")
    case.agree(warn={"unknown": [C]})
    case.migration("D1767398400000")
    case.agree("D1767398400000", warn={"unknown": [C]})  # the same time, another name


def test_typeorm_failed(case):
    case.migration(B, "SELECT 1 / 0")
    assert case.typeorm("migration:run", check=False).code == 1
    case.agree(A, B, C)


WRITINGS = {
    "as TypeScript compiles it": """\
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.NAME = void 0;
class NAME {
    constructor() {
        this.name = 'NAME';
    }
    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE "it's" ("id" SERIAL NOT NULL)`); // class Fake1111111111111 {
    }
    async down(queryRunner) { await queryRunner.query(`DROP TABLE "it's"`); }
}
exports.NAME = NAME;
//# sourceMappingURL=x.js.map
""",
    "for an old target": """\
exports.NAME = void 0;
class NAME {
    up(q) { return __awaiter(this, void 0, void 0, function* () { yield q.query(`SELECT '/* class X { */'`); }); }
    down(q) { return Promise.resolve(); }
}
var __awaiter = function (thisArg, _arguments, P, generator) { const g = generator();
  const step = r => r.done ? Promise.resolve(r.value) : Promise.resolve(r.value).then(v => step(g.next(v))); return step(g.next()); };
exports.NAME = NAME;
""",
    "a field": "exports.x = class { name = 'NAME'; async up() {} async down() {} };\n",
    "a field in a class of another name": "exports.x = class Other { name = \"NAME\"\n async up() {}\n async down() {} };\n",
    "as JavaScript generates it": """\
/**
 * @typedef {import('typeorm').MigrationInterface} MigrationInterface
 * @typedef {import('typeorm').QueryRunner} QueryRunner
 */

/**
 * @class
 * @implements {MigrationInterface}
 */
module.exports = class NAME {
    name = 'NAME'

    /**
     * @param {QueryRunner} queryRunner
     */
    async up(queryRunner) {
        await queryRunner.query(`SELECT 1`);
    }

    async down(queryRunner) {
        await queryRunner.query(`SELECT 2`);
    }
}
""",
    "with a regular expression": """\
exports.NAME = class NAME {
  async up(q) { for (const row of ["a'b"]) await q.query(`SELECT '${row.replace(/'/g, "''")}'`); }
  async down() {}
};
""",
    "with templates in templates": """\
exports.NAME = class NAME {
  async up(q) { await q.query(`SELECT ${[1, 2].map(n => `${n}`).join(', ')}`); }
  async down() {}
};
""",
    "with a variable called name": """\
exports.NAME = class NAME {
  async up(q) { const name = 'Wrong1767398400009'; const { name: other } = { name }; await q.query(`SELECT '${other}'`); }
  async down() { const name = q => q; }
};
""",
    "with a helper class": """\
class Helper { constructor() { this.name = 'helper'; } }
exports.NAME = class NAME { async up() { new Helper(); } async down() {} };
""",
    "with a parent": """\
class Base1767398400001 { async up() {} async down() {} }
exports.NAME = class NAME extends Base1767398400001 { };
""",
    "with a name that is computed": """\
const suffix = '1767398400000';
exports.NAME = class { constructor() { this.name = 'NA' + 'ME'.slice(2) + suffix.slice(13) || 'NAME'; this.name = ['NAME'][0]; }
  async up() {} async down() {} };
""",
    "with a getter": "exports.NAME = class Wrong1767398400009 { get name() { return 'NAME'; } async up() {} async down() {} };\n",
    "assigned from outside": """\
class Wrong1767398400009 { async up() {} async down() {} }
Object.defineProperty(Wrong1767398400009, 'name', { value: 'NAME' });
exports.NAME = Wrong1767398400009;
""",
    "not exported": """\
class Wrong1767398400009 { async up() {} async down() {} }
class NAME { async up() {} async down() {} }
module.exports = { NAME };
""",
    "two in one file": """\
exports.NAME = class NAME { async up() {} async down() {} };
exports.E = class E1767484800000 { async up() {} async down() {} };
""",
    "with a static block and private members": """\
exports.NAME = class NAME { #name = 1; static name2 = 2; static { this.x = 1; } async up() { this.#name; } async down() {} };
""",
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_typeorm_however_it_is_written_no_other_name_is_taken(case, writing):
    """Read as the tool has it, or refused; never another list."""
    for name in (A, B, C):
        case.remove(f"migrations/{name[1:]}-{name[0]}.js")
    case.write("migrations/1767398400000-C.js", WRITINGS[writing].replace("NAME", C))
    told = case.tool_pending()
    assert C in told
    done = case.gate.call("manifest", cwd=case.folder, **case.settings)
    if done.code == 78:
        assert "cannot be read" in done.said or "computed" in done.said or "class whose name" in done.said, done
    else:
        assert sorted(case.ids()) == sorted(told), f"the tool has {told}"


def test_typeorm_tenants(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.migration("D1767484800000", f'CREATE TABLE "{schema}".d ()')
        for name in (A, B, C):
            case.migration(name, f'CREATE TABLE "{schema}".{name[0].lower()} ()')
        case.typeorm("migration:run", TENANT=schema)
    case.closed()
    db.sql("DELETE FROM tb.migrations WHERE name = %s", C)
    assert case.verify()[0] == {"tb": {"pending": [C]}}


def test_typeorm_show_is_a_listing(case):
    case.lists(case.typeorm("migration:show", check=False).out)
    case.typeorm("migration:run")
    case.lists(case.typeorm("migration:show", check=False).out)
