import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { POLICIES, VIRTIO_BALLOON, VMW_BALLOON } from "../../../src/engine/index.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";

// The driver of a command: `--driver`, `--drivers`, and `guest.driver` of traces.

const directory = mkdtempSync(join(tmpdir(), "balloon-drivers-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: object): string {
  writeFileSync(join(directory, name), JSON.stringify(content));
  return name;
}

const trace = (name: string, guest: object, host: object = {}) =>
  file(name, {
    ...{ format: "balloon-sim/trace", version: 1, duration: 20 },
    guest: { memory: "1GiB", ...guest },
    host: {
      target: [
        [0, 0],
        [5.5, "200MiB"],
      ],
      ...host,
    },
  });

const today = trace("today.json", { driver: "vmw-balloon" });
const old = trace("old.json", { driver: "vmmemctl" });
const unsaid = trace("unsaid.json", {});
const bsd = trace("bsd.json", { driver: "open-vm-tools" });
const misspelt = trace("misspelt.json", { driver: "vmw-baloon" });
const daemon = trace("daemon.json", { driver: "vmw-balloon", profile: "balloon-hw" });
const capability = trace("capability.json", {}, { capabilities: ["batchd"] });
const oldRates = file("old-rates.json", { driver: "vmmemctl", "alloc-max": 1000 });
const newRates = file("new-rates.json", { driver: "vmw-balloon", "batch-pages": 64 });
const fastRates = file("fast-rates.json", { driver: "vmmemctl", "alloc-max": 4096 });
const silentRates = file("silent-rates.json", { "batch-pages": 8 });
const unknownRates = file("unknown-rates.json", { driver: "vmw-baloon" });

const sim = (...args: string[]) => callBalloonSim(args, { cwd: directory });
const KNOWN = "unknown driver: expected vmmemctl, vmw-balloon, virtio-balloon, open-vm-tools";
const DAEMON =
  "daemon.json: $.guest.profile: the balloon of balloon-hw is a daemon's, and vmw-balloon runs in the kernel: " +
  "expected a profile with the kernel's driver, such as linux-6.1, or the driver vmmemctl";

test.each<[args: string[], message: string]>([
  [["run", today, "--driver", "nope"], `--driver "nope": ${KNOWN}`],
  ...(
    [
      ["virtio", "virtio-balloon"],
      ["virtio_balloon", "virtio-balloon"],
      ["qemu", "virtio-balloon"],
      ["vmw", "vmw-balloon"],
      ["mainline", "vmw-balloon"],
      ["vmmem", "vmmemctl"],
      ["openvmtools", "open-vm-tools"],
      ["freebsd", "open-vm-tools"],
    ] as const
  ).map(([typed, meant]): [string[], string] => [
    ["run", today, "--driver", typed],
    `--driver "${typed}": ${KNOWN}; did you mean "${meant}"?`,
  ]),
  [["run", today, "--driver", "vmmemctl", "--driver", "vmw-balloon"], "--driver: is given twice: give it once"],
  [["run", misspelt], `misspelt.json: $.guest.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?`],
  [["step", misspelt], `misspelt.json: $.guest.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?`],
  [
    ["sweep", misspelt, "--set", "max-refused=4,8"],
    `misspelt.json: $.guest.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?`,
  ],
  [
    ["run", today, "--set", "alloc-max=10"],
    '--set alloc-max=10: "alloc-max" is a constant of vmmemctl and open-vm-tools, and the driver here is vmw-balloon: add --driver vmmemctl, or leave it out',
  ],
  [
    ["run", today, "--driver", "vmmemctl", "--set", "batch-pages=10"],
    '--set batch-pages=10: "batch-pages" is a constant of vmw-balloon and open-vm-tools, and the driver here is vmmemctl: add --driver vmw-balloon, or leave it out',
  ],
  [
    ["run", today, "--rates", oldRates, "--driver", "vmw-balloon"],
    'old-rates.json:1:2: $.driver: these are rates of the driver "vmmemctl", the run is one of vmw-balloon: expected rates of vmw-balloon',
  ],
  [
    ["run", today, old],
    "$.guest.driver: the traces have different drivers: vmw-balloon (today.json), vmmemctl (old.json): give --driver NAME for all of them, or a command for those of each driver",
  ],
  [
    ["run", bsd, "--set", "alloc-min=0"],
    "--set alloc-min=0: alloc-min is 0: expected a whole number from 1 to 1073741823 (pages/cycle)",
  ],
  [["run", bsd, "--set", "system=3"], "--set system=3: system is 3: expected a whole number from 0 to 2 (number)"],
  [
    ["run", bsd, "--set", "max-refused=3"],
    '--set max-refused=3: "max-refused" is a constant of vmmemctl and vmw-balloon, and the driver here is open-vm-tools: add --driver vmmemctl, or leave it out',
  ],
  [["run", daemon], DAEMON],
  [["sweep", daemon, "--set", "max-refused=4,8"], DAEMON],
  [["tune", daemon, "--minimize", "backdoor_calls", "--set", "max-refused=4,8"], DAEMON],
  [["tune", unsaid, "--driver", "vmw-balloon", "--minimize", "backdoor_calls", "--holdout", daemon], DAEMON],
  [["compare", "--drivers", "vmmemctl,vmw-balloon", "--on", daemon], DAEMON],
  [["compare", "--drivers", "vmmemctl,x", "--on", today], `--drivers "x": ${KNOWN}`],
  [
    ["compare", "--drivers", "vmmemctl", "--on", today],
    "--drivers: expected at least two drivers, such as vmmemctl,vmw-balloon",
  ],
  [["compare", "--drivers", "vmmemctl,vmmemctl", "--on", today], "--drivers: vmmemctl is given twice"],
  [
    ["compare", oldRates, "--drivers", "vmmemctl,vmw-balloon", "--on", today],
    "--drivers: compares drivers with their own constants: can't be combined with rates files, which are compared without it if each names its driver",
  ],
  [
    ["compare", unknownRates, "--on", today],
    `unknown-rates.json:1:2: $.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?`,
  ],
  [
    ["compare", oldRates, "--driver", "vmw-balloon", "--on", today],
    'old-rates.json:1:2: $.driver: these are rates of the driver "vmmemctl", the run is one of vmw-balloon: expected rates of vmw-balloon',
  ],
  [["compare", oldRates, oldRates, "--on", today], "compare: old-rates.json is given twice"],
  [
    ["compare", oldRates, "--on", misspelt],
    `misspelt.json: $.guest.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?`,
  ],
  [
    ["compare", "--driver", "vmmemctl", "--drivers", "vmmemctl,vmw-balloon", "--on", today],
    "--drivers: compares drivers with their own constants: can't be combined with --driver",
  ],
])("balloon-sim %j is refused with one line", async (args, message) => {
  expect(await sim(...args)).toEqual({ status: 2, stdout: "", stderr: `balloon-sim: ${message}\n` });
});

describe("validate", () => {
  it("finds what a run refuses: no such driver, a daemon's guest, a capability that there is not", async () => {
    const { status, stdout } = await sim("validate", today, misspelt, daemon, capability);
    expect(status).toBe(2);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "today.json: ok",
      `misspelt.json: $.guest.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?`,
      DAEMON,
      expect.stringMatching(/^capability\.json:1:\d+: \$\.host\.capabilities\[0\]: .*did you mean "batched"\?$/),
    ]);
  });
});

