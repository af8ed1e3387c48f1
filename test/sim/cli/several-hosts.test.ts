import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { endOwnPolicies, loadOwnPolicy } from "../../../dist/sim/hosts/own-policy/load.js";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { balloonSim, scratchDirectory, startBalloonSim } from "../../support/processes/command.ts";
import { documentText } from "../trace/support.ts";

const cwd = scratchDirectory();
const sim = async (args: string[], input?: string) =>
  await callBalloonSim(args, { cwd, ...(input === undefined ? {} : { input }) });

/** A guest of 1 GiB that fills most of it within ten seconds. */
const BUSY = {
  name: "busy",
  duration: "20s",
  guest: { memory: "1GiB", swap: "1GiB", driver: "virtio-balloon" },
  workloads: [
    {
      name: "app",
      anon: [
        ["0s", "200MiB"],
        ["2s", "200MiB"],
        ["6s", "700MiB"],
      ],
      touch: "300MiB/s",
    },
  ],
};
const hostOf = (name: string, memory: string, more: object = {}) => ({
  name,
  duration: "20s",
  host: { memory, swap: { size: "4GiB" } },
  policy: "none",
  defaults: { overhead: 0, touched: 0 },
  vms: [
    { name: "a", trace: "busy.json" },
    { name: "copy", count: 2, trace: "busy.json", spread: "2s" },
  ],
  ...more,
});
const write = (path: string, document: object) => writeFileSync(join(cwd, path), JSON.stringify(document));
for (const folder of [".", "cluster", "cluster/imported", "cluster/other"]) {
  mkdirSync(join(cwd, folder), { recursive: true });
  writeFileSync(join(cwd, folder, "busy.json"), documentText(BUSY));
}
write("wide.json", hostOf("wide", "9GiB"));
write("tight.json", hostOf("tight", "1GiB"));
write("full.json", hostOf("full", "1500MiB"));
write("cluster/b.json", hostOf("b", "9GiB"));
write("cluster/a.json", hostOf("a", "9GiB"));
write("cluster/imported/host.json", hostOf("imported", "9GiB"));
write("cluster/imported/spare.json", hostOf("spare", "9GiB"));
/** Throws in its sixth second, on a host with less than 2 GiB. */
writeFileSync(
  join(cwd, "late.mjs"),
  `export default { name: "late", meaning: "x", everyUs: 1e6, create: () => ({ decide({ nowUs, host }) {
    if (nowUs > 5e6 && host.memory < 2 ** 31) throw new Error("enough");
    return { targets: {} };
  } }) };`,
);

