import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { EXIT_REASONS } from "../src/hw/exit-codes.ts";
import { balloonHw, balloonSim, ROOT, scratchDirectory } from "./support/processes/command.ts";
import { because } from "./support/processes/emulation.ts";

const require = createRequire(import.meta.url);
const { writableByOthers } = require("../bin/own-files.js") as { writableByOthers(path: string): string | null };

const notRoot = process.geteuid?.() === 0 ? undefined : "needs root";
const COMMANDS = [
  ["balloon-sim", balloonSim],
  ["balloon-hw", balloonHw],
] as const;

/** A module that is loaded before the command, by way of NODE_OPTIONS. */
function preloaded(code: string): { readonly NODE_OPTIONS: string } {
  const file = join(scratchDirectory(), "preloaded.cjs");
  writeFileSync(file, code);
  return { NODE_OPTIONS: `--require ${file}` };
}

/** Starts a command whose first word on standard error is awaited, as far as there is one; answers when it has ended. */
async function signalled(args: readonly string[], env: NodeJS.ProcessEnv, isUp: () => boolean) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"], env });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await expect.poll(isUp, { timeout: 50_000 }).toBe(true);
  const comm = existsSync("/proc/self/comm") ? readFileSync(`/proc/${child.pid}/comm`, "utf8").trim() : null;
  for (let times = 0; times < 3; times++) {
    child.kill("SIGUSR1");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const isAlive = child.exitCode === null && child.signalCode === null;
  child.kill("SIGTERM");
  await ended;
  return { isAlive, stderr, comm };
}