describe("the driver of a run", () => {
  it("is the trace's, and --driver replaces it", async () => {
    const rows = async (...args: string[]) => (await sim("run", ...args)).stdout;
    expect(await rows(today)).toMatch(/^[^\n]*\blarge\b/);
    expect(await rows(today, "--driver", "vmmemctl")).toBe(await rows(old));
    expect(await rows(unsaid)).toBe(await rows(old));
    expect(await rows(old, "--driver", "vmw-balloon")).toBe(await rows(today));
  });

  it("is that of the file of --rates, which run, step, sweep and tune follow as compare does", async () => {
    const replaced =
      "balloon-sim: note: the runs have vmmemctl (--rates), not what $.guest.driver names: vmw-balloon (today.json)\n";
    const named = "balloon-sim: note: the runs have vmw-balloon, the driver that the file of --rates names\n";
    const run = await sim("run", today, "--rates", oldRates);
    expect([run.status, run.stderr]).toEqual([0, replaced]);
    expect(run.stdout).toBe((await sim("run", old, "--rates", oldRates)).stdout);
    const other = await sim("run", unsaid, "--rates", newRates);
    expect(other.stderr).toContain(named);
    expect(other.stdout).toBe((await sim("run", today, "--rates", newRates)).stdout);
    expect((await sim("run", today, "--rates", newRates)).stderr).not.toContain(named);
    expect((await sim("run", unsaid, "--rates", oldRates)).stderr).toBe("");
    expect((await sim("run", unsaid, "--rates", silentRates, "--driver", "vmw-balloon")).status).toBe(0);
    const sweep = await sim("sweep", today, "--rates", oldRates, "--set", "alloc-max=1000,2000", "-q");
    expect([sweep.status, sweep.stderr]).toEqual([0, replaced]);
    const tune = ["tune", today, "--rates", oldRates, "--set", "alloc-max=1000,2000", "--minimize", "time_to_target"];
    expect((await sim(...tune, "--study", "followed.study", "--trials", "2", "-q")).stderr).toContain(replaced);
    const step = await callBalloonSim(["step", today, "--rates", oldRates], { cwd: directory, input: "q\n" });
    expect([step.status, step.stderr]).toEqual([0, replaced]);
    expect((await sim("rates", "--rates", newRates, "--set", "batch-pages=8", "--json")).stdout).toContain(
      '"batch-pages": 8',
    );
  });

  it("is shown, and its constants are swept", async () => {
    expect((await sim("show", today)).stdout).toMatch(/^guest .*, driver vmw-balloon\b/m);
    const { status, stdout } = await sim("sweep", today, "--set", "batch-pages=4,512");
    expect([status, stdout.split("\n")[0]?.startsWith("trial,batch-pages,trace,")]).toEqual([0, true]);
  });

  it("has its column in a report", async () => {
    expect(await sim("report", today, "-o", "r.html")).toMatchObject({ status: 0 });
    expect(readFileSync(join(directory, "r.html"), "utf8")).toContain("vmw-balloon");
  });
});

