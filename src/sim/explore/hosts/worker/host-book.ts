/** The hosts of a page: what is known of them, and what a request makes of them. */
import { escapeUnsafe } from "../../../../common/quote.ts";
import { targetPolicyNamed } from "../../../hosts/policies/index.ts";
import {
  applyHostSets,
  givesRates,
  type HostDocument,
  type HostFiles,
  type HostText,
  parseHostWith,
  scenarioOf,
} from "../../../hosts/scenario/document.ts";
import { filesIn } from "../embedded.ts";
import type { EmbeddedHost, EmbeddedTrace, HostFacts, HostRequest, OpenedFile } from "../protocol.ts";
import { openedFiles } from "./opened-files.ts";

/** Hosts by their keys. */
export class HostBook {
  readonly #documents = new Map<string, HostDocument>();
  /** The bundled traces that the page has. */
  readonly #bundled = new Map<string, EmbeddedTrace>();

  /**
   * Adds a host.
   * @throws {InputError} if it is invalid
   */
  add(host: EmbeddedHost): HostFacts {
    for (const [name, trace] of Object.entries(host.traces)) {
      // Names that are no files are those of bundled traces.
      if (/^[\w-]+$/.test(name)) this.#bundled.set(name, trace);
    }
    return this.#add(host.key, host.source, filesIn(host));
  }

  /**
   * Adds a host that the reader has opened.
   * @param opened all files that were opened together
   * @throws {InputError} if it is invalid, or names a file that is not among them
   */
  open({ key, name, text }: OpenedFile, opened: readonly OpenedFile[]): HostFacts {
    const texts = new Map(opened.map((file) => [file.name, file.text]));
    const source = { name: escapeUnsafe(name), folder: ".", text };
    return this.#add(
      key,
      source,
      openedFiles(texts, (trace) => this.#bundled.get(trace)),
    );
  }

  #add(key: string, source: HostText, files: HostFiles): HostFacts {
    const document = parseHostWith(source, files);
    const { name, description, policy, params, memory, swap, vms } = scenarioOf(document);
    this.#documents.set(key, document);
    const drivers = [...new Set(vms.map(({ driver }) => driver.name))];
    const hasRates = givesRates(document);
    return { name, description, policy: policy.name, params, memory, swap: swap.size, drivers, hasRates };
  }

  /**
   * The host of a request, which runs in any world.
   * @throws {InputError} if a change has no place in the host, or a value is invalid
   */
  documentOf({ host, policy, sets }: HostRequest): HostDocument {
    const document = this.#documents.get(host);
    if (document === undefined) throw new Error(`there is no host ${host}`);
    return applyHostSets(document, {
      policy: policy === null ? null : targetPolicyNamed(policy, "the policy"),
      sets,
    });
  }
}
