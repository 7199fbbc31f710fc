"""scripts/verify-tenant, verify-all and fix-tenant: what an operator does by hand, with the gate's own rules and output."""
import re
import subprocess

import pytest
from harness import paths
from harness.postgres import free_port, ident

SCRIPTS = paths.REPOSITORY / "scripts"


@pytest.fixture
def by_hand(app):
    """Runs a script in the app's folder, where `tenantgate` and `python` are in the PATH."""
    (app.bin / "tenantgate").symlink_to(paths.BINARY)
    app.variables.update(TENANTGATE_TENANTS_SETTLE="0s")

    def run(script, *words, **variables):
        return subprocess.run([SCRIPTS / script, *words], cwd=app.folder, env=app.environment(**variables), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return run


def undated(text):
    return re.sub(r"\d+ ms", "N ms", text)


def same(done, result):
    assert (done.returncode, done.stdout, undated(done.stderr)) == (result.code, result.out, undated(result.err))


@pytest.fixture
def gated(app, bare_gate, by_hand):
    return lambda *words: bare_gate.call(*words, cwd=app.folder, env=app.environment())


@pytest.mark.parametrize("behind", [False, True], ids=["migrated", "behind"])
def test_the_output_and_the_code_are_those_of_the_gate(app, by_hand, gated, behind):
    if behind:
        app.manage("migrate_schemas", "--schema=acme", "finance", "0001")
    same(by_hand("verify-tenant", "acme"), gated("verify", "--tenant", "acme"))
    same(by_hand("verify-all"), gated("verify"))
    assert by_hand("verify-all").returncode == by_hand("verify-tenant", "acme").returncode == int(behind)
    assert by_hand("verify-tenant", "globex").returncode == 0, "the other one is not looked at"
    done = by_hand("verify-all", "--format", "junit")
    assert done.returncode == int(behind) and "<testsuite" in done.stdout


def test_one_tenant_is_mended_and_the_others_are_left_alone(app, by_hand):
    for name in ("acme", "globex"):
        app.manage("migrate_schemas", f"--schema={name}", "finance", "0001")
    done = by_hand("fix-tenant", "acme")
    assert done.returncode == 0, done
    assert "FATAL" in done.stderr and "fix-tenant: python manage.py migrate_schemas --schema=acme\n" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("tenantgate: the gate is open: 1 tenant is fully migrated")
    assert "Applying finance.0003_invoice_paid" in done.stdout
    assert by_hand("verify-tenant", "acme").returncode == 0 and by_hand("verify-tenant", "globex").returncode == 1
    again = by_hand("fix-tenant", "acme")
    assert again.returncode == 0 and "nothing is to be done" in again.stderr and again.stdout == ""


@pytest.mark.parametrize("name", ["Tom's & \"sons\"", "back\\slash", "$(exit 7) `date`", "漢字", "-x", "a b"])
def test_a_tenant_of_any_name_is_mended(app, by_hand, name):
    app.manage("create_tenant", "--no-migrate", "--", name)
    assert by_hand("verify-tenant", name).returncode == 1
    done = by_hand("fix-tenant", name)
    assert done.returncode == 0, done
    assert by_hand("verify-all").returncode == 0


def test_a_command_that_fails_is_said_and_the_verdict_is_the_databases(app, by_hand):
    app.write("finance/migrations/0004_fails.py",
              "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
              "    dependencies = [('finance', '0003_invoice_paid')]\n"
              "    operations = [migrations.RunSQL('SELECT 1/0')]\n")
    done = by_hand("fix-tenant", "acme")
    assert done.returncode == 1 and "fix-tenant: that failed with exit code 1" in done.stderr, done
    assert done.stderr.count("FATAL: ") == 2 and "finance.0004_fails" in done.stderr


def test_rights_are_for_the_owner_to_give(app, by_hand):
    role = f"{app.database.name}_reader"
    app.database.sql(f"CREATE ROLE {ident(role)} LOGIN; GRANT SELECT ON public.customers_client TO {ident(role)}")
    try:
        done = by_hand("fix-tenant", "acme", DATABASE_URL=app.database.url(user=role))
        assert done.returncode == 1 and "fix-tenant: to be run as the owner in the database: GRANT " in done.stderr, done
        assert app.database.sql("SELECT has_schema_privilege(%s, 'acme', 'USAGE')", role) == [(False,)]
    finally:
        app.database.sql(f"DROP OWNED BY {ident(role)}; DROP ROLE {ident(role)}")


def test_nothing_is_run_where_nothing_was_decided(app, by_hand):
    done = by_hand("fix-tenant", "acme", DATABASE_URL=f"postgresql://postgres@127.0.0.1:{free_port()}/x",
                   TENANTGATE_DATABASE_WAIT="0s")
    assert done.returncode == 69 and "fix-tenant:" not in done.stderr, done


def test_a_tenant_that_nobody_knows_is_refused_by_all(app, by_hand, gated):
    refused = gated("verify", "--tenant", "nobody").code
    assert refused != 0
    assert by_hand("verify-tenant", "nobody").returncode == by_hand("fix-tenant", "nobody").returncode == refused


@pytest.mark.parametrize(("script", "words"), [("verify-tenant", []), ("fix-tenant", []), ("verify-tenant", ["--help"]),
                                               ("verify-all", ["--help"])])
def test_how_they_are_used_is_said(by_hand, script, words):
    done = by_hand(script, *words)
    assert done.returncode == 64 and f"scripts/{script}" in done.stderr and done.stdout == ""


def test_where_it_is_done_are_words_in_front(app, by_hand):
    """IN='docker compose exec -T app' and the like; here a command that does the same as none."""
    app.manage("migrate_schemas", "--schema=acme", "finance", "0001")
    done = by_hand("fix-tenant", "acme", IN="env --chdir=.")
    assert done.returncode == 0 and "fix-tenant: python manage.py" in done.stderr, done