test("compare puts drivers side by side, in the order of the command", async () => {
  const { status, stdout } = await sim("compare", "--drivers", "vmw-balloon,vmmemctl", "--on", today, "--worlds", "1");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^objective +unit +better +vmw-balloon +vmmemctl$/m);
  expect(stdout).toMatch(/^The same with all drivers: .*\boom_kills\b/m);
});

describe("compare runs rates under the drivers that their files name", () => {
  const compare = (...args: string[]) => sim("compare", ...args, "--worlds", "1", "-q");
  const drivers = async (...args: string[]): Promise<[name: string, driver: string][]> =>
    JSON.parse((await compare(...args, "--format", "json")).stdout).rates.map(
      ({ name, driver }: { name: string; driver: string }) => [name, driver],
    );

  it("of several drivers without the drivers' own constants, sets of one driver together", async () => {
    const sets = [oldRates, newRates, fastRates];
    expect(await drivers(...sets, "--on", unsaid)).toEqual([
      [oldRates, "vmmemctl"],
      [fastRates, "vmmemctl"],
      [newRates, "vmw-balloon"],
    ]);
    const { status, stdout } = await compare(...sets, "--on", unsaid);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^objective +unit +better +old-rates\.json \(vmmemctl\) +fast-rates\.json \(vmmemctl\) +new-rates\.json \(vmw-balloon\)$/m,
    );
    // Each has the figures that it has alone.
    const alone = async (name: string, driver: string) => {
      const { rates } = JSON.parse(
        (await compare(name, "--driver", driver, "--on", unsaid, "--format", "json")).stdout,
      );
      return rates.find((one: { name: string }) => one.name === name).objectives;
    };
    const { rates } = JSON.parse((await compare(...sets, "--on", unsaid, "--format", "json")).stdout);
    for (const { name, driver, objectives } of rates) expect(objectives).toEqual(await alone(name, driver));
  });

  it("of one driver with its own, whatever the trace names", async () => {
    expect(await drivers(newRates, "--on", unsaid)).toEqual([
      ["default", "vmw-balloon"],
      [newRates, "vmw-balloon"],
    ]);
    const { stderr } = await compare(oldRates, "--on", today);
    expect(stderr).toBe(
      "balloon-sim: note: the runs have vmmemctl (rates files), not what $.guest.driver names: vmw-balloon (today.json)\n",
    );
  });

  it("and files that name none under that of the traces, whose own constants can be named", async () => {
    expect(await drivers(oldRates, silentRates, "default", "--on", today)).toEqual([
      [oldRates, "vmmemctl"],
      [silentRates, "vmw-balloon"],
      ["default", "vmw-balloon"],
    ]);
  });
});

