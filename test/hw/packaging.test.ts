import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROTOCOL_LEVELS } from "../../src/hw/ports/protocol-level.ts";
import { loadSettings, SETTING_NAMES } from "../../src/hw/settings/settings.ts";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";
import { slow } from "../support/setup/slow.ts";

const PACKAGING = join(ROOT, "packaging");
const text = (name: string): string => readFileSync(join(PACKAGING, name), "utf8");

/** What a program says, both ways, and how it ends. */
function run(program: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
  return { status, said: `${stdout ?? ""}${stderr ?? ""}` };
}

/** Whether a program is not here. */
const lacks = (program: string): boolean => spawnSync(program, ["--version"]).error !== undefined;

/** Directives that stand under the comment of the one before them, by unit. */
const GROUPED: Readonly<Record<string, readonly string[]>> = {
  "balloon-hw.service": [
    ...[
      "Description",
      "Documentation",
      "After",
      "StartLimitBurst",
      "ExecStart",
      "SystemCallFilter",
      "SystemCallFilter",
    ],
    ...["IPAddressDeny", "ProtectHostname", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "WantedBy"],
  ],
  "balloon-hw-takeover.service": ["Description", "Documentation", "Type", "ExecStart"],
  "balloon-hw-boot.service": [
    ...["Description", "Documentation", "ConditionVirtualization", "Before", "Conflicts", "Before"],
    ...["Type", "RemainAfterExit", "ExecStart", "WantedBy"],
  ],
};
const UNITS = Object.keys(GROUPED);

describe("the systemd unit", () => {
  test.each(UNITS)("%s has a comment for each directive, or for each group of directives on one subject", (unit) => {
    const lines = text(unit).split("\n");
    const bare = lines.filter((line, i) => /^\w+=/.test(line) && !lines[i - 1]?.startsWith("#"));
    expect(bare.map((line) => line.split("=")[0]).sort()).toEqual([...(GROUPED[unit] ?? [])].sort());
  });

  test("limits no memory, and does not have the daemon ended for its memory", () => {
    const unit = text("balloon-hw.service");
    expect(unit).not.toMatch(/^Memory(Max|High|SwapMax)=/m);
    expect(unit).toMatch(/^LimitMEMLOCK=infinity$/m);
    expect(unit).toMatch(/^OOMPolicy=continue$/m);
    expect(unit).toMatch(/^ManagedOOMPreference=avoid$/m);
  });

  test("of the takeover lasts exactly as long as the daemon's, and undoes a takeover that fails", () => {
    const takeover = text("balloon-hw-takeover.service");
    expect(takeover).toMatch(/^StopWhenUnneeded=yes$/m);
    expect(takeover).toMatch(/^RemainAfterExit=yes$/m);
    expect(takeover).toMatch(/^ExecStopPost=.* release$/m);
    const daemon = text("balloon-hw.service");
    for (const how of ["Requires", "After"])
      expect(daemon).toMatch(new RegExp(`^${how}=balloon-hw-takeover.service$`, "m"));
    // Elsewhere than on VMware's machines neither does anything.
    for (const unit of [takeover, daemon]) expect(unit).toMatch(/^ConditionVirtualization=vmware$/m);
  });

  describe.skipIf(lacks("systemd-analyze"))("in the eyes of systemd", () => {
    const directory = scratchDirectory();
    // The commands are where this checkout has them.
    for (const unit of UNITS) {
      const local = text(unit)
        .replaceAll("/usr/local/bin/balloon-hw", join(ROOT, "bin/balloon-hw.js"))
        .replaceAll("/usr/local/lib/node_modules/balloon-sim/packaging", PACKAGING);
      writeFileSync(join(directory, unit), local);
    }

    test("has no faults", () => {
      const units = UNITS.map((unit) => join(directory, unit));
      expect(run("systemd-analyze", "verify", "--man=no", ...units)).toEqual({ status: 0, said: "" });
    });

    test("has a low exposure score", () => {
      const unit = join(directory, "balloon-hw.service");
      const { said } = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit);
      const exposure = Number(/Overall exposure level for balloon-hw.service: ([\d.]+)/.exec(said)?.[1]);
      expect(exposure).toBeLessThanOrEqual(1.6);
    });
  });
});

test.skipIf(lacks("systemctl"))("the unit is enabled where it is put, and disabled again without a trace", () => {
  const root = scratchDirectory();
  const units = join(root, "etc/systemd/system");
  mkdirSync(units, { recursive: true });
  for (const unit of UNITS) copyFileSync(join(PACKAGING, unit), join(units, unit));
  const wanted = ["multi-user.target.wants/balloon-hw.service", "sysinit.target.wants/balloon-hw-boot.service"];
  expect(run("systemctl", `--root=${root}`, "enable", "balloon-hw").status).toBe(0);
  for (const link of wanted) expect(lstatSync(join(units, link)).isSymbolicLink()).toBe(true);
  expect(run("systemctl", `--root=${root}`, "disable", "balloon-hw").status).toBe(0);
  for (const link of wanted) expect(existsSync(join(units, link))).toBe(false);
});

