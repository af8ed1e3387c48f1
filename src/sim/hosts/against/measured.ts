/** The measured targets in the traces of a host's VMs. */
import { PAGE_BYTES } from "../../../common/units.ts";
import { type Change, SERIES_TARGET, type Trace } from "../../trace/types.ts";
import type { VmScenario } from "../scenario/types.ts";
import type { ComparedVm, TargetSeries } from "./series.ts";

/**
 * What is to be compared for a VM: the target in its trace, if that was measured, and the one that a policy has decided.
 * @param decided what the balloon is to hold: the VM's memory without the size that the policy has decided; times since the
 * host's run began
 * @throws {InputError} if the VM's trace can't be read
 */
export function comparedVm(vm: VmScenario, decided: TargetSeries): ComparedVm {
  const { name, memory, onUs, offUs } = vm;
  return { name, memory: memory * PAGE_BYTES, onUs, offUs, ...measuredTarget(vm), decided };
}

/** The measured target of a VM, in the host's time, up to the end of its trace. */
function measuredTarget(vm: VmScenario): Pick<ComparedVm, "measured" | "isSize"> {
  const source = vm.open();
  try {
    const { trace } = source;
    const isSize = isSizeOfBalloon(trace);
    if (trace.host.target.how !== "measured" && !isSize) return { measured: null, isSize: false };
    const at: number[] = [];
    const bytes: number[] = [];
    const put = (us: number, value: number): void => {
      at.push(us + vm.onUs);
      bytes.push(value);
    };
    const change: Change = { atUs: 0, series: SERIES_TARGET, value: 0, untilUs: 0, untilValue: 0 };
    while (source.next(change)) {
      if (change.series === SERIES_TARGET) put(change.atUs, change.value * PAGE_BYTES);
    }
    if ((at.at(-1) ?? Number.POSITIVE_INFINITY) < source.endUs + vm.onUs) put(source.endUs, Number.NaN);
    const { sampleSeconds } = trace.origin;
    return { measured: { at, bytes, ...(sampleSeconds === null ? {} : { sampleUs: sampleSeconds * 1e6 }) }, isSize };
  } finally {
    source.close();
  }
}

/** Whether the target of an imported trace is what the balloon held, because its log has no target. */
const isSizeOfBalloon = ({ host, origin }: Trace): boolean =>
  host.target.how === "derived" && origin.importer?.options.target === "size";
