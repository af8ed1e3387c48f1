import type { Observer } from "./types.ts";

/** An observer that calls several observers, in order. */
export function observeAll(observers: readonly Observer[]): Observer {
  return {
    cycle: (view) => {
      for (const observer of observers) observer.cycle?.(view);
    },
    target: (view) => {
      for (const observer of observers) observer.target?.(view);
    },
    kill: (view, workload) => {
      for (const observer of observers) observer.kill?.(view, workload);
    },
    sample: (view) => {
      for (const observer of observers) observer.sample?.(view);
    },
    end: (view) => {
      for (const observer of observers) observer.end?.(view);
    },
  };
}
