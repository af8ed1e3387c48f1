import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { policyNamed } from "../../../../src/common/policy-named.ts";
import { Report } from "../../../../src/sim/hosts/machine/exchange.ts";
import { HostRun, type HostRunOptions, QUANTUM_US } from "../../../../src/sim/hosts/machine/host-run.ts";
import type { HostRunView } from "../../../../src/sim/hosts/machine/run-view.ts";
import { LocalGroup } from "../../../../src/sim/hosts/machine/vm-group.ts";
import { TARGET_POLICIES } from "../../../../src/sim/hosts/policies/index.ts";
import type { HostScenario } from "../../../../src/sim/hosts/scenario/types.ts";
import { columnsOf } from "../../../../src/sim/output/columns.ts";
import { Recorder } from "../../../../src/sim/output/recorder.ts";
import { RowEncoder } from "../../../../src/sim/output/row-format.ts";
import { Simulation } from "../../../../src/sim/run/simulation.ts";
import { textInput } from "../../../../src/sim/trace/input.ts";
import { readInput } from "../../../../src/sim/trace/read.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const MIB = 256;
const GIB = 1024 * MIB;

/** All figures of all VMs and of the host, as text, at the end of the run. */
function endOf(scenario: HostScenario, options: HostRunOptions = {}, world = 1): { view: HostRunView; text: string } {
  const run = new HostRun(scenario, new LocalGroup(scenario, { world }), { isChecked: true, ...options }, [
    {
      observer: {
        end: (view) => {
          text = JSON.stringify([view.memory.free, view.memory.swapped, view.vms.map(({ report }) => [...report])]);
        },
      },
    },
  ]);
  let text = "";
  run.run();
  return { view: run.view, text };
}

test.each(["spike", "thrash", "reset-storm", "cache-heavy"])(
  "a VM alone on a large host with a static target has the rows of a run: %s",
  (name) => {
    const { memory } = vmOf("a", name);
    const vm = vmOf("a", name, { target: memory - 2 * GIB, maxBalloon: 1 });
    const rowsOf = (start: (recorder: Recorder) => void): string => {
      const rows: string[] = [];
      const columns = columnsOf(vm.driver);
      const encoder = new RowEncoder("csv", columns);
      start(new Recorder(vm.driver, columns, "change", encoder, (text) => rows.push(text)));
      return rows.join("");
    };
    const hosted = rowsOf((observer) => {
      const scenario = hostOf("static", 64 * GIB, [vm]);
      new HostRun(scenario, new LocalGroup(scenario, { world: 1, observerOf: () => observer })).run();
    });
    const alone = rowsOf((observer) => {
      const document = JSON.parse(readFileSync(join("traces", `${name}.json`), "utf8"));
      document.host.target = "2GiB";
      const source = readInput(textInput(JSON.stringify(document), name));
      new Simulation(source, { rates: vm.rates, seed: vm.seed }, observer).run();
    });
    // Not toBe: it would print all rows.
    expect(hosted === alone).toBe(true);
    expect(hosted.split("\n").length).toBeGreaterThan(10);
  },
);

test.each([...TARGET_POLICIES.keys()])("the books of a short host are true after each meeting: %s", (policy) => {
  const vms = [
    ...["a", "b"].map((name) => vmOf(name, "spike")),
    vmOf("c", "cache-heavy", { shares: 4000, reservation: 2 * GIB }),
    vmOf("d", "thrash", { onUs: 30_000_000, offUs: 100_000_000, touched: 0 }),
    vmOf("e", "ramp", { driver: policyNamed("virtio-balloon", "") }),
  ];
  const { view } = endOf(hostOf(policy, 14 * GIB, vms, { durationUs: 200_000_000, largePages: true }));
  expect(view.timeUs).toBe(200_000_000);
});

test("a host without memory for its VMs swaps, and the guests wait without their knowledge", () => {
  const vms = ["a", "b", "c"].map((name) => vmOf(name, "spike"));
  const short = endOf(hostOf("none", 5 * GIB, vms)).view;
  const large = endOf(hostOf("none", 13 * GIB, vms)).view;
  const sum = (view: HostRunView, column: number) =>
    view.vms.reduce((all, { report }) => all + (report[column] as number), 0);
  expect(sum(large, Report.WaitNs)).toBe(0);
  expect(sum(short, Report.WaitNs)).toBeGreaterThan(10e9);
  expect(sum(short, Report.PsiSomeUs)).toBe(sum(large, Report.PsiSomeUs));
  expect(sum(short, Report.Undone)).toBeGreaterThan(sum(large, Report.Undone));
});

test("a host without swap ends the VM that has the most memory", () => {
  const vms = ["a", "b", "c"].map((name) => vmOf(name, "spike"));
  const { view } = endOf(hostOf("none", 6 * GIB, vms, { swap: { size: 0, readNs: 1, writeNs: 1 } }));
  expect(view.vms.filter(({ isKilled }) => isKilled).length).toBeGreaterThan(0);
  expect(view.vms.filter(({ isKilled }) => isKilled).length).toBeLessThan(3);
});

test("half the quantum changes figures by less than worlds do", () => {
  const figuresOf = (quantumUs: number, world: number): number[] => {
    // Worlds of a host draw the phases of copies.
    const vms = ["spike", "ramp", "cache-heavy", "sawtooth", "thrash"].flatMap((trace, k) =>
      ["a", "b"].map((name, i) =>
        vmOf(`${trace}-${name}`, trace, { onUs: (i * 30 + (world - 1) * (k + 1) * 4) * 1e6 }),
      ),
    );
    const { view } = endOf(hostOf("proxmox", 32 * GIB, vms), { quantumUs }, world);
    const sum = (column: number) => view.vms.reduce((all, { report }) => all + (report[column] as number), 0);
    return [sum(Report.WaitNs) / 1e9, sum(Report.Undone) / MIB, sum(Report.Reads) / MIB];
  };
  const full = figuresOf(QUANTUM_US, 1);
  const half = figuresOf(QUANTUM_US / 2, 1);
  const worlds = [full, ...[2, 3, 4].map((world) => figuresOf(QUANTUM_US, world))];
  full.forEach((figure, i) => {
    const values = worlds.map((figures) => figures[i] as number);
    const spread = Math.max(...values) - Math.min(...values);
    expect(figure).toBeGreaterThan(1);
    expect(Math.abs(figure - (half[i] as number))).toBeLessThan(spread);
  });
});
