import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY, DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Stepper } from "../../../src/sim/step/stepper.ts";
import { parseUntil } from "../../../src/sim/step/until.ts";
import { parseCommands, Walk } from "../../../src/sim/step/walk.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { balloonSim } from "../../support/processes/command.ts";

/** A walk through a bundled trace, with what it has said. */
function walkThrough(name: string) {
  const stepper = new Stepper(() => openTrace(name), { rates: DEFAULT_RATES });
  const lines: string[] = [];
  return { stepper, lines, walk: new Walk(stepper, (line) => lines.push(line)) };
}

/** What holds after each event of a run: the positions at which it becomes true. */
function positions(name: string, holds: (stepper: Stepper) => boolean): number[] {
  const { stepper } = walkThrough(name);
  const found: number[] = [];
  let before = holds(stepper);
  while (stepper.forward()) {
    const now = holds(stepper);
    if (now && !before) found.push(stepper.position);
    before = now;
  }
  return found;
}

describe("until", () => {
  test.each<[string, string, (s: Stepper) => boolean]>([
    ["spike", "swap > 100MiB", ({ simulation }) => simulation.view.guest.swap > 25_600],
    ["spike", "free<=2048", ({ simulation }) => simulation.view.guest.free <= 2048],
    ["spike", "time_s>=1m30s", ({ simulation }) => simulation.view.timeUs >= 90_000_000],
    ["spike", "1m30s", ({ simulation }) => simulation.view.timeUs >= 90_000_000],
    ["spike", "90.5", ({ simulation }) => simulation.view.timeUs >= 90_500_000],
    ["spike", "stall_full_us >= 1s", ({ simulation }) => simulation.view.guest.psiFullUs >= 1_000_000],
    ["spike", "rate_alloc < 8MiB", ({ simulation }) => simulation.view.balloon.state.rateAlloc < 2048],
    ["spike", "time_s > 90.25", ({ simulation }) => simulation.view.timeUs > 90_250_000],
    ["spike", "cycle_start_s >= 0.5", ({ simulation }) => simulation.view.cycle.startUs >= 500_000],
    ["spike", "rate_alloc == 2048", () => false],
    ["spike", "size=2GiB", ({ simulation }) => simulation.view.balloon.size === 524_288],
    ["spike", "alloc_stalls >= 1e1", ({ simulation }) => simulation.view.guest.allocStalls >= 10],
    ["reset-storm", "reset", ({ simulation }) => simulation.parts.channel.resetPending],
  ])("in %s goes to where %s begins to hold, and u to the next time", (name, condition, holds) => {
    const expected = positions(name, holds);
    const { stepper, walk, lines } = walkThrough(name);
    const reached: number[] = [];
    walk.until(condition, "until");
    // A condition that holds at the beginning is met there.
    while (!lines.at(-1)?.startsWith("the run is over") && reached.length < 5) {
      reached.push(stepper.position);
      walk.obey({ letter: "u", count: null });
    }
    expect(reached).toEqual(condition.startsWith("rate_alloc ==") ? [0] : expected.slice(0, 5));
  });

  test("kill and failure are met where their counters grow", () => {
    const { stepper, walk } = walkThrough("no-swap-oom");
    walk.until("kill", "until");
    expect(stepper.simulation.view.guest.oomKills).toBe(1);
    walk.obey({ letter: "u", count: 2 });
    expect(stepper.simulation.view.guest.oomKills).toBe(3);
    const other = walkThrough("spike");
    other.walk.until("failure", "until");
    expect(other.stepper.simulation.view.balloon.allocationFailures).toBe(1);
    other.walk.obey({ letter: "b", count: 1 });
    expect(other.stepper.simulation.view.balloon.allocationFailures).toBe(0);
  });

  test("stall is met where a task begins to wait, and the line says who waits for what", () => {
    const { stepper, walk, lines } = walkThrough("spike");
    walk.until("stall", "until");
    expect(lines.at(-1)).toMatch(/\[balloon driver reclaims itself, kswapd reclaims\]$/);
    expect(stepper.simulation.view.guest.allocStalls).toBe(1);
    walk.obey({ letter: "g", count: 90.1 });
    walk.obey({ letter: "u", count: null });
    expect(lines.at(-1)).toMatch(/db waits for swap/);
    walk.obey({ letter: "s", count: null });
    expect(lines).toContain("  db waits for swap");
    expect(lines.find((line) => line.trimStart().startsWith("low"))).toMatch(/3096 \(12\.09MiB\)/);
  });

  test.each([
    ["stal", 'until "stal": expected stall, kill, reset, failure, a time such as 1h30m, or a comparison'],
    ["constructor", 'until "constructor": expected stall, kill'],
    ["fre > 3", 'unknown column "fre"; did you mean "free"?'],
    ["all > 3", "all is a group of columns: expected one column"],
    ["free > lots", 'until "free > lots": free needs a size'],
    ["oom_kills > many", 'oom_kills needs a whole number, found "many"'],
    ["stall_full_us > 1.5", "stall_full_us needs a time such as 10ms or 2s, or a whole number of microseconds"],
    ["time_s > soon", 'time_s needs a time such as 10s or 2m (a number is seconds), found "soon"'],
    [
      "free <",
      'until "free <": expected stall, kill, reset, failure, a time such as 1h30m, or a comparison such as "free < 50MiB"',
    ],
  ])("refuses %s in one line", (condition, message) => {
    expect(() => parseUntil(condition, DEFAULT_POLICY, "until")).toThrow(message);
  });

  test.each([
    ["kill", "u", ["the run is over: kill was not met", "the run is over: kill was not met after 240.000000 s"]],
    ["swap > 100MiB", "100g u", ["the run is over: swap > 100MiB was not met again after 100.000000 s"]],
    ["size >= 0", "", ["size >= 0 holds from the start"]],
    ["size >= 0", "u", ["size >= 0 holds from the start", "the run is over: size >= 0 was not met again"]],
  ])("says of %s, then %s, what is true", (condition, commands, expected) => {
    const { walk, lines } = walkThrough("spike");
    walk.until(condition, "until");
    for (const command of parseCommands(commands)) walk.obey(command);
    expect(lines.filter((line) => !line.startsWith("#"))).toEqual(expected);
  });

  test.each<[string, string, (s: Stepper) => boolean]>([
    ["swap > 100MiB", "", ({ simulation }) => simulation.view.guest.swap > 25_600],
    ["swap > 100MiB", "1g", ({ simulation }) => simulation.view.guest.swap > 25_600],
    ["alloc_stalls >= 10", "", ({ simulation }) => simulation.view.guest.allocStalls >= 10],
    ["alloc_stalls >= 10", "1g", ({ simulation }) => simulation.view.guest.allocStalls >= 10],
  ])("says at the end of the run how often %s was met after '%s', and since when", (condition, go, holds) => {
    const all = positions("spike", holds);
    expect(all.length).toBeGreaterThan(0);
    const { stepper, walk, lines } = walkThrough("spike");
    walk.until(condition, "until");
    for (const command of parseCommands(go)) walk.obey(command);
    const left = all.filter((position) => position > stepper.position).length;
    const since = `after ${(stepper.simulation.view.timeUs / 1e6).toFixed(6)} s`;
    walk.obey({ letter: "u", count: 9 });
    const met = left === 0 ? "not met again" : `met ${left} of 9 times`;
    expect(lines.at(-1)).toBe(`the run is over: ${condition} was ${met} ${since}`);
  });

  test("says how many failures were met of those that were asked for", () => {
    const all: number[] = [];
    const other = walkThrough("spike").stepper;
    for (let before = 0; other.forward(); ) {
      const failures = other.simulation.view.balloon.allocationFailures;
      if (failures > before) all.push(other.position);
      before = failures;
    }
    expect(all.length).toBeGreaterThan(2);
    const { stepper, walk, lines } = walkThrough("spike");
    walk.until("failure", "until");
    expect(stepper.position).toBe(all[0]);
    const since = (stepper.simulation.view.timeUs / 1e6).toFixed(6);
    walk.obey({ letter: "u", count: 99 });
    expect(lines.at(-1)).toBe(`the run is over: failure was met ${all.length - 1} of 99 times after ${since} s`);
  });

  test("is an option and a line of the command; at the end of the run it says that it was not met", () => {
    const { status, stdout } = balloonSim(["step", "steady", "--until", "size >= 100MiB"], {
      input: "n\nuntil kill\n",
    });
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^#\d+ .* size 0 -> \d+/);
    expect(lines.at(-1)).toMatch(/^the run is over: kill was not met after \d+\.\d{6} s$/);
    const refused = balloonSim(["step", "steady", "--until", "sice > 1"]);
    expect([refused.status, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain('--until "sice > 1": unknown column "sice"; did you mean "size"?');
  });
});