describe("SIGUSR1 opens no debugger", () => {
  const { NODE_OPTIONS: _, ...env } = process.env;

  it("in balloon-sim", async () => {
    const file = join(scratchDirectory(), "recording.jsonl");
    const args = [join(ROOT, "bin/balloon-sim.js"), "record", "-o", file];
    const { isAlive, stderr, comm } = await signalled(args, env, () => existsSync(file));
    expect([isAlive, comm ?? "balloon-sim"]).toEqual([true, "balloon-sim"]);
    expect(stderr).not.toContain("Debugger listening");
  });

  it("in balloon-hw", async () => {
    // A peer that never answers, so that the command waits.
    const path = join(scratchDirectory(), "silent.sock");
    let isAsked = false;
    const silent = createServer(() => {
      isAsked = true;
    });
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    const args = [join(ROOT, "bin/balloon-hw.js"), "status", "--socket", path];
    const { isAlive, stderr, comm } = await signalled(args, env, () => isAsked);
    silent.close();
    expect([isAlive, comm ?? "balloon-hw"]).toEqual([true, "balloon-hw"]);
    expect(stderr).not.toContain("Debugger listening");
  });

  it("in balloon-hw, which closes one that a signal opened before its first line ran", () => {
    const file = join(scratchDirectory(), "opened.cjs");
    const report = `process.on("exit", () => console.log("at the end:", require("node:inspector").url()));`;
    writeFileSync(file, `require("node:inspector").open(0, "127.0.0.1"); ${report}`);
    // Loaded by an option of the command line: what NODE_OPTIONS has might ask for a debugger.
    const args = ["--require", file, join(ROOT, "bin/balloon-hw.js"), "--version"];
    const { stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    expect(stdout).toMatch(/at the end: undefined\n$/);
  });
});

describe("code that V8 has compiled", () => {
  it.each(COMMANDS)("is kept nowhere by %s: Node's cache lies where every user may write", (_name, command) => {
    const mark = join(scratchDirectory(), "asked");
    const env = preloaded(
      `require("node:module").enableCompileCache = () => require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");`,
    );
    expect(command(["--version"], { env }).status).toBe(0);
    expect(existsSync(mark)).toBe(false);
  });

  it("is not taken from a file that others can write", () => {
    const bundle = join(scratchDirectory(), "sim");
    cpSync(join(ROOT, "dist/bundle/sim"), bundle, { recursive: true, preserveTimestamps: true });
    const script = `
      const { codeFile, loadRun, setFlags } = require(${JSON.stringify(join(ROOT, "bin/start.js"))});
      setFlags();
      require("node:fs").chmodSync(codeFile(process.argv[1]), Number(process.argv[2]));
      console.log(loadRun(process.argv[1]).script.cachedDataRejected);`;
    const rejected = (mode: number) =>
      spawnSync(process.execPath, ["-e", script, bundle, String(mode)], { encoding: "utf8" }).stdout.trim();
    expect([rejected(0o644), rejected(0o666)]).toEqual(["false", "undefined"]);
  });
});

describe("the check of who may write a file", () => {
  const directory = scratchDirectory();
  const file = join(directory, "folder/file");
  mkdirSync(join(directory, "folder"));
  writeFileSync(file, "");

  it.each([
    ["folder/file", 0o644, null],
    ["folder/file", 0o646, `every user may write to ${file}`],
    ["folder", 0o755, null],
    ["folder", 0o757, `every user may write to ${join(directory, "folder")}`],
    // In /tmp, too, only the owner renames and removes what lies there.
    ["folder", 0o1777, null],
  ])("%s with mode %o: %s", (changed, mode, found) => {
    chmodSync(file, 0o644);
    chmodSync(join(directory, "folder"), 0o755);
    chmodSync(join(directory, changed), mode);
    expect(writableByOthers(file)).toBe(found);
  });

  it.skipIf(notRoot !== undefined)(`a file or folder of another user's${because(notRoot)}`, () => {
    chmodSync(file, 0o644);
    chmodSync(join(directory, "folder"), 0o755);
    chownSync(file, 12_345, 12_345);
    expect(writableByOthers(file)).toBe(`${file} belongs to user 12345`);
    process.env.SUDO_UID = "12345";
    expect(writableByOthers(file)).toBeNull();
    chownSync(file, 0, 12_345);
    chmodSync(file, 0o664);
    expect(writableByOthers(file)).toBe(`group 12345 may write to ${file}`);
    process.env.SUDO_GID = "12345";
    expect(writableByOthers(file)).toBeNull();
    delete process.env.SUDO_UID;
    delete process.env.SUDO_GID;
  });
});

describe.skipIf(notRoot !== undefined)(
  `root does not run balloon-hw from a package that others can write${because(notRoot)}`,
  () => {
    // Package managers put what a package needs beside it as well as into it.
    const packages = join(scratchDirectory(), "node_modules");
    const root = join(packages, "balloon-sim");
    mkdirSync(join(root, "node_modules"), { recursive: true });
    const beside = ["commander", "pino", "sonic-boom", "tinypool"];
    for (const name of readdirSync(join(ROOT, "node_modules"))) {
      if (!beside.includes(name)) symlinkSync(join(ROOT, "node_modules", name), join(root, "node_modules", name));
    }
    for (const name of beside) cpSync(join(ROOT, "node_modules", name), join(packages, name), { recursive: true });
    for (const path of ["bin", "dist", "package.json"]) cpSync(join(ROOT, path), join(root, path), { recursive: true });
    mkdirSync(join(root, "build/Release"), { recursive: true });
    writeFileSync(join(root, "build/Release/balloon_hw.node"), "");
    const launch = () => {
      const args = [join(root, "bin/balloon-hw.js"), "--version"];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      return { status, stderr };
    };

    it.each([
      ...["dist/hw/cli/main.js", "dist/common", "build/Release/balloon_hw.node", "bin", "node_modules", ""],
      ...["..", "../commander", "../commander/lib", "../commander/lib/command.js"],
      // A dependency of pino.
      ...["../sonic-boom/index.js", "../sonic-boom/package.json"],
    ])("%s", (path) => {
      expect(launch()).toEqual({ status: 0, stderr: "" });
      const full = join(root, path);
      chmodSync(full, 0o777);
      const { status, stderr } = launch();
      chmodSync(full, 0o755);
      expect(status).toBe(EXIT_REASONS.UNTRUSTED_CODE.exitCode);
      expect(stderr).toMatch(
        /^balloon-hw: root would run code that other users can change: every user may write to [^\n]*\n$/,
      );
      expect(stderr).toContain(full.replace(/\/$/, ""));
    });

    it("not even one in which nothing that it loads is, if Node looks there first", () => {
      const folder = join(scratchDirectory(), "node_modules");
      const inside = join(folder, "balloon-sim");
      mkdirSync(join(inside, "node_modules"), { recursive: true });
      for (const name of readdirSync(join(ROOT, "node_modules"))) {
        symlinkSync(join(ROOT, "node_modules", name), join(folder, name));
      }
      for (const path of ["bin", "dist", "package.json"]) {
        cpSync(join(ROOT, path), join(inside, path), { recursive: true });
      }
      chmodSync(join(inside, "node_modules"), 0o777);
      const args = [join(inside, "bin/balloon-hw.js"), "--version"];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      expect(status).toBe(EXIT_REASONS.UNTRUSTED_CODE.exitCode);
      expect(stderr).toContain(join(inside, "node_modules"));
    });

    it("but runs if they can write only a package that balloon-sim alone loads", () => {
      chmodSync(join(packages, "tinypool/package.json"), 0o777);
      expect(launch()).toEqual({ status: 0, stderr: "" });
    });
  },
);

it.each([
  ["the daemon", ["dist/hw/cli/main.js"], []],
  // The chart library is no import: its text is put into pages.
  ["shadow", ["dist/sim/cli/shadow-main.js", "dist/sim/shadow/window-worker.js"], ["uplot"]],
])("the packages that balloon-hw checks for %s are those that its code imports", async (_, modules, read) => {
  const bundle = await rolldown({
    input: modules.map((module) => join(ROOT, module)),
    platform: "node",
    external: /^[^./]/,
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  const imports = output.flatMap((file) => (file.type === "chunk" ? [...file.imports, ...file.dynamicImports] : []));
  const packages = imports
    .filter((id) => !id.startsWith("node:") && !output.some(({ fileName }) => fileName === id))
    .map((id) => id.split("/", 1)[0] as string);
  const launcher = readFileSync(join(ROOT, "bin/balloon-hw.js"), "utf8");
  const [, checked = ""] =
    new RegExp(`${modules[0]?.replace("dist/", "")}.*?packages: (\\[.*?\\])`, "s").exec(launcher) ?? [];
  expect([...new Set([...packages, ...read])].sort()).toEqual(JSON.parse(checked.replace(/,\s*\]/, "]")));
});

describe("a Node that is too old", () => {
  it.each([
    ["balloon-sim", balloonSim, 1],
    ["balloon-hw", balloonHw, EXIT_REASONS.NODE_OUTDATED.exitCode],
  ] as const)("%s says so", (name, command, exitCode) => {
    const env = preloaded(`const versions = { ...process.versions, node: "18.20.8" };
      Object.defineProperty(process, "versions", { value: versions });`);
    const { status, stdout, stderr } = command(["--version"], { env });
    expect([status, stdout]).toEqual([exitCode, ""]);
    expect(stderr).toMatch(new RegExp(`^${name}: needs Node 20\\.19 or later; [^\\n]* is v[\\d.]+\\n$`));
  });

  it("is one that package.json refuses, too", () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { engines: { node: string } };
    expect(readFileSync(join(ROOT, "bin/start.js"), "utf8")).toContain("const OLDEST_NODE = [20, 19];");
    expect(engines.node).toBe(">=20.19");
  });
});