describe("a driver that replaces the one that traces name", () => {
  const NOTE = "balloon-sim: note: the runs have vmmemctl (--driver), not what $.guest.driver names: ";
  const goal = [
    "--minimize",
    "backdoor_calls",
    "--sampler",
    "grid",
    "--judge-worlds",
    "1",
    "--set",
    "alloc-max=512,2048",
  ];

  test.each<[command: string, args: string[], named: string]>([
    [
      "run",
      ["run", today, bsd, today, old, unsaid],
      "vmw-balloon (today.json, today.json #2), open-vm-tools (bsd.json)",
    ],
    ["run in worlds", ["run", today, "--worlds", "2"], "vmw-balloon (today.json)"],
    ["summary", ["run", today, "--summary"], "vmw-balloon (today.json)"],
    ["summary as JSON", ["run", today, "--summary", "--format", "json"], "vmw-balloon (today.json)"],
    ["report", ["report", today], "vmw-balloon (today.json)"],
    ["sweep", ["sweep", today, "--set", "alloc-max=512,2048"], "vmw-balloon (today.json)"],
    ["compare", ["compare", oldRates, "--on", today, bsd], "vmw-balloon (today.json), open-vm-tools (bsd.json)"],
    ["tune", ["tune", unsaid, "--holdout", today, ...goal], "vmw-balloon (today.json)"],
    ["unknown", ["run", misspelt], '"vmw-baloon" (misspelt.json)'],
  ])("is said once by %s", async (_, args, named) => {
    const { status, stderr } = await sim(...args, "--driver", "vmmemctl", "-q");
    expect([status, stderr.split("\n").filter((line) => line.includes("guest.driver"))]).toEqual([0, [NOTE + named]]);
  });

  it("is said by step", async () => {
    const { stderr } = await callBalloonSim(["step", today, "--driver", "vmmemctl"], { cwd: directory, input: "q\n" });
    expect(stderr).toBe(`${NOTE}vmw-balloon (today.json)\n`);
  });

  it("is not said of a driver that is run, or where no trace names one", async () => {
    const named = async (...args: string[]) => (await sim(...args)).stderr.includes("guest.driver");
    expect(await named("run", old, unsaid, "--driver", "vmmemctl")).toBe(false);
    expect(await named("compare", "--drivers", "vmmemctl,vmw-balloon", "--on", today, "--worlds", "1")).toBe(false);
    const { stderr } = await sim("compare", "--drivers", "vmmemctl,vmw-balloon", "--on", bsd, "--worlds", "1");
    expect(stderr).toContain(
      "balloon-sim: note: the runs have vmmemctl, vmw-balloon (--drivers), not what $.guest.driver names: open-vm-tools (bsd.json)\n",
    );
  });
});

