/** Hosts for tests, without files. */
import { policyNamed } from "../../../src/common/policy-named.ts";
import type { Pages } from "../../../src/common/units.ts";
import { defaultsOf } from "../../../src/sim/hosts/params.ts";
import { targetPolicyNamed } from "../../../src/sim/hosts/policies/index.ts";
import type { HostScenario, VmScenario } from "../../../src/sim/hosts/scenario/types.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import type { TraceSource } from "../../../src/sim/trace/types.ts";

/** A VM with a trace, and defaults that a test replaces. */
export function vmOf(name: string, trace: string | (() => TraceSource), changes: Partial<VmScenario> = {}): VmScenario {
  const open = typeof trace === "string" ? () => openTrace(trace) : trace;
  const source = open();
  const { memory } = source.trace.guest;
  source.close();
  const driver = changes.driver ?? policyNamed(undefined, "");
  return {
    name,
    group: name,
    phaseUs: 0,
    repeats: false,
    path: "$.vms[0]",
    traceName: typeof trace === "string" ? trace : name,
    open,
    memory,
    min: Math.floor(memory / 4),
    max: memory,
    reservation: 0,
    limit: memory,
    shares: 1000,
    maxBalloon: 0.65,
    target: memory,
    driver,
    rates: Object.fromEntries(driver.params.map(({ key, default: value }) => [key, value])),
    hasAgent: true,
    onUs: 0,
    offUs: Number.POSITIVE_INFINITY,
    touched: 1,
    overhead: 0,
    seed: name,
    ...changes,
  };
}

/** A host of so much memory; SSD swap as large as that. */
export function hostOf(
  policy: string,
  memory: Pages,
  vms: readonly VmScenario[],
  changes: Partial<HostScenario> = {},
): HostScenario {
  const named = targetPolicyNamed(policy, "");
  const durations = vms.map(({ open }) => {
    const source = open();
    source.close();
    return source.trace.durationUs;
  });
  return {
    name: "host",
    description: "",
    durationUs: Math.max(...durations),
    seed: "1",
    world: 1,
    memory,
    reserved: 0,
    swap: { size: memory, readNs: 100_000, writeNs: 50_000 },
    largePages: false,
    policy: named,
    params: defaultsOf(named.params),
    vms,
    assumed: [],
    ...changes,
  };
}
