/**
 * The simulator in Node: what the commands of `balloon-sim` do, as functions, and single runs with observers. Functions take
 * files, or names of bundled traces and hosts, and options in the words of the command line; they return what the commands print as
 * JSON. An `InputError` says what was given wrongly, a `RunError` what failed.
 * @module balloon-sim/sim
 */
export { InputError, RunError } from "../common/errors.ts";
export { type RunSummary, summaryText } from "./core.ts";
export { type Capacity, type FindCapacityOptions, findCapacity } from "./library/find-capacity.ts";
export { type ImportedLog, type ImportedTrace, type ImportLogsOptions, importLogs } from "./library/import-logs.ts";
export { type ObjectiveInfo, objectives } from "./library/objectives.ts";
export type { DriverOptions, WhatIfChoice, WorkOptions } from "./library/options.ts";
export { type HostSummary, type RunHostOptions, runHost } from "./library/run-host.ts";
export { type RanTrace, type RunTracesOptions, runTraces } from "./library/run-traces.ts";
export { type TuneResult, type TuneSearch, type TuneTrial, tune } from "./library/tune.ts";
export { type WriteReportOptions, writeReport } from "./library/write-report.ts";
export { Simulation, type SimulationOptions } from "./run/simulation.ts";
export { MACHINES } from "./trace/all-machines.ts";
export type { KernelProfile } from "./trace/kernel-profile.ts";
export { machineText, parseMachine } from "./trace/machines.ts";
export { openTrace } from "./trace/open.ts";
export { type BalloonKind, PROFILES, type Profile } from "./trace/profile.ts";
export type * from "./trace/public-types.ts";
export { readTrace } from "./trace/read.ts";
export type {
  BackingView,
  CycleView,
  GuestView,
  HostView,
  Observer,
  RunView,
  WorkloadView,
} from "./view/types.ts";
