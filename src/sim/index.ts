/**
 * The simulator: traces, a guest's memory, a host, and runs over them in virtual time.
 * @module balloon-sim/sim
 */
export { InputError, RunError } from "../common/errors.ts";
export { Simulation, type SimulationOptions } from "./run/simulation.ts";
export { MACHINES } from "./trace/all-machines.ts";
export type { KernelProfile } from "./trace/kernel-profile.ts";
export { machineText, parseMachine } from "./trace/machines.ts";
export { openTrace } from "./trace/open.ts";
export { type BalloonKind, PROFILES, type Profile } from "./trace/profile.ts";
export { readTrace } from "./trace/read.ts";
export type * from "./trace/types.ts";
export type { CycleView, GuestView, HostView, Observer, RunView } from "./view/types.ts";
