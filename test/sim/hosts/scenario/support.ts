import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostChanges } from "../../../../src/sim/hosts/scenario/read.ts";
import { applyHostSets, hostProblems, parseHost, scenarioOf } from "../../../../src/sim/hosts/scenario/read.ts";
import type { HostScenario } from "../../../../src/sim/hosts/scenario/types.ts";
import type { Change, TraceSource } from "../../../../src/sim/trace/types.ts";
import { Value } from "../../../../src/sim/trace/value.ts";
import { documentText } from "../../trace/support.ts";

/** The least that a host needs. */
export const MINIMAL_HOST = { host: { memory: "16GiB" }, policy: "none", vms: [{ trace: "a.json" }] } as const;

/** Hosts in a folder with traces. */
export class HostFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.trace("a.json", {
      name: "a",
      guest: { memory: "4GiB", swap: "1GiB" },
      workloads: [{ name: "app", anon: "1GiB" }],
    });
  }

  trace(name: string, members: object): void {
    writeFileSync(join(this.path, name), documentText(members));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** The host of a document with these members over the least that it needs. */
  read(members: object = {}, changes: HostChanges = {}): HostScenario {
    return scenarioOf(applyHostSets(parseHost(this.#text({ ...MINIMAL_HOST, ...members })), changes));
  }

  problems(document: object): string[] {
    return hostProblems(this.#text(document));
  }

  #text(document: object) {
    return { name: "host.json", folder: this.path, text: JSON.stringify(document) };
  }
}

/** What a guest makes of a source: the value of each series, and whether it is unknown, at ascending times. */
export class Reading {
  readonly #source: TraceSource;
  readonly #values: Value[] = [];
  readonly #change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  #hasChange: boolean;

  constructor(source: TraceSource) {
    this.#source = source;
    this.#hasChange = source.next(this.#change);
  }

  at(us: number): { value: number; unknown: boolean }[] {
    while (this.#hasChange && this.#change.atUs <= us) {
      const { series, atUs, value, untilUs, untilValue } = this.#change;
      this.#values[series] ??= new Value();
      this.#values[series].set(atUs, value, untilUs, untilValue);
      this.#hasChange = this.#source.next(this.#change);
    }
    return this.#values.map((one) => ({ value: one?.at(us) ?? 0, unknown: one?.unknown ?? false }));
  }
}
