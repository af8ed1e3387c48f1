import type { HostPolicy } from "./host-policy.ts";
import { SELFBALLOON } from "./selfballoon.ts";

/** The host policies that there are: `import --target policy:NAME`. */
export const HOST_POLICIES: readonly HostPolicy[] = [SELFBALLOON];
