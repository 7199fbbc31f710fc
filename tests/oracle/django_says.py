"""What Django itself says of migrations and a history: its own loader, graph and executor, in memory."""
import dataclasses
from unittest import mock

import django
from django.conf import settings
from django.core.management.base import CommandError
from django.db.migrations import Migration
from django.db.migrations.exceptions import CircularDependencyError, InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

if not settings.configured:
    settings.configure(INSTALLED_APPS=[], USE_TZ=True)
    django.setup()


class FakeConnection:
    alias = "default"


@dataclasses.dataclass
class Answer:
    """`refusal` is what stops the command ("" for none), `plan` what it would run, `edges` the (parent, child) pairs of the
    graph."""

    refusal: str
    plan: frozenset = frozenset()
    edges: tuple = ()

    @property
    def is_open(self):
        """Would `migrate --check` exit with 0?"""
        return self.refusal == "" and not self.plan


def _migration(app, name, project):
    made = Migration(name, app)
    made.dependencies = list(project[app, name].dependencies)
    made.run_before = list(project[app, name].run_before)
    made.replaces = list(project[app, name].replaces)
    return made


def migrate_check(project, rows):
    """Follows django/core/management/commands/migrate.py up to the plan. `project` maps (app, name) to objects with
    dependencies, run_before and replaces; `rows` are pairs."""

    def load_disk(self):
        self.disk_migrations = {key: _migration(*key, project) for key in project}
        self.migrated_apps = {app for app, _ in project}
        self.unmigrated_apps = set()

    def applied_migrations(self):
        return {row: None for row in rows}

    with mock.patch.object(MigrationLoader, "load_disk", load_disk), mock.patch.object(
        MigrationRecorder, "applied_migrations", applied_migrations
    ):
        connection = FakeConnection()
        try:
            executor = MigrationExecutor(connection)
            executor.loader.check_consistent_history(connection)
        except NodeNotFoundError:
            return Answer("missing")
        except CircularDependencyError:
            return Answer("circle")
        except CommandError:
            return Answer("circle")
        except InconsistentMigrationHistory:
            return Answer("inconsistent")
        if executor.loader.detect_conflicts():
            return Answer("conflict")
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        nodes = executor.loader.graph.node_map.values()
        edges = tuple((parent.key, node.key) for node in nodes for parent in node.parents)
        return Answer("", frozenset((migration.app_label, migration.name) for migration, _ in plan), edges)
