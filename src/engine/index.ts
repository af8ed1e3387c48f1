/**
 * Balloon policies: pure state machines over abstract ports, without Node, wall clock or randomness.
 * @module balloon-sim/engine
 */
export type {
  BalloonEvents,
  BalloonInstance,
  BalloonPolicy,
  BalloonView,
  BalloonWorld,
  ParamDraws,
  ParamRanges,
  PolicyColumn,
  RangeProblem,
} from "./balloon-policy.ts";
export {
  defaultsOf,
  keepsBounds,
  ParamError,
  type ParamSpec,
  type Params,
  rangeText,
  validateParams,
} from "./params.ts";
export { DEFAULT_POLICY, POLICIES } from "./policies.ts";
export type {
  AllocateReply,
  BatchReply,
  Clock,
  FreeReply,
  Hypervisor,
  PageAllocator,
  Reply,
  StatusNumber,
  StatusReply,
  TargetReply,
  TotalPagesReply,
} from "./ports.ts";
export type { Pages, PagesPerCycle, Ticks } from "./units.ts";
export { DriverFault } from "./vmmemctl/checks.ts";
export { dispatch } from "./vmmemctl/dispatch.ts";
export { Driver, type DriverEvents } from "./vmmemctl/driver.ts";
export { Engine } from "./vmmemctl/engine.ts";
export { VMMEMCTL, VmmemctlView } from "./vmmemctl/policy.ts";
export { Command, FRAME_TOO_LARGE, GUEST_ID_LINUX, PROTOCOL_VERSION, Status } from "./vmmemctl/protocol.ts";
export {
  DEFAULT_RATES,
  RATE_FIELDS,
  RateError,
  type RateField,
  type Rates,
  validateRates,
} from "./vmmemctl/rates.ts";
export { Custody, Life, Request } from "./vmmemctl/request.ts";
export { createState, type EngineState, loadedState } from "./vmmemctl/state.ts";
export { type StatisticsLayout, statisticsText } from "./vmmemctl/statistics.ts";
export { roundTicksRelative } from "./vmmemctl/timer.ts";
