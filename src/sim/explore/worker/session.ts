/** The explorer's worker, without the browser: answers the page's messages. */
import { policyNamed } from "../../../common/policy-named.ts";
import { ratesOf } from "../../../common/rates.ts";
import { shownEpisodes } from "../../causes/index.ts";
import { type RunOptions, type RunSummary, readTrace, TraceRun } from "../../core.ts";
import { PlotRecorder } from "../../output/plot-data.ts";
import { plotAsSvg } from "../../output/plot-svg.ts";
import { Stepper } from "../../step/stepper.ts";
import type { FromWorker, RunRequest, ToWorker } from "../protocol.ts";
import { CurveRun } from "./curve-run.ts";
import { editTrace } from "./edit-trace.ts";
import { factsOf } from "./facts.ts";
import { importInPage, isLog, pauses } from "./log-import.ts";
import { messageOf, refusalOf } from "./message-of.ts";
import type { Slices, Work } from "./slices.ts";
import { Walks } from "./walks.ts";

/** Events between two looks at the clock: some two milliseconds. */
const EVENTS = 1000;
/** A run that is longer is shown while it runs, no more often than that; in milliseconds. */
const PARTS_MS = 250;
/** Episodes that are told. */
const MOST_EPISODES = 200;
/** Objectives by world that are kept: those of the baseline, and some before. */
const KEPT_WORLDS = 8;

type Message<K extends ToWorker["kind"]> = Extract<ToWorker, { readonly kind: K }>;

/** The traces and the work of one page. */
export class Session {
  readonly #slices: Slices;
  readonly #post: (message: FromWorker) => void;
  readonly #texts = new Map<string, { readonly name: string; readonly text: string }>();
  /** The last edited text, by what it was made of. */
  #edited = { of: "", text: "" };
  readonly #worlds = new Map<string, number[][]>();
  /** The run of which the page has yet to draw a part: until then it gets no other one. */
  #undrawn: number | null = null;
  readonly #walks: Walks;

  /** @param post sends a message to the page */
  constructor(slices: Slices, post: (message: FromWorker) => void) {
    this.#slices = slices;
    this.#post = post;
    this.#walks = new Walks((request) => this.#stepperOf(request), post);
  }

  /** Answers a message. */
  take(message: ToWorker): void {
    switch (message.kind) {
      case "trace":
        return this.#keep(message);
      case "file":
        return this.#open(message);
      case "run":
        return this.#begin(message.id, this.#run(message));
      case "worlds":
        return this.#begin(message.id, this.#runWorlds(message));
      case "causes":
        return this.#begin(message.id, this.#runCauses(message));
      case "drawn":
        if (this.#undrawn === message.id) this.#undrawn = null;
        return;
      case "export":
        return this.#slices.add(this.#guarded(message.id, this.#export(message)));
      case "walk":
        return this.#slices.add(this.#guarded(message.id, this.#walks.obey(message)));
    }
  }

  #keep({ key, name, text }: Message<"trace">): void {
    try {
      const facts = factsOf(text, name);
      this.#texts.set(key, { name, text });
      this.#forgetRunsOf(key);
      this.#post({ kind: "facts", key, facts });
    } catch (error) {
      this.#post({ kind: "refused", key, message: refusalOf(text, error) });
    }
  }

