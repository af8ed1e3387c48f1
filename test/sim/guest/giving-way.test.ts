import { describe, expect, test } from "vitest";
import { simulate, traceOf } from "../../support/in-process/curves.ts";
import { record } from "../../support/in-process/dump.ts";
import { slow } from "../../support/setup/slow.ts";

/** A guest whose demand grows to more than its balloon leaves it, or not, with a daemon's balloon. */
function squeezed(giveWay: unknown, demand: string, seconds = 300): string {
  return traceOf(seconds, {
    guest: { memory: "512MiB", profile: "balloon-hw", swap: "1GiB", cpus: 2, kernelMemory: "30MiB", giveWay },
    workloads: [
      {
        name: "cache",
        anon: [
          [0, "100MiB"],
          [60, demand],
        ],
        touch: "100MiB/s",
      },
    ],
    host: {
      target: [
        [0, 0],
        [10, "200MiB"],
      ],
    },
  });
}

const SHORT = { holdOff: "20s", holdOffMax: "2m" };

describe("a daemon's balloon in a simulated guest", () => {
  test("gives way to a workload that it leaves too little, and the workload stalls less", slow(2), () => {
    const [with_, without] = [true, false].map((giveWay) => simulate(squeezed(giveWay, "360MiB")));
    expect(without?.balloon.size).toBe(200 * 256);
    expect(with_?.balloon.size).toBeLessThan(150 * 256);
    const stalls = [with_, without].map((view) => view?.guest.workloadStallUs ?? 0);
    expect(stalls[0]).toBeLessThan((stalls[1] as number) / 10);
  });

  test("asks back no more than the pace a second, and grows no more before its hold-off is over", slow(2), () => {
    const sizes: number[] = [];
    const text = squeezed({ pace: "4MiB/s", holdOff: "10m" }, "360MiB");
    const { host } = simulate(text, { cycle: ({ balloon }) => sizes.push(balloon.size) }, { everyCycle: true });
    const from = sizes.indexOf(200 * 256);
    const steps = sizes.slice(from + 1).map((size, i) => (sizes[from + i] as number) - size);
    expect(Math.max(...steps)).toBe(1024);
    expect(Math.min(...steps)).toBe(0);
    // The host's target stays what it is.
    expect(host.target).toBe(200 * 256);
  });

  test("follows the host again when the pressure is over", slow(2), () => {
    const text = squeezed(SHORT, "360MiB");
    const trace = JSON.parse(text);
    trace.workloads[0].anon.push([100, "100MiB"]);
    const sizes = new Map<number, number>();
    simulate(
      JSON.stringify(trace),
      { sample: ({ timeUs, balloon }) => sizes.set(timeUs / 1e6, balloon.size) },
      { sampleEveryUs: 1e6 },
    );
    expect(sizes.get(99)).toBeLessThan(150 * 256);
    expect(sizes.get(150)).toBe(200 * 256);
  });

  test("is without pressure the balloon of a daemon without the rule", () => {
    const [with_, without] = [true, false].map((giveWay) => record(JSON.parse(squeezed(giveWay, "120MiB", 120))));
    expect(with_).toEqual(without);
  });

  test("skips idle cycles to the same end as without skipping", slow(2), () => {
    const document = JSON.parse(squeezed(SHORT, "360MiB"));
    expect(record(document).end).toEqual(record(document, { everyCycle: true }).end);
  });
});
