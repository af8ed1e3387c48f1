/** What the help of every command says of settings: apart from their readers, which `balloon-hw status` need not wait for. */

export const DEFAULT_SOCKET = "/run/balloon-hw/control.sock";

/** Choices of options. */
export const CHOICES = {
  log: ["text", "json"],
  ioPermission: ["auto", "ioperm", "none"],
  pin: ["auto", "io_uring", "mlock"],
} as const;
