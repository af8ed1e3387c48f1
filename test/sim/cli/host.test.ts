import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
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
