import { describe, expect, it } from "vitest";
import { againstText } from "../../../src/sim/cli/against-text.ts";
import { compareTargets } from "../../../src/sim/hosts/against/compare.ts";
import type { TargetSeries } from "../../../src/sim/hosts/against/series.ts";

const MIB = 1_048_576;
const S = 1_000_000;

const every = (seconds: number, count: number, of: (i: number) => number): TargetSeries => ({
  at: Array.from({ length: count }, (_, i) => i * seconds * S),
  bytes: Array.from({ length: count }, (_, i) => of(i) * MIB),
});

const vm = (name: string, measured: TargetSeries | null, decided: TargetSeries) => ({
  name,
  memory: 2048 * MIB,
  onUs: 0,
  offUs: Number.POSITIVE_INFINITY,
  measured,
  isSize: false,
  decided,
});

describe("againstText", () => {
  it("has a line for each VM and for all of them, then what the balloons came to over time", () => {
    const vms = [
      vm(
        "web01",
        every(20, 180, (i) => 100 + (i % 9) * 10),
        every(15, 240, (i) => 200 + (i % 12) * 10),
      ),
      vm(
        "db\u001b[2J",
        every(20, 9, () => 400),
        every(15, 240, () => 300),
      ),
      vm(
        "new",
        null,
        every(15, 240, () => 300),
      ),
    ];
    expect(`\n${againstText(compareTargets(vms, 3600 * S))}`).toMatchInlineSnapshot(`
      "
      VM           measured  decided          apart  of memory  most apart           same way  correlation  sure
      web01          140MiB   255MiB  115MiB ± 0KiB      5.6 %  +117MiB in 10m..15m     100 %         1.00  good
      db\\u{1b}[2J    400MiB   300MiB  100MiB ± 0KiB      4.9 %  -100MiB in 0s..5m           -            -  weak: 9 samples, the measured target never moved
      new                 -        -              -          -  -                           -            -  none: nothing was measured
      (all)          540MiB   555MiB   15MiB ± 0KiB      0.4 %  +17MiB in 10m..15m      100 %         1.00  weak: 2 of 3 VMs

      all VMs   measured  decided  difference
      0s..5m      534MiB   547MiB      +13MiB
      5m..10m     540MiB   555MiB      +15MiB
      10m..15m    546MiB   563MiB      +17MiB
      15m..20m    534MiB   547MiB      +13MiB
      20m..25m    540MiB   555MiB      +15MiB
      25m..30m    546MiB   563MiB      +17MiB
      30m..35m    534MiB   547MiB      +13MiB
      35m..40m    540MiB   555MiB      +15MiB
      40m..45m    546MiB   563MiB      +17MiB
      45m..50m    534MiB   547MiB      +13MiB
      50m..55m    540MiB   555MiB      +15MiB
      55m..1h     546MiB   563MiB      +17MiB

      Target by target the policy and the host are 215MiB apart, 15MiB in the sum: the rest is asked of other VMs.
      Means over the time in which both targets are known; apart is the mean of the absolute difference, with its 95 % interval.
      Same way: of the steps of 1m in which a target moves by a MiB or more, those in which both move that way.
      "
    `);
  });

  it("says so where nothing was compared", () => {
    const text = againstText(
      compareTargets(
        [
          vm(
            "new",
            null,
            every(15, 4, () => 300),
          ),
        ],
        60 * S,
      ),
    );
    expect(text).toMatch(/^new +- +- +- +- +- +- +- +none: nothing was measured$/m);
    expect(text).toContain("Nothing was compared: no VM has a measured target at a time with a decided one.");
    expect(text).not.toContain("NaN");
  });
});
