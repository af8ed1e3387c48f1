import { InputError } from "../../common/errors.ts";
import { formatSize, type Pages } from "../../common/units.ts";
import { formatCeiling } from "../control/ceiling.ts";
import type { Log } from "../log/log.ts";
import type { Settings } from "../settings/settings.ts";
import type { Limits } from "../view/types.ts";
import { limitsOf, totalPages } from "./sizes.ts";

/** What the settings in force need. */
export interface SettingsInForceParts {
  /** The settings at the start. */
  readonly settings: Settings;
  /** Reads the settings again. */
  readonly loadSettings: () => Settings;
  readonly log: Log;
}

/** The settings of a running daemon, and the limits that follow from them and from the machine's memory. */
export class SettingsInForce {
  readonly #parts: SettingsInForceParts;
  #settings: Settings;
  #machinePages: Pages = totalPages();
  #limits: Limits;

  /** @throws {InputError} if the machine has less memory than the settings need */
  constructor(parts: SettingsInForceParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#limits = limitsOf(parts.settings, this.#machinePages);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** Pages of RAM that the machine has. */
  get machinePages(): Pages {
    return this.#machinePages;
  }

  /**
   * Takes the machine's present memory. If it has changed, adapts the floor, so that the balloon may use added memory.
   * @param changed is called with the new limits
   */
  memory(pages: Pages, changed: (limits: Limits) => void): void {
    if (pages === this.#machinePages) return;
    const before = this.#machinePages;
    this.#machinePages = pages;
    this.#limits = this.#limitsNow();
    changed(this.#limits);
    const { floorPages } = this.#limits;
    this.#parts.log.info(
      `the machine has ${formatSize(pages)} of memory now, before ${formatSize(before)}: ${formatSize(floorPages)} stay available`,
      { event: "memory", machine_pages: pages, floor_pages: floorPages },
    );
  }

  #limitsNow(): Limits {
    try {
      return limitsOf(this.#settings, this.#machinePages);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Memory was removed: with a floor of all memory the balloon does not grow, and keeps its pages.
      return { ...this.#limits, psiLimit: this.#settings.psiLimit };
    }
  }

  /**
   * Reads the settings again. If they can't be used, the log says so, and the old ones stay.
   * @param changed is called with those in force now
   */
  reload(changed: (settings: Settings, limits: Limits) => void): void {
    const { log } = this.#parts;
    try {
      const settings = this.#parts.loadSettings();
      const limits = limitsOf(settings, this.#machinePages);
      const rest = needingRestart(this.#settings, settings);
      this.#settings = { ...this.#settings, ...pick(settings, RELOADED) };
      this.#limits = limits;
      changed(this.#settings, limits);
      const floor = formatSize(limits.floorPages);
      const max = settings.max === null ? "none" : formatCeiling(settings.max);
      log.info(
        `rates and limits were read again (${floor} stay available, max: ${max}); they hold from the next cycle on`,
        { event: "reloaded", floor_pages: limits.floorPages, psi_limit: limits.psiLimit, max },
      );
      if (rest.length > 0) {
        log.warn(`changed as well, but only a restart puts it in force: ${rest.join(", ")}`, { event: "reloaded" });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn(`${why}: rates and limits stay as they were`, { event: "reload_failed" });
    }
  }
}

/** Settings that SIGHUP changes. */
const RELOADED = ["rates", "floorPages", "psiLimit", "max", "giveWay"] as const satisfies readonly (keyof Settings)[];

const pick = <K extends keyof Settings>(settings: Settings, keys: readonly K[]): Pick<Settings, K> =>
  Object.fromEntries(keys.map((key) => [key, settings[key]])) as Pick<Settings, K>;

/** Changed options that need a restart, by their names. */
function needingRestart(before: Settings, after: Settings): string[] {
  const isTakenUp = (key: string): boolean => (RELOADED as readonly string[]).includes(key);
  const hasChanged = (key: keyof Settings): boolean => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  const keys = Object.keys(after) as (keyof Settings)[];
  return keys.filter((key) => !isTakenUp(key) && hasChanged(key)).map(optionName);
}

/** `io-permission` for `ioPermission`. */
const optionName = (key: string): string => key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
