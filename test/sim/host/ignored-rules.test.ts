import { describe, expect, it } from "vitest";
import { type BalloonPolicy, Capability, Command, commandsOf, POLICIES } from "../../../src/engine/index.ts";
import { ignoredRules, ignoredRulesRemark, remarkForAll } from "../../../src/sim/host/ignored-rules.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { COMMANDS } from "../../../src/sim/trace/sections/host.ts";
import { slow } from "../../support/setup/slow.ts";

const ALL = ["batched", "batched-2m", "doorbell", "64-bit-target"];
const BASIC = ["start", "guest-id", "get-target", "lock", "unlock"];
const BATCHED = ["batched-lock", "batched-unlock"];
const LARGE = ["batched-2m-lock", "batched-2m-unlock"];

const policyOf = (name: string) => POLICIES.get(name) as BalloonPolicy;

/** A trace whose host has a rule for each command, from second 30 on. */
const traceOf = (capabilities: readonly string[], more: object = {}, guest: object = {}) =>
  readTrace(
    JSON.stringify({
      ...{ format: "balloon-sim/trace", version: 1, duration: 60, guest: { memory: "1GiB", ...guest } },
      host: {
        capabilities,
        target: [
          [0, 0],
          [10, "400MiB"],
          [20, "100MiB"],
          [40, "500MiB"],
          [50, 0],
        ],
        faults: COMMANDS.map((command) => ({ command, from: 1, status: "success" })),
        ...more,
      },
    }),
  );

/** The commands of a host's rules that have an effect on a driver. */
function heard(name: string, capabilities: readonly string[], params: object = {}): string[] {
  const { host } = traceOf(capabilities).trace;
  const policy = policyOf(name);
  const ignored = ignoredRules(policy, { ...policy.defaults, ...params }, host);
  return host.rules.filter((rule) => !ignored.includes(rule)).map(({ command }) => command);
}

describe("the rules of a host that have an effect on a driver", () => {
  it("are those for the commands that it sends to this host", () => {
    expect(heard("vmmemctl", ALL)).toEqual(BASIC);
    expect(heard("vmw-balloon", ALL)).toEqual([...BASIC, ...BATCHED, ...LARGE, "doorbell-set"]);
    expect(heard("vmw-balloon", ["batched"])).toEqual([...BASIC, ...BATCHED, "doorbell-set"]);
    expect(heard("vmw-balloon", ["batched-2m"])).toEqual([...BASIC, "doorbell-set"]);
    expect(heard("virtio-balloon", ALL)).toEqual([]);
    expect([0, 1, 2].map((system) => heard("open-vm-tools", ALL, { system }))).toEqual([
      [...BASIC, ...BATCHED],
      BASIC,
      [...BASIC, ...BATCHED, ...LARGE],
    ]);
  });

  it("are all that answer a command in a run, and no other one", slow(5), () => {
    for (const policy of POLICIES.values()) {
      for (const capabilities of [[], ["batched"], ALL]) {
        for (const { command } of traceOf([]).trace.host.rules) {
          // Success, once the driver is loaded: a rule that answers changes nothing but the count.
          const faults = [{ command, from: 0, status: "success" }];
          const simulation = new Simulation(traceOf(capabilities, { faults, resets: [30] }, { driver: policy.name }), {
            rates: policy.defaults,
          });
          simulation.run();
          const { ruled, ignoredRules: ignored } = simulation.view.host;
          const isIgnored = ignored.some((rule) => rule.command === command);
          // The reset answers a GET_TARGET, if the driver sends one.
          const byReset = ignored.some((rule) => rule.path === "$.host.resets[0]") || command === "get-target" ? 0 : 1;
          const driverAndHost = `${policy.name}, ${capabilities}, ${command}`;
          if (isIgnored) expect(ruled, driverAndHost).toBe(byReset);
          // Where a driver has pages of 2 MiB, this guest has no need of others.
          else if (policy.name === "vmw-balloon" && capabilities === ALL && BATCHED.includes(command)) continue;
          else expect(ruled, driverAndHost).toBeGreaterThan(byReset);
        }
      }
    }
  });

  it("need their capability, and pages of 2 MiB batches", () => {
    expect(commandsOf(Capability.Basic | Capability.Batched2m)).toEqual(commandsOf(Capability.Basic));
    expect(commandsOf(Capability.Doorbell)).toContain(Command.DoorbellSet);
  });
});

describe("the remark about rules without effect", () => {
  const remark = (name: string, host: object, params: object = {}) => {
    const policy = policyOf(name);
    const { host: spec } = traceOf(ALL, { faults: [], ...host }).trace;
    return remarkForAll(policy, [{ ...policy.defaults, ...params }], spec);
  };
  const fault = (command: string) => ({ command, at: 1, status: "busy" });

  it("names the driver, the commands, and the rules", () => {
    const rules = { refusals: [{ at: 1 }, { at: 2 }], resets: [3] };
    expect(remark("virtio-balloon", rules)).toBe(
      "virtio-balloon does not send lock, get-target to this host: all 3 rules of the host (refusals, resets) have no effect (docs/drivers.md)",
    );
    expect(remark("virtio-balloon", { resets: [3] })).toBe(
      "virtio-balloon does not send get-target to this host: the host's rule (resets) has no effect (docs/drivers.md)",
    );
    const some = [fault("batched-lock"), fault("lock")];
    expect(remark("vmmemctl", { faults: some })).toBe(
      "vmmemctl does not send batched-lock to this host: 1 of the host's 2 rules (faults) has no effect (docs/drivers.md)",
    );
    expect(remark("vmmemctl", { faults: [...some, fault("doorbell-set")] })).toBe(
      "vmmemctl does not send batched-lock, doorbell-set to this host: 2 of the host's 3 rules (faults) have no effect (docs/drivers.md)",
    );
    expect(remark("vmw-balloon", { faults: some })).toBeNull();
    expect(remark("virtio-balloon", {})).toBeNull();
  });

  it("is about rules that have no effect with any of several sets of values", () => {
    const policy = policyOf("open-vm-tools");
    const { host } = traceOf(ALL, { faults: [fault("batched-2m-lock"), fault("doorbell-set")] }).trace;
    const systems = (...all: number[]) =>
      remarkForAll(
        policy,
        all.map((system) => ({ ...policy.defaults, system })),
        host,
      );
    expect(systems(0, 1)).toMatch(/does not send batched-2m-lock, doorbell-set to/);
    expect(systems(0, 2)).toMatch(/does not send doorbell-set to/);
  });

  it("has no kinds for rules that no trace has", () => {
    const [rule] = traceOf(ALL).trace.host.rules;
    if (rule === undefined) throw new Error("the trace has no rule");
    expect(ignoredRulesRemark("d", [{ ...rule, path: "run.csv" }], 1)).toBe(
      "d does not send start to this host: the host's rule has no effect (docs/drivers.md)",
    );
  });
});
