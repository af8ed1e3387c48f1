/** Runs one host with all checks. */
import { InputError, RunError } from "../../common/errors.ts";
import { GuestCrash } from "../../engine/index.ts";
import { HostRun } from "../hosts/machine/host-run.ts";
import { LocalGroup, type VmGroup } from "../hosts/machine/vm-group.ts";
import { HostSummarizer, summaryPeriodUs } from "../hosts/measures/summarizer.ts";
import { readHostScenario } from "../hosts/scenario/read.ts";
import type { HostScenario } from "../hosts/scenario/types.ts";
import type { Failure } from "./check.ts";

/** The result of checking a host. */
export interface CheckedHost {
  readonly failure: Failure | null;
  /** Meetings of VMs with the host, and virtual seconds, of its first run. */
  readonly meetings: number;
  readonly simulatedSeconds: number;
}

/** A group that counts meetings. */
class CountedGroup extends LocalGroup {
  meetings = 0;

  override meet(vms: readonly number[]): void {
    this.meetings += vms.length;
    super.meet(vms);
  }
}

/**
 * Runs the host in a file twice: the first time with a check of all books, and of all guests, after every meeting; the second
 * time to compare the results.
 * @param tamper called before every meeting; tests break something in a group to see that the check fails
 */
export function checkHost(path: string, quantumUs: number, tamper: (group: VmGroup) => void = () => {}): CheckedHost {
  const scenario = readHostScenario(path);
  const group = new (class extends CountedGroup {
    override meet(vms: readonly number[]): void {
      super.meet(vms);
      tamper(this);
    }
  })(scenario, { world: 1 });
  const first = new Watched(scenario, group, quantumUs, true);
  const failure = first.run();
  const checked = { meetings: group.meetings, simulatedSeconds: first.atUs / 1e6 };
  if (failure !== null) return { failure, ...checked };
  const second = new Watched(scenario, new LocalGroup(scenario, { world: 1 }), quantumUs, false);
  second.run();
  if (first.text === second.text) return { failure: null, ...checked };
  return { failure: second.failed("repetition", "the results differ when the host is run again"), ...checked };
}

class Watched {
  text = "";
  readonly #run: HostRun;
  readonly #summarizer: HostSummarizer;

  constructor(scenario: HostScenario, group: VmGroup, quantumUs: number, isChecked: boolean) {
    this.#summarizer = new HostSummarizer(scenario);
    const everyUs = summaryPeriodUs(scenario.durationUs);
    this.#run = new HostRun(scenario, group, { quantumUs, isChecked }, [{ observer: this.#summarizer, everyUs }]);
  }

  get atUs(): number {
    return this.#run.view.timeUs;
  }

  failed(kind: Failure["kind"], message: string): Failure {
    return { kind, atUs: this.atUs, message };
  }

  run(): Failure | null {
    try {
      this.#run.run();
      const { states, ...others } = this.#summarizer.result;
      this.text = JSON.stringify([[...states], others]);
      return null;
    } catch (error) {
      if (error instanceof RunError && error.cause instanceof GuestCrash) {
        // The driver crashes its guest as the real one would.
        this.text = error.message;
        return null;
      }
      if (error instanceof InputError) throw error;
      const isBook = error instanceof Error && error.message.includes("is wrong");
      return this.failed(isBook ? "invariant" : "error", error instanceof Error ? error.message : String(error));
    }
  }
}
