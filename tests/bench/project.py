"""The project that the benches check."""

MIGRATIONS = 200


def make_project(folder):
    """A Django project whose one app has 200 migrations in a row."""
    app = folder / "ledger"
    (app / "migrations").mkdir(parents=True)
    for path in (app, app / "migrations"):
        (path / "__init__.py").write_text("")
    for number in range(1, MIGRATIONS + 1):
        parent = f'("ledger", "{number - 1:04}_step")' if number > 1 else ""
        (app / "migrations" / f"{number:04}_step.py").write_text(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = [{parent}]\n    operations = []\n")
    (folder / "settings.py").write_text(
        'import os\nSECRET_KEY = "bench"\nINSTALLED_APPS = ["ledger"]\nUSE_TZ = True\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "bench", "USER": "postgres",\n'
        '                         "HOST": "127.0.0.1", "PORT": os.environ["BENCH_PORT"]}}\n')
    (folder / "manage.py").write_text(
        'import os\nimport sys\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n'
        "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n")
