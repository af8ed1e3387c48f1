import { describe, expect, test } from "vitest";
import { TARGET_POLICIES, targetPolicyNamed } from "../../../src/sim/hosts/policies/index.ts";
import { hostRounds, hostTargets } from "../../support/in-process/host-rounds.ts";

const GB = 1e9;

describe("policies that do nothing", () => {
  const vms = [
    { name: "A", max: "2GB", size: "1GB", target: "1.5GB" },
    { name: "B", max: "2GB", size: "2GB" },
  ];
  test("static keeps targets", () => {
    expect(hostRounds("static", { vms }, { rounds: 9 })).toMatchObject([
      {
        round: 1,
        targets: new Map([
          ["A", 1.5 * GB],
          ["B", 2 * GB],
        ]),
      },
    ]);
  });

  test("none empties balloons", () => {
    expect(hostTargets("none", { vms: [{ ...vms[0], target: "1GB" }, vms[1]] })).toEqual({ A: 2 * GB, B: 2 * GB });
  });
});

describe("rounds", () => {
  const vms = [{ name: "A", max: "2GB", size: "1GB", min: "1GB", free: "0GB", driver: { rate: "5MB" } }];
  const state = { host: { memory: "10GB", used: "7.7GB" }, vms };

  test("change the host and the free memory of guests as targets say, and end when nothing changes", () => {
    const rounds = hostRounds("proxmox", state, { rounds: 9 }, ["maxchange=100MB"]);
    expect(rounds.map(({ round, targets }) => [round, targets.get("A")])).toEqual([
      [1, 1.1 * GB],
      [2, 1.2 * GB],
      [3, 1.3 * GB],
    ]);
  });

  test("without a change print the first", () => {
    expect(hostRounds("proxmox", { ...state, host: { goal: 0 } }, { rounds: 9 })).toMatchObject([
      { round: 1, targets: new Map() },
    ]);
  });

  test("with a step go on until the VMs are at their targets", () => {
    const rounds = hostRounds("proxmox", state, { rounds: 1000, stepUs: 10_000_000 }, ["maxchange=100MB"]);
    expect(rounds.at(-1)?.ending).toBe(null);
    // In 10 s it moves by 50 MB.
    expect(rounds.map(({ targets }) => targets.get("A")).slice(0, 3)).toEqual([1.1 * GB, 1.15 * GB, 1.2 * GB]);
    expect(rounds.at(-1)?.targets.get("A")).toBe(1.3 * GB);
  });

  test("with a step say when there are no more of them", () => {
    expect(hostRounds("proxmox", state, { rounds: 2, stepUs: 1_000_000 }).at(-1)).toMatchObject({
      round: 2,
      ending: { outcome: "unfinished", why: "no more rounds, not at their targets: A" },
    });
  });

  test("of a list of states begin with each of them as it is written, and are all listed", () => {
    const rounds = hostRounds("proxmox", [state, state, { ...state, host: { goal: 0 } }], { rounds: 3 });
    expect(rounds.map(({ targets }) => targets.size)).toEqual([1, 1, 0]);
  });
});

describe("every policy", () => {
  const full = {
    host: { memory: "10GB", free: "0.1GB", used: "9.9GB", goal: "1GB" },
    vms: ["A", "B", "__proto__", "constructor"].map((name, index) => ({
      name,
      max: "4GB",
      min: "1GB",
      size: 2 * GB + index * 1e6,
      target: 2 * GB + index * 1e6,
      actual: 2 * GB + index * 1e6,
      free: "1GB",
      active: index / 4,
    })),
  };
  const names = [...TARGET_POLICIES.keys()];

  test.each(names)("%s decides the same whenever it is asked, and names VMs of any name", (name) => {
    const rounds = () => hostRounds(name, full, { rounds: 20 });
    expect(rounds()).toEqual(rounds());
    if (name !== "static") expect([...(rounds()[0]?.targets.keys() ?? [])]).toContain("__proto__");
  });

  test.each(names)("%s does with a host without VMs", (name) => {
    expect(hostRounds(name, { ...full, vms: [] }, { rounds: 3 })[0]?.targets).toEqual(new Map());
  });

  test.each(names)("%s remembers nothing but data", (name) => {
    const policy = targetPolicyNamed(name, "policy");
    const instance = policy.create(Object.fromEntries(policy.params.map((param) => [param.name, param.default])));
    const view = {
      nowUs: 0,
      host: { memory: 1e9, free: 1e8, used: 9e8, goal: 2e8 },
      vms: [{ name: "A", max: 9, min: 1, size: 5, target: 5, actual: 5, free: 1, active: 1 }],
    };
    instance.observe(view);
    instance.decide(view);
    expect(structuredClone(instance.state)).toEqual(instance.state);
  });
});
