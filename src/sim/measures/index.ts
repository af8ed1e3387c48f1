/** What makes a run good or bad, measured of every run. */
export { ObjectiveMeter } from "./meter.ts";
export { OBJECTIVES, type Objective } from "./objectives.ts";
