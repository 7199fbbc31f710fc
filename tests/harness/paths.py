"""Where things are."""
import glob
import os
import pathlib
import shutil

TESTS = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = TESTS.parent
BINARY = pathlib.Path(os.environ.get("TENANTGATE_BINARY", REPOSITORY / "build" / "tenantgate")).absolute()


def postgres_bin():
    """The newest PostgreSQL of the distribution, or the folder that TENANTGATE_PG_BIN names."""
    named = os.environ.get("TENANTGATE_PG_BIN")
    if named:
        return pathlib.Path(named)
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if found:
        return pathlib.Path(max(found, key=lambda path: float(path.split("/")[4]))).parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise RuntimeError("no PostgreSQL server programs: apt-get install postgresql")
    return pathlib.Path(initdb).resolve().parent


def program(name):
    """A program of the system; the sbin folders are searched too. None where it is not installed."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")
