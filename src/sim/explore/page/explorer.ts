/** The page: joins settings and outcome. */

import { byId, write } from "../../report/page/dom.ts";
import type { DriverModel, ExploreData } from "../model.ts";
import type { FromWorker, RunRequest, TargetEdit, TraceFacts } from "../protocol.ts";
import { readAddress } from "./address.ts";
import { AddressBar } from "./address-bar.ts";
import { type Actions, showPinButtons, startControls } from "./controls.ts";
import { save, showCommand } from "./downloads.ts";
import { Errands } from "./errands.ts";
import { commandOf, fileOf, ratesText } from "./files.ts";
import { fitted, refusalText } from "./fit.ts";
import { Outcome } from "./outcome.ts";
import { takeFiles } from "./own-files.ts";
import { unpackedText } from "./packed-text.ts";
import { PresetList } from "./preset-list.ts";
import { Refusals } from "./refusals.ts";
import { Runner } from "./runner.ts";
import { showSettings } from "./settings.ts";
import { areEqual, encodeView, plainState, requestOf, type State, type View } from "./state.ts";
import { showStatus } from "./status.ts";
import { TargetEditor } from "./target-editor.ts";
import { TraceBook } from "./trace-book.ts";
import { TraceOpener } from "./trace-opener.ts";
import { WalkPanel } from "./walk-panel.ts";
import { WorkerClient } from "./worker-client.ts";

