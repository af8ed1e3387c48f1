import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { damageInWorldsLine, damageLine } from "../../../src/sim/output/damage.ts";
import { KillMarks } from "../../../src/sim/output/kill-marks.ts";

const S = 1_000_000;
const workload = (name: string, kills: number, firstS: number) => ({
  name,
  kills,
  firstUs: firstS * S,
  downtimeUs: 0,
  lostPages: 0,
});

describe("the line about damage", () => {
  it("is none where there were no kills", () => {
    expect(damageLine({ oomKills: 0, downtimeUs: 0, lostPages: 0, killed: [] })).toBeNull();
  });

  it("names the workloads in the order in which they were killed first, and says how long they were down", () => {
    const killed = [workload("web", 3, 31.2004), workload("db", 1, 12)];
    expect(damageLine({ oomKills: 4, downtimeUs: 62 * S, lostPages: 9, killed })).toBe(
      "4 OOM kills: db (first at 12s), web 3 (first at 31.2s); 1m2s down",
    );
    expect(damageLine({ oomKills: 1, downtimeUs: S / 2, lostPages: 9, killed: [workload("db", 1, 12)] })).toBe(
      "1 OOM kill: db (first at 12s); 500ms down",
    );
  });

  it("stays short, and no name reaches a terminal raw", () => {
    const killed = ["\u001b[2J", "b", "c", "d", "e"].map((name, i) => workload(name, 1, i));
    expect(damageLine({ oomKills: 5, downtimeUs: S, lostPages: 9, killed })).toBe(
      "5 OOM kills: \\u{1b}[2J (first at 0s), b (first at 1s), c (first at 2s), 2 more workloads; 1s down",
    );
  });
});

describe("the line about damage in several worlds", () => {
  const none = { oomKills: 0, downtimeUs: 0, lostPages: 0, killed: [] };

  it("is none where there were no kills in any", () => {
    expect(damageInWorldsLine([none, none])).toBeNull();
  });

  it("says in how many, how much there, and whom they hit", () => {
    const one = { oomKills: 1, downtimeUs: 1_200_000, lostPages: 1, killed: [workload("db", 1, 12)] };
    const four = {
      oomKills: 4,
      downtimeUs: 62 * S,
      lostPages: 9,
      killed: [workload("web", 3, 31), workload("db", 1, 40)],
    };
    expect(damageInWorldsLine([none, one, four, none, one])).toBe(
      "OOM kills in 3 of 5 worlds, 1 to 4 in each of them: db, web in 1; 1.2s to 1m2s down",
    );
    expect(damageInWorldsLine([one, one])).toBe("OOM kills in all 2 worlds, 1 in each of them: db; 1.2s down");
  });

  it("stays short, and no name reaches a terminal raw", () => {
    const killed = ["\u001b[2J", "b", "c", "d"].map((name, i) => workload(name, 1, i));
    expect(damageInWorldsLine([{ oomKills: 4, downtimeUs: S, lostPages: 9, killed }, none])).toBe(
      "OOM kills in 1 of 2 worlds, 4 in each of them: \\u{1b}[2J, b, c, 1 more workload; 1s down",
    );
  });
});

describe("marks of kills", () => {
  it("are the kills themselves while these are few", () => {
    const marks = new KillMarks();
    for (const us of [5, 7, 7, 9 * S]) marks.add(us);
    expect([marks.timeUs, marks.count]).toEqual([
      [5, 7, 9 * S],
      [1, 2, 1],
    ]);
  });

  it("lose no kill and stay few however many there are, near the kills that they stand for", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 5000, maxLength: 9000 }), (gaps) => {
        const marks = new KillMarks();
        const times: number[] = [];
        let us = 0;
        for (const gap of gaps) {
          us += gap;
          times.push(us);
          marks.add(us);
        }
        expect(marks.timeUs.length).toBeLessThanOrEqual(2048);
        expect(marks.count.reduce((sum, n) => sum + n, 0)).toBe(times.length);
        let at = 0;
        marks.timeUs.forEach((mark, i) => {
          expect(mark).toBe(times[at]);
          at += marks.count[i] as number;
          expect((times[at - 1] as number) - mark).toBeLessThan(us / 100);
        });
      }),
      { numRuns: 20 },
    );
  });
});
