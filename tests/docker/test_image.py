"""The image `tenantgate`: what is in it, and the static binary alone in it."""
import hashlib
import io
import json
import subprocess
import tarfile

import pytest
from engine import docker, settings, url
from harness.gate import CANARY, PASSWORD
from harness.history import django_listing, CHAIN


@pytest.fixture(scope="module")
def files(image):
    """Every entry in the image: {path: (member, content)}, without what Docker itself puts into a container."""
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
    found = {}
    with tarfile.open(fileobj=io.BytesIO(saved)) as outer:
        for layer in json.load(outer.extractfile("manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=io.BytesIO(outer.extractfile(layer).read())) as inner:
                for member in inner:
                    content = inner.extractfile(member).read() if member.isfile() else None
                    found[member.name.rstrip("/")] = (member, content)
    return found


def test_nothing_is_in_it_but_the_binary_and_the_certificates(files):
    assert {name for name, (member, _) in files.items() if not member.isdir()} == {
        "tenantgate", "etc/ssl/certs/ca-certificates.crt"}
    assert {name for name, (member, _) in files.items() if member.isdir()} <= {"etc", "etc/ssl", "etc/ssl/certs"}


def test_a_container_of_it_has_nothing_else_either(image, workshop):
    """As `docker export` shows it: Docker adds mount points of its own, all of them empty."""
    made = docker("create", "--label", workshop.label, image).stdout.strip()
    exported = subprocess.run(["docker", "export", made], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(exported)) as tar:
        full = {member.name for member in tar if member.isfile() and member.size}
    assert full == {"tenantgate", "etc/ssl/certs/ca-certificates.crt"}


def test_the_binary_is_the_static_one_and_everybody_may_run_it(files, binary_digest):
    member, content = files["tenantgate"]
    assert hashlib.sha256(content).hexdigest() == binary_digest
    assert (member.uid, member.gid) == (0, 0) and member.mode & 0o777 == 0o755
    assert content.startswith(b"\x7fELF") and b"/lib64/ld-linux" not in content and b"/lib/ld-musl" not in content


def test_the_certificates_are_a_bundle_that_everybody_may_read(files):
    member, content = files["etc/ssl/certs/ca-certificates.crt"]
    assert content.count(b"-----BEGIN CERTIFICATE-----") > 100 and member.mode & 0o444 == 0o444
    for name in ("etc", "etc/ssl", "etc/ssl/certs"):
        assert name not in files or files[name][0].mode & 0o555 == 0o555


def test_it_is_small(image):
    assert json.loads(docker("image", "inspect", image).stdout)[0]["Size"] < 5_000_000


def test_its_settings(image):
    config = json.loads(docker("image", "inspect", image).stdout)[0]["Config"]
    assert config["Entrypoint"] == ["/tenantgate"] and not config["Cmd"]
    # Docker adds PATH by itself.
    assert [name for name in config["Env"] or [] if not name.startswith("PATH=")] == []


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version(image, workshop, version, word):
    result = workshop.run(image, word, options=["--network", "none"])
    assert result.code == 0 and version in result.out.split(), result


def test_a_wrong_command_line(image, workshop):
    assert workshop.run(image, "wiat", options=["--network", "none"]).code == 64


def test_a_manifest_is_made_with_no_network_and_nobodys_rights(image, workshop):
    result = workshop.run(image, "manifest", "--from", "django", "-", stdin=django_listing(CHAIN),
                          options=["--network", "none", "--user", "12345:12345", "--read-only", "--cap-drop", "ALL"])
    assert result.code == 0, result
    assert all(name in json.dumps(json.loads(result.out)) for name in ("0001_initial", "0002_lines", "0003_paid")), result


def test_config_prints_no_secret(image, workshop, tmp_path):
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o644)
    result = workshop.run(image, "config", options=[
        "--env", f"TENANTGATE_DATABASE_URL={url(password=PASSWORD)}",
        *settings(database_password_file="/run/secrets/password",
                  tenants_catalog_url=url(password=PASSWORD), lock_url=f"host=database user=app password='{PASSWORD}'",
                  notify_url=f"https://name:{CANARY}@hooks.example/{CANARY}"),
        "--volume", f"{secret}:/run/secrets/password:ro", "--network", "none"])
    # That the secrets are in no output is looked at after every run; here, that the rest is there.
    assert result.code == 0, result
    said = result.out.splitlines()
    assert any(line.startswith("url = postgresql://postgres:") and line.endswith("@database:5432/postgres") for line in said)
    for source in ("TENANTGATE_DATABASE_URL", "TENANTGATE_DATABASE_PASSWORD_FILE", "TENANTGATE_TENANTS_CATALOG_URL",
                   "TENANTGATE_LOCK_URL", "TENANTGATE_NOTIFY_URL"):
        value = said[next(number for number, line in enumerate(said) if line.endswith(f" {source}")) + 1]
        assert "***" in value, (source, result)
