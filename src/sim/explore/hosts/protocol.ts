/** What the page of hosts and its worker tell each other. Sizes are pages, times microseconds. */
import type { Ms, Pages } from "../../../common/units.ts";
import type { HostResult } from "../../hosts/measures/results.ts";
import type { HostParams } from "../../hosts/params.ts";
import type { HostText } from "../../hosts/scenario/document.ts";
import type { HostMoments } from "./moments.ts";

/** A text that a file names, with its name in messages. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** A trace, with the files that it names itself, by the paths in it. */
export interface EmbeddedTrace extends NamedText {
  readonly beside: Readonly<Record<string, NamedText>>;
}

/** A host with all files that it names, by the paths in it. */
export interface EmbeddedHost {
  /** As on the command line: `hosts/office`, `mine.json`. */
  readonly key: string;
  readonly source: HostText;
  readonly traces: Readonly<Record<string, EmbeddedTrace>>;
  readonly beside: Readonly<Record<string, NamedText>>;
}

/** A file that the reader of the page has opened. */
export interface OpenedFile extends NamedText {
  /** The key that it has if it is a host. */
  readonly key: string;
}

/** A run: a host, by its key, changed as on the command line of `balloon-sim host`. */
export interface HostRequest {
  readonly host: string;
  /** `--policy`; null: that of the file. */
  readonly policy: string | null;
  /** `--set` options, each `name=value`. */
  readonly sets: readonly string[];
}

/** What the page must know of a host, before changes. */
export interface HostFacts {
  readonly name: string;
  readonly description: string;
  /** The policy of the file, and the values of all its parameters. */
  readonly policy: string;
  readonly params: HostParams;
  readonly memory: Pages;
  /** Size of the host's swap. */
  readonly swap: Pages;
  /** The balloon drivers of the VMs, each once. */
  readonly drivers: readonly string[];
  /** Whether VMs have constants of their drivers in the file: they stay when another driver is chosen. */
  readonly hasRates: boolean;
}

/** Pictures of a run, or of its part so far, as SVG with legends, and what the cursor shows. */
export interface Pictures {
  readonly moments: HostMoments;
  /** The memory of the host by VM, with its states; balloons and the host's swap. */
  readonly memory: string;
  readonly reclaim: string;
  /** The VMs, those that lost most first; empty while the run goes on. */
  readonly vms: readonly { readonly name: string; readonly caption: string; readonly picture: string }[];
}

/** A run that is over, in data and in words. */
export interface RanInPage {
  readonly result: HostResult;
  readonly verdict: string;
  readonly properties: readonly (readonly [name: string, text: string])[];
  /** What is assumed, and what a reader must know, a sentence each. */
  readonly notes: readonly string[];
  /** Time that the worker has spent on the run: wall-clock time, without pauses in which it did something else. */
  readonly ms: Ms;
}

/** What is run now: the shown settings, the pinned ones, or both in more worlds. */
export type Stage = "shown" | "pinned" | "worlds";

/** What can be taken away: the host file with its changes, and the rows of `host.csv`. */
export type HostExport = "file" | "rows";

/** From the page. What is to be shown carries a number; one with a higher number replaces it. */
export type ToHostWorker =
  | { readonly kind: "host"; readonly host: EmbeddedHost }
  /** Files that the reader has opened together: hosts, and what they name. */
  | { readonly kind: "files"; readonly files: readonly OpenedFile[] }
  | { readonly kind: "show"; readonly id: number; readonly shown: HostRequest; readonly pinned: HostRequest }
  /** The width of pictures, in CSS pixels. */
  | { readonly kind: "width"; readonly width: number }
  | { readonly kind: "export"; readonly id: number; readonly request: HostRequest; readonly what: HostExport };

/** From the worker. */
export type FromHostWorker =
  | { readonly kind: "facts"; readonly key: string; readonly facts: HostFacts }
  | { readonly kind: "refused"; readonly key: string; readonly message: string }
  | { readonly kind: "progress"; readonly id: number; readonly stage: Stage; readonly progress: number }
  /** Pictures of the shown run so far. */
  | { readonly kind: "pictures"; readonly id: number; readonly pictures: Pictures }
  | { readonly kind: "shown"; readonly id: number; readonly run: RanInPage; readonly pictures: Pictures }
  | { readonly kind: "pinned"; readonly id: number; readonly run: RanInPage }
  /** Both in the same worlds; null: a run takes too long for more than one. All is done now. */
  | { readonly kind: "worlds"; readonly id: number; readonly worlds: HostWorlds | null }
  /** A run can't be made, or has failed. */
  | { readonly kind: "failed"; readonly id: number; readonly stage: Stage | "export"; readonly message: string }
  | { readonly kind: "exported"; readonly id: number; readonly what: HostExport; readonly text: string };

/** Results in worlds from 1 on. */
export interface HostWorlds {
  readonly shown: readonly HostResult[];
  readonly pinned: readonly HostResult[];
}

/** The longest run, in time that the worker spends on it, that is run in more worlds. */
export const MOST_WORLDS_MS: Ms = 3000;
/** Worlds of results. */
export const WORLDS = 3;