test.skipIf(lacks("systemd-tmpfiles"))("the tmpfiles entry makes the directory of lock and socket", () => {
  const root = scratchDirectory();
  const entry = join(PACKAGING, "balloon-hw.tmpfiles.conf");
  // A root of its own has no users: numbers do.
  const numeric = join(root, "entry.conf");
  writeFileSync(numeric, readFileSync(entry, "utf8").replace("root root", "0 0"));
  const args = process.getuid?.() === 0 ? [numeric] : [];
  expect(run("systemd-tmpfiles", "--create", `--root=${root}`, ...args).status).toBe(0);
  if (args.length > 0) expect(statSync(join(root, "run/balloon-hw")).mode & 0o7777).toBe(0o755);
});

test.skipIf(lacks("groff")).each(["balloon-hw.8", "balloon-sim.1"])(
  "the man page %s is set without a warning",
  (page) => {
    expect(run("groff", "-mdoc", "-Tutf8", "-ww", "-z", join(PACKAGING, page))).toEqual({ status: 0, said: "" });
  },
);

describe("installation and removal of the service", () => {
  const service = (root: string, what: string) => {
    const env = { PATH: process.env.PATH, DESTDIR: root, BALLOON_HW: "/opt/node/bin/balloon-hw" };
    const { status, stderr } = spawnSync("sh", [join(PACKAGING, "service.sh"), what], { encoding: "utf8", env });
    return { status, stderr };
  };
  const filesOf = (root: string) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();

  test("leave nothing behind", () => {
    const root = scratchDirectory();
    expect(service(root, "install")).toEqual({ status: 0, stderr: "" });
    expect(filesOf(root)).toEqual([
      "etc/balloon-hw.json",
      "etc/needrestart/conf.d/balloon-hw.conf",
      "etc/systemd/system/balloon-hw-boot.service",
      "etc/systemd/system/balloon-hw-takeover.service",
      "etc/systemd/system/balloon-hw.service",
      "etc/tmpfiles.d/balloon-hw.conf",
    ]);
    const unit = (name: string) => readFileSync(join(root, "etc/systemd/system", name), "utf8");
    expect(unit("balloon-hw.service")).toContain(
      "\nExecStart=/opt/node/bin/balloon-hw run --config /etc/balloon-hw.json\n",
    );
    const takeover = unit("balloon-hw-takeover.service");
    expect(takeover).toContain(`\nExecStart=/bin/sh ${PACKAGING}/takeover.sh take\n`);
    expect(takeover).toContain(`\nExecStopPost=/bin/sh ${PACKAGING}/takeover.sh release\n`);
    expect(takeover).toContain("\nEnvironment=BALLOON_HW=/opt/node/bin/balloon-hw\n");
    expect(readFileSync(join(root, "etc/needrestart/conf.d/balloon-hw.conf"), "utf8")).toBe(
      text("balloon-hw.needrestart.conf"),
    );
    expect(service(root, "remove")).toEqual({ status: 0, stderr: "" });
    expect(filesOf(root)).toEqual([]);
    expect(existsSync(join(root, "etc/needrestart"))).toBe(false);
    // Once more, with nothing there.
    expect(service(root, "remove").status).toBe(0);
  });

  test("keep settings that were changed", () => {
    const root = scratchDirectory();
    mkdirSync(join(root, "etc"));
    writeFileSync(join(root, "etc/balloon-hw.json"), '{"floor": "1GiB"}', { mode: 0o600 });
    service(root, "install");
    expect(statSync(join(root, "etc/balloon-hw.json")).mode & 0o777).toBe(0o600);
    const { stderr } = service(root, "remove");
    expect(stderr).toContain("etc/balloon-hw.json was changed and stays");
    expect(readFileSync(join(root, "etc/balloon-hw.json"), "utf8")).toBe('{"floor": "1GiB"}');
  });

  test("keep needrestart's folder, and a file there that was changed", () => {
    const root = scratchDirectory();
    const folder = join(root, "etc/needrestart/conf.d");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(root, "etc/needrestart/needrestart.conf"), "");
    service(root, "install");
    expect(service(root, "remove").stderr).toBe("");
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, "balloon-hw.conf"), "# ours");
    service(root, "install");
    expect(service(root, "remove").stderr).toContain("conf.d/balloon-hw.conf was changed and stays");
    expect(readFileSync(join(folder, "balloon-hw.conf"), "utf8")).toBe("# ours");
  });

  /** Executes the script on a root directory, with commands that only say that they were called. */
  function onSystem(systemctl: string, ...steps: string[]) {
    const directory = scratchDirectory();
    const fakes = { modprobe: "", "systemd-tmpfiles": "", systemctl };
    for (const [name, lines] of Object.entries(fakes)) {
      writeFileSync(join(directory, name), `#!/bin/sh\necho ${name} "$@" >>${directory}/called\n${lines}\n`, {
        mode: 0o755,
      });
    }
    // The script with its paths in the scratch root and its calls of the system made.
    writeFileSync(join(directory, "service.sh"), text("service.sh").replace(`[ -n "$root" ] || "$@"`, `"$@"`));
    for (const name of [
      ...UNITS,
      "balloon-hw.tmpfiles.conf",
      "balloon-hw.json",
      "balloon-hw.needrestart.conf",
      "takeover.sh",
    ]) {
      copyFileSync(join(PACKAGING, name), join(directory, name));
    }
    const env = {
      PATH: `${directory}:${process.env.PATH}`,
      DESTDIR: scratchDirectory(),
      BALLOON_HW: "/usr/bin/balloon-hw",
    };
    const results = steps.map((step) =>
      spawnSync("sh", [join(directory, "service.sh"), step], { env, encoding: "utf8" }),
    );
    const called = readFileSync(join(directory, "called"), "utf8").trim().split("\n");
    return { called, results: results.map(({ status, stderr }) => ({ status, stderr })), root: env.DESTDIR };
  }

  test("leave the kernel's driver to the unit of the takeover, and stop it before its files go", () => {
    const { called } = onSystem("", "install", "remove");
    expect(called).toEqual([
      "systemd-tmpfiles --create balloon-hw.conf",
      "systemctl daemon-reload",
      "systemctl enable --now balloon-hw",
      "systemctl disable --now balloon-hw",
      "systemctl stop balloon-hw-takeover",
      "systemctl daemon-reload",
    ]);
  });

  test("say so if the service does not start", () => {
    const { results, root } = onSystem(`[ "$1" != enable ]`, "install");
    expect(results[0]?.status).toBe(1);
    expect(results[0]?.stderr).toContain("the kernel keeps its own driver");
    expect(existsSync(join(root, "etc/modprobe.d"))).toBe(false);
  });
});

