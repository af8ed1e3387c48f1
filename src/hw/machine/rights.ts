import type { MachineFiles } from "./files.ts";

/** Capabilities that the daemon may need, with their numbers (linux/capability.h). */
export const CAPABILITIES = { CAP_IPC_LOCK: 14, CAP_SYS_RAWIO: 17, CAP_SYS_ADMIN: 21 } as const;
export type Capability = keyof typeof CAPABILITIES;

/** The rights of this process. */
export interface Rights {
  readonly isRoot: boolean;
  readonly has: (capability: Capability) => boolean;
  /** Soft limit of locked memory in bytes; Infinity without one. */
  readonly memlockBytes: number;
}

/** The rights of this process, from /proc. */
export function rightsOf(files: MachineFiles): Rights {
  const status = files.read("proc/self/status") ?? "";
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
  const effective = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  const limit = /^Max locked memory\s+(\S+)/m.exec(files.read("proc/self/limits") ?? "")?.[1];
  return {
    isRoot: uid === "0",
    has: (capability) => ((effective >> BigInt(CAPABILITIES[capability])) & 1n) === 1n,
    memlockBytes: limit === undefined || limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit),
  };
}
