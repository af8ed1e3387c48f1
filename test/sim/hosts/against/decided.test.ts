import { expect, test } from "vitest";
import { againstMeasured, DecidedTargets } from "../../../../src/sim/hosts/against/decided.ts";
import { agreementOf } from "../../../../src/sim/hosts/against/movement.ts";
import { targetPolicyNamed } from "../../../../src/sim/hosts/policies/index.ts";
import { runHost } from "../../../../src/sim/hosts/run-host.ts";
import { readHostScenario } from "../../../../src/sim/hosts/scenario/read.ts";

const GIB = 1024 ** 3;
const MINUTE_US = 60_000_000;

/** The bundled host of an invented log, under a policy, against the targets of the log. */
function compared(policy: string) {
  const scenario = readHostScenario("hosts/imported-esxtop", { policy: targetPolicyNamed(policy, "") });
  const targets = new DecidedTargets();
  runHost(scenario, { observers: [{ observer: targets }] });
  return { ...againstMeasured(scenario, targets, scenario.durationUs), targets };
}

test("a policy that balloons by need moves with the measured targets, and from the same minutes on", () => {
  const { vms, host, targets } = compared("esx");
  expect(vms.map(({ name }) => name)).toEqual(["mail", "db", "web", "app", "batch", "test_old_"]);
  expect(host).toMatchObject({ compared: 6, grade: "good" });
  expect(host.movement.correlation).toBeGreaterThan(0.5);
  expect(host.measured / GIB).toBeCloseTo(1.52, 1);
  const begins = host.over.filter(({ decided, measured }) => decided > 0 && measured > 0)[0];
  expect(begins?.fromUs).toBe(10 * MINUTE_US);
  // It leaves alone the VM with twice the shares.
  expect(vms[1]?.decided).toBeLessThan((vms[0]?.decided ?? 0) / 4);
  // The VM that is powered off is compared until then, and nothing is decided for it afterwards.
  expect(vms[5]?.certainty).toMatchObject({ comparedUs: 40 * MINUTE_US, comparedPart: 1 });
  const { at, bytes } = targets.of(5);
  expect(bytes.filter((_, i) => (at[i] as number) > 41 * MINUTE_US).every(Number.isNaN)).toBe(true);
});

test("a policy that never balloons agrees with nothing", () => {
  const { host } = compared("none");
  expect([host.decided, host.apart, host.bias]).toEqual([0, host.measured, -host.measured]);
  expect(agreementOf(host.movement)).toBe(0);
  expect(host.misplaced).toBeCloseTo(host.apart, 3);
});

test("nothing is known of VMs for which nothing was decided", () => {
  expect(new DecidedTargets().of(3)).toEqual({ at: [], bytes: [] });
});
