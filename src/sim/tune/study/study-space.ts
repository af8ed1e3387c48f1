/** The search space of a study, from its header. */
import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../../../engine/index.ts";
import { hostTunable } from "../host-tunable.ts";
import { Space } from "../space.ts";
import type { Tunable } from "../tunable.ts";
import type { StudyHeader } from "../types.ts";

/** The driver of a study of traces. Its name was checked when the header was read; absent: `vmmemctl`. */
export const driverOfStudy = ({ driver }: Pick<StudyHeader, "driver">): BalloonPolicy =>
  driver === undefined ? DEFAULT_POLICY : (POLICIES.get(driver) as BalloonPolicy);

/** What a study tunes: a driver; of hosts that of their VMs, their policy, or both. */
export const policyOf = (header: Pick<StudyHeader, "driver" | "host">): Tunable =>
  header.host === undefined ? driverOfStudy(header) : hostTunable(header.host);

/** The candidates of a study. */
export const spaceOf = (header: StudyHeader): Space =>
  new Space(policyOf(header), header.parameters, header.base, header.reference);
