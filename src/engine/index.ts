/**
 * The balloon policy: a pure state machine over abstract ports, without Node, wall clock or randomness.
 * @module balloon-sim/engine
 */
export { DriverFault } from "./checks.ts";
export { dispatch } from "./dispatch.ts";
export { Driver, type DriverEvents } from "./driver.ts";
export { Engine } from "./engine.ts";
export type { Clock, Hypervisor, PageAllocator, Reply } from "./ports.ts";
export { Command, FRAME_TOO_LARGE, GUEST_ID_LINUX, PROTOCOL_VERSION, Status } from "./protocol.ts";
export { DEFAULT_RATES, RATE_FIELDS, RateError, type RateField, type Rates, validateRates } from "./rates.ts";
export { Custody, Life, Request } from "./request.ts";
export { createState, type EngineState, loadedState } from "./state.ts";
export { type StatisticsLayout, statisticsText } from "./statistics.ts";
export { roundTicksRelative } from "./timer.ts";
