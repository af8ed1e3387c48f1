/** The page of hosts: joins settings, pictures and results. */
import { byId, element, write } from "../../../report/page/dom.ts";
import type { HostExploreData } from "../../hosts/model.ts";
import type { FromHostWorker, HostExport, HostFacts, HostRequest, ToHostWorker } from "../../hosts/protocol.ts";
import { AddressBar } from "../address-bar.ts";
import { showPinButtons } from "../controls.ts";
import { save } from "../downloads.ts";
import { FileErrands } from "../errands.ts";
import { refusalText } from "../fit.ts";
import { takeFiles } from "../own-files.ts";
import type { OwnFile } from "../packed-text.ts";
import { Refusals } from "../refusals.ts";
import { showStatus } from "../status.ts";
import { WorkerClient } from "../worker-client.ts";
import { readHostAddress } from "./host-address.ts";
import { type HostActions, startHostControls } from "./host-controls.ts";
import { hostFileOf } from "./host-files.ts";
import { fittedHost } from "./host-fit.ts";
import { HostOutcome } from "./host-outcome.ts";
import { showHostSettings } from "./host-settings.ts";
import {
  areEqual,
  commandOf,
  encodeHostView,
  type HostBasis,
  type HostState,
  type HostView,
  plainHost,
  requestOf,
} from "./host-state.ts";
import { OwnHosts, unpackedFiles } from "./own-hosts.ts";

