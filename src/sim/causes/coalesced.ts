import type { Pages, Us } from "../../common/units.ts";
import type { TargetLine } from "../view/causes.ts";
import type { Figures } from "./figures.ts";
import type { CauseKind } from "./kinds.ts";
import type { CauseRole } from "./record.ts";

/** A record in progress. */
export interface Entry {
  readonly kind: CauseKind;
  readonly role: CauseRole;
  readonly who: string;
  readonly by: string | null;
  readonly sinceUs: Us;
  untilUs: Us;
  count: number;
  totalUs: Us;
  longestUs: Us;
  longestAtUs: Us;
  pages: Pages;
  line: TargetLine | null;
  readonly before: Figures;
  readonly first: Figures;
  worst: Figures;
}

/** Causes of a kind and an actor that are at most so far apart are one entry, at first: more than a cycle of a driver. */
export const FIRST_GAP_US = 2_000_000;

/**
 * A bounded list of causes: those of the same kind, actor and caller that follow each other within `gapUs` are one entry. When there
 * would be more than `most` entries, the gap is doubled, and entries are merged, until half of them are left. So the list always
 * covers the whole run, and all sums stay exact.
 */
export class Coalesced {
  gapUs = FIRST_GAP_US;
  #entries: Entry[] = [];
  /** The last entry of each kind, actor and caller. */
  #last = new Map<string, Entry>();
  readonly #most: number;

  /** @param most entries, unless there are more combinations of kind, actor and caller */
  constructor(most: number) {
    this.#most = most;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The entry that a cause at a time belongs to; null: a new one. */
  find(kind: CauseKind, role: CauseRole, who: string, by: string | null, fromUs: Us): Entry | null {
    const last = this.#last.get(keyOf(kind, role, who, by));
    return last !== undefined && fromUs - last.untilUs <= this.gapUs ? last : null;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#last.set(keyOf(entry.kind, entry.role, entry.who, entry.by), entry);
    if (this.#entries.length > this.#most) this.#shrink();
  }

  #shrink(): void {
    const spanUs = (this.#entries.at(-1) as Entry).untilUs;
    while (this.#entries.length > this.#most / 2 && this.gapUs <= spanUs) {
      this.gapUs *= 2;
      this.#merge();
    }
  }

  #merge(): void {
    const before = this.#entries;
    this.#entries = [];
    this.#last = new Map();
    for (const entry of before) {
      const into = this.find(entry.kind, entry.role, entry.who, entry.by, entry.sinceUs);
      if (into !== null) join(into, entry);
      else {
        this.#entries.push(entry);
        this.#last.set(keyOf(entry.kind, entry.role, entry.who, entry.by), entry);
      }
    }
  }
}

const keyOf = (kind: CauseKind, role: CauseRole, who: string, by: string | null): string =>
  `${kind} ${role} ${who}\n${by ?? ""}`;

/** Adds what follows an entry to it. */
export function join(
  into: Entry,
  next: Pick<Entry, "untilUs" | "count" | "totalUs" | "longestUs" | "longestAtUs" | "pages" | "worst" | "line">,
): void {
  into.untilUs = Math.max(into.untilUs, next.untilUs);
  into.count += next.count;
  into.totalUs += next.totalUs;
  into.line = next.line;
  if (into.kind === "target") {
    // The target may have moved along a line between them, so the changes alone would not add up to the last target.
    into.pages += next.worst.target - into.worst.target;
    into.worst = next.worst;
    return;
  }
  into.pages += next.pages;
  if (next.longestUs <= into.longestUs) return;
  into.longestUs = next.longestUs;
  into.longestAtUs = next.longestAtUs;
  into.worst = next.worst;
}
