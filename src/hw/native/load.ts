import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Addon } from "./addon.ts";
import { NativeError } from "./native-error.ts";

/** Where the addon may be: built here, or brought by the package. */
const PLACES = ["build/Release/balloon_hw.node", "prebuilds/linux-x64/balloon_hw.node"].map((path) =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url)),
);

/** @throws {NativeError} where there is no addon for this machine */
export function loadAddon(): Addon {
  if (process.arch !== "x64") throw new NativeError("ARCHITECTURE", `${process.arch}: expected x86-64`);
  const path = PLACES.find((place) => existsSync(place));
  if (path === undefined) {
    throw new NativeError("ADDON_MISSING", 'the native addon was not built: run "npm run build:native"');
  }
  return createRequire(import.meta.url)(path) as Addon;
}