describe("the driver of open-vm-tools", () => {
  it("is run, with the columns of the first driver's rates, and validated", async () => {
    const { status, stdout } = await sim("run", bsd);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^time_s,target,size,rate_alloc,rate_free,slow,allocated,/);
    expect(await sim("run", unsaid, "--driver", "open-vm-tools")).toMatchObject({ stdout });
    expect((await sim("validate", bsd)).stdout).toBe("bsd.json: ok\n");
    expect((await sim("show", bsd)).stdout).toMatch(/^guest .*, driver open-vm-tools\b/m);
    const columns = (await sim("run", "--driver", "open-vm-tools", "--columns", "help")).stdout;
    expect(columns).toMatch(/^counted +pages +level +The balloon as the driver counts it$/m);
  });

  it("says that it follows a text, and nothing else, when it is compared", async () => {
    const { status, stderr } = await sim(
      "compare",
      "--drivers",
      "vmmemctl,open-vm-tools",
      "--on",
      bsd,
      "--worlds",
      "1",
    );
    expect([status, stderr]).toEqual([
      0,
      "balloon-sim: note: open-vm-tools: follows the driver's text, in a Linux guest: no recording of the real driver " +
        "exists (docs/drivers.md).\n",
    ]);
    expect((await sim("rates", "--driver", "open-vm-tools")).stdout).toMatch(/^system +0 +0 +0\.\.2 /m);
  });

  it("is swept and tuned over its rates", async () => {
    const swept = await sim("sweep", bsd, "--set", "nosleep-alloc-max=1000,10000");
    expect([swept.status, swept.stdout.split("\n")[0]?.startsWith("trial,nosleep-alloc-max,trace,")]).toEqual([
      0,
      true,
    ]);
    const goals = ["--minimize", "time_to_target", "--minimize", "backdoor_calls"];
    const tuned = await sim("tune", bsd, ...goals, "--trials", "12", "--study", "bsd.jsonl", "--quiet");
    expect(tuned.status).toBe(0);
    expect(JSON.parse(readFileSync(join(directory, "bsd.jsonl"), "utf8").split("\n")[0] as string)).toMatchObject({
      driver: "open-vm-tools",
    });
    const problem = await sim("tune", bsd, ...goals, "--set", "alloc-inc=1..1000000000", "--trials", "12");
    expect(problem.stderr).toMatch(/alloc-inc may be 1000000000, which overflows the driver's 32-bit rate/);
  });

  it("ends a run with one line where a host leads it to crash the guest", async () => {
    const faults = [{ command: "start", status: "busy" }];
    const name = trace("crash.json", { driver: "open-vm-tools" }, { target: 100, faults });
    expect(await sim("run", name)).toMatchObject({
      status: 1,
      stderr:
        "balloon-sim: at 1.000004 s the guest's kernel crashes: the host refused START, and names a target: the driver calls " +
        "through a null pointer\n",
    });
  });

  it("ends a run likewise at a page of 2 MiB with a host that grants no batches, unless it does not ask for such pages", async () => {
    const name = trace("large-alone.json", { driver: "open-vm-tools" }, { capabilities: ["batched-2m"] });
    const { status, stderr } = await sim("run", name, "--set", "system=2");
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^balloon-sim: at \d\.\d+ s the guest's kernel crashes: the host grants pages of 2 MiB, but no batches: [^\n]*\n$/,
      ),
    ]);
    for (const system of [0, 1]) {
      expect(await sim("run", name, "--set", `system=${system}`)).toMatchObject({ status: 0 });
    }
  });
});

