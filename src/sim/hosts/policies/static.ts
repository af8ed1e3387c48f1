import type { TargetPolicy } from "../target-policy.ts";

/** Targets that an administrator has set by hand, and that no state of the host changes. */
export const STATIC: TargetPolicy = {
  name: "static",
  meaning: "Keeps the targets that the state has; without a target, the size.",
  params: [],
  everyUs: 10_000_000,
  sampleUs: null,
  goal: "none",
  needs: { host: [[]], vm: ["size"], optionalVm: ["target"] },
  create: () => ({
    state: {},
    settles: 0,
    observe: () => {},
    decide: ({ vms }) => ({ targets: new Map(vms.map(({ name, size = 0, target = size }) => [name, target])) }),
  }),
};
