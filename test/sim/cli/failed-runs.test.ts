/** Runs of hosts that fail, and files that are no hosts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { documentText } from "../trace/support.ts";

const cwd = scratchDirectory();
const sim = async (...args: string[]) => await callBalloonSim(args, { cwd });
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
const TRACE = { name: "t", duration: "5s", guest: { memory: "256MiB", swap: "256MiB" } };
const hostOf = (changes: object) => ({
  name: "small",
  duration: "5s",
  host: { memory: "2GiB", swap: { size: "1GiB" } },
  policy: "none",
  defaults: { driver: "vmmemctl", touched: 0 },
  vms: [{ name: "a", trace: "t.json" }],
  ...changes,
});
for (const folder of ["hosts", "broken", "empty"]) {
  mkdirSync(join(cwd, folder));
  writeFileSync(join(cwd, folder, "t.json"), documentText(TRACE));
  writeFileSync(join(cwd, folder, "good.json"), JSON.stringify(hostOf({})));
}
write("t.json", documentText(TRACE));
write("small.json", JSON.stringify(hostOf({ policy: "./boom.mjs" })));
write("rates.json", JSON.stringify({ driver: "vmmemctl", "alloc-max": 4096 }));
/** Throws in its third second if its parameter is above 1. */
write(
  "boom.mjs",
  `export default { name: "boom", meaning: "x", everyUs: 1e6,
  params: [{ name: "gain", kind: "ratio", meaning: "g", min: 0, max: 10, default: 2 }],
  create: ({ gain }) => ({ decide({ nowUs }) { if (nowUs > 2e6 && gain > 1) throw new Error("enough"); return { targets: {} }; } }) };`,
);
const MESSAGE = /\.\/boom\.mjs: decide in round \d+ \(at \d+s\) threw Error: enough/;
const one = ["--workers", "1"];

test("a sweep with failed runs has all rows, names the first failure and ends with 1", async () => {
  const all = await sim("sweep", "small.json", "--set", "host.boom.gain=2,3", ...one);
  expect(all.status).toBe(1);
  expect(all.stdout.trimEnd().split("\n")).toHaveLength(4);
  expect(all.stderr).toMatch(
    /^balloon-sim: 3 of 3 runs failed \(see the column error\), the first one in trial 0 on small\.json: /m,
  );
  expect(all.stderr).toMatch(MESSAGE);
  expect(all.stdout + all.stderr).not.toContain("RunError");
  const some = await sim("sweep", "small.json", "--set", "host.boom.gain=0,1", "-o", "rows.csv", ...one);
  expect(some.status).toBe(1);
  expect(some.stderr).toMatch(/^balloon-sim: 1 of 3 runs failed /m);
  expect(existsSync(join(cwd, "rows.csv"))).toBe(true);
  expect(readFileSync(join(cwd, "rows.csv"), "utf8").match(/enough/g)).toHaveLength(1);
});

test("compare and tune end with 1 if a run fails, without the name of the error's class", async () => {
  const compared = await sim("compare", "rates.json", "--on", "small.json", ...one);
  expect([compared.status, compared.stdout]).toEqual([1, ""]);
  expect(compared.stderr).toMatch(/^balloon-sim: .*: the run on small\.json failed: /);
  expect(compared.stderr).toMatch(MESSAGE);
  const tuned = await sim(
    "tune",
    "small.json",
    "--set",
    "host.boom.gain=2..3",
    "--minimize",
    "worst_lost_time",
    "--trials",
    "1",
    ...one,
  );
  expect(tuned.status).toBe(1);
  expect(tuned.stderr).toMatch(/trial 0, the reference, fails \(small\.json: \.\/boom\.mjs: /);
  expect(compared.stderr + tuned.stderr).not.toContain("RunError");
});

test("capacity escapes the name of a host", async () => {
  write("evil.json", JSON.stringify(hostOf({ name: "ev\u001b[31mil\n=1" })));
  const { status, stdout } = await sim(
    "capacity",
    "evil.json",
    "--require",
    "oom_kills == 0",
    "--step",
    "128MiB",
    "--worlds",
    "1",
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ev\\u\{1b\}\[31mil\\u\{a\}=1: 1 VM with /);
  expect(stdout).not.toContain("\u001b");
});

test.each([
  ["broken", "{"],
  ["empty", ""],
])("a host.json that is %s is not left out of a directory", async (folder, text) => {
  writeFileSync(join(cwd, folder, "host.json"), text);
  const { status, stdout, stderr } = await sim("host", folder);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`${folder}/host.json`);
});

test("a result in a directory is no host file", async () => {
  const { stdout } = await sim("host", "hosts/good.json", "--format", "json");
  writeFileSync(join(cwd, "hosts", "result.json"), stdout);
  const { status, stdout: table, stderr } = await sim("host", "hosts");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(table).toMatch(/^1 host, /m);
});

test("a constant of another driver is reported with the driver that has it", async () => {
  const { status, stderr } = await sim("host", "hosts/good.json", "--set", "vms.*.rates.free-page-reporting=1");
  expect(status).toBe(2);
  expect(stderr).toContain(
    '"free-page-reporting" is a constant of virtio-balloon, and the driver here is vmmemctl: add --driver virtio-balloon',
  );
  const named = await sim(
    "host",
    "hosts/good.json",
    "--driver",
    "virtio-balloon",
    "--set",
    "vms.*.rates.free-page-reporting=1",
  );
  expect(named.status).toBe(0);
});
