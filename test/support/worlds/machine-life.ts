import type { DriverMachine } from "../../../src/engine/kernel-driver.ts";
import { RequestLoop } from "../../../src/engine/requests.ts";
import { BatchPorts } from "./batch-ports.ts";
import { type BatchScript, BatchWorld, CALM } from "./batch-world.ts";

/** A loaded machine in a world of batches, whose cycles a test runs one by one; the first one sends START. */
export class MachineLife<M extends DriverMachine> {
  readonly world: BatchWorld;
  readonly ports: BatchPorts;
  readonly machine: M;
  readonly #loop: RequestLoop;
  readonly #script: BatchScript;

  constructor(machine: M, script: Partial<BatchScript> = {}) {
    this.#script = { ...CALM, ...script };
    this.world = new BatchWorld(this.#script);
    this.ports = new BatchPorts(this.world);
    this.machine = machine;
    this.#loop = new RequestLoop(machine, { allocator: this.ports, hypervisor: this.ports }, () => {});
    machine.load();
    // What a test looks at begins after the reset.
    this.cycle({ targets: [0] });
  }

  get state(): M["state"] {
    return this.machine.state;
  }

  /** Runs a cycle; returns its commands. */
  cycle(script: Partial<BatchScript> = {}): string[] {
    this.world.follow({ ...this.#script, ...script });
    this.ports.asked.length = 0;
    return this.#during(() => this.machine.cycle());
  }

  /** Unloads the driver; returns the commands. */
  exit(): string[] {
    return this.#during(() => this.machine.exit());
  }

  #during(begin: () => number): string[] {
    const before = this.world.commands.length;
    this.#loop.run(begin());
    return this.world.commands.slice(before);
  }
}
