import { expect, test } from "vitest";
import { simulate, traceOf } from "../../support/in-process/curves.ts";

test("a guest knows the profiles that there are", () => {
  expect(() => simulate(traceOf(3, { guest: { memory: "1GiB", profile: "linux-9" } }))).toThrow(
    /^<text>:1:\d+: \$\.guest\.profile: there is no profile "linux-9": expected one of linux-6.1, linux-6.12, linux-2.6.32, balloon-hw, lab/,
  );
});

test("a guest is unknown while any of its series is", () => {
  const anon = [
    [0, 1000],
    [2, null],
    [5, 2000],
  ];
  const workloads = [
    { name: "a", anon: 100 },
    { name: "b", anon },
  ];
  expect(simulate(traceOf(10, { guest: { memory: "1GiB" }, workloads })).unknownUs).toBe(3_000_000);
});
