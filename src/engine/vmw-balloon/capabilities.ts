import { Capability } from "../protocol.ts";

/** The capabilities that the driver asks for, in kernels of 64 bits. */
export const WANTED_CAPABILITIES =
  Capability.Basic | Capability.Batched | Capability.Batched2m | Capability.Doorbell | Capability.Target64;

/** Whether pages of 2 MiB can be locked and unlocked. Only batched commands can, so the driver needs both capabilities. */
export const hasLargePages = (granted: number): boolean =>
  (granted & Capability.Batched2m) !== 0 && (granted & Capability.Batched) !== 0;
