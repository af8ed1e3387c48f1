/** One run of a host among several: plain data, which threads can be sent, and its result. */
import type { Us } from "../../../../common/units.ts";
import type { HostResult } from "../../../hosts/measures/results.ts";
import { endOwnPolicies } from "../../../hosts/own-policy/load.ts";
import { runHostPaced } from "../../../hosts/run-host.ts";
import type { HostText } from "../../../hosts/scenario/host-text.ts";
import { type HostDocument, scenarioOf } from "../../../hosts/scenario/read.ts";
import { aboutHost, type HostAbout } from "../about-host.ts";
import { changedHost, type GivenChanges } from "../host-options.ts";
import { type HostRowsSpec, openHostRows } from "../host-rows.ts";
import { watchVms } from "../vm-rows.ts";

export interface HostTask {
  readonly source: HostText;
  readonly changes: GivenChanges;
  readonly world: number;
  /** End of the run, if it does not end before; null: its own. */
  readonly untilUs: Us | null;
  /** The rows that it writes; null: none. */
  readonly rows: HostRowsSpec | null;
}

/** What a run gives, beside its rows; plain data. */
export interface HostAnswer {
  readonly result: HostResult;
  readonly about: HostAbout;
}

/** Runs hosts one after the other. At most one is in memory. */
export class HostRunner {
  #last: { readonly source: HostText; readonly document: HostDocument } | null = null;

  /**
   * @param pace called from time to time with the progress, 0 to 1
   * @throws {InputError} @throws {RunError} as `runHost`
   */
  async run(task: HostTask, pace: (progress: number) => Promise<void>): Promise<HostAnswer> {
    const { world, untilUs, rows } = task;
    const scenario = scenarioOf(this.#documentOf(task), world);
    const options = {
      ...(untilUs === null ? {} : { untilUs }),
      ...(rows === null ? {} : { observers: [openHostRows(rows)], vms: watchVms(rows.vms) }),
    };
    const result = await runHostPaced(scenario, options, pace);
    return { result, about: aboutHost(scenario) };
  }

  /** The host of a task; its worlds follow each other, and share what has been read. */
  #documentOf({ source, changes }: HostTask): HostDocument {
    if (this.#last?.source.name === source.name && this.#last.source.text === source.text) return this.#last.document;
    this.#last = null;
    endOwnPolicies();
    const document = changedHost(source, changes);
    this.#last = { source, document };
    return document;
  }
}