/** The state of the page. */
export class HostExplorer {
  readonly #data: HostExploreData;
  readonly #worker = new WorkerClient<ToHostWorker, FromHostWorker>((message) => this.#take(message));
  readonly #facts = new Map<string, HostFacts>();
  readonly #own: OwnHosts;
  readonly #addressBar = new AddressBar(() => this.#address);
  readonly #errands = new FileErrands<HostExport, HostRequest>(this.#worker, {
    made: ({ name, type }, text) => save(name, text, type),
    failed: (message) => showStatus(message, true),
  });
  readonly #refusals = new Refusals();
  readonly #outcome = new HostOutcome({
    isPinned: () => areEqual(this.#state, this.#pin),
    command: () => commandOf(this.#state, this.#basis),
    pointed: () => this.#addressBar.keep(),
  });
  #state: HostState;
  #pin: HostState;
  #id = 0;
  /** What of the address is left out, until it is told. */
  #refused: readonly string[] = [];

  constructor(data: HostExploreData) {
    this.#data = data;
    this.#own = new OwnHosts(data.hosts.map(({ key }) => key));
    this.#state = plainHost(data.hosts[0]?.key ?? "");
    this.#pin = this.#state;
  }

  /** Fills the page. */
  start(): void {
    startHostControls(this.#data, this.#actions);
    const pictures = byId("pictures");
    new ResizeObserver(() => this.#worker.send({ kind: "width", width: pictures.clientWidth })).observe(pictures);
    for (const host of this.#data.hosts) this.#worker.send({ kind: "host", host });
    // By now the address may be that of what is shown again, which is put there when the hand rests.
    addEventListener("hashchange", ({ newURL }) => void this.#goToAddress(new URL(newURL).hash));
    takeFiles({
      take: (files) => void this.#takeOwn(files),
      refuse: (message) => this.#refusals.addFile(message),
      command: "balloon-sim host",
    });
    void this.#goToAddress(location.hash);
  }

  /** Adds files of the reader, and shows their host. @param view how; null: as in its file */
  async #takeOwn(files: readonly OwnFile[], view: HostView | null = null): Promise<void> {
    this.#refusals.clearFiles();
    this.#worker.send({ kind: "files", files: await this.#own.add(files, view) });
  }

  /** The worker has read a host. */
  #know(key: string, facts: HostFacts): void {
    this.#facts.set(key, facts);
    const view = this.#own.know(key);
    const { options } = byId("host") as HTMLSelectElement;
    if (this.#own.has(key) && ![...options].some(({ value }) => value === key)) {
      byId("host").append(element("option", { value: key }, key));
    }
    if (view !== null) this.#goTo(view);
    else if (key === this.#state.host) this.#begin(facts);
  }

  get #actions(): HostActions {
    return {
      openHost: (key) => {
        this.#refusals.clearFiles();
        this.#goTo({ shown: plainHost(key), pinned: null, at: null });
      },
      choosePolicy: (name) =>
        this.#changeFields((state) => ({ ...state, policy: name === this.#ownPolicy ? null : name, params: {} })),
      reset: () => this.#changeFields(({ host: key }) => plainHost(key)),
      pin: () => this.#setPin(this.#state),
      unpin: () => this.#setPin(plainHost(this.#state.host)),
      showPinned: () => this.#changeFields(() => this.#pin),
      take: (what) => this.#errands.makeFile(what, hostFileOf(what, this.#state), requestOf(this.#state, this.#basis)),
      copyLink: () => this.#addressBar.copy(this.#own.isTooLong(this.#state.host), (text) => showStatus(text, false)),
    };
  }

  get #ownPolicy(): string {
    return this.#facts.get(this.#state.host)?.policy ?? "";
  }

  get #basis(): HostBasis {
    const hasRates = this.#facts.get(this.#state.host)?.hasRates ?? false;
    return { policy: this.#ownPolicy, hasRates, drivers: this.#data.drivers };
  }

  /** @param hash of a link, with `#` */
  async #goToAddress(hash: string): Promise<void> {
    // A link to a part of the page.
    if (document.getElementById(hash.slice(1)) !== null || hash === `#${this.#address}`) return;
    const { view, refused } = readHostAddress(hash);
    const own = new URLSearchParams(hash.slice(1)).get("own");
    const files = own === null ? null : await unpackedFiles(own);
    if (files !== null) {
      this.#refused = refused;
      return this.#takeOwn(files, view);
    }
    const key = view?.shown.host ?? "";
    const isKnown = view === null || this.#own.has(key) || this.#data.hosts.some((host) => host.key === key);
    const none = `host=${view?.shown.host} (this page has ${this.#data.hosts.map(({ key }) => key).join(", ")})`;
    const damaged = own === null ? [] : ["own (the files in it are damaged)"];
    this.#refused = [...(isKnown ? refused : [none]), ...damaged];
    this.#goTo(isKnown && view !== null ? view : { shown: this.#state, pinned: null, at: null });
  }

  #goTo({ shown, pinned, at }: HostView): void {
    this.#addressBar.enter("host", this.#state.host, shown.host, () => {
      this.#outcome.clear(at);
      this.#state = shown;
      this.#pin = pinned ?? plainHost(shown.host);
    });
    (byId("host") as HTMLSelectElement).value = shown.host;
    const facts = this.#facts.get(shown.host);
    if (facts !== undefined) this.#begin(facts);
  }

  /** Shows the settings of the present host, and runs it. */
  #begin(facts: HostFacts): void {
    const [shown, pin] = [this.#state, this.#pin].map((state) => fittedHost(state, facts, this.#data)) as [
      ReturnType<typeof fittedHost>,
      ReturnType<typeof fittedHost>,
    ];
    this.#state = shown.state;
    this.#pin = pin.state;
    const told = [...this.#refused, ...shown.refused, ...pin.refused.map((text) => `pinned ${text}`)];
    this.#refusals.tellLink(refusalText(told));
    this.#refused = [];
    write(byId("about"), facts.description.replace(/\s+/g, " "));
    this.#showSettings();
    this.#run();
  }

  #showSettings(): void {
    const facts = this.#facts.get(this.#state.host);
    if (facts === undefined) return;
    showHostSettings(this.#state, facts, this.#data, {
      change: (change) => this.#change(change),
      changeFields: (change) => this.#changeFields(change),
    });
  }

  #change(change: (state: HostState) => HostState): void {
    this.#state = change(this.#state);
    this.#refusals.clearFiles();
    this.#run();
  }

  #changeFields(change: (state: HostState) => HostState): void {
    this.#change(change);
    this.#showSettings();
  }

  #setPin(state: HostState): void {
    this.#pin = state;
    this.#outcome.forgetPinned();
    this.#run();
  }

  #run(): void {
    this.#id = this.#worker.newId();
    const [shown, pinned] = [requestOf(this.#state, this.#basis), requestOf(this.#pin, this.#basis)];
    this.#worker.send({ kind: "show", id: this.#id, shown, pinned });
    this.#outcome.begin();
    this.#addressBar.keep();
    write(byId("command"), commandOf(this.#state, this.#basis));
    const plain = plainHost(this.#state.host);
    showPinButtons({
      isPinned: areEqual(this.#state, this.#pin),
      isPinPlain: areEqual(this.#pin, plain),
      isPlain: areEqual(this.#state, plain),
    });
  }

  #take(message: FromHostWorker): void {
    switch (message.kind) {
      case "facts":
        return this.#know(message.key, message.facts);
      case "refused":
        this.#own.forget(message.key);
        return this.#refusals.addFile(message.message);
      case "exported":
        this.#errands.take(message);
        return;
      case "failed":
        if (this.#errands.take(message)) return;
        break;
    }
    if (message.id === this.#id) this.#outcome.take(message);
  }

  get #address(): string {
    const isPlain = areEqual(this.#pin, plainHost(this.#pin.host));
    const view = encodeHostView({ shown: this.#state, pinned: isPlain ? null : this.#pin, at: this.#outcome.at });
    const own = this.#own.partOf(this.#state.host);
    return own === null ? view : `${view}&own=${own}`;
  }
}
