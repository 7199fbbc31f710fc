"""How long 5,000 migration files take to read, for the frameworks whose readers differ in what they look at, beside sha256sum
of the same files and a project with one file, in turn within one run; and whether memory depends on how large the files are."""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import paths  # noqa: E402

COUNT = 5000
ENV = {"PATH": "/usr/bin:/bin"}
SQL = "create table t{0} (id bigint primary key, a text not null, b text, c timestamptz default now());\ncreate index on t{0} (a);\n"
FRAMEWORKS = {
    "rails": ("names alone", "db/migrate/{0:014d}_name_{0}.rb"),
    "diesel": ("names, and is there an up.sql", "migrations/{0:014d}_name_{0}/up.sql"),
    "sqlx": ("SHA-384 of every file", "migrations/{0}_name_{0}.sql"),
    "flyway": ("CRC-32 of the lines of every file", "db/migration/V{0}__name_{0}.sql"),
    "prisma": ("SHA-256 of every file in several forms", "prisma/migrations/{0:014d}_name_{0}/migration.sql"),
}


def make(folder, name, count, padding):
    for number in range(1, count + 1):
        file = folder / name.format(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SQL.format(number) + f"-- {'x' * padding}\n")
    return folder


def timed(command, folder):
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=ENV)
    return (time.perf_counter() - began) * 1000


def peak_mib(command, folder):
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, env=ENV)
    return int(done.stderr.split()[-1]) / 1024


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as top:
        print(f"{COUNT} files of about 300 bytes, warm, {runs} runs in turn; median (and least) in ms, peak memory in MiB\n")
        print(f"{'':<50}{'tenantgate':>15}{'one file':>15}{'sha256sum':>15}{'memory':>8}{'of 100 times the size':>23}")
        for framework, (what, name) in FRAMEWORKS.items():
            place = pathlib.Path(top, framework)
            many, one = make(place / "many", name, COUNT, 100), make(place / "one", name, 1, 100)
            large = make(place / "large", name, COUNT, 30000)
            gate = [str(paths.BINARY.resolve()), "-q", "--set", f"migrations.framework={framework}", "manifest", "--check"]
            contestants = {"gate": (gate, many), "one": (gate, one),
                           "sums": (["/bin/sh", "-c", "find . -type f -print0 | xargs -0 sha256sum"], many)}
            figures = {key: [] for key in contestants}
            for _ in range(runs):
                for key, (command, folder) in contestants.items():
                    figures[key].append(timed(command, folder))
            shown = [f"{statistics.median(times):7.1f} ({min(times):.1f})" for times in figures.values()]
            print(f"{framework + ': ' + what:<50}{shown[0]:>15}{shown[1]:>15}{shown[2]:>15}{peak_mib(gate, many):8.1f}"
                  f"{peak_mib(gate, large):23.1f}", flush=True)


main()
