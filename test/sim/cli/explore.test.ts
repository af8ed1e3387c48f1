import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

describe("explore", () => {
  const directory = scratchDirectory();
  const path = (name: string) => join(directory, name);
  const call = (...args: string[]) => callBalloonSim(["explore", ...args], { cwd: directory });

  test("makes one page of the bundled traces, the same each time", async () => {
    expect(await call("-o", "a.html")).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(await call("-o", "b.html")).toMatchObject({ status: 0 });
    const page = readFileSync(path("a.html"), "utf8");
    expect(readFileSync(path("b.html"), "utf8")).toBe(page);
    expect(page).toContain('"name":"spike"');
    expect(page).toContain('"name":"recorded/kernel-build"');
    // docs/explore.md says 940 KB: the readers of logs are 157 of them.
    expect(Buffer.byteLength(page)).toBeLessThan(960_000);
    const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy).toMatch(
      /^default-src 'none'; script-src (?:'sha256-[^']+' ?){2}; style-src 'sha256-[^']+'; worker-src blob:;/,
    );
    // Nothing of the page ends it, or loads anything.
    expect(page).not.toMatch(/\b(?:src|href)="(?!#)/);
  });

  test("writes to standard output with -", async () => {
    const { status, stdout } = await call("spike", "-o", "-");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  test.each([
    [["spike"], "explore: -o is missing, such as: balloon-sim explore -o explore.html"],
    [
      ["spike", "hosts/office", "-o", "x.html"],
      "explore: hosts/office is a host and spike is not: make a page of hosts, and another one of traces",
    ],
    [
      ["hosts/offices", "-o", "x.html"],
      'hosts/offices: no such file, and no bundled trace "hosts/offices"; did you mean the host "hosts/office"?',
    ],
    [["hosts/office", "hosts/office", "-o", "x.html"], "explore: hosts/office is given twice: give it once"],
    [["spike", "spike", "-o", "x.html"], "explore: spike is given twice: give it once"],
    [["spik", "-o", "x.html"], 'spik: no such file, and no bundled trace "spik"; did you mean "spike"?'],
  ])("refuses %j", async (args, message) => {
    expect(await call(...args)).toMatchObject({ status: 2, stdout: "", stderr: `balloon-sim: ${message}\n` });
    expect(existsSync(path("x.html"))).toBe(false);
  });

  test("reports what is wrong with a trace at its place, and writes nothing", async () => {
    writeFileSync(path("bad.json"), '{"format": "balloon-sim/trace",\n "version": 1, "gest": {}}');
    const { status, stderr } = await call("bad.json", "-o", "x.html");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^balloon-sim: bad\.json:\d+:\d+: /);
    expect(existsSync(path("x.html"))).toBe(false);
  });

  test("makes one page of hosts with their traces, the same each time, and smaller than the page of traces", async () => {
    expect(await call("hosts/imported-esxtop", "hosts/noisy-neighbour", "-o", "h.html")).toMatchObject({
      status: 0,
      stderr: "",
    });
    const page = readFileSync(path("h.html"), "utf8");
    expect(await call("hosts/imported-esxtop", "hosts/noisy-neighbour", "-o", "-")).toMatchObject({ stdout: page });
    expect(page).toContain('"noisy-neighbour/quiet.json":{"name":');
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; script-src/);
    expect(Buffer.byteLength(page)).toBeLessThan(900_000);
    expect(page).not.toMatch(/\b(?:src|href)="(?!#)/);
  });

  test("refuses a host with a policy of the user's own, and one with a missing trace, and writes nothing", async () => {
    const host = { host: { memory: "4GiB" }, policy: "./mine.mjs", vms: [{ trace: "spike" }] };
    writeFileSync(path("own.json"), JSON.stringify(host));
    const { status, stderr } = await call("own.json", "-o", "x.html");
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(
        /^balloon-sim: own\.json:1:\d+: \$\.policy: "\.\/mine\.mjs" is a policy of your own, which the explorer can't run: expected one of esx, [^\n]*\n$/,
      ),
    });
    writeFileSync(path("lost.json"), JSON.stringify({ ...host, policy: "esx", vms: [{ trace: "spik.json" }] }));
    expect(await call("lost.json", "-o", "x.html")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("lost.json:1:"),
    });
    expect(existsSync(path("x.html"))).toBe(false);
  });

  test("does not write over a trace of a host", async () => {
    writeFileSync(path("vm.json"), readFileSync(join(ROOT, "traces/steady.json")));
    writeFileSync(
      path("one.json"),
      JSON.stringify({ host: { memory: "8GiB" }, policy: "none", vms: [{ trace: "vm.json" }] }),
    );
    expect(await call("one.json", "-o", "vm.json")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("vm.json"),
    });
  });

  test("a trace is data in the page, whatever its texts look like", async () => {
    const text = {
      format: "balloon-sim/trace",
      version: 1,
      duration: 5,
      guest: { memory: "1GiB" },
      description: "</script><!--",
    };
    writeFileSync(path("odd.json"), JSON.stringify(text));
    expect(await call("odd.json", "-o", "odd.html")).toMatchObject({ status: 0 });
    const page = readFileSync(path("odd.html"), "utf8");
    expect(page.match(/<\/script>/g)).toHaveLength(4);
  });

  describe("of a study", () => {
    const tune = (...args: string[]) => callBalloonSim(["tune", ...args, "-q"], { cwd: directory });
    const presetsOf = (page: string) =>
      JSON.parse(/<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "null").presets;

    test("has its traces, and the rates of its best trials as study show names them", async () => {
      const study = ["spike", "steady", "--minimize", "reclaim_time", "--set", "alloc-max=64..65536", "--trials", "6"];
      expect(await tune(...study, "--study", "s.jsonl")).toMatchObject({ status: 0 });
      expect(await call("s.jsonl", "-o", "study.html")).toMatchObject({ status: 0, stdout: "", stderr: "" });
      const page = readFileSync(path("study.html"), "utf8");
      expect(page).toContain('"name":"steady"');
      const [preset] = presetsOf(page);
      const best = await callBalloonSim(["study", "best", "s.jsonl", "--raw"], { cwd: directory });
      expect(preset).toEqual({
        name: expect.stringMatching(/^trial \d+: .*best reclaim_time/),
        driver: "vmmemctl",
        rates: { "alloc-max": (JSON.parse(best.stdout) as { "alloc-max": number })["alloc-max"] },
      });
    });

    test("names its traces by where they are, and is not written over one of them", async () => {
      mkdirSync(path("sub"), { recursive: true });
      const trace = { format: "balloon-sim/trace", version: 1, duration: 5, guest: { memory: "1GiB" } };
      writeFileSync(path("sub/t.json"), JSON.stringify(trace));
      writeFileSync(path("t.json"), JSON.stringify({ ...trace, duration: 6 }));
      const study = ["t.json", "--minimize", "reclaim_time", "--set", "alloc-max=64..65536", "--trials", "2", "-q"];
      const made = await callBalloonSim(["tune", ...study, "--study", "s.jsonl"], { cwd: path("sub") });
      expect(made.status).toBe(0);
      expect(await call("t.json", "sub/s.jsonl", "-o", "two.html")).toMatchObject({ status: 0 });
      const page = readFileSync(path("two.html"), "utf8");
      expect(page).toContain('"name":"t.json"');
      expect(page).toContain('"name":"sub/t.json"');
      const before = readFileSync(path("sub/t.json"), "utf8");
      expect(await call("sub/s.jsonl", "-o", "sub/t.json")).toMatchObject({ status: 2, stdout: "" });
      expect(readFileSync(path("sub/t.json"), "utf8")).toBe(before);
    });

    test("one of hosts is refused", async () => {
      const vms = [{ name: "a", trace: "spike", driver: "vmmemctl" }];
      const host = { memory: "3GiB", swap: { size: "1GiB" } };
      const file = { format: "balloon-sim/host", version: 1, name: "small", duration: "5s", host, policy: "mom", vms };
      writeFileSync(path("host.json"), JSON.stringify(file));
      const goal = [
        "--minimize",
        "total_lost_time",
        "--set",
        "alloc-max=256..65536",
        "--trials",
        "1",
        "--judge-worlds",
        "1",
      ];
      expect(await tune("host.json", ...goal, "--study", "h.jsonl")).toMatchObject({ status: 0 });
      expect(await call("h.jsonl", "-o", "x.html")).toMatchObject({
        status: 2,
        stderr:
          "balloon-sim: h.jsonl: is a study of hosts, and the explorer shows studies of traces: give it the host\n",
      });
    });
  });

  test("a page of a host has no path of the machine that made it, and is not written over a file that the host names", async () => {
    writeFileSync(path("rates.json"), JSON.stringify({ driver: "vmmemctl", "alloc-max": 600 }));
    const vms = [{ name: "a", trace: "spike", driver: "vmmemctl", rates: "rates.json" }];
    const host = { memory: "3GiB", swap: { size: "1GiB" } };
    const file = { format: "balloon-sim/host", version: 1, name: "small", duration: "5s", host, policy: "mom", vms };
    writeFileSync(path("named.json"), JSON.stringify(file));
    expect(await call("named.json", "hosts/imported-esxtop", "-o", "named.html")).toMatchObject({ status: 0 });
    const page = readFileSync(path("named.html"), "utf8");
    expect([directory, ROOT].filter((folder) => page.includes(folder))).toEqual([]);
    expect(await call("named.json", "-o", "rates.json")).toMatchObject({ status: 2, stdout: "" });
    expect(readFileSync(path("rates.json"), "utf8")).toContain("alloc-max");
  });
});
