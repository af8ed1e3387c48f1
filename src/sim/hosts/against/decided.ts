/** The targets that a policy has decided in the run of a host, and their comparison with the measured ones. */
import { PAGE_BYTES, type Us } from "../../../common/units.ts";
import type { HostObserver, HostRunView } from "../machine/run-view.ts";
import type { HostScenario } from "../scenario/types.ts";
import { type Against, compareTargets } from "./compare.ts";
import { comparedVm } from "./measured.ts";
import type { TargetSeries } from "./series.ts";

/** Collects the targets of all VMs as the policy decides them. */
export class DecidedTargets implements HostObserver {
  readonly #series: { at: Us[]; bytes: number[] }[] = [];

  decide({ timeUs, vms }: HostRunView): void {
    vms.forEach(({ target, isOn }, i) => {
      // What the host wants of a VM that is off is not a decision.
      const bytes = isOn ? target * PAGE_BYTES : Number.NaN;
      this.#series[i] ??= { at: [], bytes: [] };
      const { at, bytes: values } = this.#series[i] as { at: Us[]; bytes: number[] };
      if (Object.is(values.at(-1), bytes)) return;
      // Of two decisions at the same time the last one counts.
      if (at.at(-1) === timeUs) values[values.length - 1] = bytes;
      else {
        at.push(timeUs);
        values.push(bytes);
      }
    });
  }

  /** The targets of a VM, by its index in the scenario. */
  of(vm: number): TargetSeries {
    return this.#series[vm] ?? { at: [], bytes: [] };
  }
}

/**
 * Compares what a policy has decided in a run with what the traces of its VMs have measured.
 * @param targets observer of the run
 * @param untilUs end of the run
 * @throws {InputError} if a trace can't be read
 */
export const againstMeasured = (scenario: HostScenario, targets: DecidedTargets, untilUs: Us): Against =>
  compareTargets(
    scenario.vms.map((vm, i) => comparedVm(vm, targets.of(i))),
    untilUs,
  );
