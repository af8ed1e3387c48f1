import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bundledTraces, findHost, findTrace, findTraceBeside } from "../../../src/sim/trace/bundled.ts";
import { openTrace, validateTrace } from "../../../src/sim/trace/open.ts";
import { messageOf } from "./support.ts";

const names = bundledTraces();

test("the package brings traces for what guests and hosts do", () => {
  expect(names).toEqual([
    "cache-heavy",
    "idle-month",
    "no-swap-oom",
    "ramp",
    "recorded/anonymous-waves",
    "recorded/kernel-build",
    "recorded/page-cache",
    "recorded/proc-capture",
    "refusals",
    "reset-storm",
    "sawtooth",
    "spike",
    "steady",
    "thrash",
  ]);
});

describe.each(names)("%s", (name) => {
  test("is good, named as its file, and says in sentences what it shows and where that happens", () => {
    expect(validateTrace(name)).toEqual([]);
    const source = openTrace(name);
    expect(name.endsWith(source.trace.name)).toBe(true);
    expect(source.trace.description).toMatch(/^[A-Z].{80,}\. .{40,}\.$/);
    expect(source.trace.origin.note).not.toBeNull();
    const change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
    let moves = 0;
    while (source.next(change)) if (change.atUs > 0) moves++;
    expect(moves).toBeGreaterThan(0);
    expect(source.endUs).toBe(source.trace.durationUs);
  });
});

test("a name is looked up with and without folder and extension, after files of the working directory", () => {
  const spike = fileURLToPath(new URL("../../../traces/spike.json", import.meta.url));
  for (const name of ["spike", "spike.json", "traces/spike", "./traces/spike.json"]) {
    expect(findTrace(name).endsWith("traces/spike.json")).toBe(true);
  }
  expect(findTrace("spike")).toBe(spike);
  expect(findTrace("recorded/proc-capture")).toMatch(/traces\/recorded\/proc-capture\.jsonl$/);
  expect(findTrace("package.json")).toBe("package.json");
});

test("an unknown name is answered with the nearest known one", () => {
  expect(messageOf(() => findTrace("spkie"))).toBe(
    'spkie: no such file, and no bundled trace "spkie"; did you mean "spike"?',
  );
  expect(messageOf(() => findTrace("kernel-bild"))).toMatch(/; did you mean "recorded\/kernel-build"\?$/);
  expect(messageOf(() => findTrace("something-else"))).toMatch(
    /\(bundled traces: cache-heavy, idle-month, .*thrash; hosts: hosts\/boot-storm, .*hosts\/office\)$/,
  );
  expect(messageOf(() => findTrace("../traces/nothing"))).toMatch(/^\.\.\/traces\/nothing: no such file/);
  expect(messageOf(() => findTrace("traces/../absent.json"))).toMatch(/no such file/);
});

test("an unknown name is answered with a host where that is nearer", () => {
  for (const name of ["hosts/ofice", "ofice", "office", "hosts/ofice.json"]) {
    expect(messageOf(() => findTrace(name))).toMatch(/no bundled trace .*; did you mean the host "hosts\/office"\?$/);
    expect(messageOf(() => findHost(name.replace("office", "offfice")))).toMatch(/; did you mean "hosts\/office"\?$/);
  }
  expect(messageOf(() => findTrace("hosts/nothing-like-it"))).toMatch(/\(bundled hosts: hosts\/boot-storm, .*\)$/);
  // A VM has a trace, and no host.
  expect(messageOf(() => findTraceBeside(".", "hosts/ofice"))).toMatch(/\(bundled traces: [^;]*thrash\)$/);
});

const capture = new URL("../../../../shared/data/vm-traces/proc-capture/proc-snapshots.txt", import.meta.url);

describe.skipIf(!existsSync(capture))("the recorded trace, held against its recording", () => {
  const recording = existsSync(capture) ? readFileSync(capture) : Buffer.of();
  const snapshots = recording
    .toString()
    .split(/^### (?=\d)/m)
    .slice(1)
    .map((block) => {
      const [clock = ""] = block.split("\n", 1);
      const [seconds, nanoseconds] = clock.split(".").map(Number) as [number, number];
      const fields = new Map([...block.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, key, kib]) => [key, Number(kib)]));
      return { seconds, nanoseconds, of: (key: string) => fields.get(key) as number };
    });
  const rows = readFileSync(findTrace("recorded/proc-capture"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

  test("names the file that it was made from", () => {
    expect(rows[0].origin.files).toEqual([
      {
        name: "proc-snapshots.txt",
        sha256: createHash("sha256").update(recording).digest("hex"),
        bytes: recording.length,
      },
    ]);
  });

  test("has the machine's memory, and in every row what the derivations in its header say", () => {
    const samples = rows.filter((row) => row.measured !== undefined && row.t !== undefined);
    expect(samples).toHaveLength(snapshots.length);
    const [first] = snapshots as [(typeof snapshots)[number]];
    snapshots.forEach(({ seconds, nanoseconds, of }, index) => {
      const row = samples[index];
      expect(rows[0].guest.memory * 4).toBe(of("MemTotal"));
      const sinceFirst = seconds - first.seconds + (nanoseconds - first.nanoseconds) / 1e9;
      expect(row.t).toBeCloseTo(360 + sinceFirst, 5);
      expect(row.anon * 4).toBe(of("AnonPages") + of("Shmem"));
      expect(row.fileSet * 4).toBe(of("Cached") + of("Buffers") - of("Shmem") + of("SReclaimable"));
      expect((row.kernelMemory + row.anon + row.fileSet) * 4).toBe(of("MemTotal") - of("MemFree"));
      expect(row.measured).toEqual({
        free: of("MemFree"),
        available: of("MemAvailable"),
        buffers: of("Buffers"),
        cached: of("Cached"),
        anon: of("AnonPages"),
        "x-shmem": of("Shmem"),
        "x-reclaimable-slab": of("SReclaimable"),
      });
    });
    expect(rows[1]).toEqual({ ...samples[0], t: 0, measured: undefined });
  });
});
