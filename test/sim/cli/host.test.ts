import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { balloonSim, scratchDirectory, startBalloonSim } from "../../support/processes/command.ts";
import { documentText } from "../trace/support.ts";

const cwd = scratchDirectory();
const sim = async (args: string[], input?: string) =>
  await callBalloonSim(args, { cwd, ...(input === undefined ? {} : { input }) });

/** A guest of 1 GiB that fills most of it within a few seconds, and touches all of that again and again. */
const BUSY = {
  name: "busy",
  duration: "40s",
  guest: { memory: "1GiB", swap: "1GiB", driver: "virtio-balloon" },
  workloads: [
    {
      name: "app",
      anon: [
        ["0s", "200MiB"],
        ["5s", "200MiB"],
        ["10s", "700MiB"],
      ],
      touch: "300MiB/s",
    },
  ],
};
const HOST = {
  name: "small",
  duration: "40s",
  host: { memory: "2GiB", swap: { size: "4GiB", readCost: "100us", writeCost: "50us" } },
  policy: "none",
  defaults: { overhead: 0, touched: 0 },
  vms: [
    { name: "a", trace: "busy.json" },
    { name: "copy", count: 3, trace: "busy.json", spread: "5s" },
  ],
};
writeFileSync(join(cwd, "busy.json"), documentText(BUSY));
writeFileSync(join(cwd, "host.json"), JSON.stringify(HOST));

describe("the summary", () => {
  test("says who lost time, when, and why, those that lost most first", async () => {
    const { status, stdout, stderr } = await sim(["host", "host.json"]);
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot("golden/host.txt");
    const lost = [...stdout.matchAll(/^(?:a|copy-\d) +1GiB +(\S+)s /gm)].map(([, text]) => Number(text));
    expect(lost.length).toBe(4);
    expect(lost).toEqual(lost.toSorted((a, b) => b - a));
  });

  test("says what did not fit at time 0, how sure its figures are, and who was never on", async () => {
    const late = { name: "late", trace: "busy.json", on: "2m", touched: 0 };
    const host = { ...HOST, host: { ...HOST.host, memory: "1GiB" }, defaults: { overhead: 0, touched: 1 } };
    writeFileSync(join(cwd, "full.json"), JSON.stringify({ ...host, vms: [...HOST.vms, late] }));
    const { stdout } = await sim(["host", "full.json"]);
    expect(stdout).toMatch(/Note: More than the host has was in use at time 0: [\d.]+GiB of free memory/);
    expect(stdout).toMatch(/Note: These are figures of one world/);
    expect(stdout).toMatch(/Note: Powered on after the end of the run, so without any result: late\./);
    expect((await sim(["host", "host.json"])).stdout).not.toMatch(/Note: (?:More|Powered)/);
  });

  test("names the parameters that differ from the policy's", async () => {
    const { stdout } = await sim([
      "host",
      "host.json",
      "--policy",
      "mom",
      "--set",
      "host.mom.pressure=0.3",
      "--until",
      "5",
    ]);
    expect(stdout).toMatch(/^policy {4}mom with pressure=0.3$/m);
    expect(stdout).toContain("5s");
  });

  test("shows the twenty VMs that lost most", async () => {
    const { stdout } = await sim([
      "host",
      "host.json",
      "--set",
      "vms.copy.count=30",
      "--set",
      "host.memory=9GiB",
      "--until",
      "12",
    ]);
    expect(stdout.match(/^(?:a|copy-\d+) /gm)?.length).toBe(20);
    expect(stdout).toMatch(/^\.\.\. and 11 more, none of which lost more than \S+ \(--format csv has all\)$/m);
  });

  test("is data in JSON, a line for each VM in CSV", async () => {
    const json = JSON.parse((await sim(["host", "host.json", "--format", "json"])).stdout);
    expect(json).toMatchObject({ name: "small", policy: "none", duration_s: 40, overcommit: 2 });
    expect(json.vms.map(({ name }: { name: string }) => name)).toEqual(["a", "copy-1", "copy-2", "copy-3"]);
    expect(json.figures.total_lost_time).toBeCloseTo(
      json.vms.reduce((sum: number, vm: { lost_time: number }) => sum + vm.lost_time, 0),
      6,
    );
    const csv = (await sim(["host", "host.json", "--format", "csv"])).stdout.trimEnd().split("\n");
    expect(csv.length).toBe(5);
    expect(csv[0]).toMatch(/^name,group,driver,memory_pages,on_s,lost_time,/);
    expect(csv[1]).toMatch(/^a,a,virtio-balloon,262144,40,/);
  });

  test("has ranges over worlds, of which the first is the file as written", async () => {
    const { stdout } = await sim(["host", "host.json", "--worlds", "3"]);
    expect(stdout).toMatch(/^small in 3 worlds; median \[lowest \.\. highest\]$/m);
    expect(stdout).toMatch(/^worst_lost_time +\S+ \[\S+ \.\. \S+\] +less$/m);
    const worlds = (await sim(["host", "host.json", "--worlds", "2", "--format", "ndjson"])).stdout
      .trimEnd()
      .split("\n");
    const [first, second] = worlds.map((line) => JSON.parse(line));
    const alone = JSON.parse((await sim(["host", "host.json", "--format", "ndjson"])).stdout);
    expect(first).toEqual({ world: 1, ...alone });
    expect(second.vms).not.toEqual(first.vms);
  });
});

