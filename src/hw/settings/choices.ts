/**
 * Values for the help of all commands; a module of its own, so that `balloon-hw status` need not load the readers of
 * settings.
 */

export const DEFAULT_SOCKET = "/run/balloon-hw/control.sock";

/** Directory for what a daemon keeps over restarts. */
export const DEFAULT_STATE = "/var/lib/balloon-hw";

/** Valid values of options. */
export const CHOICES = {
  log: ["text", "json"],
  ioPermission: ["auto", "ioperm", "none"],
  pin: ["auto", "io_uring", "mlock"],
  protocol: ["auto", "basic", "batched", "batched-2m"],
} as const;