describe("the driver of virtio, which the host interrupts", () => {
  const busy = () => trace("virtio.json", { swap: "1GiB", driver: "virtio-balloon" }, {});

  it("has a row for each second in which the guest changes between two targets", async () => {
    const name = file("grows.json", {
      ...{ format: "balloon-sim/trace", version: 1, duration: 20 },
      guest: { memory: "1GiB", driver: "virtio-balloon" },
      workloads: [
        {
          name: "app",
          anon: {
            points: [
              [0, "10MiB"],
              [20, "210MiB"],
            ],
            hold: "linear",
          },
        },
      ],
      host: {
        target: [
          [0, 0],
          [5, "100MiB"],
        ],
      },
    });
    const { stdout } = await callBalloonSim(["run", name, "--columns", "time_s,size,anon"], { cwd: directory });
    const rows = stdout
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",").map(Number));
    expect(rows.length).toBeGreaterThan(18);
    expect(rows.length).toBeLessThan(30);
    expect(rows.map(([time]) => time)).toEqual(rows.map(([time]) => time).toSorted((a, b) => (a ?? 0) - (b ?? 0)));
    const quiet = await callBalloonSim(["run", busy(), "--columns", "time_s,size"], { cwd: directory });
    expect(quiet.stdout.trim().split("\n").length).toBeLessThan(8);
  });

  it("has rates of the time in which it moves pages, up and down", async () => {
    const name = trace(
      "updown.json",
      { driver: "virtio-balloon" },
      {
        target: [
          [0, 0],
          [5, "400MiB"],
          [12, "100MiB"],
        ],
      },
    );
    const { stdout } = await callBalloonSim(["run", name, "--summary", "--format", "json"], { cwd: directory });
    const [summary] = [JSON.parse(stdout)].flat();
    expect([summary.inflated_pages, summary.deflated_pages]).toEqual([102_400, 76_800]);
    for (const way of ["inflation", "deflation"]) {
      expect(summary[`${way}_mean_pages_per_s`]).toBeGreaterThan(1e6);
      expect(summary[`${way}_peak_pages_per_s`]).toBeGreaterThanOrEqual(summary[`${way}_mean_pages_per_s`]);
    }
  });
});

test("a cycle of a driver without a period is never long", async () => {
  const host = {
    ...{ callCost: "20us", entryCost: "20us" },
    target: [
      [0, 0],
      [5, "400MiB"],
    ],
  };
  const name = trace("long.json", {}, host);
  const summaryOf = async (driver: string) =>
    JSON.parse((await sim("run", name, "--driver", driver, "--summary", "--format", "json")).stdout);
  const [polled, interrupted] = [await summaryOf("vmmemctl"), await summaryOf("virtio-balloon")];
  for (const { longest_cycle_s } of [polled, interrupted]) expect(longest_cycle_s).toBeGreaterThan(0.25);
  expect([polled.long_cycles > 0, polled.objectives.long_cycles > 0]).toEqual([true, true]);
  expect([interrupted.long_cycles, interrupted.objectives.long_cycles]).toEqual([0, 0]);
});

test("a trace that names the default driver runs beside one that names none", async () => {
  const named = trace("named.json", { driver: "vmmemctl" });
  const { status } = await callBalloonSim(["run", named, trace("unnamed.json", {}), "--summary"], { cwd: directory });
  expect(status).toBe(0);
});

test("the schema of traces has the drivers that there are", () => {
  const schema = JSON.parse(readFileSync(new URL("../../../docs/trace.schema.json", import.meta.url), "utf8"));
  expect(JSON.stringify(schema)).toContain(`"enum":${JSON.stringify([...POLICIES.keys(), null])}`);
});