describe("a host from elsewhere", () => {
  test("is that of standard input", async () => {
    const { status, stdout } = await sim(["host", "-", "--until", "5s"], JSON.stringify(HOST));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^small: no VM lost more than 1 % of its time\.$/m);
  });

  test("--driver and --rates apply to all VMs, with paths from the working directory", async () => {
    writeFileSync(join(cwd, "rates.json"), '{"driver": "vmmemctl", "alloc-max": 4096}');
    const { stdout } = await sim([
      "host",
      join(cwd, "host.json"),
      "--rates",
      "rates.json",
      "--until",
      "2",
      "--format",
      "csv",
    ]);
    expect(stdout.match(/,vmmemctl,/g)?.length).toBe(4);
    const { stderr } = await sim(["host", "host.json", "--rates", "rates.json", "--driver", "virtio-balloon"]);
    expect(stderr).toContain("vmmemctl");
  });
});

describe("what can't be used is told in one line", () => {
  test.each([
    [["host"], "host: a host is missing, such as: balloon-sim host hosts/office"],
    [["host", "spike"], "spike: is a trace, expected a host with VMs (balloon-sim run runs traces)"],
    [["host", "host.json", "--driver", "x"], '--driver "x": unknown driver'],
    [
      ["host", "host.json", "--set", "policy=esx"],
      "--set policy=esx: a host has one policy: --policy replaces it, capacity has --policies",
    ],
    [["host", "host.json", "--policy", "x"], '--policy "x": unknown policy of a host'],
    [
      ["host", "host.json", "--set", "host.memroy=1GiB"],
      'there is no "host.memroy" in a host; did you mean "host.memory"?',
    ],
    [["host", "host.json", "--until", "0"], '--until "0": expected more than 0'],
  ])("%s", async (args, message) => {
    const { status, stdout, stderr } = await sim(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
    expect(stderr).toContain(message);
  });

  test("an end after that of the host has no effect, with a warning", async () => {
    const { status, stderr } = await sim(["host", "host.json", "--until", "1h"]);
    expect([status, stderr]).toEqual([0, "balloon-sim: warning: --until 1h: the host's run ends at 40s\n"]);
  });

  test("run names the command for hosts", async () => {
    expect((await sim(["run", "host.json"])).stderr).toContain("(balloon-sim host FILE runs it)");
  });
});

/** The rows of a file, by the names of its columns. */
function rowsIn(path: string): Record<string, string>[] {
  const [head = "", ...lines] = readFileSync(join(cwd, path), "utf8").trimEnd().split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i], cell])));
}
const filesIn = (path: string): string[] => readdirSync(join(cwd, path), { recursive: true }).map(String).sort();
const allFiles = (format: string): string[] =>
  [
    `host.${format}`,
    "vms",
    ...["a", "copy-1", "copy-2", "copy-3"].map((name) => `vms/${name}.${format}`),
    `vms.${format}`,
  ].sort();

