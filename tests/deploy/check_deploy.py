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

# shutdown.deadline, and leaving the group
WORKER_STOPS_WITHIN = 25


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
        if source.startswith(".") and not Path(source).exists():
            yield f"{name}: mounts {source}, which does not exist"
    if not re.search(r":(?!latest$)[^:]+$", service.get("image", "")):
        yield f"{name}: image {service.get('image')} has no version"


def load(path: str) -> dict:
    return YAML(typ="safe").load(Path(path))


def compose_faults() -> Iterator[str]:
    services = load("docker-compose.yml")["services"]
    for name, service in services.items():
        yield from order_faults(name, service, services)
        yield from exposure_faults(name, service)


def monitoring_faults() -> Iterator[str]:
    """What Prometheus and Grafana are told to look for is where Compose puts it."""
    services = load("docker-compose.yml")["services"]
    mounts = {volume.split(":")[0]: volume.split(":")[1] for name in ("prometheus", "grafana")
              for volume in services[name]["volumes"]}
    prometheus = load("deploy/prometheus/prometheus.yml")
    for file in prometheus["rule_files"]:
        if mounts.get(f"./deploy/prometheus/{file}") != f"/etc/prometheus/{file}":
            yield f"prometheus: {file} is not mounted beside its configuration"
    addresses = [target for job in prometheus["scrape_configs"] for it in job["static_configs"] for target in it["targets"]]
    sources = load("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"]
    addresses += [source["url"].removeprefix("http://") for source in sources]
    for address in addresses:
        name, port = address.split(":")
        if not any(str(published).endswith(f":{port}") for published in services.get(name, {}).get("ports", [])):
            yield f"monitoring: nothing in docker-compose.yml is at {address}"
    providers = load("deploy/grafana/provisioning/dashboards/audiohm-ingest.yml")["providers"]
    for provider in providers:
        if provider["options"]["path"] != mounts.get("./deploy/grafana/dashboards"):
            yield f"grafana: no dashboards are mounted at {provider['options']['path']}"
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    if not Path("deploy/grafana/dashboards", Path(home).name).is_file():
        yield f"grafana: its first page {home} does not exist"


def kubernetes_faults() -> Iterator[str]:
    """Every pod is shut off from its node, and stops in its own time."""
    version = tomllib.loads(Path("Cargo.toml").read_text())["package"]["version"]
    for path in sorted(Path("deploy/kubernetes").glob("*.yaml")):
        for document in YAML(typ="safe").load_all(path):
            pod = document.get("spec", {}).get("template", {}).get("spec")
            if pod is None:
                continue
            yield from (f"{path}: {fault}" for fault in pod_faults(pod, version))


def pod_faults(pod: dict, version: str) -> Iterator[str]:
    """The restricted profile of the pod security standards, and what it does not ask for."""
    if not pod["securityContext"].get("runAsNonRoot") or "seccompProfile" not in pod["securityContext"]:
        yield "may run as root, or with any system call"
    if pod.get("automountServiceAccountToken") is not False:
        yield "is given a token for the cluster"
    if pod.get("terminationGracePeriodSeconds", 30) <= WORKER_STOPS_WITHIN:
        yield f"is killed before the worker's {WORKER_STOPS_WITHIN} s are over"
    for container in pod["containers"]:
        context = container["securityContext"]
        if context.get("allowPrivilegeEscalation") is not False or context["capabilities"].get("drop") != ["ALL"]:
            yield "keeps rights that it does not need"
        if context.get("readOnlyRootFilesystem") is not True:
            yield "may write to its own files"
        if not container["image"].endswith(f":{version}"):
            yield f"runs {container['image']}, and this is version {version}"


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
    """The layer of dependencies sees Cargo.toml and empty targets: one that is missing there fails the build."""
    layer = next(block for block in run_blocks(Path("Dockerfile").read_text()) if "cargo build" in block)
    prepare = layer.split("&& cargo build")[0]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("Cargo.toml", "Cargo.lock"):
            shutil.copy(name, folder)
        # fetching looks for every target, and downloads nothing that the suite does not need anyway
        read = subprocess.run(
            ["sh", "-ec", f"{prepare}\ncargo fetch --locked --quiet"],
            cwd=folder, capture_output=True, text=True, check=False,
        )
    if read.returncode != 0:
        yield f"Dockerfile: its layer of dependencies cannot be built: {read.stderr.strip()}"


def run_blocks(dockerfile: str) -> list[str]:
    """The shell commands, each on one line."""
    return re.findall(r"^RUN (?!\[)(.*)$", dockerfile.replace("\\\n", ""), re.MULTILINE)


def main() -> int:
    faults = [
        *compose_faults(), *monitoring_faults(), *kubernetes_faults(), *dockerfile_faults(), *layer_faults(),
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
