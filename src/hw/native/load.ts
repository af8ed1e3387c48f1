import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Addon } from "./addon.ts";
import { NativeError } from "./native-error.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Places of the addon: compiled here, or part of the package. */
const PLACES = ["build/Release/balloon_hw.node", "prebuilds/linux-x64/balloon_hw.node"].map((path) => `${ROOT}${path}`);

const BUILD = `run "npm run build:native" in ${ROOT}, which takes a C++ compiler, make and Python`;

/** The platform of this process, in Node's names. */
interface Platform {
  readonly platform: string;
  readonly arch: string;
}

/**
 * Loads the addon.
 * @throws {NativeError} ARCHITECTURE on another kind of machine, ADDON_MISSING if the addon is missing or can't be
 * loaded
 */
export function loadAddon(places: readonly string[] = PLACES, { platform, arch }: Platform = process): Addon {
  if (platform !== "linux" || arch !== "x64") {
    const here = `${platform} on ${arch}`;
    throw new NativeError(
      "ARCHITECTURE",
      `balloon-hw is for Linux on x64, where VMware's backdoor is; this is ${here}`,
    );
  }
  const path = places.find((place) => existsSync(place));
  if (path === undefined) {
    throw new NativeError("ADDON_MISSING", `the native addon is missing: ${BUILD}`);
  }
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const [why] = String((error as Error).message).split("\n");
    throw new NativeError("ADDON_MISSING", `the native addon can't be loaded: ${why}; ${BUILD}`);
  }
}