describe("-o writes rows", () => {
  test.each(["vmmemctl", "virtio-balloon", "vmw-balloon"])(
    "of a VM alone on a large host with a static target, the very bytes of run: %s",
    async (driver) => {
      const trace = { ...BUSY, guest: { ...BUSY.guest, driver }, host: { target: "400MiB" } };
      const vms = [{ name: "alone", trace: "alone.json", target: "624MiB", maxBalloon: 1 }];
      writeFileSync(join(cwd, "alone.json"), documentText(trace));
      writeFileSync(join(cwd, "alone-host.json"), JSON.stringify({ host: { memory: "64GiB" }, policy: "static", vms }));
      for (const [every, columns] of [
        ["change", "default"],
        ["500ms", "all"],
      ] as const) {
        const run = await sim(["run", "alone.json", "--every", every, "--columns", columns]);
        const names = run.stdout.slice(0, run.stdout.indexOf("\n"));
        const out = `alone-${driver}-${every}`;
        const args = every === "change" ? [] : ["--every", every, "--vm-columns", names];
        const hosted = await sim(["host", "alone-host.json", "-o", out, ...args]);
        expect([hosted.status, hosted.stdout, hosted.stderr]).toEqual([0, "", ""]);
        // Not toBe: it would print all rows.
        expect(readFileSync(join(cwd, out, "vms/alone.csv"), "utf8") === run.stdout).toBe(true);
        expect(run.stdout.split("\n").length).toBeGreaterThan(20);
      }
    },
  );

  test("of the host, in which memory is conserved, and of all VMs, which add up to the host's", async () => {
    expect(await sim(["host", "host.json", "-o", "sums", "--every", "2s"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expect(filesIn("sums")).toEqual(allFiles("csv"));
    const rows = rowsIn("sums/host.csv");
    const vms = rowsIn("sums/vms.csv");
    expect(rows.map(({ time_s }) => Number(time_s))).toEqual(Array.from({ length: 21 }, (_, i) => 2 * i));
    let swapped = 0;
    for (const row of rows) {
      const number = (name: string): number => Number(row[name]);
      const sum = (name: string): number =>
        vms.filter(({ time_s }) => time_s === row.time_s).reduce((all, vm) => all + Number(vm[name]), 0);
      expect(number("free") + number("consumed") + number("overhead")).toBe(number("memory"));
      expect(number("free")).toBeGreaterThanOrEqual(0);
      expect(sum("consumed")).toBe(number("consumed"));
      expect(sum("swapped")).toBe(number("swapped"));
      expect(sum("memory")).toBe(number("configured"));
      swapped = Math.max(swapped, number("swapped"));
    }
    expect(swapped).toBeGreaterThan(0);
    const { swap_written_pages } = JSON.parse((await sim(["host", "host.json", "--format", "json"])).stdout);
    expect(rows.reduce((sum, { swap_out }) => sum + Number(swap_out), 0)).toBe(swap_written_pages);
  });

  test("which do not change the run", async () => {
    const plain = await sim(["host", "host.json", "--format", "json"]);
    const watched = await sim([
      "host",
      "host.json",
      "--format",
      "json",
      "--summary",
      "-o",
      "watched",
      "--every",
      "70ms",
    ]);
    expect(watched.stdout).toBe(plain.stdout);
    expect(filesIn("watched")).toEqual(allFiles("json"));
    expect(JSON.parse(readFileSync(join(cwd, "watched/host.json"), "utf8"))).toHaveLength(573);
    expect(JSON.parse(readFileSync(join(cwd, "watched/vms.json"), "utf8"))[1]).toMatchObject({
      time_s: 0,
      vm: "copy-1",
    });
  });

  test("with columns of the host, on request", async () => {
    await sim(["host", "host.json", "-o", "columns", "--vm-columns", "time_s,host", "--every", "10s"]);
    const rows = rowsIn("columns/vms/a.csv");
    expect(Object.keys(rows[0] ?? {})).toEqual([
      "time_s",
      "host_backed",
      "host_swapped",
      "host_untouched",
      "host_wait_us",
      "host_reads",
      "host_writes",
    ]);
    const at = rowsIn("columns/vms.csv").findLast(({ vm }) => vm === "a");
    expect(rows.at(-1)).toMatchObject({
      host_wait_us: at?.host_wait_us,
      host_reads: at?.host_reads,
    });
    expect(Number(at?.host_wait_us)).toBeGreaterThan(1_000_000);
    const help = (await sim(["host", "--vm-columns", "help"])).stdout;
    expect(help).toMatch(/^host_wait_us +us +total/m);
    expect((await sim(["run", "busy.json", "--columns", "host_wait_us"])).stderr).toContain("unknown column");
  });

  test("again in the place of its own, but not among those of another run without --force", async () => {
    const args = ["host", "host.json", "-o", "twice", "--until", "1"];
    await sim(args);
    expect((await sim(args)).status).toBe(0);
    const less = [...args, "--set", "vms.copy.count=1"];
    expect(await sim(less)).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "balloon-sim: -o twice: has rows of another run: twice/vms/copy-2.csv and 1 more: give another directory, or --force, which leaves them there\n",
    });
    expect((await sim([...args, "--format", "json"])).stderr).toContain(
      "has rows of another run: twice/host.csv and 5 more",
    );
    expect(filesIn("twice")).toEqual(allFiles("csv"));
    const { status, stderr } = await sim([...less, "--force"]);
    expect([status, stderr]).toEqual([0, "balloon-sim: warning: twice/vms/copy-2.csv and 1 more: not of this run\n"]);
  });

  test("of a VM that was never on in no file, also where an earlier run has left one", async () => {
    const args = ["host", "host.json", "-o", "off", "--until", "1"];
    await sim(args);
    await sim([...args, "--set", "vms.a.on=10s"]);
    expect(filesIn("off")).toEqual(allFiles("csv").filter((name) => name !== "vms/a.csv"));
  });

  test("but not in the place of a host file", async () => {
    const folder = scratchDirectory();
    const text = JSON.stringify(HOST);
    writeFileSync(join(folder, "host.json"), text);
    const args = ["host", "host.json", "-o", folder, "--format", "json", "--until", "1"];
    const { status, stderr } = await sim(args);
    expect([status, stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toContain(
      "host.json: is a host file, which would be overwritten: give another directory, or --force",
    );
    expect(readFileSync(join(folder, "host.json"), "utf8")).toBe(text);
    expect((await sim([...args, "--force"])).status).toBe(0);
  });

  test("but not over a file that the command reads", async () => {
    const folder = scratchDirectory();
    const vms = [{ name: "a", trace: join(cwd, "busy.json") }];
    writeFileSync(join(folder, "host.json"), JSON.stringify({ ...HOST, vms }));
    const { status, stderr } = await sim(["host", join(folder, "host.json"), "-o", folder, "--format", "json"]);
    expect(status).toBe(2);
    expect(stderr).toContain("host.json, which would be overwritten");
    expect(readdirSync(folder)).toEqual(["host.json"]);
  });

  test("with a state that a spreadsheet would read as a formula made safe", async () => {
    const policy =
      "export default { name: 'odd', meaning: 'x', everyUs: 1e6, create: () => ({ decide: () => ({ targets: {}, state: '=1+1, \\u001b[31m' }) }) };";
    writeFileSync(join(cwd, "odd.mjs"), policy);
    const args = ["host", "host.json", "--policy", "./odd.mjs", "--until", "3"];
    const { stdout } = await sim([...args, "-o", "odd", "--summary", "--plot"]);
    const [, , line] = readFileSync(join(cwd, "odd/host.csv"), "utf8").split("\n");
    expect(line).toMatch(/^1\.000000,"'=1\+1, \\u\{1b\}\[31m",/);
    expect(stdout).toContain("=1+1");
    expect(stdout).not.toContain("\u001b");
  });

  test.each([
    [["-o", "host.json"], "-o host.json: is no directory, expected one for the files of the host"],
    [["-o", "-"], '-o "-": expected a directory for the files of the host'],
    [["-o", "none", "--every", "cycle"], "--every cycle: VMs on a host have no rows for idle cycles"],
    [
      ["-o", "none", "--vm-columns", "siz"],
      'unknown column "siz"; did you mean "size"? (balloon-sim host --driver virtio-balloon --vm-columns help lists them)',
    ],
    [["--vm-columns", "all"], "--vm-columns: no rows are written: to write them, give -o DIR"],
    [["--force"], "--force: no rows are written: to write them, give -o DIR"],
    [
      ["--plot", "--format", "csv"],
      "--format: no rows are written: to write them, give -o DIR, and for a summary --summary",
    ],
    [["--against", "--format", "json"], "--format: no rows are written"],
    [["--plot", "a.png"], '--plot "a.png": expected a file name that ends in .svg'],
  ])("not with %s", async (args, message) => {
    const { status, stdout, stderr } = await sim(["host", "host.json", ...args]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
    expect(stderr).toContain(message);
    expect(existsSync(join(cwd, "none"))).toBe(false);
  });

  test("none if the run fails", async () => {
    const policy =
      "export default { name: 'late', meaning: 'x', everyUs: 1e6, create: () => ({ decide({ nowUs }) { if (nowUs > 5e6) throw new Error('enough'); return { targets: {} }; } }) };";
    writeFileSync(join(cwd, "late.mjs"), policy);
    const { status, stderr } = await sim([
      "host",
      "host.json",
      "--policy",
      "./late.mjs",
      "-o",
      "failed",
      "--plot",
      "failed.svg",
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain("enough");
    expect(existsSync(join(cwd, "failed"))).toBe(false);
    expect(existsSync(join(cwd, "failed.svg"))).toBe(false);
  });

  test("none after Ctrl-C", async () => {
    const directory = scratchDirectory();
    const child = startBalloonSim(["host", "hosts/office", "-o", join(directory, "out")]);
    while (readdirSync(directory).length === 0) await sleep(5);
    await sleep(500);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
    expect(readdirSync(directory)).toEqual([]);
  });
});

test("its VMs in 1, 2 or 8 threads give the same bytes", async () => {
  const filesOf = (workers: string): string[] => {
    const args = ["host", "host.json", "--worlds", "2", "-o", `threads-${workers}`, "--summary", "--workers", workers];
    // Threads load compiled modules.
    const { status, stdout, stderr } = balloonSim(args, { cwd });
    expect([status, stderr.replace(/^.*of world 1.*\n/, "")]).toEqual([0, ""]);
    const directory = join(cwd, `threads-${workers}`);
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return [stdout, ...files.map(({ parentPath, name }) => name + readFileSync(join(parentPath, name), "utf8"))];
  };
  const one = filesOf("1");
  expect(one.length).toBe(7);
  for (const workers of ["2", "8"]) expect(filesOf(workers).every((text, i) => text === one[i])).toBe(true);
});

describe("--plot", () => {
  test("stacks the host's memory by VM in the terminal, with its swap above", async () => {
    const { status, stdout, stderr } = await sim(["host", "host.json", "--plot", "--policy", "esx"]);
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot("golden/host-plot.txt");
  });

  test("draws the same into an SVG file", async () => {
    expect(await sim(["host", "host.json", "--policy", "esx", "--plot", "host.svg"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    const svg = readFileSync(join(cwd, "host.svg"), "utf8");
    await expect(svg).toMatchFileSnapshot("golden/host.svg");
    for (const name of ["a", "copy-1", "in the host's swap"]) expect(svg).toContain(`<title>${name}</title>`);
  });

  test("marks VMs that the host ends, and the summary names them", async () => {
    const args = ["host", "host.json", "--set", "host.swap.size=0KiB", "--set", "host.memory=1200MiB", "--until", "30"];
    const { stdout } = await sim([...args, "--plot", "--summary"]);
    expect(stdout).toMatch(/^small: the host ended .*, having neither memory nor swap left; /);
    // The time in which a VM would have been on counts as its time.
    expect(stdout).toMatch(/ [5-9]\d(?:\.\d)? % .*: ended by the host/);
    expect(stdout).toContain(": ended by the host, which had no memory and no swap left");
    expect(stdout).toMatch(/✖ OOM kill in a VM, or end of one by the host \([1-9]\)/);
  });

  test("has a band for each group of many VMs", async () => {
    const { stdout } = await sim(["host", "host.json", "--plot", "--set", "vms.copy.count=9", "--until", "5"]);
    expect(stdout).toContain("copy (9)");
  });
});

test("--against compares decided targets with measured ones", async () => {
  const { status, stdout } = await sim(["host", "hosts/imported-esxtop", "--against", "--until", "10m"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^VM +measured +decided/);
  expect(stdout).toMatch(/^batch /m);
});