describe("step's S", () => {
  const text = async (name: string) =>
    (await callBalloonSim(["step", join(directory, name)], { input: "10g S q\n" })).stdout;

  it("prints the statistics of today's driver as its debugfs file has them", async () => {
    const lines = (await text(today)).trimEnd().split("\n").slice(2);
    expect(lines).toContain("used capabilities     :             0x2e");
    expect(lines).toContain("target                :            51200");
    expect(lines).toContain("2m-lock               :                1 (0 failed)");
    expect(lines).toContain("alloc             (2M):              100");
    // Labels, their width and their order are those of a text that mainline's driver has printed.
    expect(lines.map((line) => line.replace(/:.*/, ""))).toEqual(
      [
        "balloon capabilities",
        "used capabilities",
        "is resetting",
        "target",
        "current",
        "start",
        "target",
        "lock",
        "unlock",
      ]
        .concat(["guestType", "batchLock", "batchUnlock", "2m-lock", "2m-unlock", "doorbellSet"])
        .concat(["timer", "doorbell", "reset", "shrink", "shrinkFree"])
        .map((label) => label.padEnd(22))
        .concat(
          ["alloc", "allocFail", "errAlloc", "errFree", "free"].flatMap((label) =>
            ["(4k)", "(2M)"].map((size) => label.padEnd(18) + size),
          ),
        ),
    );
  });

  it("prints those of open-vm-tools as FreeBSD's sysctl has them", async () => {
    const lines = (await text(bsd)).trimEnd().split("\n").slice(2);
    expect(lines.slice(0, 5)).toEqual([
      "target:                51200 pages",
      "current:               51200 pages",
      "rateNoSleepAlloc:      16384 pages/sec",
      "rateSleepAlloc:         2048 pages/sec",
      "rateFree:              16384 pages/sec",
    ]);
    expect(lines).toContain("primFree:                  0");
  });

  it("prints those of 1.2.1.2-k in its layout", async () => {
    expect(await text(old)).toMatch(/^target: +51200 pages\ncurrent: .*\nrateNoSleepAlloc: /m);
  });
});

describe("what recordings say of a driver", () => {
  const caveat = (policy: { readonly name: string; readonly caveat?: string }) => `${policy.name}: ${policy.caveat}.`;
  const sentence = caveat(VMW_BALLOON);
  const times = (text: string) => text.split(sentence).length - 1;
  const many = Array.from({ length: 11 }, (_, i) => trace(`today-${i}.json`, { driver: "vmw-balloon" }));

  test.each<[place: string, args: string[]]>([
    ["a summary", ["run", today, "--summary"]],
    ["a summary for programs", ["run", today, "--summary", "--format", "json"]],
    ["a summary of several worlds", ["run", today, "--summary", "--worlds", "2"]],
    ["the summaries of many runs", ["run", ...many, "--summary"]],
    [
      "a study",
      ["tune", today, "--minimize", "backdoor_calls", "--set", "batch-pages=4,512", "--sampler", "grid", "-q"],
    ],
    ["a page", ["report", today, "-o", "-"]],
  ])("stands in %s, once", async (_, args) => {
    const { status, stdout, stderr } = await sim(...args);
    expect([status, times(stdout), times(stderr)]).toEqual([0, 1, 0]);
  });

  test.each<[format: string, args: string[]]>([
    ["a summary as CSV", ["run", today, "--summary", "--format", "csv"]],
    ["a sweep", ["sweep", today, "--set", "batch-pages=4,512"]],
    ["a comparison", ["compare", "--drivers", "vmmemctl,vmw-balloon", "--on", today, "--worlds", "1", "-q"]],
    ["curves in the terminal", ["report", today]],
  ])("is printed beside %s", async (_, args) => {
    const { status, stdout, stderr } = await sim(...args);
    expect([status, times(stdout), stderr]).toEqual([0, 0, `balloon-sim: note: ${sentence}\n`]);
  });

  it("stands beside the constants and the page of a study", async () => {
    const goal = ["--minimize", "backdoor_calls", "--set", "batch-pages=4,512", "--sampler", "grid", "--worlds", "1"];
    await sim("tune", today, ...goal, "--study", "today.jsonl", "-q");
    expect(times((await sim("study", "best", "today.jsonl", "--pick", "1", "--worlds", "1", "-q")).stderr)).toBe(1);
    expect(times((await sim("report", "today.jsonl", "-o", "-")).stdout)).toBe(1);
  });

  it("names each driver, and no driver that is within its limits", async () => {
    const { stderr } = await sim("compare", "--drivers", "vmmemctl,virtio-balloon", "--on", "steady", "-q");
    expect(stderr).toBe(`balloon-sim: note: ${caveat(VIRTIO_BALLOON)}\n`);
    expect((await sim("run", old, "--summary")).stdout).not.toMatch(/recorded driver/);
    expect((await sim("sweep", old, "--set", "alloc-max=512,1024", "-q")).stderr).toBe("");
  });
});
