import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VMMEMCTL } from "../../src/engine/index.ts";
import { LAB_SETTING_NAMES, parseSettings } from "../../src/sim/fidelity/lab/settings.ts";
import { labSettings } from "../support/data/lab-tables.ts";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";

const SETTINGS = labSettings();
const README = readFileSync(join(ROOT, "lab/README.md"), "utf8");

/** A valid value of each kind. */
const VALUES = [
  "1",
  "y",
  "3:20000,9:100",
  "16:5@3",
  "3,4",
  "always",
  "alloc_max=4096",
  "seed",
  "0xe",
  "on",
  "128@9",
  "basic",
  "ssd",
  "64MiB",
  "vmscan/mm_vmscan_kswapd_wake,block/block_rq_issue",
];
const sampleOf = (pattern: string): string | undefined =>
  VALUES.find((value) => new RegExp(`^(${pattern})$`).test(value));

describe("the settings of the labs", () => {
  it("are in the README, with what they are", () => {
    const rows = README.split("\n").filter((line) => /^\| `[a-z0-9_]+` \|/.test(line) && line.split("|").length === 6);
    expect(rows.filter((row) => !/^\| `(kernel|vm|guest)` /.test(row))).toEqual(
      SETTINGS.map(({ name, unit, meaning, labs }) => `| \`${name}\` | ${unit} | ${meaning} | ${labs.join(", ")} |`),
    );
  });

  it("have a name of their own, a lab, a meaning and a pattern", () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length);
    for (const { name, labs, meaning, pattern } of SETTINGS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(["kernel", "vm", "kernel vm"]).toContain(labs.join(" "));
      expect(meaning).not.toBe("");
      expect(sampleOf(pattern), name).toBeDefined();
    }
  });

  it("are what the replay of a recorded run reads, but for those of runs that it does not replay", () => {
    const unread = SETTINGS.filter(({ name, pattern }) => {
      try {
        parseSettings(`mem=1024M ${name}=${sampleOf(pattern)}`, "run.csv:1");
        return false;
      } catch (error) {
        return /the lab has no setting/.test(String(error));
      }
    });
    expect(unread.map(({ name }) => name)).toEqual(["compact"]);
  });

  it("have a name of their own in the replay, too, and none that no lab has", () => {
    expect(LAB_SETTING_NAMES.filter((name, i) => LAB_SETTING_NAMES.indexOf(name) !== i)).toEqual([]);
    const names = SETTINGS.map(({ name }) => name);
    expect(LAB_SETTING_NAMES.filter((name) => !names.includes(name))).toEqual(["mem"]);
  });

  it("have all constants of the reference driver, in the kernel lab's host as well", () => {
    const names = VMMEMCTL.params.map(({ name }) => name.replaceAll("-", "_"));
    const constants = SETTINGS.filter(({ name }) => name.startsWith("fakehost_"));
    expect(constants.map(({ name }) => name.slice("fakehost_".length))).toEqual(names);
    const host = readFileSync(join(ROOT, "lab/kernel/fakehost.c"), "utf8");
    expect([...host.matchAll(/^CONSTANT\((\w+), (\d+)\)/gm)].map(([, name, value]) => `${name} ${value}`)).toEqual(
      VMMEMCTL.params.map(({ name, default: value }) => `${name.replaceAll("-", "_")} ${value}`),
    );
  });
});

describe.each(["kernel", "vm"])("a run of the %s lab", (lab) => {
  const temporary = scratchDirectory();
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(ROOT, "lab", lab, "run.sh"), args, {
      encoding: "utf8",
      env: { ...process.env, TMPDIR: temporary },
    });
    expect(readdirSync(temporary)).toEqual([]);
    return { status, stdout, stderr };
  };

  it.each([[], ["--help"], ["-d"], ["lots", "hog=3"]])(
    "explains its arguments where it does not understand them",
    (...args) => {
      const { status, stdout, stderr } = run(...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^usage: run\.sh \[-d DIRECTORY\] MEMORY NAME=VALUE/);
    },
  );

  it("refuses a setting that it does not know, and lists the others", () => {
    const known = SETTINGS.filter(({ labs }) => labs.includes(lab)).map(({ name }) => name);
    const stderr = `run.sh: the lab has no setting hogg; it has: ${known.join(" ")}\n`;
    expect(run("1024M", "hog=3", "hogg=3")).toEqual({ status: 2, stdout: "", stderr });
    const other = lab === "kernel" ? "driver=seed" : "fakehost_alloc_max=3";
    expect(run("1024M", other).stderr).toMatch(/^run\.sh: the lab has no setting (driver|fakehost_alloc_max);/);
  });

  it("refuses a value that it can't read", () => {
    expect(run("1024M", "hog=much")).toEqual({ status: 2, stdout: "", stderr: "run.sh: hog=much: expected [0-9]+\n" });
    expect(run("1024M", "targets=3").stderr).toContain("targets=3: expected ");
    expect(run("1024M", "hog").status).toBe(2);
  });

  it("names the command that builds the lab, if it is not built", () => {
    const place = join(temporary, "no-lab");
    const stderr = `run.sh: the lab is not built in ${place}: lab/${lab}/build.sh ${place}\n`;
    expect(run("-d", place, "1024M", "hog=3")).toEqual({ status: 1, stdout: "", stderr });
  });
});

const build = (lab: string, args: string[]) =>
  spawnSync(join(ROOT, "lab", lab, "build.sh"), args, { encoding: "utf8" });

describe.each([
  ["kernel", "usage: build.sh [DIRECTORY]"],
  ["vm", "usage: build.sh [-k PACKAGE] [DIRECTORY]"],
])("the build of the %s lab", (lab, usage) => {
  it.each([["--help"], ["here", "there"], ["-k"]])(
    "explains its arguments where it does not understand them",
    (...args) => {
      const { status, stderr } = build(lab, args);
      expect(status).toBe(2);
      expect(stderr.slice(0, usage.length)).toBe(usage);
    },
  );
});

it("the VM lab takes kernels alone whose drivers of its disks are built in", () => {
  const { status, stderr } = build("vm", ["-k", "linux-image-amd64", "nowhere"]);
  expect(status).toBe(2);
  expect(stderr).toBe(
    "build.sh: -k linux-image-amd64: expected a package whose name is linux-image-…cloud-amd64: apt-cache search linux-image\n",
  );
});

it("the daemon's file system is made of one argument: the image", () => {
  for (const args of [[], ["--help"], ["one", "two"]]) {
    const { status, stderr } = spawnSync(join(ROOT, "lab/vm/daemon-image.sh"), args, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: "usage: daemon-image.sh IMAGE   (after npm ci and npm run build:native)\n",
    });
  }
});
