import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { NativeError } from "./native-error.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Places of the addon: compiled here, or part of the package. */
const PLACES = ["build/Release/balloon_hw.node", "prebuilds/linux-x64/balloon_hw.node"].map((path) => `${ROOT}${path}`);

const BUILD = `run "npm run build:native" in ${ROOT}, which takes a C++ compiler, make and Python`;

/** The platform of this process, in Node's names. */
export interface Platform {
  readonly platform: string;
  readonly arch: string;
}

/** What is loaded, where from, and where this is. */
export interface AddonRequest {
  /** The beginning of a message on a machine without the addon: "balloon-hw is for Linux on x64, because …". */
  readonly purpose: string;
  /** A function that the addon must have: a compiled one may be older than the program. */
  readonly needs: string;
  readonly places?: readonly string[];
  readonly platform?: Platform;
}

/**
 * Loads the addon. The caller knows its exports.
 * @throws {NativeError} ARCHITECTURE on another kind of machine; ADDON_MISSING if the addon is missing, can't be loaded, or
 * is too old
 */
export function loadNative<Exports>({ purpose, needs, places = PLACES, platform = process }: AddonRequest): Exports {
  if (platform.platform !== "linux" || platform.arch !== "x64") {
    throw new NativeError("ARCHITECTURE", `${purpose}; this is ${platform.platform} on ${platform.arch}`);
  }
  const path = places.find((place) => existsSync(place));
  if (path === undefined) {
    throw new NativeError("ADDON_MISSING", `the native addon is missing: ${BUILD}`);
  }
  let addon: Record<string, unknown>;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (error) {
    const [why] = String((error as Error).message).split("\n");
    throw new NativeError("ADDON_MISSING", `the native addon can't be loaded: ${why}; ${BUILD}`);
  }
  if (typeof addon[needs] !== "function") {
    throw new NativeError("ADDON_MISSING", `the native addon is older than this program: ${BUILD}`);
  }
  return addon as Exports;
}
