/**
 * An invented capture of esxtop: a host of 24 GiB with six VMs of 34 GiB, for an hour. At ten minutes a batch job begins to use its
 * memory; the host runs short, and balloons the VMs that use little of theirs; one of them is powered off at forty minutes.
 *
 * The host here is no model of ESX: while less than the soft threshold is free, it spreads what lacks to minFree over the VMs, in
 * proportion to their idle memory, and gives back what is free above it. So a comparison with a policy has something to show.
 */
import { type Counters, esxtopCapture, vmCounters } from "./esxtop-capture.ts";

const STEP_S = 30;
const SAMPLES = 120;
const MACHINE = 24_574;
const KERNEL = 1_480;
/** 6, 4 and 2 % of the first 4, the next 8 and the next 12 GiB, in MiB. */
const MIN_FREE = 819;
const SOFT = 0.64 * MIN_FREE;
/** What a balloon moves in a step, in MiB. */
const MOST_MOVED = 240;

interface Vm {
  readonly name: string;
  readonly ram: number;
  /** Touched and active memory at a sample, in MiB; null: it is off. */
  readonly touched: (i: number) => number | null;
  readonly active: (i: number) => number;
}

const between = (i: number, from: number, until: number): number =>
  Math.max(0, Math.min(1, (i - from) / (until - from)));

const VMS: readonly Vm[] = [
  { name: "mail", ram: 8192, touched: (i) => 5600 + 4 * i, active: (i) => 700 + 40 * (i % 7) },
  { name: "db", ram: 8192, touched: (i) => 5200 + 6 * i, active: (i) => 2600 + 90 * (i % 5) },
  { name: "web", ram: 4096, touched: (i) => 2600 + 2 * i, active: (i) => 900 + 60 * (i % 4) },
  { name: "app", ram: 6144, touched: () => 4300, active: (i) => 1500 + 70 * (i % 6) },
  {
    name: "batch",
    ram: 4096,
    touched: (i) => 900 + Math.round(3000 * between(i, 20, 40)),
    active: (i) => (i < 20 ? 120 : i < 90 ? 2400 : 300),
  },
  { name: "test (old)", ram: 4096, touched: (i) => (i < 80 ? 3100 : null), active: () => 90 },
];

interface State {
  readonly target: number;
  readonly balloon: number;
}

/** The capture's text. */
export function inventedHost(): string {
  const samples: { host: Counters; vms: (Counters | null)[] }[] = [];
  let states: State[] = VMS.map(() => ({ target: 0, balloon: 0 }));
  for (let i = 0; i < SAMPLES; i++) {
    const granted = VMS.map(({ touched }, v) => {
      const size = touched(i);
      return size === null ? null : size - (states[v] as State).balloon;
    });
    const used = granted.reduce((sum: number, mib, v) => sum + (mib === null ? 0 : mib + overheadOf(v)), KERNEL);
    const free = Math.max(60, MACHINE - used);
    const before = states;
    states = nextStates(i, free, states);
    samples.push({
      host: {
        "Machine MBytes": String(MACHINE),
        "Kernel MBytes": String(KERNEL),
        "NonKernel MBytes": String(Math.round(MACHINE - KERNEL - free)),
        "Free MBytes": String(Math.round(free)),
        "Kernel State": free < SOFT ? "1" : "0",
      },
      vms: VMS.map(({ ram, active }, v) => {
        const mib = granted[v] ?? null;
        if (mib === null) return null;
        const { balloon, target } = before[v] as State;
        return vmCounters(ram, {
          granted: mib,
          active: Math.min(active(i), mib),
          balloon,
          target,
          "Alloc Min": v === 1 ? "2048" : "0",
          "Alloc Max": "-1",
          "Alloc Shares": v === 1 ? "-4" : "-3",
        });
      }),
    });
  }
  return esxtopCapture({
    host: "esx1.example",
    begin: "2027-04-06T09:00:00Z",
    step: STEP_S,
    samples: SAMPLES,
    hostAt: (i) => samples[i]?.host ?? {},
    vms: VMS.map(({ name }, v) => ({ group: 20_001 + 37 * v, name, at: (i) => samples[i]?.vms[v] ?? null })),
  });
}

const overheadOf = (v: number): number => 20 + (VMS[v]?.ram ?? 0) / 200;

/** New targets for what lacks or is left, and balloons a step nearer to them. */
function nextStates(i: number, free: number, states: readonly State[]): State[] {
  const idle = VMS.map(({ touched, active }, v) => {
    const size = touched(i);
    return size === null ? 0 : Math.max(0, size - active(i) - (states[v]?.balloon ?? 0));
  });
  const allIdle = idle.reduce((sum, mib) => sum + mib, 0);
  const held = states.reduce((sum, { target }) => sum + target, 0);
  return states.map(({ target, balloon }, v) => {
    const { ram = 0, touched } = VMS[v] ?? {};
    if (touched?.(i) == null) return { target: 0, balloon: 0 };
    let next = target;
    if (free < SOFT) next += ((MIN_FREE - free) * (idle[v] ?? 0)) / Math.max(1, allIdle);
    else if (free > MIN_FREE && held > 0) next -= (Math.min(held, free - MIN_FREE) * target) / held / 2;
    next = Math.floor(Math.max(0, Math.min(0.65 * ram, next)));
    const move = Math.max(-MOST_MOVED, Math.min(MOST_MOVED, next - balloon));
    return { target: next, balloon: balloon + move };
  });
}
