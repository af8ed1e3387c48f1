import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROFILES, type Profile } from "../../../src/sim/guest/profile.ts";
import { watermarks } from "../../../src/sim/guest/watermarks.ts";
import { COST_FIELDS } from "../../../src/sim/trace/types.ts";
import { RECORDED_RUNS } from "../../support/recorded-runs.ts";

const page = readFileSync(new URL("../../../docs/model.md", import.meta.url), "utf8");

/** The rows of the table whose head begins with these cells. */
function table(...head: string[]): string[][] {
  const rows = page.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const start = rows.findIndex((cells) => head.every((cell, i) => cells[i] === cell));
  if (start < 0) throw new Error(`docs/model.md has no table ${head.join(" | ")}`);
  const body = rows.slice(start + 2);
  return body.slice(
    0,
    body.findIndex((cells) => cells.length === 0),
  );
}

const profileOf = (name: string): Profile => PROFILES.get(name) as Profile;
const yes = (value: boolean): string => (value ? "yes" : "no");

describe("docs/model.md", () => {
  it("has the watermarks that the code computes", () => {
    const rows = table("profile", "memory", "min");
    expect(rows.length).toBeGreaterThan(4);
    for (const [name = "", memory = "", ...marks] of rows) {
      const { min, low, high } = watermarks(Number.parseInt(memory, 10) * 262_144, profileOf(name), null, 10);
      expect(marks, `${name} ${memory}`).toEqual([min, low, high].map(String));
    }
  });

  it("has the profiles that there are", () => {
    expect([...PROFILES.keys()]).toEqual(["linux-6.1", "linux-2.6.32", "balloon-hw", "lab"]);
    for (const [name, { description }] of PROFILES) {
      expect(description).toMatch(name === "linux-2.6.32" ? /^Linux 2\.6\.32, / : /^Linux 6\.1[: ]/);
    }
    const column = (p: Profile): string[] =>
      [
        p.watermarks,
        yes(p.watermarkBoost),
        p.pageblock,
        p.minFreeMaxKib,
        p.nosleepReserve,
        yes(p.nosleepWakesKswapd),
        p.balloon,
        yes(p.balloonNoRetry),
        yes(p.timerWheel),
        p.hz,
        p.swappiness,
        p.watermarkScaleFactor,
        p.cpus,
        p.swapQueue.plug,
        p.swapQueue.depth,
      ].map(String);
    const rows = table("", "linux-6.1", "linux-2.6.32");
    expect(rows.map((row) => row[1])).toEqual(column(profileOf("linux-6.1")));
    expect(rows.map((row) => row[2])).toEqual(column(profileOf("linux-2.6.32")));
    expect(rows.map((row) => row[3])).toEqual(column(profileOf("balloon-hw")));
    expect(rows.map((row) => row[4])).toEqual(column(profileOf("lab")));
  });

  it("has their costs", () => {
    const column = (name: string): string[] => COST_FIELDS.map((field) => `${profileOf(name).costs[field]} ns`);
    const rows = table("cost", "default", "lab");
    expect(rows.map((row) => row[0])).toEqual(COST_FIELDS.map((field) => field.slice(0, -"Ns".length)));
    expect(rows.map((row) => row[1])).toEqual(column("linux-6.1"));
    expect(rows.map((row) => row[1])).toEqual(column("linux-2.6.32"));
    expect(rows.map((row) => row[2])).toEqual(column("lab"));
    const { allocNs, freeNs } = profileOf("balloon-hw").costs;
    expect({ ...profileOf("linux-6.1").costs, allocNs, freeNs }).toEqual(profileOf("balloon-hw").costs);
    expect(page).toContain(`takes ${allocNs / 1000} us for a page of the balloon, and ${freeNs} ns to give it back`);
  });

  it("claims no more than the tests hold", () => {
    const limits = RECORDED_RUNS.map(({ name, size, free, anon, some }) => [
      name,
      ...[size, free, anon].map(String),
      `${some} s`,
    ]);
    expect(table("run", "size")).toEqual(limits);
  });
});
