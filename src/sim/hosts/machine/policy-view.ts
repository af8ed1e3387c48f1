import { type Bytes, PAGE_BYTES, type Pages, type Us } from "../../../common/units.ts";
import type { VmScenario } from "../scenario/types.ts";
import type { TargetPolicy } from "../target-policy.ts";
import type { HostView, VmFigures } from "../view.ts";
import { Report } from "./exchange.ts";
import type { HostMemory } from "./host-memory.ts";

const bytes = (pages: Pages): Bytes => pages * PAGE_BYTES;

/** A VM that is on, as the host sees it. */
export interface SeenVm {
  readonly scenario: VmScenario;
  readonly report: Float64Array;
  readonly consumed: Pages;
  /** The balloon size that the host wants. */
  readonly target: Pages;
}

/** What a policy gets to see of the host, and of its VMs that are on. */
export function policyView(policy: TargetPolicy, nowUs: Us, memory: HostMemory, vms: readonly SeenVm[]): HostView {
  const { total } = memory;
  const sizes = vms.reduce((sum, { scenario, report }) => sum + sizeOf(scenario, report), 0);
  const free = policy.populates ? total - memory.overhead - sizes : memory.free;
  return {
    nowUs,
    host: { memory: bytes(total), free: bytes(free), used: bytes(total - free) },
    vms: vms.map((vm) => figuresOf(policy, vm)),
  };
}

const sizeOf = ({ memory }: VmScenario, report: Float64Array): Pages => memory - (report[Report.Locked] as Pages);

/** A VM's settings, the host's book of it, and what the guest's agent says if it has one. */
function figuresOf({ samplingUs, populates }: TargetPolicy, { scenario, report, consumed, target }: SeenVm): VmFigures {
  const { name, min, max, memory, shares, reservation, limit, overhead, hasAgent } = scenario;
  const size = sizeOf(scenario, report);
  const touched = (report[Report.Touched] as Pages) / Math.max(1, size);
  return {
    name,
    max: bytes(max),
    min: bytes(min),
    size: bytes(size),
    target: bytes(memory - target),
    actual: bytes(populates ? size : consumed),
    shares,
    reservation: bytes(reservation),
    limit: bytes(limit),
    least: bytes(memory - Math.floor(memory * scenario.maxBalloon)),
    overhead: bytes(overhead),
    ballooning: report[Report.IsBallooning] === 1,
    ...(hasAgent ? { free: bytes(report[Report.Free] as Pages) } : {}),
    ...(samplingUs === undefined
      ? {}
      : { sampled: { runUs: report[Report.RunUs] as Us, touched: Math.min(1, touched) } }),
  };
}
