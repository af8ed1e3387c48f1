import { describe, expect, it } from "vitest";
import { isBusy, loadBetween, loadSample, loadText } from "../../../src/sim/gauge/machine-load.ts";

const sample = (waitedUs: number, stolen: number, idle: number) =>
  loadSample(
    (path) =>
      ({
        "/proc/loadavg": "0.25 0.20 0.30 1/100 1234",
        "/proc/pressure/cpu": `some avg10=0.00 avg60=0.00 avg300=0.00 total=${waitedUs}\nfull avg10=0.00 total=9`,
        // The last two, time of guests, are part of the first two.
        "/proc/stat": `cpu  100 0 50 ${idle} 5 0 0 ${stolen} 77 77\ncpu0 1 1 1 1 1 1 1 1 0 0`,
      })[path] ?? null,
  );

describe("the load of a machine", () => {
  it("is that of the time between two samples", () => {
    const load = loadBetween(sample(1_000_000, 10, 1000), sample(1_200_000, 20, 1190), 4000);
    expect(load).toEqual({ average: 0.25, waited: 5, stolen: 5 });
    expect(loadText(load)).toBe(
      "load average 0.25, 5 % of the time a process waited for a processor, 5 % of the processors' time stolen by the hypervisor",
    );
  });

  it("is unknown where the kernel does not tell it", () => {
    const nothing = loadSample(() => null);
    const load = loadBetween(nothing, nothing, 4000);
    expect(load).toEqual({ average: null, waited: null, stolen: null });
    expect(loadText(load)).toBe("load average unknown");
    expect(isBusy(load)).toBe(false);
  });

  it.each([
    [{ average: 0.5, waited: 5, stolen: 2 }, false],
    [{ average: 0.6, waited: 0, stolen: 0 }, true],
    [{ average: 0, waited: 6, stolen: 0 }, true],
    [{ average: 0, waited: 0, stolen: 3 }, true],
  ])("%j is busy: %s", (load, expected) => {
    expect(isBusy(load)).toBe(expected);
  });
});
