import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/hw/native/load.ts";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";
import { addonMissing, because } from "../support/processes/emulation.ts";
import { slow } from "../support/setup/slow.ts";

const missing = addonMissing();
const SCRIPTS = ["scripts/build-native.mjs", "scripts/symbol-versions.mjs"];

function build(root: string, options: readonly string[], path = process.env.PATH) {
  const command = [join(root, "scripts/build-native.mjs"), ...options];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", env: { PATH: path } });
  return { status, stderr };
}

describe("building the addon where there is no compiler", () => {
  const root = scratchDirectory();
  for (const file of [...SCRIPTS, "native/addon.cc", "binding.gyp"]) {
    cpSync(join(ROOT, file), join(root, file));
  }
  const tools = join(root, "tools");
  mkdirSync(tools);
  symlinkSync(process.execPath, join(tools, "node"));
  const line = expect.stringMatching(/^build-native: the addon of balloon-hw is not compiled: .+\n$/);

  it("is a failure of npm run build:native", () => {
    expect(build(root, [], tools)).toEqual({ status: 1, stderr: line });
  });

  it.each(["--tolerant", "--if-possible"])("is a line for an installation (%s)", (option) => {
    expect(build(root, [option], tools)).toEqual({ status: 0, stderr: line });
  });
});

describe.skipIf(missing !== undefined)(`building the addon${because(missing)}`, () => {
  it("shows the compiler's message, and fails only where the addon is asked for", () => {
    const root = scratchDirectory();
    for (const file of SCRIPTS) cpSync(join(ROOT, file), join(root, file));
    mkdirSync(join(root, "native"));
    writeFileSync(join(root, "native/addon.cc"), "this is no C++\n");
    writeFileSync(
      join(root, "binding.gyp"),
      `{"targets": [{"target_name": "balloon_hw", "sources": ["native/addon.cc"]}]}`,
    );
    expect(build(root, ["--if-possible"])).toEqual({
      status: 1,
      stderr: expect.stringContaining("addon.cc:1:1: error"),
    });
    const line =
      'build-native: the addon of balloon-hw is not compiled: node-gyp failed; "npm run build:native" shows why\n';
    expect(build(root, ["--tolerant"])).toEqual({ status: 0, stderr: line });
  });

  it("makes an addon with stack protection, fortified buffers and a read-only table of functions", () => {
    const run = (...args: string[]) => spawnSync("readelf", args, { encoding: "utf8" }).stdout;
    const addon = join(ROOT, "build/Release/balloon_hw.node");
    expect(run("--dyn-syms", "--wide", addon)).toMatch(/__stack_chk_fail/);
    expect(run("--dynamic", addon)).toMatch(/BIND_NOW|FLAGS.*NOW/);
    expect(run("--program-headers", "--wide", addon)).toMatch(/GNU_RELRO/);
  });

  // Compiles the addon, unless it is compiled already.
  it("makes an addon that needs no newer system than Node 20", slow(15), () => {
    expect(build(ROOT, ["--prebuild"])).toEqual({ status: 0, stderr: "" });
    expect(loadAddon([join(ROOT, "prebuilds/linux-x64/balloon_hw.node")]).nodeApiVersion).toBe(8);
  });
});
