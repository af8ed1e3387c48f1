import { InputError, RunError } from "../common/errors.ts";

/** A reason why a daemon can't start or continue, and its exit code. */
export interface ExitReason {
  readonly exitCode: number;
  readonly meaning: string;
}

/**
 * Exit codes of `balloon-hw` beyond 0 (success), 1 (an unexpected failure) and 2 (an invalid command line or file).
 * Failures of the native worker use the native worker's names.
 */
export const EXIT_REASONS = {
  NOT_VMWARE: { exitCode: 10, meaning: "this is not a VMware virtual machine" },
  KERNEL_DRIVER: { exitCode: 11, meaning: "the kernel's own balloon driver is loaded" },
  ARCHITECTURE: { exitCode: 12, meaning: "the processor is not an x86-64 one" },
  ADDON_MISSING: { exitCode: 13, meaning: "the native addon was not built, or can't be loaded" },
  NOT_ROOT: { exitCode: 14, meaning: "neither root nor any of the capabilities" },
  IOPERM_DENIED: { exitCode: 15, meaning: "no permission to use the port: CAP_SYS_RAWIO" },
  LOCKDOWN: { exitCode: 16, meaning: "the kernel is locked down, which forbids port I/O" },
  IOPERM_MISSING: { exitCode: 17, meaning: "the kernel has no ioperm" },
  PIN_DENIED: { exitCode: 18, meaning: "no permission to pin pages: CAP_IPC_LOCK" },
  MEMLOCK_LIMIT: { exitCode: 19, meaning: "RLIMIT_MEMLOCK is too low" },
  FRAMES_HIDDEN: { exitCode: 20, meaning: "the kernel hides frame numbers: CAP_SYS_ADMIN" },
  IO_URING_DISABLED: {
    exitCode: 21,
    meaning: "io_uring can't be used, and pages could move without it",
  },
  MEMORY_LIMIT: { exitCode: 22, meaning: "a memory limit of a cgroup would end the balloon" },
  ALREADY_RUNNING: { exitCode: 23, meaning: "balloon-hw run is already active on this machine" },
  NO_DAEMON: { exitCode: 25, meaning: "no daemon answers (status)" },
  NO_BACKDOOR: { exitCode: 26, meaning: "no hypervisor answers the port instruction" },
  // Exit codes of the launcher (bin/balloon-hw.js), which checks these conditions before it loads any of this code.
  UNTRUSTED_CODE: { exitCode: 27, meaning: "root would run code that other users can change" },
  NODE_OUTDATED: { exitCode: 28, meaning: "this Node is too old" },
  PINS_MOVE: { exitCode: 29, meaning: "mlock was requested, and the kernel may move locked pages" },
  ARENA: { exitCode: 30, meaning: "no address space for the balloon: RLIMIT_AS" },
  PORT_ANSWERED: { exitCode: 31, meaning: "emulate: a real host, or another emulated one, answers here" },
  FEW_FILES: { exitCode: 32, meaning: "too few files may be open at once: RLIMIT_NOFILE" },
} as const satisfies Readonly<Record<string, ExitReason>>;

export type ExitName = keyof typeof EXIT_REASONS;

/** The failure that ends the command with the exit code of a reason. */
export const failureFor = (name: ExitName, message: string): RunError =>
  new RunError(message, EXIT_REASONS[name].exitCode);

/** The reason with the name of a failure of the native worker; undefined for a failure without one. */
export const exitNameOf = (code: string): ExitName | undefined =>
  Object.hasOwn(EXIT_REASONS, code) ? (code as ExitName) : undefined;

/** The error for a failure of the native worker; exit code 1 for a failure without a reason. */
export function nativeFailure({ code, message }: { readonly code: string; readonly message: string }): Error {
  const name = exitNameOf(code);
  if (name !== undefined) return failureFor(name, message);
  return code === "SCRIPT" ? new InputError(message) : new RunError(message);
}