const THREE = ["host", "wide.json", "tight.json", "full.json"];
const objects = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("the results of several hosts", () => {
  test("are a table with a row each, the worst first", async () => {
    const { status, stdout, stderr } = await sim(THREE);
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot("golden/several-hosts.txt");
    expect([...stdout.matchAll(/^(wide|tight|full) /gm)].map(([, name]) => name)).toEqual(["full", "tight", "wide"]);
  });

  test("come in the order given as data, each the same as of the host alone", async () => {
    const { stdout } = await sim([...THREE, "--format", "ndjson"]);
    const lines = objects(stdout);
    expect(lines.map(({ host, name }) => [host, name])).toEqual([
      ["wide.json", "wide"],
      ["tight.json", "tight"],
      ["full.json", "full"],
    ]);
    const alone = JSON.parse((await sim(["host", "tight.json", "--format", "json"])).stdout);
    expect(lines[1]).toEqual({ host: "tight.json", ...alone });
    expect(JSON.parse((await sim([...THREE, "--format", "json"])).stdout)).toEqual(lines);
    const csv = (await sim([...THREE, "--format", "csv"])).stdout.trimEnd().split("\n");
    const [head = "", ...rows] = csv.map((line) => line.split(","));
    const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
    expect(column("host")).toEqual(["wide.json", "tight.json", "full.json"]);
    expect(column("vms")).toEqual(["3", "3", "3"]);
    expect(column("total_lost_time").map(Number)).toEqual(lines.map(({ figures }) => figures.total_lost_time));
    expect(column("worst_vm")[0]).toBe("");
    expect(column("worst_cause")[1]).toBe("host-swap");
  });

  test("have the range of each figure over worlds, and a line for each world as data", async () => {
    const { stdout } = await sim([...THREE, "--worlds", "3"]);
    expect(stdout).toMatch(/^3 hosts in 3 worlds each, median \[lowest \.\. highest\], the worst first/m);
    expect(stdout).toMatch(/^tight +3 .* \[\S+ \.\. \S+\].*, in world [123]$/m);
    const lines = objects((await sim([...THREE, "--worlds", "2", "--format", "ndjson"])).stdout);
    expect(lines.map(({ host, world }) => `${host} ${world}`)).toEqual(
      ["wide", "tight", "full"].flatMap((name) => [`${name}.json 1`, `${name}.json 2`]),
    );
  });

  test("are of hosts as the options change them", async () => {
    const args = ["--until", "3", "--policy", "mom", "--driver", "vmmemctl", "--seed", "x"];
    const { stdout } = await sim([...THREE, ...args, "--set", "vms.copy.count=1", "--format", "ndjson"]);
    for (const host of objects(stdout)) {
      expect(host).toMatchObject({ policy: "mom", duration_s: 3, seed: "x" });
      expect(host.vms.map(({ name, driver }: { name: string; driver: string }) => [name, driver])).toEqual([
        ["a", "vmmemctl"],
        ["copy-1", "vmmemctl"],
      ]);
    }
  });

  test("are of the host files in a directory, and of imported hosts in its folders", async () => {
    const { stdout } = await sim(["host", "cluster", "wide.json", "--until", "1", "--format", "ndjson"]);
    expect(objects(stdout).map(({ host }) => host)).toEqual([
      "cluster/a.json",
      "cluster/b.json",
      "cluster/imported/host.json",
      "wide.json",
    ]);
    const one = await sim(["host", "cluster/imported", "--until", "1"]);
    expect(one.stdout).toMatch(/^2 hosts, /m);
    expect((await sim(["host", "cluster/other"])).stderr).toBe(
      "balloon-sim: cluster/other: this directory has no host files (docs/hosts.md), and none named host.json in its folders\n",
    );
  });

  test("have a folder of rows each, the same files as of the host alone", async () => {
    const { status, stdout, stderr } = await sim([...THREE, "-o", "three"]);
    expect([status, stdout, stderr]).toEqual([0, "", ""]);
    expect(readdirSync(join(cwd, "three")).sort()).toEqual(["full", "tight", "wide"]);
    await sim(["host", "tight.json", "-o", "alone"]);
    const files = readdirSync(join(cwd, "alone"), { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
    expect(files.length).toBe(5);
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name);
      const other = path.replace("/alone/", "/three/tight/");
      expect([name, readFileSync(other, "utf8") === readFileSync(path, "utf8")]).toEqual([name, true]);
    }
  });

  test("have no folders of other hosts among theirs without --force", async () => {
    const of = (...hosts: string[]) => sim(["host", ...hosts, "--until", "1", "-o", "mixed"]);
    expect((await of("wide.json", "tight.json")).status).toBe(0);
    expect((await of("wide.json", "tight.json")).status).toBe(0);
    const refused = (first: string, more: string) => ({
      status: 2,
      stdout: "",
      stderr: `balloon-sim: -o mixed: has rows of another run: ${first}${more}: give another directory, or --force, which leaves them there\n`,
    });
    expect(await of("wide.json", "full.json")).toEqual(refused("mixed/tight/host.csv", ""));
    expect(await of("wide.json")).toEqual(refused("mixed/tight/host.csv", " and 1 more"));
    const forced = await sim(["host", "wide.json", "full.json", "--until", "1", "-o", "mixed", "--force"]);
    expect([forced.status, forced.stderr]).toEqual([
      0,
      "balloon-sim: warning: mixed/tight/host.csv: not of this run\n",
    ]);
    await sim(["host", "wide.json", "--until", "1", "-o", "one"]);
    expect((await sim(["host", "wide.json", "full.json", "--until", "1", "-o", "one"])).stderr).toContain(
      "has rows of another run: one/host.csv and 1 more",
    );
  });

  test("tell hosts of the same name apart by their files", async () => {
    const args = ["host", "wide.json", "cluster/a.json", "wide.json", "--until", "1", "-o", "same", "--summary"];
    const { stdout } = await sim(args);
    expect([...stdout.matchAll(/^(wide .*?) {2}/gm)].map(([, label]) => label).sort()).toEqual([
      "wide (wide.json)",
      "wide (wide.json) #2",
    ]);
    expect(readdirSync(join(cwd, "same")).sort()).toEqual(["a", "wide_wide.json_", "wide_wide.json_2"]);
  });

  test("are the same bytes with any number of workers", () => {
    const bytesOf = (workers: string): string[] => {
      const args = [...THREE, "--worlds", "2", "-o", `threads-${workers}`, "--summary", "--workers", workers];
      // Threads load compiled modules.
      const { status, stdout, stderr } = balloonSim(args, { cwd });
      expect([status, stderr]).toEqual([0, "balloon-sim: rows are of world 1 of 2, the files as written\n"]);
      const directory = join(cwd, `threads-${workers}`);
      const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return [stdout, ...files.map(({ parentPath, name }) => name + readFileSync(join(parentPath, name), "utf8"))];
    };
    const one = bytesOf("1");
    expect(one.length).toBe(16);
    for (const workers of ["2", "5"]) expect(bytesOf(workers).every((text, i) => text === one[i])).toBe(true);
  });
});

