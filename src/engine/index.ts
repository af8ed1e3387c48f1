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
export { DriverFault, GuestCrash } from "./checks.ts";
export { OPEN_VM_TOOLS } from "./open-vm-tools/policy.ts";
export { statisticsText as openVmToolsStatistics } from "./open-vm-tools/statistics.ts";
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
export {
  type AllocateReply,
  Allocation,
  type BalloonDevice,
  type BatchHypervisor,
  type BatchReply,
  type Clock,
  type ConfigReply,
  Custody,
  type FreeReply,
  type Hypervisor,
  type KernelAllocator,
  type KernelClock,
  LARGE_PAGE_FRAMES,
  type LongReply,
  type PageAllocator,
  type Reply,
  type StartReply,
  type StatusNumber,
  type StatusReply,
  type TargetReply,
  type TotalPagesReply,
  type TransferReply,
} from "./ports.ts";
export {
  BATCH_ENTRIES,
  Capability,
  Command,
  commandsOf,
  FRAME_TOO_LARGE,
  GUEST_ID_LINUX,
  PROTOCOL_VERSION,
  Status,
  SUCCESS_WITH_CAPABILITIES,
} from "./protocol.ts";
export { roundTicksRelative } from "./timer.ts";
export type { Pages, PagesPerCycle, Ticks } from "./units.ts";
export { VIRTIO_BALLOON } from "./virtio-balloon/policy.ts";
export { dispatch } from "./vmmemctl/dispatch.ts";
export { Driver, type DriverEvents } from "./vmmemctl/driver.ts";
export { Engine } from "./vmmemctl/engine.ts";
export { VMMEMCTL, VmmemctlView } from "./vmmemctl/policy.ts";
export {
  DEFAULT_RATES,
  RATE_FIELDS,
  RateError,
  type RateField,
  type Rates,
  validateRates,
} from "./vmmemctl/rates.ts";
export { Life, Request } from "./vmmemctl/request.ts";
export { createState, type EngineState, loadedState } from "./vmmemctl/state.ts";
export { type StatisticsLayout, statisticsText } from "./vmmemctl/statistics.ts";
export { VMW_BALLOON } from "./vmw-balloon/policy.ts";
export { statisticsText as vmwBalloonStatistics } from "./vmw-balloon/statistics.ts";
