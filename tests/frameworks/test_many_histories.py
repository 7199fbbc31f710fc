"""The verdict on a tenant among many, by fingerprints, is the verdict on it alone, by its rows: for every framework whose real
history is at hand, with every column changed in every way that a value can differ."""
import itertools

import pytest
from histories import History, Replay, load
from projects import CASES

DUMPS = [  # framework, project, dump, schema dump, history table
    ("rails", "rails", "rails_apartment", None, "schema_migrations"),
    ("dbmate", "dbmate", "dbmate", None, "schema_migrations"),
    ("ecto", "ecto", "ecto", None, "schema_migrations"),
    ("knex", "knex", "knex", None, "knex_migrations"),
    ("sequelize", "sequelize", "sequelize", None, "SequelizeMeta"),
    ("node-pg-migrate", "node-pg-migrate", "node-pg-migrate", None, "pgmigrations"),
    ("laravel", "laravel", "laravel", None, "migrations"),
    ("mikro-orm", "mikro-orm", "mikro-orm", None, "mikro_orm_migrations"),
    ("prisma", "prisma", "prisma_failed_then_resolved", "prisma", "_prisma_migrations"),
    ("drizzle", "drizzle", "drizzle", None, "__drizzle_migrations"),
    ("typeorm", "typeorm", "typeorm", None, "migrations"),
    ("liquibase", "liquibase", "liquibase_v9", "liquibase", "databasechangelog"),
    ("sqitch", "sqitch", "sqitch", None, "changes"),
    ("sqlx", "sqlx", "sqlx", None, "_sqlx_migrations"),
    ("refinery", "refinery", "refinery", None, "refinery_schema_history"),
    ("diesel", "diesel", "diesel", None, "__diesel_schema_migrations"),
    ("doctrine", "doctrine", "doctrine", None, "doctrine_migration_versions"),
    ("phinx", "phinx", "phinx", None, "phinxlog"),
    ("golang-migrate", "recorded", "golang-migrate.json", None, "schema_migrations"),
    ("goose", "recorded", "goose.json", None, "goose_db_version"),
    ("tern", "recorded", "tern.json", None, "schema_version"),
    ("atlas", "recorded", "atlas.json", None, "atlas_schema_revisions"),
]


def spoils(table, column, kind):
    """Ways to change one column of one row."""
    one = f"ctid = (SELECT min(ctid) FROM {table})"
    yield f"UPDATE {table} SET \"{column}\" = NULL WHERE {one}"
    if kind == "boolean":
        yield f"UPDATE {table} SET \"{column}\" = NOT \"{column}\" WHERE {one}"
    elif kind in ("text", "character varying", "character"):
        yield f"UPDATE {table} SET \"{column}\" = left(\"{column}\", -1) || 'x' WHERE {one}"
        yield f"UPDATE {table} SET \"{column}\" = '' WHERE {one}"
    elif kind in ("integer", "bigint", "smallint"):
        yield f"UPDATE {table} SET \"{column}\" = \"{column}\" + 1 WHERE {one}"
        yield f"UPDATE {table} SET \"{column}\" = -\"{column}\" WHERE {one}"


def kinds(report):
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["tenant"], set()).add((finding["kind"], finding["severity"], tuple(finding["items"])))
    return found


@pytest.mark.parametrize("framework, project, dump, schema, table", DUMPS, ids=[row[0] for row in DUMPS])
def test_among_many_as_alone(bare_gate, db, tmp_path, framework, project, dump, schema, table):
    assert (CASES / project).is_dir()
    if project == "recorded":
        case = Replay(bare_gate, tmp_path, db, CASES / project / dump)
        case.take_all_applied()
    else:
        case = History(bare_gate, tmp_path, db, framework, project)
        load(db, dump, schema)
    (home,), = db.sql("SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = %s "
                      "AND c.relkind = 'r' ORDER BY n.nspname <> 'public' LIMIT 1", table)
    columns = db.sql("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
                     home, table)
    numbers = itertools.count()

    def tenant():
        """A copy without constraints, so that every column can be made anything."""
        name = f"m{next(numbers):03}"
        db.sql(f'CREATE SCHEMA {name}; CREATE TABLE {name}."{table}" AS TABLE "{home}"."{table}"')
        return name

    names = [tenant() for _ in range(3)]
    for column, kind in columns:
        for number in range(len(list(spoils("t", column, kind)))):
            names.append(tenant())
            db.sql(list(spoils(f'{names[-1]}."{table}"', column, kind))[number])
    for change in (f'DELETE FROM {{}}."{table}" WHERE ctid = (SELECT max(ctid) FROM {{}}."{table}")', f'DELETE FROM {{}}."{table}"',
                   f'INSERT INTO {{}}."{table}" SELECT * FROM {{}}."{table}" LIMIT 1'):
        names.append(tenant())
        db.sql(change.replace("{}", names[-1]))
    while len(names) < 16:  # fewer are not compared by fingerprints
        names.append(tenant())
    case.settings["tenants_schemas"] = ", ".join(names)
    together = kinds(case.call("verify", "--format", "json").report)
    for name in names:
        alone = kinds(case.call("verify", "--format", "json", "--tenant", name).report)
        assert alone.get(name) == together.get(name), (name, case.database.sql(f'SELECT * FROM {name}."{table}"'))
    assert len({frozenset(found) for found in together.values()}) > 1, "nothing differed: nothing was tried"
