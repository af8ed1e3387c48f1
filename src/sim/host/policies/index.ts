import type { HostPolicy } from "./host-policy.ts";
import { SELFBALLOON } from "./selfballoon.ts";

/** All host policies: `import --target policy:NAME`. */
export const HOST_POLICIES: readonly HostPolicy[] = [SELFBALLOON];
