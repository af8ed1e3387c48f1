import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, it, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory, shell } from "../../support/processes/command.ts";

// The driver of a run, a sweep, a comparison or a study is named in its result.

const directory = scratchDirectory();
const path = (name: string) => join(directory, name);
const sim = (...args: string[]) => callBalloonSim(args, { cwd: directory });

/** The output of a command that succeeds. */
async function output(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sim(...args);
  expect([status, stderr.replace(/^balloon-sim: note: .*\n/gm, "")]).toEqual([0, ""]);
  return stdout;
}

/** The values of a column of CSV, each once. */
function valuesOf(name: string, csv: string): string[] {
  const [head = [], ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  return [...new Set(rows.map((row) => row[head.indexOf(name)] as string))];
}

/** A trace of a guest with this driver; null: it names none. */
function trace(name: string, driver: string | null): string {
  const content = {
    ...{ format: "balloon-sim/trace", version: 1, duration: 15 },
    guest: { memory: "1GiB", driver },
    host: {
      target: [
        [0, 0],
        [5, "200MiB"],
      ],
    },
  };
  writeFileSync(path(name), JSON.stringify(content));
  return name;
}

const kvm = trace("kvm.json", "virtio-balloon");
const today = trace("today.json", "vmw-balloon");
const unsaid = trace("unsaid.json", null);

describe("a summary names the driver", () => {
  const summary = (...args: string[]) => output("run", ...args, "--summary");

  it("that the trace names, or that replaces it, or the default one", async () => {
    const named = async (...args: string[]) => JSON.parse(await summary(...args, "--format", "json")).driver;
    expect(await named(kvm)).toBe("virtio-balloon");
    expect(await named(kvm, "--driver", "vmw-balloon")).toBe("vmw-balloon");
    expect(await named(unsaid)).toBe("vmmemctl");
  });

  it("in every format, and for worlds", async () => {
    expect(await summary(kvm)).toMatch(/^ +driver +virtio-balloon$/m);
    expect(await summary(kvm, "--worlds", "2")).toMatch(/^ *(?:run +)?driver +virtio-balloon$/m);
    expect(valuesOf("driver", await summary(kvm, "--worlds", "2", "--format", "csv"))).toEqual(["virtio-balloon"]);
    expect(JSON.parse(await summary(kvm, "--format", "ndjson"))).toMatchObject({ driver: "virtio-balloon" });
    expect(shell(`balloon-sim run ${kvm} --summary --format parquet > runs.parquet`, directory).status).toBe(0);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path("runs.parquet")) });
    expect(rows.map(({ driver }) => driver)).toEqual(["virtio-balloon"]);
  });
});

test("a sweep has a column for the driver, as CSV and as Parquet", async () => {
  const sweep = ["sweep", kvm, "--set", "message-pages=64,256"];
  const csv = await output(...sweep);
  expect(csv).toMatch(/^trial,message-pages,trace,name,driver,what_if,seed,/);
  expect(valuesOf("driver", csv)).toEqual(["virtio-balloon"]);
  await output(...sweep, "--format", "parquet", "-o", "sweep.parquet");
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path("sweep.parquet")) });
  expect(rows.map(({ driver }) => driver)).toEqual(rows.map(() => "virtio-balloon"));
});

test.each([
  ["run", ["run", kvm, "--worlds", "3", "--summary", "--format", "csv"]],
  ["sweep", ["sweep", kvm, "--set", "message-pages=64,256"]],
  ["compare", ["compare", "--drivers", "vmmemctl,virtio-balloon", "--on", kvm, "--format", "csv"]],
])("the shards of a %s have it, too", async (name, command) => {
  const parts = ["1/2", "2/2"].map((shard) => ({ shard, part: `${name}-${shard[0]}.part` }));
  for (const { shard, part } of parts) await output(...command, "--shard", shard, "-o", part);
  const merged = await output("merge", ...parts.map(({ part }) => part));
  expect(merged).toBe(await output(...command));
  expect(valuesOf("driver", merged)).toContain("virtio-balloon");
});

describe("a comparison names the driver", () => {
  const compare = (...args: string[]) => output("compare", ...args, "--on", today, "--worlds", "1");

  beforeAll(() => writeFileSync(path("rates.json"), '{"batch-pages": 8}'));

  it("of rates, in every format", async () => {
    expect(await compare("rates.json")).toMatch(/^on today; driver vmw-balloon$/m);
    expect(await compare("rates.json", "--driver", "vmw-balloon", "--target", "10%")).toMatch(
      /^on today; driver vmw-balloon; target 10% throughout$/m,
    );
    expect(valuesOf("driver", await compare("rates.json", "--format", "csv"))).toEqual(["vmw-balloon"]);
    const { rates } = JSON.parse(await compare("rates.json", "--format", "json"));
    expect(rates.map(({ driver }: { driver: string }) => driver)).toEqual(["vmw-balloon", "vmw-balloon"]);
  });

  it("of each set of rates, if there are several", async () => {
    const drivers = ["--drivers", "vmmemctl,virtio-balloon"];
    expect(valuesOf("driver", await compare(...drivers, "--format", "csv"))).toEqual(["vmmemctl", "virtio-balloon"]);
    expect(await compare(...drivers)).toMatch(/^on today$/m);
  });
});

describe("a study names the driver", () => {
  const made = new Map<string, string>();

  beforeAll(async () => {
    const search = ["--minimize", "backdoor_calls", "--sampler", "grid", "--judge-worlds", "1", "-q"];
    for (const [name, set] of [
      [today, "batch-pages=4,512"],
      [unsaid, "alloc-max=512,2048"],
    ] as const) {
      made.set(name, await output("tune", name, ...search, "--set", set, "--study", `${name}.study`));
    }
  });

  test.each([
    [today, "vmw-balloon"],
    [unsaid, "vmmemctl"],
  ])("%s: %s", async (name, driver) => {
    const study = `${name}.study`;
    const shown = new RegExp(`^study .*\\ndriver {5}${driver}\\ngoals `);
    expect(made.get(name)).toMatch(shown);
    expect(await output("study", "show", study)).toMatch(shown);
    const csv = await output("study", "export", study);
    expect(csv).toMatch(/^trial,state,feasible,front,driver,/);
    expect(valuesOf("driver", csv)).toEqual([driver]);
    expect(JSON.parse(await output("study", "export", study, "--format", "json"))).toMatchObject({ driver });
    await output("report", study, "-o", "study.html");
    expect(readFileSync(path("study.html"), "utf8")).toContain(`<dt>Driver</dt><dd>${driver}</dd>`);
  });
});
