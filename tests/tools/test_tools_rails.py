"""Rails: `rake db:migrate:status` and `db:abort_if_pending_migrations`."""
import re
import subprocess

import pytest
import realtools

A, B, C = "20260101000000", "20260102000000", "20260103000000"

APPLICATION = """\
require "logger"
require "rails"
require "active_record/railtie"
module CaseApp
  class Application < Rails::Application
    config.root = File.expand_path("..", __dir__)
    config.eager_load = false
    config.secret_key_base = "example"
    config.logger = Logger.new(File::NULL)
    config.active_record.dump_schema_after_migration = false
  end
end
"""


class Rails(realtools.Project):
    framework = "rails"

    def start(self):
        self.rake = realtools.program("rake", "rake ruby-activerecord ruby-railties ruby-pg")
        if subprocess.run([realtools.program("ruby", "ruby"), "-e", "require 'rails'; require 'active_record'; require 'pg'"],
                          capture_output=True).returncode != 0:
            realtools.missing("no Rails: apt-get install ruby-activerecord ruby-railties ruby-pg")
        self.write("config/application.rb", APPLICATION)
        self.write("config/environment.rb", 'require_relative "application"\nRails.application.initialize!\n')
        self.write("Rakefile", 'require_relative "config/application"\nRails.application.load_tasks\n')
        self.write("config/database.yml", "production:\n  url: <%= ENV['DATABASE_URL'] %>\n"
                   "  schema_search_path: <%= ENV['SEARCH_PATH'] || 'public' %>\n")
        for version in (A, B, C):
            self.migration(f"{version}_create_{'abc'[int(version[7]) - 1]}.rb")

    def migration(self, name, up=None):
        stem = re.match(r"(\d+)_([^.]*)", name)
        label = "".join(part.capitalize() for part in stem[2].split("_"))
        table = stem[2][-1]
        self.write(f"db/migrate/{name}", f"class {label} < ActiveRecord::Migration[6.0]\n  def up\n"
                   f"    {up or f'create_table :{table}'}\n  end\n  def down\n    drop_table :{table}\n  end\nend\n")

    def rails(self, *words, **options):
        return self.run(self.rake, *words, RAILS_ENV="production", DISABLE_DATABASE_ENVIRONMENT_CHECK="1", **options)

    def tool_pending(self):
        done = self.rails("db:migrate:status", "db:abort_if_pending_migrations", check=False)
        self.status = done
        pending = [str(int(version)) for version in re.findall(r"^ +down +(\d+)", done.out, re.M)]
        assert "Status " in done.out and (done.code == 0) == (not pending), done
        return pending


@pytest.fixture
def case(project):
    return project(Rails)


def test_rails_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    case.rails("db:migrate", VERSION=B)
    case.agree(C)
    case.rails("db:migrate")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.rails("db:rollback")
    case.agree(C)


def test_rails_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"db/migrate/{B}_create_b.rb")
    case.rails("db:migrate")
    case.migration(f"{B}_create_b.rb")
    case.agree(B)


def test_rails_removed_edited_renamed(case):
    case.rails("db:migrate")
    case.migration(f"{A}_create_a.rb", "create_table :other")
    case.remove(f"db/migrate/{B}_create_b.rb")
    case.migration(f"{B}_other_b.rb")
    case.agree()
    case.remove(f"db/migrate/{C}_create_c.rb")
    case.agree(warn={"unknown": [C]})
    assert "NO FILE" in case.status.out


def test_rails_failed(case):
    case.migration(f"{B}_create_b.rb", "execute 'select 1 / 0'")
    assert case.rails("db:migrate", check=False).code == 1
    case.agree(B, C)


def test_rails_versions_are_integers_and_files_lie_deep(case, db):
    case.migration("nested/007_legacy.rb".replace("nested/", ""), "nil")
    (case.folder / "db/migrate/nested").mkdir()
    (case.folder / "db/migrate/007_legacy.rb").rename(case.folder / "db/migrate/nested/007_legacy.rb")
    for name in ("helper_001.rb", "README_0001.md", "20260109000000.rb", "12_x.rb.bak"):
        case.write(f"db/migrate/{name}", "")
    case.rails("db:migrate", VERSION=A)
    case.agree(B, C)
    case.rails("db:migrate")
    case.agree()
    db.sql("UPDATE schema_migrations SET version = '007' WHERE version = '7'")
    case.agree()
    db.sql("UPDATE schema_migrations SET version = %s WHERE version = %s", f"0{A}", A)
    case.agree()
    db.sql("INSERT INTO schema_migrations VALUES ('x')")
    assert case.tool_pending() == [] and case.verify()[0] == {}


def test_rails_a_version_longer_than_any_number_of_64_bits(case):
    case.migration("99999999999999999999999_big.rb", "nil")
    case.rails("db:migrate", VERSION=C)
    case.agree("99999999999999999999999")
    case.rails("db:migrate")
    case.agree()


@pytest.mark.parametrize("name", ["20260109000000_Big.rb", "20260109000000_a-b.rb", "1a_b.rb"])
def test_rails_stops_at_a_name(case, name):
    case.rails("db:migrate")
    case.write(f"db/migrate/{name}", "class X < ActiveRecord::Migration[6.0]; end\n")
    assert case.rails("db:migrate", check=False).code == 1
    case.refused(name)


@pytest.mark.parametrize("name", [f"{A}_twice.rb", "20260109000000_create_a.rb"])
def test_rails_stops_at_two_of_one_version_or_name(case, name):
    case.migration(name)
    assert case.rails("db:migrate", check=False).code == 1
    case.refused()


def test_rails_a_file_with_a_scope_and_hidden_ones(case):
    case.migration("20260104000000_create_d.engine_x.rb")
    case.write("db/migrate/.20260105000000_hidden.rb", "")
    case.write("db/migrate/.hidden/20260106000000_hidden.rb", "")
    case.rails("db:migrate")
    case.agree()
    assert "20260104000000" in case.ids()


def test_rails_tenants_by_search_path(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.rails("db:migrate", SEARCH_PATH=schema)
    case.closed()
    case.rails("db:rollback", SEARCH_PATH="tb")
    assert case.verify()[0] == {"tb": {"pending": [C]}}


def test_rails_a_schema_that_was_loaded(case):
    case.rails("db:migrate")
    case.rails("db:schema:dump")
    case.database.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    case.rails("db:schema:load")
    case.agree()


def test_rails_status_is_a_listing(case):
    case.rails("db:migrate", f"VERSION={A}")
    case.database.sql("INSERT INTO schema_migrations VALUES ('20250101000000');")
    status = case.rails("db:migrate:status").out
    assert "NO FILE" in status
    case.lists(status)
    broken = case.rails("db:migrate:status", check=False, DATABASE_URL="postgres://nobody@127.0.0.1:1/x")
    assert broken.code != 0 and case.from_listing(broken.said) is None


@pytest.mark.parametrize("kind", ["folder", "dangling"])
def test_rails_counts_whatever_is_called_like_a_migration(case, kind):
    """A link to nowhere, a folder: its status calls them down."""
    case.rails("db:migrate")
    path = case.folder / "db/migrate/20260105000000_create_e.rb"
    path.mkdir() if kind == "folder" else path.symlink_to("nowhere")
    case.agree("20260105000000")
