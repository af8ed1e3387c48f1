import { expect, test } from "vitest";
import { MachineFiles } from "../../../src/hw/machine/files.ts";
import { guestFigures } from "../../../src/hw/machine/guest-figures.ts";

const reading = (files: Readonly<Record<string, string>>) => guestFigures({ read: (path) => files[path] ?? null });

test("the figures by which the balloon gives way are those of the kernel", () => {
  const figures = reading({
    "proc/pressure/memory":
      "some avg10=30.00 avg60=1.00 avg300=0.00 total=9\nfull avg10=12.50 avg60=0.00 avg300=0.00 total=5\n",
    "proc/meminfo": "MemTotal:        4096 kB\nMemFree:          100 kB\nMemAvailable:    1030 kB\n",
  });
  expect(figures).toEqual({ psiFull: 12.5, available: 257 });
});

test("figures that a kernel does not have are unknown", () => {
  expect(reading({ "proc/meminfo": "MemTotal: 1 kB\n" })).toEqual({ psiFull: Number.NaN, available: Number.NaN });
});

test("this machine's available memory is known", () => {
  expect(guestFigures(new MachineFiles()).available).toBeGreaterThan(0);
});
