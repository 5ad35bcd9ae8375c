"""How fast is it? One function a table; every figure is measured here and now."""

import base64
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "release/jumpfleet"
LAB = ROOT / "scripts/lab"
NAME = f"bench-{os.getpid()}"
KEY = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90"
SITE = "pra.example.org"


def table(title, rows):
    """Prints rows under a title, columns as wide as their widest cell."""
    print(f"\n{title}\n")
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()


def measured(command, cwd, runs=5, **more):
    """Seconds (median, least, most) and the largest resident size in MB over some runs."""
    return summed_up([once(command, cwd, **more) for _ in range(runs)])


def once(command, cwd, **more):
    """Seconds from a program's start to its end, and its largest resident size in MB."""
    with tempfile.NamedTemporaryFile() as report:
        timed = ["/usr/bin/time", "-q", "-f", "%e %M", "-o", report.name, *map(str, command)]
        done = subprocess.run(timed, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
        if done.returncode not in (0, 3, 10):
            sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
        elapsed, size = Path(report.name).read_text().split()
        return float(elapsed), int(size) / 1024


def summed_up(runs):
    seconds, sizes = zip(*runs)
    return statistics.median(seconds), min(seconds), max(seconds), max(sizes)


def figures(result):
    median, least, most, size = result
    return f"{median:.2f} s", f"{least:.2f} to {most:.2f} s", f"{size:.0f} MB"


def prepared(folder, model="atlas", **behaviour):
    """Settings and a stand-in installer in a folder."""
    options = [part for name, value in behaviour.items() for part in (f"--{name}", str(value))]
    for mode in ("headless", "service"):
        subprocess.run(
            [ROOT / "tests/stand_in/build", "--product", "bomgar-pec", "--uid", KEY, "--expires",
             "2035-01-01T00:00:00Z", "--overrides", "name,jump_group,jump_policy,tag,comments", "--site", SITE,
             "--mode", mode, "--out", folder / mode, *options],
            check=True, stdout=subprocess.DEVNULL,
        )
    (folder / "jumpfleet.yaml").write_text(
        f"appliance: {{site: {SITE}, model: {model}}}\n"
        "releases:\n  main:\n    product: bomgar-pec\n    expires: 2035-01-01T00:00:00Z\n"
        "    overrides: [name, jump_group, jump_policy, tag, comments]\n"
        "    files: {linux_headless: headless/bomgar-pec-*.bin, linux_service: service/bomgar-pec-*.bin}\n"
        "rollout: {release: main, expected_install: 20s, ramp: none, budget: none}\n"
    )


def big_inventory(folder, hosts):
    """Groups of 500, three variables a host, as the generator writes them; ours are for all."""
    text = subprocess.run([ROOT / "tests/inventory/generate", str(hosts), "500"], check=True, capture_output=True).stdout
    path = folder / f"fleet-{hosts}" / "fleet.yaml"
    (path.parent / "group_vars").mkdir(parents=True)
    path.write_bytes(text)
    (path.parent / "group_vars/all.yaml").write_text("ansible_become: true\n")
    return path


def inventory(folder):
    path = big_inventory(folder, 100_000)
    rows = [("inventory list --format json", "median", "range", "memory")]
    cases = [("YAML", path, []), ("YAML, --origins", path, ["--origins"])]
    cases += [(name, other_form(folder, form), []) for name, form in [("INI", "ini"), ("CSV", "csv"), ("a script", "json")]]
    for name, source, more in cases:
        result = measured([PROGRAM, "inventory", "list", "-i", source, "--format", "json", *more], folder)
        rows.append((name, *figures(result)))
    table("100,000 hosts (wanted: under 1.5 s, under 300 MB)", rows)


def other_form(folder, form):
    """The same hosts in an INI file or a table, or printed by a script."""
    path = folder / f"fleet.{form}"
    with path.open("wb") as out:
        subprocess.run([ROOT / "tests/inventory/generate", "100000", "500", form], check=True, stdout=out)
    if form == "csv":
        (folder / "jumpfleet.yaml").write_text(
            f"appliance: {{site: {SITE}, model: atlas}}\nreleases: {{}}\ninventory: {{csv: {{groups: [site]}}}}\n"
        )
    if form != "json":
        return path
    script = folder / "fleet-script"
    script.write_text(f"#!/bin/sh\nexec cat '{path}'\n")
    script.chmod(0o755)
    return script


def plan(folder):
    prepared(folder)
    rows = [("hosts", "median", "range", "memory", "plan file")]
    for hosts in (25_000, 50_000, 100_000, 250_000):
        path = big_inventory(folder, hosts)
        out = folder / "plan.json"
        result = measured([PROGRAM, "plan", "-i", path, "-o", out], folder, runs=3)
        rows.append((f"{hosts:,}", *figures(result), f"{out.stat().st_size / 1e6:.1f} MB"))
    table("plan -o (wanted: 25,000 under 1.5 s and 250 MB; 250,000 linear, file under 100 MB)", rows)


def event(moment, what, host=None, **more):
    line = {"at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    if host:
        line["host"] = host
    return json.dumps({**line, "event": what, **more})


def journal_of(plan_file, run):
    """The journal of a killed run: all hosts but ten have their outcome, and the installs of those had begun."""
    plan = json.loads(plan_file.read_text())
    now = datetime.now(timezone.utc) - timedelta(hours=4)
    yield event(now, "run_started", format_version=1, tool_version="0", run=run, plan_id=plan["plan_id"], site=SITE,
                hosts=len(plan["hosts"]), rate="60/min", by="bench@bench")
    facts = {name: "some value of usual length" for name in
             ("arch", "boot_id", "distribution", "kernel", "login", "os", "systemd", "unit", "user_exists")}
    for number, host in enumerate(plan["hosts"]):
        now += timedelta(seconds=1)
        name = host["name"]
        if number >= len(plan["hosts"]) - 10:
            yield event(now, "install_ready", name)
            continue
        yield event(now, "visit_started", name, attempt=1)
        yield event(now, "connected", name, milliseconds=80)
        yield event(now, "probed", name, observation={"facts": facts, "traces": []})
        yield event(now, "staged", name, sent=1_500_000)
        yield event(now, "install_ready", name)
        yield event(now, "install_started", name, waited=900)
        yield event(now, "install_ended", name, status=0, milliseconds=18_000)
        if number % 50 == 7:
            yield event(now, "host_finished", name, outcome="failed", phase="install", **{"class": "installer_failed"},
                        detail=f"the installer ended with exit code {number % 5}", tail="some\nlines\n" * 20,
                        milliseconds=20_000)
        else:
            yield event(now, "client_started", name)
            yield event(now, "probed", name, observation={"facts": facts, "traces": []})
            yield event(now, "host_finished", name, outcome="installed", directory="/opt/jumpclient", milliseconds=20_000)


def journal(folder):
    prepared(folder)
    path = big_inventory(folder, 10_000)
    made = folder / "plan.json"
    subprocess.run([PROGRAM, "plan", "-i", path, "-o", made], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    run = "20260101T000000Z-0000"
    home = folder / "state/runs" / run
    home.mkdir(parents=True)
    shutil.copy(made, home / "plan.json")
    (home / "journal.jsonl").write_text("".join(line + "\n" for line in journal_of(made, run)))
    size = (home / "journal.jsonl").stat().st_size / 1e6
    state = ["--state-dir", folder / "state"]
    rows = [("command", "median", "range", "memory")]
    rows.append(("rollout --resume, to its first event", *decided([PROGRAM, *state, "rollout", "--resume", run], folder)))
    for form in ("text", "json", "junit", "markdown", "html", "csv"):
        result = measured([PROGRAM, *state, "report", run, "--format", form], folder)
        rows.append((f"report --format {form}", *figures(result)))
    table(f"A journal of 10,000 hosts, {size:.0f} MB (wanted: resume under 1 s, report under 2 s)", rows)


def decided(command, folder, runs=5):
    """How long a resumed run takes to its first event, when it has read and decided everything."""
    seconds = []
    for _ in range(runs):
        begun = time.monotonic()
        with subprocess.Popen([*map(str, command), "--json"], cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env={"HOME": str(folder)}) as resumed:
            resumed.stdout.readline()  # the version of the stream
            first = json.loads(resumed.stdout.readline())
            seconds.append(time.monotonic() - begun)
            resumed.kill()
        if first["event"] != "run_resumed" or first["finished"] != 9990:
            sys.exit(f"the run was not resumed: {first}")
    return f"{statistics.median(seconds):.2f} s", f"{min(seconds):.2f} to {max(seconds):.2f} s", ""


class Chromium:
    """An empty browser, led through its driver."""

    def __enter__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        port = next(line.split()[-1].rstrip(".") for line in self.driver.stdout if "successfully on port" in line)
        self.url = f"http://127.0.0.1:{port}/session"
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}
        self.url += "/" + self.call("", capabilities={"alwaysMatch": wanted})["sessionId"]
        return self

    def __exit__(self, *_):
        urllib.request.urlopen(urllib.request.Request(self.url, method="DELETE")).close()
        self.driver.kill()
        self.driver.wait()

    def call(self, path, **parameters):
        request = urllib.request.Request(self.url + path, json.dumps(parameters).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["value"]

    def run(self, script):
        return self.call("/execute/sync", script=script, args=[])


def html(folder):
    """The page of a run of 25,000 hosts, and how long it takes until somebody can use it."""
    prepared(folder)
    path = big_inventory(folder, 25_000)
    made = folder / "plan.json"
    subprocess.run([PROGRAM, "plan", "-i", path, "-o", made], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    run = "20260101T000000Z-0000"
    home = folder / "state/runs" / run
    home.mkdir(parents=True)
    shutil.copy(made, home / "plan.json")
    (home / "journal.jsonl").write_text("".join(line + "\n" for line in journal_of(made, run)))
    page = folder / "report.html"
    command = [PROGRAM, "--state-dir", folder / "state", "report", run, "--format", "html", "-o", page]
    rows = [("what", "median", "range", "size")]
    median, least, most, size = measured(command, folder)
    rows.append(("report --format html", f"{median:.2f} s", f"{least:.2f} to {most:.2f} s", f"{size:.0f} MB memory"))
    taken = {"opened, until it can be used": [], "a search, until it is shown": [], "sorted by name": []}
    with Chromium() as browser:
        for _ in range(5):
            browser.call("/url", url="about:blank")
            begun = time.monotonic()
            browser.call("/url", url=page.as_uri())
            if not browser.run("return document.documentElement.dataset.ready === 'yes'"):
                sys.exit("the page has no table")
            taken["opened, until it can be used"].append(time.monotonic() - begun)
            # The page waits 120 ms for the next key before it searches.
            search = ("const box = document.querySelector('input[type=search]'); box.value = 'exit code 2'; "
                      "const begun = performance.now(); box.dispatchEvent(new Event('input')); const done = arguments[0]; "
                      "new MutationObserver(() => done(performance.now() - begun)).observe(document.getElementById('shown'), {childList: true})")
            taken["a search, until it is shown"].append(browser.call("/execute/async", script=search, args=[]) / 1000)
            taken["sorted by name"].append(browser.run(
                "const begun = performance.now(); document.querySelector('.controls button').click(); "
                "document.querySelector('.hosts thead button').click(); return performance.now() - begun") / 1000)
    for name, seconds in taken.items():
        rows.append((name, f"{statistics.median(seconds):.2f} s", f"{min(seconds):.2f} to {max(seconds):.2f} s", ""))
    rows[2] = (*rows[2][:3], f"{page.stat().st_size / 1e6:.1f} MB file")
    table("A page of 25,000 hosts in Chromium (wanted: file under 8 MB, usable within 2 s)", rows)


def rehearsal(folder):
    """Whole runs on made-up hosts; what a plan of that size takes by itself stands beside it."""
    prepared(folder)
    settings = folder / "jumpfleet.yaml"
    settings.write_text(settings.read_text().replace("model: atlas", "max_clients: 2000000"))
    rows = [("hosts", "mishaps", "median", "range", "memory", "made-up time")]
    for hosts, failures in ((25_000, "none"), (25_000, "failed=2%,flaky=5%,unreachable=3%"), (250_000, "none"),
                            (1_000_000, "none")):
        path = folder / f"range-{hosts}.yaml"
        path.write_text("all:\n  hosts: {'h[1:%d]': {}}\n  vars: {jc_platform: linux_headless, jc_user: jc, "
                        "ansible_user: admin, ansible_become: true}\n" % hosts)
        made = folder / "plan.json"
        subprocess.run([PROGRAM, "plan", "-i", path, "-o", made], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        command = [PROGRAM, "rehearse", made, "--failures", failures]
        result = measured(command, folder, runs=3)
        told = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
        ended = next(line.split()[0] for line in told.splitlines() if "the run ends" in line)
        rows.append((f"{hosts:,}", failures, *figures(result), ended))
    table("rehearse (wanted: 25,000 hosts at 60/min in seconds; a million hosts too)", rows)


class Fleet:
    """Light hosts, up as long as the block lasts."""

    def __init__(self, hosts):
        self.hosts = hosts

    def __enter__(self):
        subprocess.run([LAB, "--name", NAME, "up", str(self.hosts), "--light"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        subprocess.run([LAB, "--name", NAME, "down"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def folder(self):
        return Path(os.environ.get("JUMPFLEET_LAB_DIR", "/var/lib/jumpfleet-lab")) / NAME

    def inside(self, *command):
        return [LAB, "--name", NAME, "run", *command]

    def inventory(self, folder):
        text = (self.folder / "inventory.yaml").read_text()
        ours = "    jc_platform: linux_headless\n    jc_user: jumpclient\n    jc_boot: none\n"
        path = folder / "fleet.yaml"
        path.write_text(text.replace("  vars:\n", "  vars:\n" + ours, 1))
        return path


def pacing(folder):
    hosts, install = 120, 20
    prepared(folder, sleep=install)
    rows = [("rollout of 120 hosts", "total", "one host", "ideal", "share")]
    for name, more in [
        ("60/min, as it is by default", []),
        ("rate off (6000/min), all at once", ["--rate", "6000/min", "--exceed-vendor-rate", "--at-once", "120"]),
    ]:
        with Fleet(hosts) as fleet:
            path = fleet.inventory(folder)
            state = folder / f"state-{len(rows)}"
            environment = {**os.environ, "XDG_STATE_HOME": str(state)}
            begun = time.monotonic()
            done = subprocess.run(
                fleet.inside(PROGRAM, "rollout", "-i", path, "--yes", *more), cwd=folder,
                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            total = time.monotonic() - begun
            if done.returncode:
                bad = [line for line in done.stderr.decode().splitlines() if ": installed" not in line]
                sys.exit(f"{name}: exit code {done.returncode}\n" + "\n".join(bad[-20:]))
            one = install_time(state)
        ideal = one + (0 if more else 119)
        print(f"{name}: {total:.1f} s", file=sys.stderr)
        rows.append((name, f"{total:.1f} s", f"{one:.1f} s", f"{ideal:.1f} s", f"{total / ideal:.3f}"))
    table("Pacing, installs of 20 s (wanted at 60/min: total at most 1.02 of 119 s and one host's time)", rows)


def install_time(state):
    """The median time from an installer's start to its host's outcome, and from the visit's begin to the start."""
    begun, ready, spent = {}, {}, []
    for line in next(state.glob("jumpfleet/runs/*/journal.jsonl")).read_text().splitlines():
        entry = json.loads(line)
        moment = datetime.fromisoformat(entry["at"].replace("Z", "+00:00")).timestamp()
        host = entry.get("host")
        if entry["event"] == "visit_started":
            begun[host] = moment
        elif entry["event"] == "install_started":
            ready[host] = moment
        elif entry["event"] == "host_finished":
            spent.append(moment - ready[host])
    first = min(ready, key=ready.get)
    return statistics.median(spent) + ready[first] - begun[first]


PSSH = """
import sys
from pssh.clients import ParallelSSHClient
hosts = open(sys.argv[1]).read().split()
command = open(sys.argv[4]).read() if len(sys.argv) > 4 else "true"
client = ParallelSSHClient(hosts, user="admin", pkey=sys.argv[2], pool_size=int(sys.argv[3]))
output = client.run_command(command)
client.join(output)
for host in output:
    list(host.stdout)
bad = [host.host for host in output if host.exception or host.exit_code != 0]
sys.exit(f"failed: {bad[:3]}" if bad or len(output) != len(hosts) else 0)
"""


def peers():
    """Ansible, pyinfra and parallel-ssh in a place of their own."""
    place = ROOT / "target/bench-peers"
    if not (place / "bin/pyinfra").exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", place], check=True)
        subprocess.run([place / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "ansible-core==2.19.*",
                        "pyinfra", "parallel-ssh"], check=True)
    return place / "bin"


def detection(folder):
    prepared(folder)
    tools = peers()
    rows = [("what, on 200 hosts", "median", "range", "memory")]
    with Fleet(200) as fleet:
        path = fleet.inventory(folder)
        key, known = fleet.folder / "id_ed25519", fleet.folder / "known_hosts"
        addresses = [line.split()[1] for line in subprocess.run([LAB, "--name", NAME, "list"], check=True, text=True,
                                                                  capture_output=True).stdout.splitlines()]
        (folder / "addresses").write_text("\n".join(addresses))
        (folder / "in_parallel.py").write_text(PSSH)
        # The others' `true` needs no root; the same login, looking as far as it may.
        plain = folder / "plain.yaml"
        plain.write_text(path.read_text().replace("ansible_become: true", "ansible_become: false")
                         .replace("jc_user: jumpclient", "jc_install_dir: /home/admin/client"))
        plan_file = folder / "plan.json"
        subprocess.run([PROGRAM, "plan", "-i", path, "-o", plan_file], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        script = base64.b64encode(probe_of(plan_file).encode()).decode()
        same = f"printf %s {script} | base64 -d | sudo sh -s"
        (folder / "probe.sh").write_text(same)
        (folder / "pyinfra_hosts.py").write_text(
            "hosts = [(a, {'ssh_user': 'admin', 'ssh_key': %r, 'ssh_known_hosts_file': %r}) for a in open(%r).read().split()]\n"
            % (str(key), str(known), str(folder / "addresses")))
        environment = {**os.environ, "ANSIBLE_HOST_KEY_CHECKING": "True", "HOME": str(folder)}
        contestants = [
            ("jumpfleet plan --probe (facts and traces, as root)", [PROGRAM, "plan", "-i", path, "--probe"]),
            ("jumpfleet plan --probe (facts and traces, as the login)", [PROGRAM, "plan", "-i", plain, "--probe"]),
            ("parallel-ssh, the same probe, as root",
             [tools / "python", folder / "in_parallel.py", folder / "addresses", key, "48", folder / "probe.sh"]),
            ("parallel-ssh, `true`", [tools / "python", folder / "in_parallel.py", folder / "addresses", key, "48"]),
            ("Ansible raw `true`, 48 forks", [tools / "ansible", "-i", path, "all", "-f", "48", "-m", "raw", "-a", "true"]),
            ("Ansible ping, 48 forks", [tools / "ansible", "-i", path, "all", "-f", "48", "-m", "ping"]),
            ("pyinfra exec, the same probe, as root",
             [tools / "pyinfra", "-y", "--parallel", "48", folder / "pyinfra_hosts.py", "exec", "--", same]),
            ("pyinfra exec `true`",
             [tools / "pyinfra", "-y", "--parallel", "48", folder / "pyinfra_hosts.py", "exec", "--", "true"]),
        ]
        runs = {name: [] for name, _ in contestants}
        # In turns, so that whatever else the machine does meets all of them.
        for turn in range(5):
            for name, command in contestants:
                if turn == 0 or "ping" not in name:
                    runs[name].append(once(fleet.inside(*command), folder, env=environment))
        rows += [(name, *figures(summed_up(taken))) for name, taken in runs.items()]
    table("Detection only (wanted: ahead of all that look as far; `true` alone shows what a connection costs)", rows)


def probe_of(plan_file):
    """The probe script of a plan with its gaps filled, for others to run."""
    treatment = json.loads(plan_file.read_text())["treatments"][0]
    values = {**treatment["values"], "staging": "/var/tmp/jumpfleet-look"}
    pieces = treatment["invocation"]["probe"]["script"]
    return "".join(piece if isinstance(piece, str) else "'%s'" % values[piece["slot"]] for piece in pieces)


TABLES = {"inventory": inventory, "plan": plan, "journal": journal, "html": html, "rehearsal": rehearsal, "pacing": pacing, "detection": detection}


def main():
    wanted = sys.argv[1:] or list(TABLES)
    unknown = [name for name in wanted if name not in TABLES]
    if unknown:
        sys.exit(f"there is no table {unknown[0]}: {', '.join(TABLES)}")
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            TABLES[name](Path(folder))


main()