/** The state of the page. */
export class Explorer {
  readonly #data: ExploreData;
  readonly #worker = new WorkerClient((message) => this.#take(message));
  readonly #traces: TraceBook;
  readonly #opener: TraceOpener;
  readonly #target = new TargetEditor(
    (target) => this.#setTarget(target),
    () => this.#outcome.draw(),
    () => Math.round((this.#outcome.at ?? 0) * 1e6),
  );
  readonly #walk = new WalkPanel((commands) => this.#errands.walk(this.#request, commands));
  readonly #errands = new Errands(this.#worker, {
    made: ({ name, type }, text) => save(name, text, type),
    walked: (lines) => this.#walk.show(lines),
    failed: (message) => showStatus(message, true),
  });
  readonly #presets: PresetList;
  readonly #runner: Runner;
  readonly #outcome: Outcome;
  readonly #refusals = new Refusals();
  #state: State;
  #pin: State;
  #driver: DriverModel | null = null;
  /** What of the address is left out, until it is told. */
  #refused: readonly string[] = [];
  readonly #addressBar = new AddressBar(() => this.#address);

  constructor(data: ExploreData) {
    this.#data = data;
    this.#traces = new TraceBook(data.traces);
    this.#opener = new TraceOpener(this.#worker, this.#traces, data.version);
    this.#presets = new PresetList(data.presets, ({ driver, rates }) => {
      this.#change((state) => ({ ...state, driver: driver === this.#ownDriver ? null : driver, rates }));
      this.#showSettings();
    });
    this.#state = plainState(data.traces[0]?.name ?? "");
    this.#pin = this.#state;
    this.#outcome = this.#newOutcome();
    this.#runner = new Runner(this.#worker, this.#outcome);
  }

  #newOutcome(): Outcome {
    return new Outcome(this.#data, this.#target, {
      isPinned: () => areEqual(this.#state, this.#pin),
      isCurrent: (request) => JSON.stringify(request) === JSON.stringify(this.#request),
      trace: () => this.#state.trace,
      command: () => commandOf(this.#state, this.#isFile),
      notes: () => this.#traces.notesOf(this.#state.trace),
      pinned: () => this.#runner.pin(requestOf(this.#pin, this.#ownDriver), true),
      cursorAt: (us, isMoved) => {
        if (us !== null) this.#walk.goTo(us);
        if (isMoved) this.#addressBar.keep();
      },
    });
  }

  /** Fills the page. */
  start(): void {
    startControls(this.#data, this.#actions);
    for (const { name, text } of this.#data.traces) this.#worker.send({ kind: "trace", key: name, name, text });
    // By now the address may be that of what is shown again, which is put there when the hand rests.
    addEventListener("hashchange", ({ newURL }) => void this.#goToAddress(new URL(newURL).hash));
    takeFiles({
      take: (files) => {
        this.#refusals.clearFiles();
        void this.#opener.takeFiles(files);
      },
      refuse: (message) => this.#refusals.addFile(message),
      command: "balloon-sim run",
    });
    void this.#goToAddress(location.hash);
  }

  /** The worker has read a trace. */
  #knowTrace(key: string, facts: TraceFacts): void {
    const view = this.#traces.know(key, facts);
    if (view !== null) this.#goTo(view);
    else if (key === this.#state.trace) this.#begin();
  }

  get #actions(): Actions {
    /** Shows another state, and its settings. */
    const show = (change: (state: State) => State): void => {
      this.#change(change);
      this.#showSettings();
    };
    return {
      openTrace: (name) => this.#goTo({ shown: plainState(name), pinned: null, at: null }),
      chooseDriver: (name) => {
        show((state) => ({ ...state, driver: name === this.#ownDriver ? null : name, rates: {} }));
      },
      reset: () => show(({ trace }) => plainState(trace)),
      pin: () => this.#setPin(this.#state),
      unpin: () => this.#setPin(plainState(this.#state.trace)),
      showPinned: () => show(() => this.#pin),
      step: (by) => this.#outcome.step(by),
      take: (what) => this.#errands.makeFile(what, fileOf(what, this.#state), this.#request),
      saveRates: () => {
        if (this.#driver !== null) save("rates.json", ratesText(this.#driver, this.#state), "application/json");
      },
      copyLink: () =>
        this.#addressBar.copy(this.#traces.isTooLong(this.#state.trace), (text) => showStatus(text, false)),
    };
  }

  /** @param hash of a link, with `#` */
  async #goToAddress(hash: string): Promise<void> {
    // A link to a part of the page.
    if (document.getElementById(hash.slice(1)) !== null) return;
    const { view, refused } = readAddress(hash);
    if (view !== null && hash === `#${this.#address}`) return;
    this.#refused = refused;
    const asBefore: View = { shown: this.#state, pinned: null, at: null };
    if (view === null) return this.#goTo(asBefore);
    const { trace } = view.shown;
    const own = new URLSearchParams(hash.slice(1)).get("own");
    const text = own === null ? null : await unpackedText(own);
    if (text !== null) return this.#opener.takeLinked({ name: trace, text }, view);
    if (own !== null) this.#refused = [...refused, "own (the trace in it is damaged)"];
    if (this.#traces.has(trace)) return this.#goTo(view);
    this.#refused = [`trace=${trace} (this page has no such trace: open its file, and then the link again)`];
    this.#goTo(asBefore);
  }

  #goTo({ shown, pinned, at }: View): void {
    this.#addressBar.enter("trace", this.#state.trace, shown.trace, () => {
      this.#state = shown;
      this.#pin = pinned ?? plainState(shown.trace);
      this.#outcome.clear(at);
    });
    (byId("trace") as HTMLSelectElement).value = shown.trace;
    if (this.#facts !== undefined) this.#begin();
  }

  /** Shows the settings of the present trace, and runs it. */
  #begin(): void {
    this.#fit();
    this.#showSettings();
    this.#run();
    this.#runner.pin(requestOf(this.#pin, this.#ownDriver), areEqual(this.#pin, this.#state));
  }

  /** Leaves out of the state what the page does not have, and tells what was left out. */
  #fit(): void {
    const facts = this.#facts;
    if (facts === undefined) return;
    const { drivers } = this.#data;
    const [shown, pin] = [this.#state, this.#pin].map((state) => fitted(state, facts, drivers, this.#ownDriver));
    if (shown === undefined || pin === undefined) return;
    this.#state = shown.state;
    this.#pin = pin.state;
    const left = [...this.#refused, ...shown.refused, ...pin.refused.map((text) => `pinned ${text}`)];
    this.#refusals.tellLink(refusalText(left));
    this.#refused = [];
  }

  get #facts(): TraceFacts | undefined {
    return this.#traces.factsOf(this.#state.trace);
  }

  get #ownDriver(): string {
    return this.#facts?.driver ?? this.#data.defaultDriver;
  }

  #showSettings(): void {
    const facts = this.#facts;
    if (facts === undefined) return;
    const name = this.#state.driver ?? this.#ownDriver;
    const driver = this.#data.drivers.find((one) => one.name === name) ?? this.#data.drivers[0];
    if (driver === undefined) return;
    (byId("driver") as HTMLSelectElement).value = driver.name;
    write(byId("about"), facts.description.replace(/\s+/g, " "));
    this.#outcome.setDriver(driver);
    this.#driver = driver;
    showSettings(this.#state, driver, facts, (change) => this.#change(change));
  }

  #showTarget(): void {
    const facts = this.#facts;
    if (facts === undefined) return;
    const { target, guest } = this.#state.edits;
    this.#target.show({
      target: target ?? facts.target,
      isRepeating: target === null && facts.isRepeating,
      isDrawn: target !== null,
      durationUs: facts.durationUs,
      memory: guest.memory ?? facts.guest.memory,
    });
  }

  #setTarget(target: TargetEdit | null): void {
    this.#change((state) => ({ ...state, edits: { ...state.edits, target } }));
  }

  #change(change: (state: State) => State): void {
    this.#state = change(this.#state);
    this.#refusals.clearFiles();
    this.#run();
  }

  /** Whether the command finds the shown trace. */
  get #isFile(): boolean {
    return this.#traces.isFile(this.#state.trace);
  }

  get #request(): RunRequest {
    return requestOf(this.#state, this.#ownDriver);
  }

  #run(): void {
    this.#runner.run(this.#request);
    this.#addressBar.keep();
    this.#showTarget();
    showCommand(this.#state, this.#pin, this.#isFile);
    this.#presets.show(this.#request.driver, this.#request.rates);
    showPinButtons({
      isPinned: areEqual(this.#state, this.#pin),
      isPinPlain: areEqual(this.#pin, plainState(this.#pin.trace)),
      isPlain: areEqual(this.#state, plainState(this.#state.trace)),
    });
  }

  #setPin(state: State): void {
    this.#pin = state;
    const isShown = this.#outcome.pinShown(areEqual(state, this.#state));
    this.#runner.pin(requestOf(state, this.#ownDriver), isShown);
    this.#run();
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case "facts":
        return this.#knowTrace(message.key, message.facts);
      case "refused":
        this.#traces.forget(message.key);
        return this.#refusals.addFile(message.message);
      case "importing":
        return showStatus(`${Math.floor(message.progress * 100)} % of ${message.name}`, false, message.progress);
      case "imported":
        return void this.#opener.takeImported(message.key, message.traces);
      case "walked":
      case "exported":
        this.#errands.take(message);
        return;
      case "failed":
        if (!this.#errands.take(message)) this.#runner.take(message);
        return;
      case "curves":
      case "worlds":
      case "causes":
        return this.#runner.take(message);
    }
  }

  get #address(): string {
    const isPlain = areEqual(this.#pin, plainState(this.#pin.trace));
    const view = encodeView({ shown: this.#state, pinned: isPlain ? null : this.#pin, at: this.#outcome.at });
    const own = this.#traces.partOf(this.#state.trace);
    return own === null ? view : `${view}&own=${own}`;
  }
}