  #open({ key, name, bytes, version }: Message<"file">): void {
    const text = new TextDecoder().decode(bytes);
    if (isLog(name, bytes, text)) void this.#import(key, name, bytes, version);
    else this.#keep({ kind: "trace", key, name, text });
  }

  async #import(key: string, name: string, bytes: Uint8Array, version: string): Promise<void> {
    const pace = pauses((progress) => this.#post({ kind: "importing", name, progress }));
    try {
      this.#post({ kind: "imported", key, traces: await importInPage(name, bytes, version, pace) });
    } catch (error) {
      this.#post({ kind: "refused", key, message: messageOf(error) });
    }
  }

  /** Forgets what was made of a text with the same name that was opened before. */
  #forgetRunsOf(key: string): void {
    this.#edited = { of: "", text: "" };
    for (const of of this.#worlds.keys()) if ((JSON.parse(of) as RunRequest).trace === key) this.#worlds.delete(of);
    this.#walks.forget();
  }

  #begin(id: number, work: Work): void {
    this.#slices.begin(this.#guarded(id, work));
  }

  *#guarded(id: number, work: Work): Work {
    try {
      yield* work;
    } catch (error) {
      this.#post({ kind: "failed", id, message: messageOf(error) });
    }
  }

  *#run({ id, request }: Message<"run">): Work {
    const run = new CurveRun(this.#textOf(request), this.#optionsOf(request));
    let shownMs = 0;
    this.#undrawn = null;
    while (run.runFor(EVENTS)) {
      yield;
      const { spentMs } = this.#slices;
      const { progress } = run;
      if (this.#undrawn !== null || spentMs - shownMs < PARTS_MS || isNearlyOver(spentMs, progress)) continue;
      shownMs = spentMs;
      this.#undrawn = id;
      const { curves: data } = run;
      this.#post({ kind: "curves", id, progress, data, objectives: null, notes: [], ms: spentMs });
    }
    const { summary } = run;
    const data = run.takeCurves();
    const [objectives, notes] = [objectivesOf(summary), notesOf(summary)];
    this.#post({ kind: "curves", id, progress: 1, data, objectives, notes, ms: this.#slices.spentMs });
  }

  *#runWorlds({ id, request, worlds }: Message<"worlds">): Work {
    const values = this.#worlds.get(JSON.stringify(request)) ?? [];
    // Unfinished ones go on where they were.
    while (values.length < worlds) {
      const options = { ...this.#optionsOf(request), world: values.length + 1, hasRows: false };
      const run = new TraceRun(this.#textOf(request), options);
      while (run.runFor(EVENTS)) yield;
      values.push(objectivesOf(run.summary));
      this.#keepWorlds(request, values);
    }
    this.#post({ kind: "worlds", id, values: values.slice(0, worlds) });
  }

  /** Keeps results as the latest ones; the earliest of too many are dropped. */
  #keepWorlds(request: RunRequest, values: number[][]): void {
    const key = JSON.stringify(request);
    this.#worlds.delete(key);
    this.#worlds.set(key, values);
    for (const [first] of this.#worlds) if (this.#worlds.size > KEPT_WORLDS) this.#worlds.delete(first);
  }

  *#runCauses({ id, request }: Message<"causes">): Work {
    const run = new TraceRun(this.#textOf(request), { ...this.#optionsOf(request), hasRows: false, causes: true });
    while (run.runFor(EVENTS)) yield;
    // It is the run in world 1.
    if (!this.#worlds.has(JSON.stringify(request))) this.#keepWorlds(request, [objectivesOf(run.summary)]);
    this.#post({ kind: "causes", id, ...shownEpisodes(run.causes, MOST_EPISODES) });
  }

  *#export({ id, request, what }: Message<"export">): Work {
    const text = this.#textOf(request);
    if (what === "trace") return this.#post({ kind: "exported", id, text });
    const recorder = new PlotRecorder(this.#nameOf(request));
    const run = new TraceRun(text, { ...this.#optionsOf(request), observer: recorder });
    while (run.runFor(EVENTS)) yield;
    this.#post({ kind: "exported", id, text: what === "rows" ? run.takeRows() : plotAsSvg(recorder.data) });
  }

  #stepperOf(request: RunRequest): Stepper {
    const text = this.#textOf(request);
    const policy = policyNamed(request.driver, "driver");
    const rates = ratesOf(policy, { values: request.rates, place: () => "rates" });
    return new Stepper(() => readTrace(text, this.#nameOf(request)), { policy, rates });
  }

  #optionsOf(request: RunRequest): RunOptions {
    return { name: this.#nameOf(request), driver: request.driver, rates: request.rates };
  }

  #nameOf({ trace }: RunRequest): string {
    return this.#kept(trace).name;
  }

  /** The text that is run. */
  #textOf({ trace, edits }: RunRequest): string {
    const of = JSON.stringify([trace, edits]);
    if (this.#edited.of !== of) this.#edited = { of, text: editTrace(this.#kept(trace).text, edits) };
    return this.#edited.text;
  }

  #kept(key: string): { readonly name: string; readonly text: string } {
    const kept = this.#texts.get(key);
    if (kept === undefined) throw new Error(`there is no trace ${key}`);
    return kept;
  }
}

/** Whether the whole run is soon drawn, at the pace so far: a part would delay it. */
const isNearlyOver = (spentMs: number, progress: number): boolean =>
  progress > 0 && (spentMs / progress) * (1 - progress) < PARTS_MS;

const objectivesOf = (summary: RunSummary): number[] => Object.values(summary.objectives as Record<string, number>);

function notesOf({ oom_kills: kills, notes }: RunSummary): string[] {
  const killed =
    (kills as number) > 0 ? [`✖ The OOM killer took a workload ${kills === 1 ? "once" : `${kills} times`}.`] : [];
  return [...killed, ...(notes as string[])];
}
