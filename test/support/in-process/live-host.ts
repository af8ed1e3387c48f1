/** A host that goes on for hours, as simple as it can be, for policies: VMs come and go, and move as fast as their drivers do. */
import type { Bytes, Us } from "../../../src/common/units.ts";
import { defaultsOf } from "../../../src/sim/hosts/params.ts";
import type { Decisions, TargetPolicy, TargetPolicyInstance, Wakes } from "../../../src/sim/hosts/target-policy.ts";
import type { HostView, PageSample, VmFigures } from "../../../src/sim/hosts/view.ts";

const STEP_US = 500_000;
const PAGE = 4096;

/** A VM of the host. Times are seconds since the host began. */
export interface LiveVm {
  readonly name: string;
  readonly max: Bytes;
  readonly min: Bytes;
  /** Memory that the guest's programs want. */
  readonly demand: (second: number) => Bytes;
  /** Fraction of its size that it touches in a minute; 0 without it. */
  readonly touches?: (second: number) => number;
  readonly on?: number;
  readonly off?: number;
  /** Time from power-on until the driver, and the agent, run. */
  readonly boot?: number;
  /** Time until a driver that is at its target begins to move to another one. */
  readonly delay?: number;
  /** Bytes a second that the driver moves. */
  readonly rate?: Bytes;
  readonly hasAgent?: boolean;
  readonly figures?: Partial<VmFigures>;
}

/** A decision of the policy, and what it decided on. */
export interface Decided {
  readonly view: HostView;
  readonly decisions: Decisions;
  readonly isEarly: boolean;
}

interface Body {
  readonly vm: LiveVm;
  size: Bytes;
  target: Bytes;
  actual: Bytes;
  /** When its driver moves to the target. */
  moveUs: Us;
  periodUs: Us;
}

/** Lets a policy work on a host of `memory` bytes. @returns all decisions, and the instance */
export function liveHost(
  policy: TargetPolicy,
  vms: readonly LiveVm[],
  { memory, seconds, params = {} }: { memory: Bytes; seconds: number; params?: Record<string, number | string> },
): { decided: Decided[]; instance: TargetPolicyInstance } {
  const instance = policy.create({ ...defaultsOf(policy.params), ...params });
  const decided: Decided[] = [];
  const bodies: Body[] = [];
  let [observeUs, decideUs] = [0, 0];
  let wakes: Wakes = {};
  for (let nowUs = 0; nowUs < seconds * 1e6; nowUs += STEP_US) {
    power(bodies, vms, nowUs);
    for (const body of bodies) live(body, nowUs);
    const view = viewOf(policy, bodies, memory, nowUs);
    if (policy.sampleUs !== null && nowUs >= observeUs) {
      instance.observe(view);
      observeUs += policy.sampleUs;
      for (const body of bodies) {
        if (nowUs - body.periodUs >= (policy.samplingUs ?? Number.POSITIVE_INFINITY)) body.periodUs = nowUs;
      }
    }
    const { free = 0 } = view.host;
    const isEarly = free < (wakes.below ?? -Infinity) || free >= (wakes.above ?? Infinity);
    if (nowUs < decideUs && !isEarly) continue;
    const decisions = instance.decide(view);
    decided.push({ view, decisions, isEarly: nowUs < decideUs });
    decideUs = nowUs + (decisions.againUs ?? policy.everyUs);
    wakes = decisions.wakes ?? {};
    for (const body of bodies) obey(body, decisions, nowUs);
  }
  return { decided, instance };
}

function power(bodies: Body[], vms: readonly LiveVm[], nowUs: Us): void {
  for (const vm of vms) {
    const { on = 0, off = Number.POSITIVE_INFINITY } = vm;
    const isOn = nowUs >= on * 1e6 && nowUs < off * 1e6;
    const at = bodies.findIndex((body) => body.vm === vm);
    if (isOn && at === -1) bodies.push({ vm, size: vm.max, target: vm.max, actual: 0, moveUs: nowUs, periodUs: nowUs });
    if (!isOn && at !== -1) bodies.splice(at, 1);
  }
}

const isBooted = ({ on = 0, boot = 0 }: LiveVm, nowUs: Us): boolean => nowUs >= (on + boot) * 1e6;

/** A step of a VM: its driver moves, and its programs touch what they want. */
function live(body: Body, nowUs: Us): void {
  const { vm, target } = body;
  const { rate = 100e6 } = vm;
  const way = Math.min(Math.abs(target - body.size), (rate * STEP_US) / 1e6);
  if (isBooted(vm, nowUs) && nowUs >= body.moveUs) body.size += Math.sign(target - body.size) * way;
  const wanted = Math.min(body.size, vm.demand(nowUs / 1e6));
  // A guest gives pages to its balloon that it does not use, those that are backed first.
  body.actual = Math.min(body.size, Math.max(body.actual, wanted));
}

function obey(body: Body, { targets, hostSwap }: Decisions, nowUs: Us): void {
  const { name, delay = 0 } = body.vm;
  // Hosts count pages.
  const target = Math.floor((targets.get(name) ?? body.target) / PAGE) * PAGE;
  if (body.size === body.target && target !== body.target) body.moveUs = nowUs + delay * 1e6;
  body.target = target;
  body.actual -= Math.min(body.actual, hostSwap?.get(name) ?? 0);
}

function viewOf(policy: TargetPolicy, bodies: readonly Body[], memory: Bytes, nowUs: Us): HostView {
  const used = bodies.reduce((sum, { size, actual }) => sum + (policy.populates ? size : actual), 0);
  return {
    nowUs,
    host: { memory, free: memory - used, used },
    vms: bodies.map((body): VmFigures => {
      const { vm, size, target, actual } = body;
      const isUp = isBooted(vm, nowUs);
      return {
        name: vm.name,
        max: vm.max,
        min: vm.min,
        size,
        target,
        actual: policy.populates ? size : actual,
        ballooning: isUp,
        ...(vm.hasAgent !== false && isUp ? { free: size - Math.min(size, vm.demand(nowUs / 1e6)) } : {}),
        ...(policy.samplingUs === undefined ? {} : { sampled: sampledOf(body, nowUs) }),
        ...vm.figures,
      };
    }),
  };
}

function sampledOf({ vm, periodUs }: Body, nowUs: Us): PageSample {
  const runUs = nowUs - periodUs;
  return { runUs, touched: Math.min(1, (vm.touches?.(nowUs / 1e6) ?? 0) * Math.min(1, runUs / 60e6)) };
}
