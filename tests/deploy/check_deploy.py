"""What the schemas of the deploy files cannot say: order of starting, open ports, versions, the cached layer.

Run by scripts/check-deploy from the repository's root. Prints each fault on a line and fails if there is one.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML


def order_faults(name: str, service: dict, services: dict) -> Iterator[str]:
    """A service waits only for services that reach what it waits for."""
    for other_name, wait in service.get("depends_on", {}).items():
        other = services.get(other_name)
        if other is None:
            yield f"{name}: depends on {other_name}, which does not exist"
            continue
        healthcheck = other.get("healthcheck", {})
        if wait["condition"] == "service_healthy" and "test" not in healthcheck:
            yield f"{name}: waits for the health of {other_name}, which has no check"
        if wait["condition"] == "service_completed_successfully" and other.get("restart") != "no":
            yield f"{name}: waits for the end of {other_name}, which is restarted when it ends"
        if set(other.get("profiles", [])) - set(service.get("profiles", [])):
            yield f"{name}: depends on {other_name}, which starts only with a profile"


def exposure_faults(name: str, service: dict) -> Iterator[str]:
    """Ports stay on this machine, mounted files exist, images have a version."""
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"{name}: port {port} is open to the network"
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith(".") and not Path(source).is_file():
            yield f"{name}: mounts {source}, which does not exist"
    if not re.search(r":(?!latest$)[^:]+$", service.get("image", "")):
        yield f"{name}: image {service.get('image')} has no version"


def compose_faults() -> Iterator[str]:
    compose = YAML(typ="safe").load(Path("docker-compose.yml"))
    services = compose["services"]
    for name, service in services.items():
        yield from order_faults(name, service, services)
        yield from exposure_faults(name, service)


def dockerfile_faults() -> Iterator[str]:
    text = Path("Dockerfile").read_text()
    wanted = tomllib.loads(Path("Cargo.toml").read_text())["package"]["rust-version"]
    if f"FROM rust:{wanted}-" not in text:
        yield f"Dockerfile: does not build with Rust {wanted}, which Cargo.toml asks for"
    for line in re.findall(r"^(?:ENTRYPOINT|CMD|HEALTHCHECK.*CMD) .*$", text, re.MULTILINE):
        if not line.endswith("]"):
            yield f"Dockerfile: not a list of arguments, so a shell would be needed: {line}"
    if not re.search(r"^USER (?!root)", text, re.MULTILINE):
        yield "Dockerfile: runs as root"


def layer_faults() -> Iterator[str]:
    """The layer of dependencies sees Cargo.toml and an empty program: targets named there by path are missing."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("Cargo.toml", "Cargo.lock"):
            shutil.copy(name, folder)
        source = Path(folder, "src")
        source.mkdir()
        source.joinpath("lib.rs").touch()
        source.joinpath("main.rs").write_text("fn main() {}\n")
        read = subprocess.run(
            ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"],
            cwd=folder, capture_output=True, text=True, check=False,
        )
    if read.returncode != 0:
        yield f"Dockerfile: its layer of dependencies cannot read Cargo.toml: {read.stderr.strip()}"


def main() -> int:
    faults = [*compose_faults(), *dockerfile_faults(), *layer_faults()]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
