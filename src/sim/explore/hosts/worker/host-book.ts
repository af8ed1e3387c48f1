/** The hosts of a page: what is known of them, and what a request makes of them. */
import { targetPolicyNamed } from "../../../hosts/policies/index.ts";
import {
  applyHostSets,
  givesRates,
  type HostDocument,
  parseHostWith,
  scenarioOf,
} from "../../../hosts/scenario/document.ts";
import { filesIn } from "../embedded.ts";
import type { EmbeddedHost, HostFacts, HostRequest } from "../protocol.ts";

/** Hosts by their keys. */
export class HostBook {
  readonly #documents = new Map<string, HostDocument>();

  /**
   * Adds a host.
   * @throws {InputError} if it is invalid
   */
  add(host: EmbeddedHost): HostFacts {
    const document = parseHostWith(host.source, filesIn(host));
    const { name, description, policy, params, memory, swap, vms } = scenarioOf(document);
    this.#documents.set(host.key, document);
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
