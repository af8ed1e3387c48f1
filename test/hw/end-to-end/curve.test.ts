import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatTime, parseSize } from "../../../src/common/units.ts";
import { roundTicksRelative } from "../../../src/engine/index.ts";
import { hostScript } from "../../../src/sim/trace/host-script.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { balloonSim, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { type CycleRow, EmulatedDaemon, POLICY_COLUMNS, parseRows } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { LONG } from "../../support/setup/long.ts";
import { slow } from "../../support/setup/slow.ts";

const missing = addonMissing();

/** A guest in which memory is plentiful, as on the machine that the test runs on. */
const PLENTIFUL = { memory: "64GiB", profile: "linux-6.1", kernelMemory: "128MiB", hz: 1000, cpus: 2 };

/**
 * Everything that a host does: steps up and down, refusals in mid-cycle, a busy host, a silent one, a reset. What depends
 * on time begins while the balloon is at its target, so that it does not matter when in a second START was sent, and on a
 * busy machine each cycle may take two seconds.
 */
const SHORT = {
  duration: "38s",
  host: {
    target: [
      [0, 0],
      ["2500ms", "48MiB"],
      ["12500ms", "20MiB"],
      ["23s", "36MiB"],
    ],
    refusals: [
      { every: 3001, status: "ppn-pinned" },
      { from: "22s", count: 20, every: 100, status: "busy" },
    ],
    resets: ["29500ms"],
    faults: [
      { command: "unlock", from: "11500ms", count: 1, every: 1000, status: "busy" },
      { command: "get-target", from: "19500ms", until: "21500ms", status: "failure" },
    ],
  },
};

/** The host of `spike` until its target has fallen, its sizes divided. */
const spike = (divisor: number) => {
  const { host } = JSON.parse(readFileSync(join(ROOT, "traces/spike.json"), "utf8"));
  const target = host.target.map(([at, size]: [string, string]) => [at, parseSize(size) / divisor]);
  return { duration: "2m50s", host: { ...host, target } };
};

/** Rows in which pages move; how many idle cycles lie between them depends on when in a second START was sent. */
const busy = (rows: readonly CycleRow[]): object[] =>
  rows
    .filter(({ allocated, freed, refused }) => allocated + freed + refused > 0)
    .map((row) => Object.fromEntries(POLICY_COLUMNS.map((name) => [name, row[name]])));

describe.skipIf(missing !== undefined)(`the daemon under an emulated host${because(missing)}`, () => {
  const slowRates = { "nosleep-alloc-max": 4096, "free-max": 4096 };

  it.concurrent.each(
    LONG
      ? [
          { name: "spike, in-process", strict: false, trace: spike(1) },
          { name: "a quarter of spike, strict", strict: true, trace: spike(4) },
        ]
      : [
          { name: "a short trace, in-process", strict: false, trace: SHORT },
          { name: "a short trace, strict", strict: true, trace: SHORT },
        ],
  )("goes through the same cycles as the simulator: $name", slow(LONG ? 180 : 40), async ({ name, strict, trace }) => {
    const directory = scratchDirectory();
    const file = join(directory, "trace.json");
    const document = { format: "balloon-sim/trace", version: 1, name: "plentiful", guest: PLENTIFUL, ...trace };
    writeFileSync(file, JSON.stringify(document));
    const rates = strict || !LONG ? ["--rates", join(directory, "rates.json")] : [];
    writeFileSync(join(directory, "rates.json"), JSON.stringify(slowRates));
    const columns = POLICY_COLUMNS.join(",");
    const simulated = balloonSim(["run", file, "--every", "cycle", "--columns", columns, ...rates]);
    expect(simulated.stderr).toBe("");
    const expected = busy(parseRows<CycleRow>(simulated.stdout));
    expect(expected.length).toBeGreaterThan(6);

    const script = hostScript(openTrace(file)).trimEnd().split("\n").slice(1);
    // The simulated driver has no other level.
    const args = ["--for", trace.duration, "--protocol", "basic", ...rates];
    const daemon = new EmulatedDaemon({ directory, script, strict, args });
    const end = await daemon.exited;
    expect({ ...end, log: daemon.log }).toMatchObject({ status: 0, signal: null });
    const rows = daemon.cycles();
    const seen = busy(rows);
    // The end may cut off a cycle of a balloon that is on its way.
    if (LONG) expect(Math.abs(seen.length - expected.length)).toBeLessThanOrEqual(1);
    const compared = LONG ? Math.min(seen.length, expected.length) : expected.length;
    expect(seen.slice(0, compared)).toEqual(expected.slice(0, compared));
    if (!LONG) expect(seen).toHaveLength(expected.length);

    // All cycles but the first begin with a whole second, and the next one follows as the driver's rounding says.
    const hz = 1000;
    const late: number[] = [];
    for (const [index, { time_s, duration_us }] of rows.entries()) {
      const next = rows[index + 1];
      if (next === undefined) break;
      const now = Math.floor(time_s * hz);
      const due = (now + roundTicksRelative(hz, now, hz, 0)) / hz;
      expect(duration_us).toBeGreaterThan(0);
      late.push(next.time_s - next.duration_us / 1e6 - due);
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-0.002);
    expect([...late].sort((a, b) => a - b)[Math.floor(late.length / 2)]).toBeLessThan(LONG ? 0.25 : 0.75);

    expect(daemon.host()).toMatchObject({ locked: 0, violations: 0 });
    if (strict) expect(daemon.report()).toMatchObject({ exit: 0, violation: null, locked: 0 });
    if (LONG) {
      const slowest = Math.max(...rows.map((row) => row.duration_us));
      const most = Math.max(...rows.map((row) => row.size));
      const cost = strict ? `, ${daemon.report().nsPerCommand} ns a command` : "";
      const figures = `${rows.length} cycles, ${compared} of them compared, at most ${most} pages`;
      process.stderr.write(`${name}: ${figures}, slowest cycle ${formatTime(slowest)}${cost}\n`);
    }
  });
});
