"""One tenant with 200 migrations: how long from the start of tenantgate to the start of the app, beside pg_isready and
Django's own check, in turn within one run. Also peak memory, the binary's size, and how soon the app starts once the
server accepts connections."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import paths  # noqa: E402
from harness.postgres import Clusters  # noqa: E402

from project import MIGRATIONS, make_project  # noqa: E402

def timed(command, folder, env):
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    taken = (time.perf_counter() - began) * 1000
    assert done.returncode == 0, (command, done.stderr.decode())
    return taken


def peak_kib(command, folder, env):
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stderr.split()[-1])


def accepting_to_app(clusters, binary, folder, env):
    """Milliseconds from the server's own "ready to accept connections" to the first instant of the app."""
    server = clusters.create("late", settings={"log_line_prefix": "%n "})
    env = {**env, "DATABASE_URL": server.url()}
    gate = subprocess.Popen([binary, "--set", "migrations.manifest=none.json", "--set", "tenants.minimum=0",
                             "--set", "tenants.query=SELECT NULL WHERE false", "--set", "database.wait=60s", "--", "date", "+%s.%N"],
                            cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(3)
    server.start(wait=False)
    out = gate.communicate(timeout=60)[0]
    server.stop("immediate")
    ready = [line for line in server.log_text().splitlines() if "ready to accept connections" in line]
    return (float(out) - float(ready[0].split()[0])) * 1000


def row(name, figures):
    print(f"{name:<58}{min(figures):>9.1f}{statistics.median(figures):>9.1f}{max(figures):>9.1f}")


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    binary = str(paths.BINARY.resolve())
    clusters = Clusters()
    server = clusters.create().start()
    server.sql("CREATE DATABASE bench")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_project(folder)
        env = {"PATH": os.environ["PATH"], "HOME": name, "BENCH_PORT": str(server.port), "LC_ALL": "C.UTF-8",
               "DATABASE_URL": server.url("bench")}
        django = ["/usr/bin/python3", "manage.py"]
        subprocess.run([*django, "migrate"], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([binary, "manifest", "-o", "manifest.json"], cwd=folder, env=env, check=True)
        with open(folder / "none.json", "w") as none:
            one = '{"framework": "django", "migrations": [{"app": "a", "name": "b", "parents": [], "replaces": []}]}'
            subprocess.run([binary, "manifest", "--from", "django", "-"], input=one.encode(), stdout=none, check=True, env=env)
        pg_isready = str(paths.postgres_bin() / "pg_isready")
        contestants = {
            "tenantgate, reading the files": [binary, "-q", "--", "/bin/true"],
            "tenantgate, with a manifest": [binary, "-q", "--set", "migrations.manifest=manifest.json", "--", "/bin/true"],
            "pg_isready (no log-in, no check)": [pg_isready, "-q", "-h", "127.0.0.1", "-p", str(server.port)],
            "/bin/true (what starting a process costs)": ["/bin/true"],
        }
        figures = {key: [] for key in contestants}
        for number in range(runs + 2):
            for key, command in contestants.items():
                taken = timed(command, folder, env)
                if number >= 2:
                    figures[key].append(taken)
        check = [timed([*django, "migrate", "--check"], folder, env) for _ in range(max(3, runs // 4))]
        print(f"one tenant, {MIGRATIONS} migrations, warm, {runs} runs in turn{'':<14}min   median      max   (ms)")
        for key, values in figures.items():
            row(key, values)
        row("python manage.py migrate --check", check)
        row("server accepts connections -> app started", [accepting_to_app(clusters, binary, folder, env) for _ in range(5)])
        print(f"peak memory: {peak_kib(contestants['tenantgate, reading the files'], folder, env) / 1024:.1f} MiB reading the "
              f"files, {peak_kib(contestants['tenantgate, with a manifest'], folder, env) / 1024:.1f} MiB with a manifest")
        print(f"size of the binary: {os.path.getsize(binary) / 1048576:.2f} MiB")
    clusters.close()


main()
