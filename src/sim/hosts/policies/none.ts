import type { TargetPolicy } from "../target-policy.ts";

/** No ballooning: what the host lacks, it swaps. */
export const NONE: TargetPolicy = {
  name: "none",
  meaning: "Never balloons: every guest has its configured memory, and the host swaps what it lacks.",
  params: [],
  everyUs: 10_000_000,
  sampleUs: null,
  goal: "none",
  needs: { host: [[]], vm: ["max"], optionalVm: ["size"] },
  create: () => ({
    state: {},
    settles: 0,
    observe: () => {},
    decide: ({ vms }) => ({ targets: new Map(vms.map(({ name, max = 0 }) => [name, max])) }),
  }),
};
