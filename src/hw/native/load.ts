import { loadNative, type Platform } from "../../common/native/load.ts";
import type { Addon } from "./addon.ts";

/**
 * Loads the addon.
 * @throws {NativeError} ARCHITECTURE on another kind of machine, ADDON_MISSING if the addon is missing or can't be
 * loaded
 */
export const loadAddon = (places?: readonly string[], platform?: Platform): Addon =>
  loadNative<Addon>({
    purpose: "balloon-hw is for Linux on x64, where VMware's backdoor is",
    needs: "openWorker",
    ...(places === undefined ? {} : { places }),
    ...(platform === undefined ? {} : { platform }),
  });
