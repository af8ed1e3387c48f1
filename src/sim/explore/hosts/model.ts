/** The data of the page of hosts, embedded in it as JSON. */
import { POLICIES } from "../../../engine/index.ts";
import type { HostParam } from "../../hosts/params.ts";
import { TARGET_POLICIES } from "../../hosts/policies/index.ts";
import { caveatOf } from "../../output/caveats.ts";
import type { DriverModel } from "../model.ts";
import type { EmbeddedHost } from "./protocol.ts";

/** A policy of hosts, as the page shows it. */
export interface PolicyModel {
  readonly name: string;
  readonly meaning: string;
  readonly params: readonly HostParam[];
}

/** A balloon driver, as the page of hosts shows it. */
export type HostDriverModel = Pick<DriverModel, "name" | "description" | "caveat" | "params">;

/** The data of a page. */
export interface HostExploreData {
  readonly version: string;
  readonly policies: readonly PolicyModel[];
  readonly drivers: readonly HostDriverModel[];
  readonly hosts: readonly EmbeddedHost[];
}

/** @param version of the program */
export const hostExploreData = (hosts: readonly EmbeddedHost[], version: string): HostExploreData => ({
  version,
  policies: [...TARGET_POLICIES.values()].map(({ name, meaning, params }) => ({ name, meaning, params })),
  drivers: [...POLICIES.values()].map((driver) => {
    const { name, description, params } = driver;
    return { name, description, caveat: caveatOf(driver), params };
  }),
  hosts,
});