describe("of several hosts", () => {
  test("each is checked before the first one runs, and each bad one is named", async () => {
    write("bad.json", hostOf("bad", "9GiB", { policy: "nome" }));
    const { status, stdout, stderr } = await sim([
      "host",
      "wide.json",
      "bad.json",
      "gone.json",
      "busy.json",
      "-o",
      "x",
    ]);
    expect([status, stdout]).toEqual([2, ""]);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.length).toBe(4);
    expect(lines[0]).toMatch(/^balloon-sim: bad\.json:1:\d+: \$\.policy: the policy "nome": unknown policy/);
    expect(lines[1]).toMatch(/^balloon-sim: gone\.json: no such file/);
    expect(lines[2]).toMatch(/^balloon-sim: busy\.json: is a trace, expected a host/);
    expect(lines[3]).toBe("balloon-sim: 3 of 4 hosts could not be used: none was run");
    expect(existsSync(join(cwd, "x"))).toBe(false);
  });

  test.each(["1", "2"])("one that fails is named, and the others run (--workers %s)", (workers) => {
    const out = `late-${workers}`;
    const args = [...THREE, "--policy", "./late.mjs", "--workers", workers, "-o", out, "--summary"];
    const { status, stdout, stderr } = balloonSim(args, { cwd });
    expect(status).toBe(1);
    expect(stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^balloon-sim: tight\.json: .*late\.mjs: decide in round 7 \(at 6s\) threw Error: enough/),
      expect.stringMatching(/^balloon-sim: full\.json: .*threw Error: enough/),
      "balloon-sim: 2 of 3 hosts failed: they are missing in the results of the others",
    ]);
    expect(stdout).toMatch(/^1 host, the worst first/m);
    expect(readdirSync(join(cwd, out))).toEqual(["wide"]);
  });

  test.each([
    [["--plot"], "--plot: is for one host, but several are given"],
    [["--against"], "--against: is for one host, but several are given"],
    [["-", "-"], "host: standard input (-) can be read only once"],
    [["--driver", "x"], '--driver "x": unknown driver'],
    [["--every", "5s"], "--every: no rows are written: to write them, give -o DIR"],
    [["-o", "wide.json"], "-o wide.json: is no directory, expected one for the files of the hosts"],
  ])("%s is refused in one line", async (args, message) => {
    const { status, stdout, stderr } = await sim([...THREE, ...args], "{}");
    expect([status, stdout, stderr.trimEnd().split("\n").length]).toEqual([2, "", 1]);
    expect(stderr).toContain(message);
  });

  test("one comes from standard input", async () => {
    const args = ["host", "wide.json", "-", "--until", "1", "--format", "ndjson"];
    const { stdout } = await sim(args, JSON.stringify(hostOf("piped", "9GiB")));
    expect(objects(stdout).map(({ host, name }) => [host, name])).toEqual([
      ["wide.json", "wide"],
      ["-", "piped"],
    ]);
  });

  test("none is overwritten by the rows of another", async () => {
    mkdirSync(join(cwd, "in/wide"), { recursive: true });
    const text = JSON.stringify(hostOf("inner", "9GiB", { vms: [{ name: "a", trace: "../../busy.json" }] }));
    writeFileSync(join(cwd, "in/wide/host.json"), text);
    const { status, stderr } = await sim(["host", "wide.json", "in/wide/host.json", "-o", "in", "--format", "json"]);
    expect(status).toBe(2);
    expect(stderr).toContain("-o in/wide/host.json: is the same file as in/wide/host.json, which would be overwritten");
    expect(readFileSync(join(cwd, "in/wide/host.json"), "utf8")).toBe(text);
  });

  test("an end after that of one is told of that one", async () => {
    write("long.json", hostOf("long", "9GiB", { duration: "1m" }));
    const { stderr } = await sim(["host", "wide.json", "long.json", "--until", "30"]);
    expect(stderr).toBe("balloon-sim: warning: wide: --until 30s: the host's run ends at 20s\n");
  });

  test("nothing stays after Ctrl-C", async () => {
    const directory = scratchDirectory();
    const out = join(directory, "out");
    const child = startBalloonSim(["host", "hosts/office", "hosts/database", "-o", out, "--workers", "2"]);
    while (!existsSync(join(out, "database/vms"))) await sleep(5);
    await sleep(300);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
    expect(readdirSync(directory)).toEqual([]);
  });
});

test("the thread of a policy that a host was run with can be ended", () => {
  const policy = loadOwnPolicy(join(cwd, "late.mjs"));
  policy.create({});
  endOwnPolicies();
  expect(() => policy.create({}).state).toThrow("gave no answer");
});
