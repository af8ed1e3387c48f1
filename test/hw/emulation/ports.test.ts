import { describe, onTestFinished } from "vitest";
import { PROTOCOL_VERSION, type Reply } from "../../../src/engine/index.ts";
import { loadAddon } from "../../../src/hw/native/load.ts";
import { type ProtocolLevel, wantedCapabilities } from "../../../src/hw/ports/protocol-level.ts";
import { WorkerPorts } from "../../../src/hw/ports/worker-ports.ts";
import { MonotonicClock, SYSTEM_TIME, type TimeSource } from "../../../src/hw/time/monotonic-clock.ts";
import { addonMissing, because, openEmulatedWorker } from "../../support/processes/emulation.ts";
import {
  type Answers,
  describeClock,
  describePorts,
  type PortsScenario,
  type RefusedCommand,
} from "../../support/suites/ports.ts";

const missing = addonMissing();

/** A real guest of so many pages under a real instruction that an emulated host answers. */
async function real(
  { pages, target, lock, unlock }: PortsScenario,
  pin: "io_uring" | "mlock",
  protocol: ProtocolLevel,
) {
  const script = [
    "capabilities batched 64-bit-target",
    `target 0 ${target}`,
    ...rule("lock", lock),
    ...rule("unlock", unlock),
  ];
  const capabilities = wantedCapabilities(protocol);
  const worker = await openEmulatedWorker(
    loadAddon(),
    { arenaPages: pages, pin, allowUnpinnedMoves: pin === "mlock", capabilities },
    script,
  );
  onTestFinished(() => new Promise<void>((resolve) => worker.close(() => resolve())));
  let failed: (reason: unknown) => void = () => undefined;
  const ports = new WorkerPorts(
    worker,
    { answered: () => undefined, memory: () => undefined, failed: (failure) => failed(failure) },
    capabilities,
  );
  const ask = (send: (reply: Reply) => void) =>
    new Promise<Answers>((resolve, reject) => {
      failed = reject;
      const answers: Array<readonly [number, number]> = [];
      send((first, second) => {
        answers.push([first, second]);
        // A second answer would come before what is done next.
        setImmediate(() => resolve(answers));
      });
    });
  // The capabilities are granted by START.
  await ask((reply) => ports.start(PROTOCOL_VERSION, reply));
  return { allocator: ports, hypervisor: ports, isBatched: protocol !== "basic", ask };
}

/** A rule that lets so many commands pass, and answers one. */
const rule = (command: "lock" | "unlock", refused: RefusedCommand | undefined): string[] =>
  refused === undefined ? [] : [`rule ${command} 0 - 1 ${refused.at + 1} 1 ${refused.status}`];

describe.skipIf(missing !== undefined).each([
  ["io_uring", "basic"],
  ["mlock", "basic"],
  ["io_uring", "batched"],
  ["mlock", "batched"],
] as const)(`pinned by %s, protocol %s${because(missing)}`, (pin, protocol) => {
  describePorts("the native worker under an emulated host", (scenario) => real(scenario, pin, protocol));
});

describeClock("the machine's monotonic clock", () => {
  let pending = 0;
  const time: TimeSource = {
    now: SYSTEM_TIME.now,
    after: (ms, call) => {
      pending++;
      return SYSTEM_TIME.after(ms, () => {
        pending--;
        call();
      });
    },
  };
  const advance = async () => {
    if (pending === 0) return false;
    while (pending > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return true;
  };
  return { clock: new MonotonicClock(1000, time), advance, real: { longestSeconds: 2 } };
});