test("no document installs a package by a name that is not registered", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];
  const installs = pages
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => readFileSync(join(ROOT, name), "utf8").match(/npm (?:install|i) .*/g) ?? []);
  expect(installs).toContain(`npm install --global ./balloon-sim-${version}.tgz`);
  for (const line of installs) expect(line).toMatch(/\.tgz$/);
  // Files of the packages that are named have the version, too.
  const page = readFileSync(join(ROOT, "docs/install.md"), "utf8");
  const files = page.match(/balloon-hw[-_][\d.]+[-_.]\S*\b(?:deb|rpm|json)\b/g) ?? [];
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) expect(file).toMatch(new RegExp(`^balloon-hw[-_]${version.replaceAll(".", "\\.")}[-.]`));
});

test("the man page, the page of the daemon and the example have every setting", () => {
  const man = text("balloon-hw.8");
  const page = readFileSync(join(ROOT, "docs/balloon-hw.md"), "utf8");
  for (const name of SETTING_NAMES) {
    expect(man).toContain(`Fl -${name}`);
    expect(page).toContain(`| \`${name}\` |`);
  }
  // Each level of the protocol, too.
  for (const level of PROTOCOL_LEVELS) expect(man).toMatch(new RegExp(`^\\.Cm ${level} ,$`, "m"));
});

test("the example of a configuration is valid, with its comments and without", () => {
  const path = join(scratchDirectory(), "balloon-hw.json");
  writeFileSync(path, text("balloon-hw.json"));
  expect(loadSettings(path, {})).toMatchObject({ psiLimit: 10, metrics: { path: "/run/balloon-hw/metrics.sock" } });
  writeFileSync(join(path, "../balloon-rates.json"), '{"alloc-max": 3000}');
  writeFileSync(path, text("balloon-hw.json").replace(/^ {2}\/\/ (?=")/gm, "  "));
  expect(loadSettings(path, {})).toMatchObject({ floorPages: 262_144, rates: { allocMax: 3000 } });
});

test(
  "the package brings the daemon, its service, its pages and the sources of its addon, and neither tests nor labs",
  slow(4),
  () => {
    const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        "bin/balloon-hw.js",
        "binding.gyp",
        "dist/hw/cli/main.js",
        "docs/balloon-hw.md",
        "native/worker.cc",
        "packaging/balloon-hw.8",
        "packaging/balloon-hw.json",
        "packaging/balloon-hw.needrestart.conf",
        "packaging/balloon-hw.service",
        "packaging/balloon-hw.tmpfiles.conf",
        "packaging/balloon-hw-boot.service",
        "packaging/balloon-hw-takeover.service",
        "packaging/balloon-sim.1",
        "packaging/service.sh",
        "packaging/takeover.sh",
        "scripts/symbol-versions.mjs",
        "src/hw/daemon/daemon.ts",
      ]),
    );
    const others = /(^|\/)(test|node_modules|build|packages)\/|^lab\/|^packaging\/(deb|rpm|node)\//;
    expect(paths.filter((path) => others.test(path))).toEqual([]);
  },
);
